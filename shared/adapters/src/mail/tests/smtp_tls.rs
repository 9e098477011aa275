//! SMTP over TLS, with a certificate of the tests' own.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use attendee_sync_app::ports::{MailError, Mailer};
use attendee_sync_testkit::peers::{SmtpServerSeen, serve};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::samples::mail;
use crate::mail::smtp::SmtpMailer;

/// When the server encrypts.
#[derive(Clone, Copy)]
enum Tls {
    AtOnce,
    /// After STARTTLS, with this behind its answer.
    Asked(&'static str),
}

struct TlsMailServer {
    address: SocketAddr,
    certificate: String,
    seen: Arc<Mutex<SmtpServerSeen>>,
}

async fn server(tls: Tls) -> TlsMailServer {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Mutex::new(SmtpServerSeen::default()));
    let shared = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, seen) = (acceptor.clone(), shared.clone());
            tokio::spawn(async move { talk(stream, tls, acceptor, seen).await });
        }
    });
    TlsMailServer {
        address,
        certificate: made.cert.pem(),
        seen,
    }
}

async fn talk(
    stream: TcpStream,
    tls: Tls,
    acceptor: TlsAcceptor,
    seen: Arc<Mutex<SmtpServerSeen>>,
) -> std::io::Result<()> {
    let Tls::Asked(behind) = tls else {
        let mut stream = acceptor.accept(stream).await?;
        stream.write_all(b"220 mail.example\r\n").await?;
        serve(stream, seen).await;
        return Ok(());
    };
    let mut stream = BufReader::new(stream);
    let starttls = format!("220 go on\r\n{behind}");
    for answer in [
        "220 mail.example\r\n",
        "250-mail.example\r\n250 STARTTLS\r\n",
        &starttls,
    ] {
        stream.write_all(answer.as_bytes()).await?;
        if answer != starttls {
            let mut line = String::new();
            stream.read_line(&mut line).await?;
            seen.lock().unwrap().commands.push(line);
        }
    }
    let stream = acceptor.accept(stream.into_inner()).await?;
    serve(stream, seen).await;
    Ok(())
}

fn mailer(url: &str) -> SmtpMailer {
    SmtpMailer::new(url, NonZeroU32::new(1000).unwrap()).unwrap()
}

#[tokio::test]
async fn over_tls_the_password_and_the_mail_go_encrypted() {
    for (tls, scheme, query) in [
        (Tls::AtOnce, "smtps", ""),
        (Tls::Asked(""), "smtp", "?tls=required"),
        (Tls::Asked(""), "smtp", "?tls=opportunistic"),
    ] {
        let server = server(tls).await;
        let url = format!("{scheme}://demo:s3cret@{}{query}", server.address);
        let mailer = mailer(&url).trusting(&server.certificate);
        mailer.send(&mail(1)).await.unwrap();
        mailer.send(&mail(2)).await.unwrap();
        let seen = server.seen.lock().unwrap().clone();
        assert_eq!(seen.stored.len(), 2, "{url}");
        assert!(seen.commands.concat().contains("AUTH PLAIN"));
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_trusted() {
    for (tls, scheme, query) in [
        (Tls::AtOnce, "smtps", ""),
        (Tls::Asked(""), "smtp", "?tls=required"),
        (Tls::Asked(""), "smtp", "?tls=opportunistic"),
    ] {
        let server = server(tls).await;
        let url = format!("{scheme}://demo:s3cret@{}{query}", server.address);
        let error = mailer(&url).send(&mail(1)).await.unwrap_err();
        assert!(matches!(error, MailError::Unavailable { .. }), "{error:?}");
        let seen = server.seen.lock().unwrap().clone();
        assert!(!seen.commands.concat().contains("AUTH"), "{seen:?}");
    }
}

#[tokio::test]
async fn what_is_put_behind_the_answer_to_starttls_is_no_answer() {
    let server = server(Tls::Asked("250-mail.example\r\n250 AUTH PLAIN\r\n")).await;
    let url = format!("smtp://{}?tls=required", server.address);
    let mailer = mailer(&url).trusting(&server.certificate);
    let error = mailer.send(&mail(1)).await.unwrap_err();
    assert!(matches!(error, MailError::Unavailable { .. }), "{error:?}");
    // Not a word is said on the strength of it.
    let seen = server.seen.lock().unwrap().clone();
    assert_eq!(seen.commands.len(), 2, "{seen:?}");
}

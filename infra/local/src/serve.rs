//! The single-machine edition: console, API and pipeline in one process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use attendee_sync_app::ports::OrganisationSignIn;
use attendee_sync_app::{App, MAX_UPLOAD};
use attendee_sync_domain::config::SourceAddresses;
use attendee_sync_domain::preset::Preset;
use attendee_sync_web::{AuthenticationOptions, Authenticator, Hosting, Web, router};
use tokio::net::TcpListener;

use crate::cli::{PublicUrl, Serve};
use crate::commands::one_line;
use crate::connections::{self, Bounds};
use crate::data_dir::DataDir;
use crate::owner_token::OwnerTokenPlace;
use crate::presets::LoadedPresets;
use crate::setup::{MailSetup, Mailing, Setup, open_table, set_up_over};
use crate::{collector, output, postman, sample, sweep, timer, watch};

/// How long the end waits for a mail that is being sent.
const MAIL_ON_ITS_WAY: Duration = Duration::from_secs(8);

/// A request has no time limit here, and TLS is the task of a proxy before the program.
const HOSTING: Hosting = Hosting {
    request_limit: None,
    is_encrypted: false,
    prints_sign_in_links: true,
    max_upload: MAX_UPLOAD,
};

/// Starts the tasks that look at all events: for reminders that are due, for syncs that are overdue, and once for the
/// lists that people ask for.
fn look_after_events(app: &Arc<App>) {
    tokio::spawn(timer::remind(Arc::clone(app)));
    tokio::spawn(watch::run(Arc::clone(app)));
    let warming = Arc::clone(app);
    tokio::spawn(async move {
        if let Err(error) = warming.warm().await {
            tracing::warn!(error = %error, "lists were not read in; whoever first asks for one waits");
        }
    });
}

/// Serves until it is told to end.
pub(crate) async fn serve(mut dir: DataDir, arguments: &Serve) -> anyhow::Result<()> {
    let owner = OwnerTokenPlace::new(dir.path());
    owner.check_or_make()?;
    let listener = TcpListener::bind(arguments.listen).await.with_context(|| {
        format!(
            "cannot listen on {}; choose another address with --listen",
            arguments.listen
        )
    })?;
    let address = listener.local_addr()?;
    if let Some(warning) = plain_text(address, arguments.mail.public_url.as_ref()) {
        tracing::warn!("{warning}");
    }
    let table = open_table(&dir)?;
    let sample = if arguments.no_sample || !sample::is_wanted(&table.store).await? {
        None
    } else {
        Some(sample::start(address).await.context(
            "the sample registration system does not start; leave it out with --no-sample",
        )?)
    };
    let addresses = match (&sample, arguments.sources.allow_private_sources) {
        (_, true) => SourceAddresses::Any,
        (Some(sample), false) => SourceAddresses::PublicAnd(origin(&sample.url())),
        (None, false) => SourceAddresses::Public,
    };
    let server = arguments.mail.mailer()?;
    let to_folder = server.is_none();
    let url = format!("http://{address}");
    let public = arguments.mail.public_url.as_ref();
    let public_url = public.map_or_else(|| url.clone(), |public| public.url.clone());
    let mail = MailSetup {
        mailing: server.map_or(Mailing::Folder, Mailing::Server),
        senders: arguments.mail.sending.senders()?,
        public_url: Some(public_url),
    };
    let Setup { app, table } = set_up_over(table, &dir, addresses, mail).await?;
    app.limit_list_memory(arguments.list_bytes());
    if let Some(collector) = collector::current() {
        collector.watch(&app);
    }
    if let Some(sample) = &sample {
        sample::configure(&app, &sample.url())
            .await
            .context("the sample event could not be configured")?;
    }
    dir.announce("serve", Some(url.clone()))?;
    for run in app.recover().await? {
        tokio::spawn(timer::finish(Arc::clone(&app), run, None));
    }
    app.resume_hooks().await?;
    let doubts = app.mark_abandoned_unknown().await?;
    if doubts > 0 {
        tracing::warn!(
            doubts,
            "mails were being sent when the last process ended; they may have been sent"
        );
    }
    let timer = tokio::spawn(timer::run(Arc::clone(&app)));
    let postman = tokio::spawn(postman::run(Arc::clone(&app)));
    tokio::spawn(sweep::run(Arc::clone(&app), table, dir.swept()));
    look_after_events(&app);
    let host = public.map(|public| public.host.clone());
    let access = access(owner, &app, host, arguments.oidc.sign_in(&app)?);
    let sign_in = access.sign_in_path().await;
    let sign_in = sign_in.context("the table does not take a sign-in link")?;
    // A program that reads the printed address may stop this one at once.
    let ended = shutdown_signal().context("signals cannot be heard")?;
    output::print(&format!("Attendee Sync is at {url}{sign_in}\n"));
    if to_folder {
        tracing::info!(
            folder = %dir.mail().display(),
            "mail is written into a folder; --smtp sends it"
        );
    } else if app.senders().are_open() {
        tracing::warn!(
            "everybody who configures an event can choose any sender, because the mail server has no domain name; restrict the senders with --senders"
        );
    }
    let web = Web {
        app: Arc::clone(&app),
        access,
        presets: presets(&dir),
        hosting: HOSTING,
    };
    connections::serve(listener, router(web), Bounds::default(), ended).await;
    // The next start continues what was interrupted; but the outcome of a mail that is being sent
    // would be unknown.
    timer.abort();
    app.stop_dispatching();
    if tokio::time::timeout(MAIL_ON_ITS_WAY, postman)
        .await
        .is_err()
    {
        tracing::warn!("a mail is still being sent; the next start shows its state as unknown");
    }
    if let Some(sample) = sample {
        sample.shutdown().await;
    }
    Ok(())
}

/// Returns a warning for a console that is reached from other machines and has no address with TLS:
/// its traffic can be read, and the session's cookie is not limited to TLS.
fn plain_text(listen: SocketAddr, public: Option<&PublicUrl>) -> Option<String> {
    let is_encrypted = public.is_some_and(|public| public.url.starts_with("https://"));
    if listen.ip().to_canonical().is_loopback() || is_encrypted {
        return None;
    }
    Some(format!(
        "the console listens on {listen}, beyond this machine, and without TLS: tokens and attendees' \
         data can be read on their way; put a proxy with TLS before it and name its address with \
         --public-url https://..., or listen on 127.0.0.1"
    ))
}

/// Returns the authentication by the owner's token, and at the organisation where there is one; further tokens
/// are in the table.
fn access(
    owner: OwnerTokenPlace,
    app: &Arc<App>,
    host: Option<String>,
    organisation: Option<Arc<dyn OrganisationSignIn>>,
) -> Authenticator {
    let entrances = AuthenticationOptions {
        owner: Some(Arc::new(owner)),
        organisation,
        hosts: host.into_iter().collect(),
        ..AuthenticationOptions::default()
    };
    Authenticator::by(entrances, app)
}

/// Returns the available presets; an invalid one does not keep the program from starting.
fn presets(dir: &DataDir) -> Vec<Preset> {
    let LoadedPresets { good, broken } = LoadedPresets::load(dir.path());
    for error in broken.into_values() {
        let error = one_line(&error.into());
        tracing::warn!(error, "a preset cannot be used");
    }
    good.into_values().collect()
}

fn origin(url: &str) -> String {
    let end = url.find("//").map_or(0, |at| at + 2);
    let host_end = url
        .get(end..)
        .and_then(|rest| rest.find('/'))
        .map_or(url.len(), |at| end + at);
    url.get(..host_end).unwrap_or(url).to_owned()
}

/// Resolves at Ctrl-C, or at the signal that service managers send. From this call on they do not end
/// the process by themselves.
fn shutdown_signal() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_console_that_is_reached_from_elsewhere_without_tls_is_warned_of() {
        let said = |listen: &str, public: Option<&str>| {
            let public = public.map(|url| url.parse().unwrap());
            plain_text(listen.parse().unwrap(), public.as_ref())
        };
        let (plain, encrypted) = ("http://attendees.example", "https://attendees.example");
        for listen in [
            "0.0.0.0:8080",
            "[::]:8080",
            "192.0.2.7:80",
            "[2001:db8::1]:80",
        ] {
            for public in [None, Some(plain)] {
                let warning = said(listen, public).unwrap();
                assert!(
                    warning.contains(listen) && warning.contains("--public-url https://"),
                    "{warning}"
                );
            }
            assert_eq!(said(listen, Some(encrypted)), None);
        }
        for listen in [
            "127.0.0.1:8080",
            "127.9.9.9:1",
            "[::1]:8080",
            "[::ffff:127.0.0.1]:1",
        ] {
            assert_eq!(said(listen, None), None, "{listen}");
            assert_eq!(said(listen, Some(plain)), None, "{listen}");
        }
    }
}

//! The certificates of the machine, loaded when the first TLS connection is made.
//!
//! A machine has some hundred certificate files, and reading them takes longer than a sync of an
//! unchanged feed of a thousand records. So a process that uses no TLS reads none.

use std::sync::{Arc, OnceLock};

use reqwest::ClientBuilder;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;

/// Makes a client check servers by the certificates of the machine, and use HTTP/2 where a server
/// supports it. The process must have installed a TLS provider.
pub(crate) fn checked_by_the_machine(builder: ClientBuilder) -> Result<ClientBuilder, Error> {
    Ok(builder.tls_backend_preconfigured(checking()?))
}

/// Returns what has a client check servers by the certificates of the machine.
pub(crate) fn checking() -> Result<ClientConfig, Error> {
    let provider = CryptoProvider::get_default().cloned();
    let provider =
        provider.ok_or_else(|| Error::General("no TLS provider is installed".to_owned()))?;
    let verifier = MachineVerifier {
        provider: Arc::clone(&provider),
        verifier: OnceLock::new(),
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The verifier of the platform, created when it is first needed.
#[derive(Debug)]
struct MachineVerifier {
    provider: Arc<CryptoProvider>,
    verifier: OnceLock<Verifier>,
}

impl MachineVerifier {
    /// Returns the verifier. Where it cannot be created, the next handshake tries again.
    fn verifier(&self) -> Result<&Verifier, Error> {
        if let Some(verifier) = self.verifier.get() {
            return Ok(verifier);
        }
        let verifier = Verifier::new(Arc::clone(&self.provider))?;
        Ok(self.verifier.get_or_init(|| verifier))
    }
}

impl ServerCertVerifier for MachineVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verifier()?.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        )
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificates_are_read_in_when_a_server_shows_one_and_a_stranger_is_refused() {
        let machine = MachineVerifier {
            provider: Arc::new(rustls::crypto::ring::default_provider()),
            verifier: OnceLock::new(),
        };
        assert!(!machine.supported_verify_schemes().is_empty());
        assert!(machine.verifier.get().is_none());
        let stranger = rcgen::generate_simple_self_signed(["source.example".to_owned()]).unwrap();
        let name = ServerName::try_from("source.example").unwrap();
        let certificate = stranger.cert.der();
        let shown = machine.verify_server_cert(certificate, &[], &name, &[], UnixTime::now());
        assert!(
            matches!(shown, Err(Error::InvalidCertificate(_))),
            "{shown:?}"
        );
        assert!(machine.verifier.get().is_some());
    }
}

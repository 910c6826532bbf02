//! How HTTP is spoken: TLS with the certificates that the system trusts, which are read once.
//!
//! They may lie in hundreds of files. A client that is left to itself reads them all, which takes milliseconds, and the
//! SDK makes a client for each container, each queue and each token.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use azure_core::http::{ClientOptions, Transport};
use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls_platform_verifier::BuilderVerifierExt;

/// Longest time until a connection stands.
const CONNECTING: Duration = Duration::from_secs(10);
/// Longest silence of a server that answers.
const SILENCE: Duration = Duration::from_secs(60);

static TRUST: OnceLock<ClientConfig> = OnceLock::new();

/// The certificates that the system trusts can't be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error(
    "no HTTP client could be made: {detail}; SSL_CERT_FILE and SSL_CERT_DIR say where trusted certificates are"
)]
pub struct WebError {
    detail: String,
}

/// An HTTP client with connections of its own.
///
/// It follows no redirect, which would carry a token along.
pub fn client() -> Result<reqwest::Client, WebError> {
    builder()?
        .connect_timeout(CONNECTING)
        .read_timeout(SILENCE)
        .build()
        .map_err(|error| WebError { detail: crate::causes::chain(&error) })
}

/// The beginning of such a client, for other limits of time.
pub fn builder() -> Result<reqwest::ClientBuilder, WebError> {
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(trust()?.clone())
        .redirect(reqwest::redirect::Policy::none()))
}

/// The same for the SDK.
pub(crate) fn transport() -> Result<Transport, WebError> {
    Ok(Transport::new(Arc::new(client()?)))
}

/// Options of a client of the SDK that has nothing else to say.
pub(crate) fn client_options(transport: &Transport) -> ClientOptions {
    ClientOptions { transport: Some(transport.clone()), ..ClientOptions::default() }
}

fn trust() -> Result<&'static ClientConfig, WebError> {
    if let Some(known) = TRUST.get() {
        return Ok(known);
    }
    let read = || {
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let mut config =
            builder.with_safe_default_protocol_versions()?.with_platform_verifier()?.with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    };
    let read = read().map_err(|error: rustls::Error| WebError { detail: error.to_string() })?;
    Ok(TRUST.get_or_init(|| read))
}

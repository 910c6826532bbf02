//! A webhook: one event in one POST, signed, to an address that was checked.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use holdfast_azure::web::{self, WebError};
use holdfast_notify::ports::{Outlet, SendError};
use holdfast_notify::{Event, Mode, Secret, Wire};
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use url::Url;

use crate::hosts::{NamedHosts, PublicOnly};

/// Longest time until a connection stands, and until there is an answer.
const CONNECTING: Duration = Duration::from_secs(5);
const ANSWERING: Duration = Duration::from_secs(10);

/// A webhook.
pub struct Webhook {
    url: Url,
    mode: Mode,
    secret: Option<Secret>,
    client: reqwest::Client,
}

/// A webhook that is not called.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BadWebhook {
    /// Its address.
    #[error("{0}")]
    Address(String),
    /// No client could be made.
    #[error(transparent)]
    Client(#[from] WebError),
}

/// Finds the addresses of a name.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// The addresses of a host.
    async fn addresses(&self, host: &str) -> io::Result<Vec<SocketAddr>>;
}

/// The system's own lookup.
struct System;

#[async_trait]
impl Lookup for System {
    async fn addresses(&self, host: &str) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.collect())
    }
}

impl Webhook {
    /// A webhook at `url`; only what `named` names may be inside.
    ///
    /// # Errors
    ///
    /// When the address may not be called.
    pub fn new(url: Url, mode: Mode, secret: Option<Secret>, named: NamedHosts) -> Result<Self, BadWebhook> {
        Self::looking_up(url, mode, secret, named, Arc::new(System))
    }

    /// The same with another way to look names up.
    ///
    /// # Errors
    ///
    /// When the address may not be called.
    pub fn looking_up(
        url: Url,
        mode: Mode,
        secret: Option<Secret>,
        named: NamedHosts,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, BadWebhook> {
        if let Some(why) = named.refused(&url) {
            return Err(BadWebhook::Address(why));
        }
        // A proxy would look the name up once more, where nobody checks it.
        let client = web::builder()?
            .no_proxy()
            .dns_resolver(Arc::new(PublicOnly { named, lookup }))
            .connect_timeout(CONNECTING)
            .timeout(ANSWERING)
            .build();
        let client = client.map_err(|error| BadWebhook::Address(causes(&error)))?;
        Ok(Self { url, mode, secret, client })
    }
}

impl Webhook {
    /// Posts JSON that is not an event.
    pub(crate) async fn post(&self, json: &serde_json::Value) -> Result<(), SendError> {
        let request = self.client.post(self.url.clone()).header(CONTENT_TYPE, "application/json");
        sent(request.body(json.to_string())).await
    }
}

#[async_trait]
impl Outlet for Webhook {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        let Wire { headers, body } = Wire::of(event, self.mode).map_err(SendError::later)?;
        let mut request = self.client.post(self.url.clone());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(secret) = &self.secret {
            for (name, value) in secret.headers(holdfast_notify::id_of(event), Timestamp::now(), &body) {
                request = request.header(name, value);
            }
        }
        sent(request.body(body)).await
    }
}

/// The address may hold a secret, so no error may show it.
async fn sent(request: reqwest::RequestBuilder) -> Result<(), SendError> {
    let sent = request.send().await;
    let answer = sent.map_err(|error| SendError::later(causes(&error.without_url())))?;
    let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    SendError::of_answer(answer.status().as_u16(), retry_after).map_or(Ok(()), Err)
}

/// An error with what caused it.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text += &format!(": {inner}");
        cause = inner.source();
    }
    text
}

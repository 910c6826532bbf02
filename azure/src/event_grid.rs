//! A custom topic of Event Grid, to which events are published as whoever we are.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::http::Url;
use azure_core::time::{Duration, OffsetDateTime};
use holdfast_notify::ports::{Outlet, SendError};
use holdfast_notify::{Event, Mode, Wire};

use crate::causes::chain;
use crate::web::{self, WebError};

/// Whom the token is for (official: Event Grid, authentication by Microsoft Entra).
const SCOPE: &str = "https://eventgrid.azure.net/.default";
/// Ends of the hosts of topics in Azure's clouds.
const HOSTS: [&str; 3] = [".eventgrid.azure.net", ".eventgrid.azure.us", ".eventgrid.azure.cn"];
const API_VERSION: &str = "2018-01-01";
/// Longest time until the topic has answered.
const ANSWERING: std::time::Duration = std::time::Duration::from_secs(20);
/// A token that ends so soon is not used any more.
const TOO_SHORT: Duration = Duration::minutes(5);

/// A custom topic that takes CloudEvents.
pub struct EventGridTopic {
    endpoint: Url,
    credential: Arc<dyn TokenCredential>,
    token: Mutex<Option<AccessToken>>,
    client: reqwest::Client,
}

/// A topic that nothing is sent to.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BadTopic {
    /// The address is somebody else's.
    #[error(
        "`{0}` is not a host of Event Grid, and a token goes nowhere else; the endpoint is on the topic's overview page \
         and ends with `.eventgrid.azure.net/api/events`"
    )]
    Host(String),
    /// No client could be made.
    #[error(transparent)]
    Client(#[from] WebError),
}

impl EventGridTopic {
    /// The topic with this endpoint. `is_named` says that a setting names its host, whatever that is.
    ///
    /// # Errors
    ///
    /// When a token may not go there.
    pub fn new(
        mut endpoint: Url,
        credential: Arc<dyn TokenCredential>,
        is_named: bool,
    ) -> Result<Self, BadTopic> {
        let host = endpoint.host_str().unwrap_or_default();
        if !is_named && !HOSTS.iter().any(|end| host.ends_with(end)) {
            return Err(BadTopic::Host(host.to_owned()));
        }
        endpoint.query_pairs_mut().clear().append_pair("api-version", API_VERSION);
        Ok(Self { endpoint, credential, token: Mutex::default(), client: web::client()? })
    }

    async fn token(&self) -> Result<String, SendError> {
        let kept = self.token.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let soon = OffsetDateTime::now_utc() + TOO_SHORT;
        if let Some(kept) = kept.filter(|kept| kept.expires_on > soon) {
            return Ok(kept.token.secret().to_owned());
        }
        let token = self.credential.get_token(&[SCOPE], None).await;
        let token =
            token.map_err(|error| SendError::later(format!("no token for Event Grid: {}", chain(&error))))?;
        let secret = token.token.secret().to_owned();
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(secret)
    }
}

#[async_trait]
impl Outlet for EventGridTopic {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        let Wire { headers, body } = Wire::of(event, Mode::Structured).map_err(SendError::later)?;
        let mut request =
            self.client.post(self.endpoint.clone()).bearer_auth(self.token().await?).timeout(ANSWERING);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.body(body).send().await.map_err(|error| SendError::later(chain(&error)))?;
        let status = answer.status().as_u16();
        if status == 401 {
            // It may have been taken back before its time.
            *self.token.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        let retry_after = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
        SendError::of_answer(status, retry_after).map_or(Ok(()), Err)
    }
}

//! Invocations: one call of the handler for one trigger value, as the real host makes it.

mod envelope;
mod http_body;
mod message_metadata;
mod reply;
mod value;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Body, Client};
use serde_json::{Value, json};
use thiserror::Error;
use tokio::time::timeout;
use uuid::Uuid;

pub(crate) use self::envelope::Envelope;
use self::http_body::Chunked;
pub(crate) use self::message_metadata::add_message_properties;
pub(crate) use self::reply::{Reply, ReplyError};
pub(crate) use self::value::{Encoded, seconds_text, ticks_text};
use crate::app::{App, Function, HttpMode};
use crate::config::{Framing, HostConfig};
use crate::journal::{Event, Journal};
use crate::output::{OutputError, Outputs};
use crate::worker::Worker;

/// The version that the stand-in presents, that of the host which it was modelled on.
pub(crate) const HOST_VERSION: &str = "4.1037.0";
/// How the host names itself to the handler.
pub(crate) const USER_AGENT: &str = "Azure-Functions-Host/4.1037.0";
/// Invocations wait for the handler for so many initialization timeouts: the first start and three restarts.
const STARTS_AWAITED: u32 = 4;

/// Calls the handler.
#[derive(Debug)]
pub(crate) struct Invoker {
    worker: Worker,
    client: Client,
    outputs: Outputs,
    journal: Arc<Journal>,
    framing: Framing,
    function_timeout: Duration,
    startup_patience: Duration,
    speed: f64,
}

/// An invocation that failed.
#[derive(Debug, Error)]
pub(crate) enum InvocationError {
    #[error("{0}")]
    NotRunning(String),
    #[error("could not call the handler: {0}")]
    Unreachable(String),
    #[error("the handler answered {0}")]
    Status(u16),
    #[error(transparent)]
    Reply(#[from] ReplyError),
    #[error("the handler did not answer within the functionTimeout of {0:?}")]
    TimedOut(Duration),
    #[error(
        "the handler answered with an empty body, on which the host waits in vain until the functionTimeout of {0:?}: answer {{}} as application/json"
    )]
    EmptyReply(Duration),
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl Invoker {
    pub(crate) fn new(
        app: &App,
        worker: Worker,
        journal: Arc<Journal>,
        outputs: Outputs,
        config: &HostConfig,
    ) -> Result<Self, reqwest::Error> {
        let redirects = match app.host.http {
            HttpMode::Enveloped => Policy::default(),
            HttpMode::Forwarded | HttpMode::Proxied => Policy::none(),
        };
        let client = Client::builder().no_proxy().redirect(redirects).build()?;
        Ok(Self {
            worker,
            client,
            outputs,
            journal,
            framing: config.framing,
            function_timeout: app.host.function_timeout,
            startup_patience: app.host.initialization_timeout * STARTS_AWAITED,
            speed: config.speed,
        })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn function_timeout(&self) -> Duration {
        self.function_timeout
    }

    /// Invokes the function, again if its retry policy says so, and writes the outputs.
    pub(crate) async fn invoke(
        &self,
        function: &Function,
        mut envelope: Envelope,
    ) -> Result<Reply, InvocationError> {
        let mut retries = 0;
        loop {
            let error = match self.attempt(function, &envelope).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            retries += 1;
            let policy = function.retry.as_ref();
            let Some((policy, delay)) = policy.and_then(|policy| Some((policy, policy.delay(retries)?)))
            else {
                return Err(error);
            };
            tracing::info!(function = %function.name, retries, ?delay, "the invocation is tried again");
            tokio::time::sleep(delay.div_f64(self.speed)).await;
            let most = policy.most.map_or(-1, i64::from);
            envelope.set_retry_context(json!({
                "RetryCount": retries, "MaxRetryCount": most, "Exception": { "Message": error.to_string() },
                "Instance": Value::Null, "State": {},
            }));
        }
    }

    async fn attempt(&self, function: &Function, envelope: &Envelope) -> Result<Reply, InvocationError> {
        let id = Uuid::new_v4().to_string();
        let name = function.name.to_string();
        self.journal.write(Event::InvocationStarted { function: name.clone(), invocation: id.clone() });
        let result = self.call_and_write(function, envelope, &id).await;
        self.journal.write(match &result {
            Ok(_) => Event::InvocationSucceeded { function: name, invocation: id },
            Err(error) => {
                tracing::warn!(function = %function.name, invocation = id, "the invocation failed: {error}");
                Event::InvocationFailed { function: name, invocation: id, reason: error.to_string() }
            }
        });
        result
    }

    async fn call_and_write(
        &self,
        function: &Function,
        envelope: &Envelope,
        id: &str,
    ) -> Result<Reply, InvocationError> {
        let port = self.wait_until_ready().await?;
        let started = Instant::now();
        let url = format!("http://127.0.0.1:{port}/{}", function.name);
        let body = envelope.to_json(function.name.as_str());
        let Ok(called) = timeout(self.function_timeout, self.call(&url, body, id)).await else {
            self.worker.restart().await;
            return Err(InvocationError::TimedOut(self.function_timeout));
        };
        let Some(reply) = called? else {
            return Err(self.hang(function, started).await);
        };
        for line in reply.logs() {
            tracing::info!(function = %function.name, invocation = id, "{line}");
        }
        self.outputs.write(function, &reply).await?;
        Ok(reply)
    }

    /// The handler's port, however long its start takes; a handler that never comes up stops the host.
    pub(crate) async fn wait_until_ready(&self) -> Result<u16, InvocationError> {
        match timeout(self.startup_patience, self.worker.ready()).await {
            Ok(ready) => ready.map_err(InvocationError::NotRunning),
            Err(_) => {
                let reason = format!("the handler was not ready within {:?}", self.startup_patience);
                self.worker.stop_host(reason.clone()).await;
                Err(InvocationError::NotRunning(reason))
            }
        }
    }

    /// `None` for an empty reply.
    async fn call(&self, url: &str, body: String, id: &str) -> Result<Option<Reply>, InvocationError> {
        let body = match self.framing {
            Framing::Chunked => Body::wrap(Chunked::new(Bytes::from(body))),
            Framing::ContentLength => Body::from(body),
        };
        let request = self
            .client
            .post(url)
            .header("User-Agent", USER_AGENT)
            .header("X-Azure-Functions-HostVersion", HOST_VERSION)
            .header("X-Azure-Functions-InvocationId", id)
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .body(body);
        let response = request.send().await.map_err(unreachable)?;
        if !response.status().is_success() {
            return Err(InvocationError::Status(response.status().as_u16()));
        }
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let text = response.text().await.map_err(unreachable)?;
        Ok(Reply::read(&content_type, &text)?)
    }

    /// What the real host does with an empty reply: nothing, until the function times out.
    async fn hang(&self, function: &Function, started: Instant) -> InvocationError {
        let error = InvocationError::EmptyReply(self.function_timeout);
        tracing::error!(function = %function.name, "{error}");
        tokio::time::sleep(self.function_timeout.saturating_sub(started.elapsed())).await;
        self.worker.restart().await;
        error
    }
}

/// The whole chain of causes: reqwest's own words hide that a connection was refused.
pub(crate) fn unreachable(error: reqwest::Error) -> InvocationError {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(deeper) = cause {
        text.push_str(&format!(": {deeper}"));
        cause = deeper.source();
    }
    InvocationError::Unreachable(text)
}

//! What the function app answers, and how it refuses.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::Response;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;
use serde_json::Value;

/// An answer that is no refusal.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its JSON.
    pub(crate) body: Value,
    /// After what time it is worth asking again.
    pub(crate) retry_after: Option<Duration>,
}

/// The function app's refusal.
#[derive(Debug, Deserialize)]
pub(crate) struct Refused {
    /// A stable word.
    pub(crate) code: String,
    /// The HTTP status that it came with.
    #[serde(skip)]
    status: u16,
    message: String,
    #[serde(default)]
    details: Vec<Detail>,
    #[serde(default)]
    innererror: Option<Inner>,
}

#[derive(Debug, Deserialize)]
struct Detail {
    message: String,
    #[serde(default)]
    target: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inner {
    #[serde(default)]
    recommended_action: Vec<String>,
}

#[derive(Deserialize)]
struct Envelope {
    error: Refused,
}

impl Answer {
    /// Reads an answer; a refusal is an error of type [`Refused`].
    pub(super) async fn read(response: Response) -> Result<Self> {
        let status = response.status();
        let retry_after = seconds(response.headers());
        let text = response.text().await.context("read the function app's answer")?;
        if status.is_success() {
            let body = serde_json::from_str(&text).context("read the function app's answer as JSON")?;
            return Ok(Self { body, retry_after });
        }
        // The host answers by itself where a key is wrong or a function is not there: with no body at all.
        let refused = serde_json::from_str::<Envelope>(&text).map(|envelope| envelope.error);
        let refused = refused.unwrap_or_else(|_| Refused::by_host(status));
        Err(Refused { status: status.as_u16(), ..refused }.into())
    }
}

fn seconds(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.parse().ok().map(Duration::from_secs)
}

impl Refused {
    /// Whether the same question may be answered a moment later: the function app restarts, is not there, or is busy.
    pub(super) fn may_pass(error: &anyhow::Error) -> bool {
        match error.downcast_ref::<Self>() {
            Some(refused) => refused.status >= 500 || [408, 429].contains(&refused.status),
            None => error.chain().any(|cause| cause.is::<reqwest::Error>()),
        }
    }

    fn by_host(status: reqwest::StatusCode) -> Self {
        let message = match status.as_u16() {
            401 => "the function app rejected the key; check --key or HOLDFAST_KEY".to_owned(),
            404 => "the function app has no such function; is it an older version?".to_owned(),
            _ => "the function app gave no reason".to_owned(),
        };
        Self {
            code: status.to_string(),
            status: status.as_u16(),
            message,
            details: Vec::new(),
            innererror: None,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        for detail in &self.details {
            match &detail.target {
                Some(target) => write!(f, "\n  {target}: {}", detail.message)?,
                None => write!(f, "\n  {}", detail.message)?,
            }
        }
        for action in self.innererror.iter().flat_map(|inner| &inner.recommended_action) {
            write!(f, "\n  Azure recommends: {action}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}

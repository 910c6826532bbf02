//! Recorded calls, and a transport that answers with what was recorded.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request, Transport};
use azure_core::time::{Duration, OffsetDateTime};
use holdfast_azure::{ArmClient, ArmOptions};
use holdfast_protection::ResourceId;
use serde::Deserialize;
use serde_json::Value;

use crate::reference;

/// One recorded exchange.
#[derive(Debug, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) method: String,
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) request: Value,
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) response: Value,
    /// The body that our client sent last.
    #[serde(skip)]
    sent: Arc<Mutex<Value>>,
}

/// Every recorded call to Azure Backup, or none (said aloud) where the recordings are not at hand.
pub(crate) fn recordings() -> Option<Vec<Recorded>> {
    recordings_of("recordings/dataprotection")
}

/// The same for a folder of the reference data.
pub(crate) fn recordings_of(folder: &str) -> Option<Vec<Recorded>> {
    let folder = reference::folder(folder)?;
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts = files.iter().map(|file| std::fs::read_to_string(file).unwrap());
    Some(
        texts
            .flat_map(|text| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>())
            .collect(),
    )
}

impl Recorded {
    /// A client that gets this answer to whatever it asks.
    pub(crate) fn client(&self) -> ArmClient {
        let body = if self.response.is_null() { String::new() } else { self.response.to_string() };
        let answer = Recording {
            status: self.status,
            headers: self.headers.clone(),
            body,
            sent: Arc::clone(&self.sent),
        };
        ArmClient::new(ArmOptions {
            endpoint: ArmOptions::PUBLIC_CLOUD.parse().unwrap(),
            credential: Arc::new(AnyToken),
            transport: Some(Transport::new(Arc::new(answer))),
        })
        .unwrap()
    }

    /// The same call with another answer.
    pub(crate) fn with_response(&self, response: &Value) -> Self {
        Self {
            method: self.method.clone(),
            url: self.url.clone(),
            request: self.request.clone(),
            status: 200,
            headers: BTreeMap::new(),
            response: response.clone(),
            sent: Arc::default(),
        }
    }

    pub(crate) fn path(&self) -> String {
        let url: azure_core::http::Url = self.url.parse().unwrap();
        url.path().to_owned()
    }

    pub(crate) fn id(&self) -> ResourceId {
        self.path().parse().unwrap()
    }

    /// The id without the action at its end.
    pub(crate) fn id_below(&self) -> ResourceId {
        let path = self.path();
        let (id, _) = path.rsplit_once('/').unwrap();
        id.parse().unwrap()
    }

    /// A text in the recorded answer; empty if it is not there.
    pub(crate) fn text(&self, pointer: &str) -> String {
        self.response.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Number of items in a recorded list, without the remark that the rest was cut.
    pub(crate) fn items(&self, pointer: &str) -> usize {
        self.response
            .pointer(pointer)
            .and_then(Value::as_array)
            .unwrap()
            .iter()
            .filter(|item| item.is_object())
            .count()
    }

    /// The body that our client sent.
    pub(crate) fn sent(&self) -> Value {
        self.sent.lock().unwrap().clone()
    }
}

#[derive(Debug)]
pub(crate) struct AnyToken;

#[async_trait]
impl TokenCredential for AnyToken {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        Ok(AccessToken::new("token".to_owned(), OffsetDateTime::now_utc() + Duration::hours(1)))
    }
}

#[derive(Debug)]
struct Recording {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
    sent: Arc<Mutex<Value>>,
}

#[async_trait]
impl HttpClient for Recording {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        if let Body::Bytes(bytes) = request.body()
            && !bytes.is_empty()
        {
            *self.sent.lock().unwrap() = serde_json::from_slice(bytes).unwrap_or_default();
        }
        let mut headers = Headers::new();
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        Ok(AsyncRawResponse::from_bytes(self.status.into(), headers, self.body.clone()))
    }
}

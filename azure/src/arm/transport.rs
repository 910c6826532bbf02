//! Sends one request to Azure Resource Manager and sorts what can come back.
//!
//! The token goes to the endpoint's host and its regional subdomains, never elsewhere.

mod azures_time;
mod exchange;
mod outcome;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_core::http::{ClientOptions, Method, Pipeline, Request, RetryOptions, Transport, Url};
use holdfast_protection::instance::BackupInstance;
use holdfast_protection::{AzureError, ResourceId};
use jiff::Timestamp;
use serde_json::Value;

use super::api_version::ApiVersions;
use super::memory::Memory;
use super::throttle::{Call, Governor};
use crate::clock::{Clock, SystemClock};
use crate::web;

use azures_time::AzuresTime;
pub(super) use outcome::{Answer, Failure};
use outcome::{failed, sort, unavailable};

/// Longest time one call may take, its short retries included.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Largest answer that is read: far above a page of 1,000 graph rows.
const LARGEST_ANSWER: usize = 32 * 1024 * 1024;

/// How Azure Resource Manager is reached.
#[derive(Debug, Clone)]
pub struct ArmOptions {
    /// Base URL, https.
    pub endpoint: Url,
    /// Where tokens come from.
    pub credential: Arc<dyn TokenCredential>,
    /// Another HTTP transport than the default one, for a private certificate authority.
    pub transport: Option<Transport>,
}

impl ArmOptions {
    /// Base URL of Azure Resource Manager in the public cloud.
    pub const PUBLIC_CLOUD: &'static str = "https://management.azure.com";
}

/// A client of Azure Resource Manager and of the providers behind it.
///
/// Cheap to clone; clones share connections and the token.
#[derive(Debug, Clone)]
pub struct ArmClient {
    pipeline: Pipeline,
    endpoint: Arc<Url>,
    pub(super) api_versions: Arc<ApiVersions>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) governor: Arc<Governor>,
    pub(super) memory: Arc<Memory>,
    azures_time: Arc<AzuresTime>,
    /// When the pass began that this client serves; none if it remembers nothing.
    pub(super) pass_began: Option<Duration>,
    /// Instances that this pass has just read; each is good for one more reading, and none after a write.
    seen: Arc<Mutex<Vec<BackupInstance>>>,
}

impl ArmClient {
    /// A client by the machine's clock, as [`ArmClient::with_clock`].
    pub fn new(options: ArmOptions) -> Result<Self, AzureError> {
        Self::with_clock(options, Arc::new(SystemClock))
    }

    /// A client; fails if the endpoint is not https, because no token is sent over anything else.
    pub fn with_clock(options: ArmOptions, clock: Arc<dyn Clock>) -> Result<Self, AzureError> {
        let ArmOptions { endpoint, credential, transport } = options;
        if endpoint.scheme() != "https" || endpoint.host_str().is_none() {
            return Err(AzureError::Unsendable {
                action: format!("reach Azure Resource Manager at `{endpoint}`"),
                detail:
                    "tokens are sent over https only; state an endpoint such as https://management.azure.com"
                        .to_owned(),
            });
        }
        let transport = match transport {
            Some(transport) => transport,
            None => web::transport().map_err(|error| AzureError::Unsendable {
                action: format!("reach Azure Resource Manager at `{endpoint}`"),
                detail: error.to_string(),
            })?,
        };
        let scope = format!("{}/.default", endpoint.as_str().trim_end_matches('/'));
        let client = ClientOptions {
            retry: RetryOptions::none(),
            transport: Some(transport),
            ..ClientOptions::default()
        };
        let pipeline = Pipeline::new(
            option_env!("CARGO_PKG_NAME"),
            option_env!("CARGO_PKG_VERSION"),
            client,
            Vec::new(),
            vec![Arc::new(BearerTokenAuthorizationPolicy::new(credential, [scope]))],
            None,
        );
        let governor = Governor::new(Arc::clone(&clock));
        Ok(Self {
            pipeline,
            endpoint: Arc::new(endpoint),
            api_versions: Arc::default(),
            clock,
            governor,
            memory: Arc::default(),
            azures_time: Arc::default(),
            pass_began: None,
            seen: Arc::default(),
        })
    }

    /// The same client for one pass: it takes what other passes have read a moment ago, until that is doubted.
    #[must_use]
    pub fn for_pass(&self) -> Self {
        Self { pass_began: Some(self.clock.now()), seen: Arc::default(), ..self.clone() }
    }

    /// What Azure's clock shows when ours shows `now`, as far as its last answer tells. Times that Azure states are compared
    /// with this one.
    #[must_use]
    pub fn azures_time(&self, now: Timestamp) -> Timestamp {
        self.azures_time.at(now)
    }

    /// This pass has read instances in a list: reading one of them again would tell the same.
    pub(super) fn saw(&self, instances: &[BackupInstance]) {
        if self.pass_began.is_some() {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.retain(|known| instances.iter().all(|one| one.id != known.id));
            seen.extend_from_slice(instances);
        }
    }

    /// An instance that this pass has just read, once.
    pub(super) fn seen(&self, id: &ResourceId) -> Option<BackupInstance> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let at = seen.iter().position(|instance| instance.id == *id)?;
        Some(seen.swap_remove(at))
    }

    /// What looks share, if this client serves one, and the time.
    pub(super) fn memory(&self) -> Option<(&Memory, Duration)> {
        self.pass_began.map(|_| (&*self.memory, self.clock.now()))
    }

    /// The URL of a path below the endpoint; `query` is already encoded.
    pub(super) fn url(&self, path: &str, query: &str) -> Url {
        let mut url = (*self.endpoint).clone();
        url.set_path(&format!("{}{path}", self.endpoint.path().trim_end_matches('/')));
        url.set_query(Some(query));
        url
    }

    /// The URL of a resource, or of something `below` it such as `/backup`.
    pub(super) fn url_of(&self, id: &ResourceId, below: &str, api_version: &str) -> Url {
        self.url(&format!("{id}{below}"), &format!("api-version={api_version}"))
    }

    pub(super) async fn get(&self, action: &str, url: Url) -> Result<Answer, AzureError> {
        self.send(action, Method::Get, url, None).await
    }

    pub(super) async fn put(&self, action: &str, url: Url, body: &Value) -> Result<Answer, AzureError> {
        self.send(action, Method::Put, url, Some(body)).await
    }

    pub(super) async fn post(&self, action: &str, url: Url, body: &Value) -> Result<Answer, AzureError> {
        self.send(action, Method::Post, url, Some(body)).await
    }

    pub(super) async fn patch(&self, action: &str, url: Url, body: &Value) -> Result<Answer, AzureError> {
        self.send(action, Method::Patch, url, Some(body)).await
    }

    /// A call without a body.
    pub(super) async fn call(&self, action: &str, method: Method, url: Url) -> Result<Answer, AzureError> {
        self.send(action, method, url, None).await
    }

    async fn send(
        &self,
        action: &str,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Answer, AzureError> {
        self.check_destination(action, &url)?;
        let call = Call::new(method, &url);
        let mut request = Request::new(url, method);
        request.insert_header("accept", "application/json");
        if let Some(body) = body {
            request.insert_header("content-type", "application/json");
            request.set_body(body.to_string());
        }
        let exchange = tokio::time::timeout(CALL_TIMEOUT, self.tried(&call, &request)).await;
        if method != Method::Get {
            // Whatever came back: it may have been done.
            self.memory.written(request.url().path());
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        match exchange {
            Ok(Ok(answer)) => sort(action, answer),
            Ok(Err(failure)) => Err(failed(action, failure)),
            Err(_elapsed) => {
                Err(unavailable(action, format!("no answer within {} s", CALL_TIMEOUT.as_secs())))
            }
        }
    }

    /// Operation and page URLs come from outside: our token must not follow them to another host.
    pub(super) fn check_destination(&self, action: &str, url: &Url) -> Result<(), AzureError> {
        let ours = self.endpoint.host_str().unwrap_or_default();
        let host = url.host_str().unwrap_or_default();
        let regional = host.strip_suffix(ours).is_some_and(|region| region.ends_with('.'));
        let same_port = url.port_or_known_default() == self.endpoint.port_or_known_default();
        if url.scheme() == "https" && same_port && (host == ours || regional) {
            return Ok(());
        }
        let place = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Err(AzureError::Unsendable {
            action: action.to_owned(),
            detail: format!(
                "the URL leads to `{}://{place}`, outside of `{}`; our token is not sent there",
                url.scheme(),
                self.endpoint
            ),
        })
    }
}

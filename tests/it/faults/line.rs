//! The wire between the client and the simulator: counted, and cut where a test wants it.

use std::future::pending;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use azure_core::time::OffsetDateTime;
use holdfast_simulator::Running;
use tokio::sync::Notify;

/// Longest time that a call hangs before the line breaks. A busy machine takes long for a call that nothing has happened to,
/// for large answers above all.
const TIME_LIMIT: Duration = Duration::from_secs(60);
/// No call.
const NEVER: u32 = u32::MAX;

/// Carries calls to a simulator on loopback, whose certificate it trusts.
#[derive(Debug)]
pub(super) struct Line {
    client: reqwest::Client,
    calls: AtomicU32,
    last: AtomicU32,
    last_path: Mutex<Option<String>>,
    dead: Notify,
}

impl Line {
    pub(super) fn to(azure: &Running) -> Self {
        let certificate = reqwest::Certificate::from_pem(azure.ca_pem.as_bytes()).unwrap();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([certificate]).build().unwrap();
        Self {
            client,
            calls: AtomicU32::new(0),
            last: AtomicU32::new(NEVER),
            last_path: Mutex::default(),
            dead: Notify::new(),
        }
    }

    /// Calls so far.
    pub(super) fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }

    /// The process that makes the call of this number dies of it: the call takes effect, and nobody hears the answer.
    pub(super) fn die_at(&self, number: u32) {
        self.last.store(number, Ordering::SeqCst);
    }

    /// The process that makes the next call to this path dies of it, as above.
    pub(super) fn die_of(&self, path: &str) {
        *self.last_path.lock().unwrap() = Some(path.to_owned());
    }

    /// Whether the call is the ordered last one; a death is ordered once.
    fn is_last(&self, number: u32, request: &Request) -> bool {
        let mut path = self.last_path.lock().unwrap();
        if path.as_ref().is_some_and(|path| request.url().path().ends_with(path)) {
            *path = None;
            return true;
        }
        self.last.compare_exchange(number, NEVER, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// Whether a death is ordered that has not come yet.
    pub(super) fn is_doomed(&self) -> bool {
        self.last.load(Ordering::SeqCst) != NEVER
    }

    /// Returns when it has come.
    pub(super) async fn death(&self) {
        self.dead.notified().await;
    }
}

#[async_trait]
impl HttpClient for Line {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let answer = tokio::time::timeout(TIME_LIMIT, self.client.execute_request(request)).await;
        if self.is_last(number, request) {
            self.dead.notify_one();
            return pending().await;
        }
        answer.unwrap_or_else(|_| Err(azure_core::Error::with_message(ErrorKind::Io, "no answer")))
    }
}

/// A token that says nothing of who we are.
#[derive(Debug)]
pub(super) struct AnyToken;

#[async_trait]
impl TokenCredential for AnyToken {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        Ok(AccessToken::new(
            "token".to_owned(),
            OffsetDateTime::now_utc() + azure_core::time::Duration::hours(1),
        ))
    }
}

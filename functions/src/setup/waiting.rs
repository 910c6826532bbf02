//! How long a request waits for the set-up: by who asks.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{Progress, Setup};
use crate::app::App;
use crate::problem::Problem;

/// How long a queue message or a timer is held: less than `functionTimeout` of host.json, after which the host kills the
/// handler. A message that fails `maxDequeueCount` times is given up as poison, so each failure must take its time.
pub(crate) const WORK: Duration = Duration::from_secs(9 * 60);
/// How long an event is held: Event Grid waits 30 seconds for an answer, and sends the event again later (official).
const EVENT: Duration = Duration::from_secs(25);

/// The app, for callers of the API: they are told at once why it is not set up, but wait for the first try.
pub(crate) struct Ready(pub(crate) Arc<App>);

/// The app, for an invocation that the host would repeat: it waits as long as the host does.
pub(crate) struct ForWork(pub(crate) Arc<App>);

/// The app, for an event.
pub(crate) struct ForEvent(pub(crate) Arc<App>);

impl Setup {
    /// Waits until the app is there, for so long; what else there is to say is said afterwards.
    async fn held(&self, longest: Duration) -> Result<Arc<App>, Problem> {
        let there = self.app(|progress| matches!(progress, Progress::Ready(_)));
        match tokio::time::timeout(longest, there).await {
            Ok(app) => app,
            Err(_) => self.app(|_| true).await,
        }
    }
}

impl FromRequestParts<Setup> for Ready {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, setup: &Setup) -> Result<Self, Problem> {
        setup.app(|progress| !matches!(progress, Progress::Busy)).await.map(Self)
    }
}

impl FromRequestParts<Setup> for ForWork {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, setup: &Setup) -> Result<Self, Problem> {
        setup.held(WORK).await.map(Self)
    }
}

impl FromRequestParts<Setup> for ForEvent {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, setup: &Setup) -> Result<Self, Problem> {
        setup.held(EVENT).await.map(Self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Seconds of a time span of host.json, `hh:mm:ss`.
    fn seconds(span: &Value) -> u64 {
        span.as_str().unwrap().split(':').fold(0, |all, part| all * 60 + part.parse::<u64>().unwrap())
    }

    #[test]
    fn work_is_not_given_up_while_roles_come_into_force() {
        let host: Value = serde_json::from_str(include_str!("../../../host.json")).unwrap();
        let timeout = seconds(&host["functionTimeout"]);
        assert!(WORK.as_secs() + 30 <= timeout, "the host kills the handler after {timeout} s");
        let queues = &host["extensions"]["queues"];
        let tries = queues["maxDequeueCount"].as_u64().unwrap();
        let held = tries * (WORK.as_secs() + seconds(&queues["visibilityTimeout"]));
        // infra/README.md: roles take up to half an hour.
        assert!(held > 60 * 60, "given up after {held} s");
    }
}

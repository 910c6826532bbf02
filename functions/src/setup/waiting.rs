//! How long a request waits for the set-up, and a message for storage: by who asks.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tokio::sync::watch;
use tokio::time::Instant;

use super::{Progress, Setup};
use crate::app::App;
use crate::problem::Problem;

/// How long a queue message or a timer is held: less than `functionTimeout` of host.json, after which the host kills the
/// handler. A message that fails `maxDequeueCount` times is given up as poison, so each failure must take its time.
pub(crate) const WORK: Duration = Duration::from_secs(9 * 60);
/// How long an event is held: Event Grid waits 30 seconds for an answer, and sends the event again later (official).
const EVENT: Duration = Duration::from_secs(25);

/// The first pause before a message is worked on once more, and the longest.
const PAUSES: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(60)];

/// The app, for callers of the API: they are told at once why it is not set up, but wait for the first try.
pub(crate) struct Ready(pub(crate) Arc<App>);

/// The app, for an invocation that the host would repeat: it waits as long as the host does.
pub(crate) struct ForWork(pub(crate) Arc<App>);

/// The app, for a message of a queue. It is held, too, while storage keeps it from being worked on.
pub(crate) struct ForMessage {
    app: Arc<App>,
    hold: Hold,
}

impl ForMessage {
    /// The answer of a pass over the message; of the last one, where storage kept those before from being whole.
    pub(crate) async fn worked_on<T, P>(mut self, pass: impl Fn(Arc<App>) -> P) -> Result<T, Problem>
    where
        P: Future<Output = Result<T, Problem>>,
    {
        loop {
            let answer = Box::pin(pass(Arc::clone(&self.app))).await;
            if !self.hold.goes_on(&answer).await {
                return answer;
            }
        }
    }
}

/// For how long a message is held: for as long as the host allows, what it waited for the set-up included.
struct Hold {
    until: Instant,
    /// When the present try began.
    tried: Instant,
    pause: Duration,
    stopping: watch::Receiver<bool>,
}

impl Hold {
    /// For a message that came at this moment, and is worked on from now.
    fn since(came: Instant, setup: &Setup) -> Self {
        let [pause, _] = PAUSES;
        Self { until: came + WORK, tried: Instant::now(), pause, stopping: setup.stopping.subscribe() }
    }

    /// Whether to work on the message once more, after a pause: it failed by storage alone, and there is time for a try
    /// that takes as long as the last one.
    async fn goes_on<T>(&mut self, last: &Result<T, Problem>) -> bool {
        let Err(problem) = last else { return false };
        let now = Instant::now();
        let next = now + self.pause;
        if !problem.is_of_storage() || next + (now - self.tried) > self.until {
            return false;
        }
        tracing::warn!(
            seconds = self.pause.as_secs(),
            "a message is held and worked on once more, because storage does not take what has to be kept: {}",
            problem.message()
        );
        let stopping = self.stopping.wait_for(|stopping| *stopping);
        let is_stopped = tokio::time::timeout_at(next, stopping).await.is_ok();
        let [_, longest] = PAUSES;
        self.pause = (self.pause * 2).min(longest);
        self.tried = next;
        !is_stopped
    }
}

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

impl FromRequestParts<Setup> for ForMessage {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, setup: &Setup) -> Result<Self, Problem> {
        let came = Instant::now();
        let app = setup.held(WORK).await?;
        Ok(Self { app, hold: Hold::since(came, setup) })
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

//! Setting up behind an open port.
//!
//! The host polls the port from the first moment, and restarts a handler that exits only three
//! times: so the port is bound first, and a set-up that fails is said in every answer instead of
//! ending the process.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tokio::sync::watch;

use crate::app::App;
use crate::problem::Problem;

/// How far the set-up is.
#[derive(Clone)]
enum Progress {
    Busy,
    Ready(Arc<App>),
    Failed(Arc<str>),
}

/// The set-up as requests see it.
#[derive(Clone)]
pub struct Setup(watch::Receiver<Progress>);

/// The end of the set-up, for whoever does it.
pub struct Finish(watch::Sender<Progress>);

impl Setup {
    /// A set-up that has begun.
    pub fn begin() -> (Self, Finish) {
        let (sender, receiver) = watch::channel(Progress::Busy);
        (Self(receiver), Finish(sender))
    }

    async fn wait(&self) -> Result<Arc<App>, Problem> {
        let mut progress = self.0.clone();
        let settled = progress.wait_for(|progress| !matches!(progress, Progress::Busy)).await;
        match settled.as_deref() {
            Ok(Progress::Ready(app)) => Ok(app.clone()),
            Ok(Progress::Failed(problem)) => Err(Problem::unavailable("NotSetUp", &**problem)),
            Ok(Progress::Busy) | Err(_) => {
                Err(Problem::unavailable("NotSetUp", "the handler stopped while it was being set up"))
            }
        }
    }
}

impl Finish {
    /// Requests are served from now on.
    pub fn ready(self, app: App) {
        self.0.send_replace(Progress::Ready(Arc::new(app)));
    }

    /// Every request is answered with this problem until the handler is started anew.
    pub fn failed(self, problem: &str) {
        self.0.send_replace(Progress::Failed(problem.into()));
    }
}

/// The app, once it is set up: a request that comes earlier waits.
pub(crate) struct Ready(pub(crate) Arc<App>);

impl FromRequestParts<Setup> for Ready {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, setup: &Setup) -> Result<Self, Problem> {
        setup.wait().await.map(Self)
    }
}

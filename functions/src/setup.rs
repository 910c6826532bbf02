//! Setting up behind an open port.
//!
//! The host polls the port from the first moment, and restarts a handler that exits only three times: so the port is bound
//! first, and a set-up that fails is said in every answer instead of ending the process. Most of what fails passes: roles
//! count minutes after they are given, and stores come back. So it is tried again until it works.

mod caller;
mod front_page;
mod tries;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::app::App;
use crate::problem::Problem;

pub(crate) use caller::Who;
pub(crate) use front_page::front_page;
pub use tries::until_it_works;
pub(crate) use waiting::{ForEvent, ForMessage, ForWork, Ready};

/// How far the set-up is.
#[derive(Clone)]
enum Progress {
    /// The first try is under way.
    Busy,
    /// A try failed, and another follows.
    Waiting {
        problem: Arc<str>,
        pause: Duration,
    },
    Ready(Arc<App>),
    /// Only a person can help.
    Failed(Arc<str>),
}

/// The set-up as requests see it.
#[derive(Clone)]
pub struct Setup {
    progress: watch::Receiver<Progress>,
    stopping: Arc<watch::Sender<bool>>,
}

/// The set-up as the task that does it has it.
pub struct Finish(watch::Sender<Progress>);

impl Setup {
    /// A set-up that has begun.
    pub fn begin() -> (Self, Finish) {
        let (sender, progress) = watch::channel(Progress::Busy);
        let stopping = Arc::new(watch::Sender::new(false));
        (Self { progress, stopping }, Finish(sender))
    }

    /// The process is to end: nobody waits for the set-up any longer.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Returns once the work is done that outlives its requests.
    pub async fn drained(&self) {
        let app = match &*self.progress.borrow() {
            Progress::Ready(app) => Some(app.clone()),
            Progress::Busy | Progress::Waiting { .. } | Progress::Failed(_) => None,
        };
        if let Some(app) = app {
            app.underway.finished().await;
        }
    }

    /// The app, once `settled` says that there is nothing more to wait for, or the reason why there is none.
    async fn app(&self, settled: impl FnMut(&Progress) -> bool) -> Result<Arc<App>, Problem> {
        let (mut progress, mut stopping) = (self.progress.clone(), self.stopping.subscribe());
        let settled = tokio::select! {
            settled = progress.wait_for(settled) => settled.map(|progress| progress.clone()).ok(),
            _ = stopping.wait_for(|stopping| *stopping) => None,
        };
        settled.map_or_else(|| Err(stopped()), Progress::app)
    }
}

impl Progress {
    fn app(self) -> Result<Arc<App>, Problem> {
        match self {
            Self::Ready(app) => Ok(app),
            Self::Waiting { problem, pause } => Err(Problem::not_set_up(&*problem, pause)),
            Self::Failed(problem) => Err(Problem::not_set_up(&*problem, LATER)),
            Self::Busy => Err(Problem::not_set_up("the handler is being set up", SOON)),
        }
    }
}

/// When to ask again for what only a person can change.
const LATER: Duration = Duration::from_secs(60);
/// When to ask again for what is about to be there.
const SOON: Duration = Duration::from_secs(2);

fn stopped() -> Problem {
    Problem::not_set_up("the handler stops; the one after it answers", SOON)
}

impl Finish {
    /// Requests are served from now on.
    pub fn ready(&self, app: App) {
        self.0.send_replace(Progress::Ready(Arc::new(app)));
    }

    /// A try failed; the next one is made after `pause`, and callers are told both.
    pub fn waits(&self, problem: &str, pause: Duration) {
        self.0.send_replace(Progress::Waiting { problem: problem.into(), pause });
    }

    /// Every request is answered with this problem until the handler is started again.
    pub fn failed(&self, problem: &str) {
        self.0.send_replace(Progress::Failed(problem.into()));
    }
}

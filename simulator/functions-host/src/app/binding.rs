//! Bindings: triggers and outputs, each with what it needs and nothing else.

use super::{Cron, Route};

/// What sets a function off.
#[derive(Debug)]
pub(crate) enum Trigger {
    EventGrid(EventGridTrigger),
    Queue(QueueTrigger),
    Timer(TimerTrigger),
    Http(HttpTrigger),
}

/// `eventGridTrigger`.
#[derive(Debug)]
pub(crate) struct EventGridTrigger {
    pub(crate) name: String,
    /// `"cardinality": "many"`: one invocation for a whole delivery.
    pub(crate) many: bool,
}

/// `queueTrigger`.
#[derive(Debug)]
pub(crate) struct QueueTrigger {
    pub(crate) name: String,
    pub(crate) queue: String,
    /// The app setting that holds the connection.
    pub(crate) connection: String,
    /// `"dataType": "binary"`.
    pub(crate) binary: bool,
}

/// `timerTrigger`.
#[derive(Debug)]
pub(crate) struct TimerTrigger {
    pub(crate) name: String,
    pub(crate) schedule: Cron,
    pub(crate) run_on_startup: bool,
    pub(crate) use_monitor: bool,
}

/// `httpTrigger`.
#[derive(Debug)]
pub(crate) struct HttpTrigger {
    pub(crate) name: String,
    /// In upper case; empty for all.
    pub(crate) methods: Vec<String>,
    pub(crate) route: Route,
    pub(crate) level: AuthLevel,
}

/// Which key a caller needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthLevel {
    Anonymous,
    Function,
    Admin,
}

/// Where a reply's outputs go.
#[derive(Debug)]
pub(crate) enum Output {
    Http { name: String },
    Queue(QueueOutput),
}

impl Output {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Http { name } => name,
            Self::Queue(output) => &output.name,
        }
    }
}

/// A `queue` output.
#[derive(Debug)]
pub(crate) struct QueueOutput {
    pub(crate) name: String,
    pub(crate) queue: String,
    /// The app setting that holds the connection.
    pub(crate) connection: String,
    /// `"dataType": "binary"`: the handler's strings are Base64 by intention.
    pub(crate) binary: bool,
}

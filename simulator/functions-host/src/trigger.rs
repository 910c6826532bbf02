//! What sets functions off.

pub(crate) mod admin;
pub(crate) mod event_grid;
pub(crate) mod http;
pub(crate) mod queue;
pub(crate) mod timer;

use std::sync::Arc;

use crate::access::Access;
use crate::app::App;
use crate::invocation::Invoker;
use crate::journal::Journal;
use crate::worker::Worker;

/// What every trigger needs of the running host; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) app: Arc<App>,
    pub(crate) invoker: Arc<Invoker>,
    pub(crate) worker: Worker,
    pub(crate) journal: Arc<Journal>,
    pub(crate) access: Access,
    /// `http://127.0.0.1:…`, where the host serves.
    pub(crate) url: String,
}

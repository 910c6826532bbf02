//! The domain of Holdfast: observe, decide, plan, apply, record.
//!
//! No I/O of its own: it asks Azure, the work queue and the ledger through the
//! traits in [`ports`].

pub mod apply;
pub mod azure_error;
pub mod backup;
pub mod decide;
mod digest;
pub mod event;
pub mod facts;
pub mod family;
pub mod file_session;
#[cfg(test)]
mod golden;
pub mod guard;
pub mod hold;
pub mod impossible;
pub mod instance;
pub mod job;
pub mod last_known;
pub mod ledger;
pub mod lifecycle;
pub mod location;
pub mod lock;
pub mod observe;
pub mod operation;
pub mod operation_id;
pub mod operations;
pub mod outcome;
pub mod place;
pub mod plan;
pub mod points;
pub mod policy;
pub mod ports;
pub mod priority;
pub mod protect;
pub mod redaction;
pub mod refusal;
pub mod resource_id;
pub mod restore;
pub mod retry;
pub mod roles;
pub mod schedule;
pub mod shell;
pub mod snapshot_group;
pub mod sweep;
pub mod target;
pub mod targets;
pub mod tier;
pub mod undelivered;
pub mod vault;
pub mod vault_state;
pub mod work;
pub mod workload;

pub use azure_error::AzureError;
pub use location::Location;
pub use refusal::{Refusal, RefusalKind, Retry};
pub use resource_id::{ResourceId, ResourceIdError};
pub use workload::Workload;

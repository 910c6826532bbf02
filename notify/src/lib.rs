//! Notifications: what Holdfast tells other systems, when it stays quiet, and in which order.
//!
//! What is told follows from what is recorded: [`AnnouncingLedger`] stands before the ledger, and an [`Announcer`] puts
//! each piece of news into the outbox of what it is about before it is recorded. [`Delivery`] empties one outbox. No
//! I/O happens here; the stores and the outlets are ports.

mod announcer;
mod backoff;
mod change;
mod coverage;
mod delivery;
mod digest;
mod event;
mod key;
mod kind;
mod ledger;
mod operations;
mod outbox;
pub mod ports;
pub mod public_address;
mod records;
mod samples;
mod signature;
mod wire;

pub use announcer::{Announcer, Wanted};
pub use change::{Change, Notice, Topic};
pub use coverage::{Coverage, Threshold};
pub use delivery::{Delivery, Next};
pub use digest::digest;
pub use event::Source;
pub use key::{BadKey, OutboxKey};
pub use kind::Kind;
pub use ledger::AnnouncingLedger;
pub use outbox::{Outbox, OutletName, id_of, type_of};
pub use samples::samples;
pub use signature::{BadSecret, Secret};
pub use wire::{Mode, Wire};

pub use cloudevents::Event;

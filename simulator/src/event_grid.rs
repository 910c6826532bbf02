//! Event Grid: subscriptions, events about ARM calls, and their delivery at least once and in no order.

mod delivery;
mod event;
mod filter;
mod handshake;
mod queue;
mod subscription;

pub(crate) use delivery::deliver;
pub(crate) use event::{Change, Verb, send, tell};
pub use queue::DeliveryKnobs;
pub(crate) use queue::EventGrid;
pub(crate) use subscription::{handle, is_subscription, place, subscribe};

/// The namespace as Azure spells it.
pub(crate) const NAMESPACE: &str = "Microsoft.EventGrid";

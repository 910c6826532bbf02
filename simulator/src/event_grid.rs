//! Event Grid: subscriptions, and events about ARM calls, which wait here until they are delivered.

mod event;
mod filter;
mod queue;
mod subscription;

pub(crate) use event::{Change, send, tell};
pub(crate) use queue::{Delivery, EventGrid};
pub(crate) use subscription::{Schema, Subscription, asked, handle, is_subscription, keep, place};

/// The namespace as Azure spells it.
pub(crate) const NAMESPACE: &str = "Microsoft.EventGrid";

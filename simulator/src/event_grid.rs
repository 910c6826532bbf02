//! Event Grid: subscriptions, and events about ARM calls, which wait here until they are delivered.

mod destination;
mod event;
mod filter;
mod provider;
mod queue;
mod redelivery;
mod subscription;

pub(crate) use destination::Destination;
pub(crate) use event::{Change, publish};
pub(crate) use provider::EventSubscriptions;
pub(crate) use queue::{Delivery, EventGrid};
pub(crate) use redelivery::{Redelivery, redeliver};
pub(crate) use subscription::{Schema, Subscription, asked, is_subscription, keep, place};

/// The namespace as Azure spells it.
pub(crate) const NAMESPACE: &str = "Microsoft.EventGrid";

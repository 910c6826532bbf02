//! Event subscriptions of Microsoft.EventGrid as a provider; system topics are kept like any other resource.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{EventGrid, NAMESPACE, subscription};
use crate::wire::{Answer, ArmPath, Call};
use crate::world::{Provider, State, World};

/// Event subscriptions.
#[derive(Debug)]
pub(crate) struct EventSubscriptions;

impl Provider for EventSubscriptions {
    fn namespace(&self) -> &'static str {
        NAMESPACE
    }

    fn serves(&self, path: &ArmPath) -> bool {
        subscription::is_subscription(path)
    }

    fn state(&self) -> Option<Box<dyn State>> {
        Some(Box::new(EventGrid::default()))
    }

    fn handle(&self, world: &mut World, call: &Call) -> Answer {
        subscription::handle(world, call)
    }

    /// When the next delivery is attempted.
    fn next_due(&self, world: &World) -> Option<Timestamp> {
        EventGrid::of(world).next_due(world.now())
    }

    fn inspect(&self, world: &World) -> Value {
        let grid = EventGrid::of(world);
        let subscriptions: Vec<&String> = grid.subscriptions().map(|(_, one)| &one.id).collect();
        json!({ "eventSubscriptions": subscriptions, "events": grid.summary() })
    }
}

//! Published events once more, or foreign bodies in their place, for tests of duplicates and of disorder.

use serde::Deserialize;
use serde_json::Value;

use super::event::send;
use super::queue::EventGrid;
use crate::world::World;

/// What to deliver once more.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Redelivery {
    /// How often each event is delivered.
    #[serde(default = "once")]
    times: usize,
    /// Whether they go in random order.
    #[serde(default)]
    shuffle: bool,
    /// Bodies to deliver instead of the published events, to every subscription and in any shape.
    events: Option<Vec<Value>>,
}

fn once() -> usize {
    1
}

/// Queues what is wanted; how many deliveries that are.
pub(crate) fn redeliver(world: &mut World, wanted: &Redelivery) -> usize {
    let grid = EventGrid::of(world);
    let mut deliveries = Vec::new();
    for (name, subscription) in grid.subscriptions() {
        let bodies: Vec<Value> = match &wanted.events {
            Some(bodies) => bodies.clone(),
            None => {
                let matching = grid.history().filter(|event| subscription.wants(event));
                matching.map(|event| event.shaped(subscription)).collect()
            }
        };
        for _ in 0..wanted.times {
            deliveries.extend(bodies.iter().map(|body| (name.clone(), body.clone())));
        }
    }
    if wanted.shuffle {
        for last in (1..deliveries.len()).rev() {
            let other = world.random.below(last + 1);
            deliveries.swap(last, other);
        }
    }
    let queued = deliveries.len();
    for (subscription, body) in deliveries {
        send(world, subscription, body);
    }
    queued
}

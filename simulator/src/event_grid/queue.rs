//! What is subscribed, what waits for delivery, what was delivered and what was given up.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::event::Event;
use super::subscription::Subscription;
use crate::estate::DeliveryKnobs;
use crate::world::World;

/// Events kept for redelivery and inspection; older ones are forgotten.
const HISTORY: usize = 20_000;

/// An event on its way to one subscription.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    /// Key of the subscription.
    pub(crate) subscription: String,
    /// The event in the schema of the subscription.
    pub(crate) body: Value,
    pub(crate) attempts: u32,
    pub(crate) published: Timestamp,
}

/// All of Event Grid.
#[derive(Debug, Default)]
pub(crate) struct EventGrid {
    pub(super) subscriptions: BTreeMap<String, Subscription>,
    pub(crate) knobs: DeliveryKnobs,
    delivered: u64,
    failed_attempts: u64,
    dead: Vec<Value>,
    in_flight: usize,
    history: VecDeque<Event>,
    waiting: BTreeMap<(Timestamp, u64), Delivery>,
    counter: u64,
}

impl EventGrid {
    pub(crate) fn of(world: &World) -> &Self {
        world.state()
    }

    pub(crate) fn of_mut(world: &mut World) -> &mut Self {
        world.state_mut()
    }

    /// The subscriptions by their keys.
    pub(crate) fn subscriptions(&self) -> impl Iterator<Item = (&String, &Subscription)> {
        self.subscriptions.iter()
    }

    pub(crate) fn subscription(&self, name: &str) -> Option<&Subscription> {
        self.subscriptions.get(name)
    }

    /// Remembers an event for inspection and redelivery.
    pub(crate) fn remember(&mut self, event: Event) {
        if self.history.len() >= HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(event);
    }

    pub(crate) fn history(&self) -> impl Iterator<Item = &Event> {
        self.history.iter()
    }

    /// Has `delivery` attempted at `at`.
    pub(crate) fn enqueue(&mut self, at: Timestamp, delivery: Delivery) {
        self.counter += 1;
        self.waiting.insert((at, self.counter), delivery);
    }

    /// The deliveries that are due, as long as at most `most` are on their way.
    pub(crate) fn take_due(&mut self, now: Timestamp, most: usize) -> Vec<Delivery> {
        let room = most.saturating_sub(self.in_flight);
        let mut due = Vec::new();
        while due.len() < room
            && let Some(entry) = self.waiting.first_entry()
            && entry.key().0 <= now
        {
            due.push(entry.remove());
        }
        self.in_flight += due.len();
        due
    }

    /// A delivery that was on its way is so no longer; `taken` says whether its endpoint took it, if it was asked.
    pub(crate) fn returned(&mut self, taken: Option<bool>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match taken {
            Some(true) => self.delivered += 1,
            Some(false) => self.failed_attempts += 1,
            None => {}
        }
    }

    /// When, after `now`, the next delivery is attempted.
    pub(crate) fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.waiting.range((now, u64::MAX)..).next().map(|((at, _), _)| *at)
    }

    /// Gives a delivery up for the reason that Event Grid would write into the dead letter.
    pub(crate) fn give_up(&mut self, delivery: &Delivery, reason: &str, outcome: &str) {
        self.dead.push(json!({
            "event": delivery.body,
            "subscription": delivery.subscription,
            "deadLetterReason": reason,
            "deliveryAttempts": delivery.attempts,
            "lastDeliveryOutcome": outcome,
            "publishTime": crate::clock::precise(delivery.published),
        }));
    }

    /// Counts, for inspection.
    pub(crate) fn summary(&self) -> Value {
        json!({
            "published": self.history.len(),
            "waiting": self.waiting.len(),
            "inFlight": self.in_flight,
            "delivered": self.delivered,
            "failedAttempts": self.failed_attempts,
            "dead": self.dead,
            "knobs": self.knobs,
        })
    }
}

//! Messages of one queue, ordered by the moment from which they can be seen.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use uuid::Uuid;

use crate::error::{Code, StorageError};

/// One message as its receiver sees it.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) id: Uuid,
    pub(crate) text: String,
    pub(crate) inserted: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) next_visible: Timestamp,
    pub(crate) dequeue_count: u32,
    pub(crate) pop_receipt: String,
}

/// From when to when a new message lives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetime {
    pub(crate) visible_from: Timestamp,
    pub(crate) expires: Timestamp,
}

/// A message's id and the receipt that proves who holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handle<'a> {
    pub(crate) id: &'a str,
    pub(crate) pop_receipt: &'a str,
}

/// Where a message stands: by visibility, then in the order of arrival there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    next_visible: Timestamp,
    sequence: u64,
}

/// The messages of one queue. Those that expired are dropped when they are come upon.
#[derive(Debug, Default)]
pub(crate) struct MessageQueue {
    messages: BTreeMap<Position, Message>,
    positions: HashMap<Uuid, Position>,
    /// When each message expires, so that counting those that live asks for none of them.
    expiring: BTreeSet<(Timestamp, Uuid)>,
    last_sequence: u64,
}

impl MessageQueue {
    pub(crate) fn put(&mut self, text: String, lifetime: Lifetime, now: Timestamp) -> Message {
        let message = Message {
            id: Uuid::new_v4(),
            text,
            inserted: now,
            expires: lifetime.expires,
            next_visible: lifetime.visible_from,
            dequeue_count: 0,
            pop_receipt: new_receipt(),
        };
        self.expiring.insert((message.expires, message.id));
        self.place(message.clone());
        message
    }

    /// Up to `count` visible messages, each hidden until `hidden_until` and counted as dequeued once more.
    pub(crate) fn receive(&mut self, count: usize, hidden_until: Timestamp, now: Timestamp) -> Vec<Message> {
        let mut received = Vec::new();
        while received.len() < count {
            let Some(mut message) = self.take_first_visible(now) else {
                break;
            };
            if message.expires <= now {
                self.expiring.remove(&(message.expires, message.id));
                continue;
            }
            message.dequeue_count += 1;
            message.next_visible = hidden_until;
            message.pop_receipt = new_receipt();
            received.push(message);
        }
        // Placed only now: a hiding time that is over already must not hand out a message twice.
        for message in &received {
            self.place(message.clone());
        }
        received
    }

    /// Up to `count` visible messages, untouched.
    pub(crate) fn peek(&self, count: usize, now: Timestamp) -> Vec<Message> {
        self.all(now).take_while(|message| message.next_visible <= now).take(count).cloned().collect()
    }

    /// Changes when a held message is seen again, while it lives, and its text if one is given; the receipt changes too.
    pub(crate) fn update(
        &mut self,
        handle: Handle<'_>,
        text: Option<String>,
        next_visible: Timestamp,
        now: Timestamp,
    ) -> Result<Message, StorageError> {
        let (position, held) = self.held(handle, now)?;
        // Unlike a message that is received, which may be hidden beyond its life (documentation).
        if next_visible > held.expires {
            let detail = format!("visibilitytimeout ends after the message expires, at {}", held.expires);
            return Err(Code::InvalidQueryParameterValue.because(detail));
        }
        let mut message = held.clone();
        self.messages.remove(&position);
        message.next_visible = next_visible;
        message.pop_receipt = new_receipt();
        if let Some(text) = text {
            message.text = text;
        }
        self.place(message.clone());
        Ok(message)
    }

    pub(crate) fn delete(&mut self, handle: Handle<'_>, now: Timestamp) -> Result<(), StorageError> {
        let (position, held) = self.held(handle, now)?;
        let (id, expires) = (held.id, held.expires);
        self.messages.remove(&position);
        self.positions.remove(&id);
        self.expiring.remove(&(expires, id));
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.messages.clear();
        self.positions.clear();
        self.expiring.clear();
    }

    /// How many messages have not expired, hidden ones included.
    pub(crate) fn count(&self, now: Timestamp) -> usize {
        let last = (now, Uuid::from_u128(u128::MAX));
        self.expiring.len() - self.expiring.range(..=last).count()
    }

    /// Every message that has not expired, hidden ones included, in the order in which they will be seen.
    pub(crate) fn all(&self, now: Timestamp) -> impl Iterator<Item = &Message> {
        self.messages.values().filter(move |message| message.expires > now)
    }

    /// When the next message that is hidden at `now` is seen.
    pub(crate) fn next_visible(&self, now: Timestamp) -> Option<Timestamp> {
        let after = Position { next_visible: now, sequence: u64::MAX };
        self.messages.range(after..).next().map(|(position, _)| position.next_visible)
    }

    fn place(&mut self, message: Message) {
        self.last_sequence += 1;
        let position = Position { next_visible: message.next_visible, sequence: self.last_sequence };
        self.positions.insert(message.id, position);
        self.messages.insert(position, message);
    }

    fn take_first_visible(&mut self, now: Timestamp) -> Option<Message> {
        let first = self.messages.first_entry()?;
        if first.key().next_visible > now {
            return None;
        }
        let message = first.remove();
        self.positions.remove(&message.id);
        Some(message)
    }

    /// The message that is held by this handle, and where it stands.
    fn held(&self, handle: Handle<'_>, now: Timestamp) -> Result<(Position, &Message), StorageError> {
        let missing = || Code::MessageNotFound.because(handle.id);
        let id = handle.id.parse::<Uuid>().map_err(|_| missing())?;
        let position = *self.positions.get(&id).ok_or_else(missing)?;
        let message = self.messages.get(&position).ok_or_else(missing)?;
        if message.expires <= now {
            return Err(missing());
        }
        if message.pop_receipt != handle.pop_receipt {
            return Err(Code::PopReceiptMismatch.because(handle.id));
        }
        Ok((position, message))
    }
}

fn new_receipt() -> String {
    BASE64_STANDARD.encode(Uuid::new_v4())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn lifetime(visible_from: i64, expires: i64) -> Lifetime {
        Lifetime { visible_from: at(visible_from), expires: at(expires) }
    }

    fn handle(message: &Message) -> (String, String) {
        (message.id.to_string(), message.pop_receipt.clone())
    }

    #[test]
    fn delays_hides_and_counts() {
        let mut queue = MessageQueue::default();
        queue.put("later".into(), lifetime(10, 1000), at(0));
        assert!(queue.receive(32, at(100), at(9)).is_empty());
        let first = queue.receive(32, at(100), at(10));
        assert_eq!(first[0].dequeue_count, 1);
        assert!(queue.receive(32, at(200), at(99)).is_empty());
        let second = queue.receive(32, at(200), at(100));
        assert_eq!(second[0].dequeue_count, 2);
        assert_ne!(first[0].pop_receipt, second[0].pop_receipt);
    }

    #[test]
    fn a_lapsed_receipt_holds_until_somebody_else_receives() {
        let mut queue = MessageQueue::default();
        queue.put("m".into(), lifetime(0, 1000), at(0));
        let (id, pop_receipt) = handle(&queue.receive(1, at(10), at(0))[0]);
        let held = Handle { id: &id, pop_receipt: &pop_receipt };
        let renewed = queue.update(held, None, at(30), at(20)).unwrap();
        assert_eq!(renewed.text, "m");
        queue.receive(1, at(50), at(40));
        let (_, stale) = handle(&renewed);
        let refusal = queue.delete(Handle { id: &id, pop_receipt: &stale }, at(41)).unwrap_err();
        assert!(format!("{refusal:?}").contains("PopReceiptMismatch"));
    }

    #[test]
    fn is_not_hidden_again_beyond_its_life() {
        let mut queue = MessageQueue::default();
        queue.put("m".into(), lifetime(0, 100), at(0));
        let (id, pop_receipt) = handle(&queue.receive(1, at(10), at(0))[0]);
        let held = Handle { id: &id, pop_receipt: &pop_receipt };
        let refusal = queue.update(held, Some("other".into()), at(101), at(20)).unwrap_err();
        assert!(format!("{refusal:?}").contains("InvalidQueryParameterValue"));
        // It stays as it was, and is still held.
        let renewed = queue.update(held, None, at(100), at(20)).unwrap();
        assert_eq!(renewed.text, "m");
    }

    #[test]
    fn keeps_order_and_never_hands_out_twice_in_one_call() {
        let mut queue = MessageQueue::default();
        for text in ["a", "b", "c"] {
            queue.put(text.into(), lifetime(0, 1000), at(0));
        }
        let texts: Vec<_> = queue.receive(32, at(0), at(5)).into_iter().map(|m| m.text).collect();
        assert_eq!(texts, ["a", "b", "c"]);
    }

    #[test]
    fn drops_the_expired() {
        let mut queue = MessageQueue::default();
        queue.put("gone".into(), lifetime(0, 10), at(0));
        assert_eq!((queue.all(at(9)).count(), queue.count(at(9))), (1, 1));
        assert_eq!((queue.all(at(10)).count(), queue.count(at(10))), (0, 0));
        assert!(queue.receive(1, at(100), at(10)).is_empty());
    }

    #[test]
    fn counts_what_lives_whatever_became_of_the_others() {
        let mut queue = MessageQueue::default();
        for (text, expires) in [("a", 10), ("b", 1000), ("c", 1000), ("d", 1000)] {
            queue.put(text.into(), lifetime(0, expires), at(0));
        }
        assert_eq!(queue.count(at(9)), 4);
        let received = queue.receive(2, at(500), at(20));
        assert_eq!(queue.count(at(20)), 3);
        let (id, pop_receipt) = handle(&received[0]);
        queue.delete(Handle { id: &id, pop_receipt: &pop_receipt }, at(20)).unwrap();
        assert_eq!((queue.count(at(20)), queue.all(at(20)).count()), (2, 2));
        queue.clear();
        assert_eq!(queue.count(at(20)), 0);
    }
}

//! An outbox: what was told last of one thing, and what is still to be sent, in order.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::str::FromStr;

use cloudevents::Event;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::event::{Source, event};
use crate::ports::{Again, SendError};
use crate::{Change, Kind, OutboxKey, backoff};

/// Where events are sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutletName {
    /// A webhook.
    Webhook,
    /// A custom topic of Event Grid.
    Topic,
    /// A Storage queue.
    Queue,
    /// A channel of Teams, which takes cards.
    Teams,
}

impl OutletName {
    /// Every outlet.
    pub const ALL: [Self; 4] = [Self::Webhook, Self::Topic, Self::Queue, Self::Teams];

    /// The word in logs and paths.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Topic => "topic",
            Self::Queue => "queue",
            Self::Teams => "teams",
        }
    }

    /// Whether it gets events of a kind: people read what a channel shows, so it gets digests alone.
    pub(crate) fn takes(self, kind: Kind) -> bool {
        self != Self::Teams || kind == Kind::Digest
    }
}

impl fmt::Display for OutletName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for OutletName {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|outlet| outlet.as_str() == word);
        found.ok_or_else(|| {
            format!("`{word}` is not an outlet; the outlets are webhook, topic, queue and teams")
        })
    }
}

/// Events that were told before are known by their ids, so many of them.
const REMEMBERED: usize = 32;

/// What was told last, and what is still to be sent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Outbox {
    /// What is so, by topic.
    states: BTreeMap<String, String>,
    /// How many events there were.
    sequence: u64,
    /// Ids of the last events.
    #[serde(skip_serializing_if = "VecDeque::is_empty")]
    told: VecDeque<String>,
    /// What is still to be sent, in order.
    #[serde(skip_serializing_if = "VecDeque::is_empty")]
    waiting: VecDeque<Letter>,
    /// Until when somebody sends, and nobody else may.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_until: Option<Timestamp>,
}

/// An event on its way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Letter {
    event: Event,
    since: Timestamp,
    /// Outlets that have not taken it.
    to: BTreeMap<OutletName, Attempts>,
}

/// What became of an event at one outlet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Attempts {
    failures: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Timestamp>,
}

/// What a change does to an outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noted {
    /// It was so before.
    Before,
    /// It is to be known and not to be told.
    Quietly,
    /// An event was added.
    ToTell,
}

/// An event that can be sent now.
pub(crate) struct Due {
    pub(crate) outlet: OutletName,
    pub(crate) event: Event,
    since: Timestamp,
    failures: u32,
}

/// What became of it.
pub(crate) enum Sent {
    /// It was taken.
    Taken,
    /// It is tried again.
    Later(SendError),
    /// It is given up.
    GivenUp,
}

impl Due {
    /// What a failure comes to.
    pub(crate) fn failed(&self, error: SendError, now: Timestamp) -> Sent {
        let is_old = now.duration_since(self.since) >= backoff::GIVEN_UP;
        if error.again == Again::Never || is_old { Sent::GivenUp } else { Sent::Later(error) }
    }

    pub(crate) fn tries(&self) -> u32 {
        self.failures.saturating_add(1)
    }
}

impl Outbox {
    /// Notes a change. `outlets` get its event; without any, it is known and not told.
    pub(crate) fn note(
        &mut self,
        change: &Change,
        outlets: &[OutletName],
        source: &Source,
        now: Timestamp,
    ) -> Noted {
        if let Some((topic, state)) = &change.state {
            if self.states.get(topic.as_str()) == Some(state) {
                return Noted::Before;
            }
            self.states.insert(topic.as_str().to_owned(), state.clone());
        }
        let Some(notice) = change.notice.as_ref().filter(|_| !outlets.is_empty()) else {
            return if change.state.is_some() { Noted::Quietly } else { Noted::Before };
        };
        let id = notice.id(&change.key, change.state.as_ref().map(|_| self.sequence));
        if self.told.contains(&id) {
            return Noted::Before;
        }
        // An event that can't be built is one that we can't send either; its parts are ours.
        let Some(event) = event(notice, &id, self.sequence, &change.key, source, now) else {
            return Noted::Quietly;
        };
        self.sequence += 1;
        self.told.push_back(id);
        if self.told.len() > REMEMBERED {
            self.told.pop_front();
        }
        let to = outlets.iter().map(|outlet| (*outlet, Attempts::default())).collect();
        self.waiting.push_back(Letter { event, since: now, to });
        Noted::ToTell
    }

    /// Whether something is still to be sent.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// For how much longer somebody else sends.
    pub(crate) fn taken(&self, now: Timestamp) -> Option<SignedDuration> {
        self.taken_until.map(|until| until.duration_since(now)).filter(SignedDuration::is_positive)
    }

    /// Nobody else sends for so long.
    pub(crate) fn take(&mut self, until: Timestamp) {
        self.taken_until = Some(until);
    }

    /// Somebody else may send again.
    pub(crate) fn release(&mut self) {
        self.taken_until = None;
    }

    /// For each outlet its first event, if that may be sent now.
    pub(crate) fn due(&self, now: Timestamp) -> Vec<Due> {
        let is_due = |(_, _, attempts): &(OutletName, &Letter, &Attempts)| {
            attempts.next.is_none_or(|next| next <= now)
        };
        let due = |(outlet, letter, attempts): (OutletName, &Letter, &Attempts)| Due {
            outlet,
            event: letter.event.clone(),
            since: letter.since,
            failures: attempts.failures,
        };
        self.heads().filter(is_due).map(due).collect()
    }

    /// When something may be sent next.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.heads().map(|(_, _, attempts)| attempts.next.unwrap_or(Timestamp::MIN)).min()
    }

    /// Notes what became of an event at an outlet.
    pub(crate) fn settle(&mut self, due: &Due, sent: &Sent, now: Timestamp) {
        let id = id_of(&due.event);
        let Some(letter) = self.waiting.iter_mut().find(|letter| id_of(&letter.event) == id) else { return };
        match sent {
            Sent::Taken | Sent::GivenUp => {
                letter.to.remove(&due.outlet);
            }
            Sent::Later(error) => {
                if let Some(attempts) = letter.to.get_mut(&due.outlet) {
                    let asked = match error.again {
                        Again::Later(asked) => asked,
                        Again::Never => None,
                    };
                    attempts.failures = due.tries();
                    attempts.next = now.checked_add(backoff::wait(attempts.failures, asked)).ok();
                }
            }
        }
        self.waiting.retain(|letter| !letter.to.is_empty());
    }

    /// The first event of each outlet: no later one overtakes it.
    fn heads(&self) -> impl Iterator<Item = (OutletName, &Letter, &Attempts)> {
        OutletName::ALL.into_iter().filter_map(|outlet| {
            self.waiting.iter().find_map(|letter| Some((outlet, letter, letter.to.get(&outlet)?)))
        })
    }

    /// Where an event is kept that was given up.
    pub(crate) fn dead_letter_path(key: &OutboxKey, due: &Due, now: Timestamp) -> String {
        let day = now.strftime("%Y%m%d");
        format!("dead-letters/{day}/{key}/{}-{}.json", id_of(&due.event), due.outlet)
    }
}

/// The id of an event.
pub fn id_of(event: &Event) -> &str {
    use cloudevents::AttributesReader as _;
    event.id()
}

/// The type of an event.
pub fn type_of(event: &Event) -> &str {
    use cloudevents::AttributesReader as _;
    event.ty()
}

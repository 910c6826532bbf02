//! The journal of ARM calls, from which call counts are asserted.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use axum::http::request::Parts;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::clock::precise;
use crate::wire::action;

/// Calls kept; older ones are forgotten but still counted.
const CAPACITY: usize = 100_000;

/// One call.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    number: u64,
    at: String,
    method: String,
    path: String,
    query: String,
    /// Object id of whoever called, if the call was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<String>,
    /// Status of the answer; 0 as long as there is none, and for ever when the caller is gone.
    status: u16,
    milliseconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

/// A call as it is shown.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    entry: &'a Entry,
    /// What the caller needs the right to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<String>,
}

impl Entry {
    fn shown(&self) -> Shown<'_> {
        Shown { entry: self, action: action::of(&self.method, &self.path) }
    }
}

/// What a caller needed the right to do to a resource that its call only names.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Linked {
    caller: String,
    action: String,
}

/// The calls so far, in the order of their arrival.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    /// Noted while the world is only read.
    linked: RefCell<BTreeSet<Linked>>,
    counted: u64,
    /// How many had been counted when the journal was last cleared.
    cleared: u64,
}

impl Journal {
    /// Enters a call that has arrived at `now`, and gives what [`Self::ended`] wants to know.
    pub(crate) fn begun(
        &mut self,
        parts: &Parts,
        caller: Option<String>,
        now: Timestamp,
        fault: Option<String>,
    ) -> u64 {
        self.counted += 1;
        if self.entries.len() >= CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry {
            number: self.number(self.counted),
            at: precise(now),
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            caller,
            status: 0,
            milliseconds: 0.0,
            fault,
        });
        self.counted
    }

    /// The number under which the call is shown.
    pub(crate) fn number(&self, call: u64) -> u64 {
        call.saturating_sub(self.cleared)
    }

    /// Notes the answer to a call.
    pub(crate) fn ended(&mut self, call: u64, status: u16, took: Duration) {
        let Some(back) = self.counted.checked_sub(call).and_then(|back| usize::try_from(back).ok()) else {
            return;
        };
        let place = self.entries.len().checked_sub(back + 1);
        if let Some(entry) = place.and_then(|place| self.entries.get_mut(place)) {
            entry.status = status;
            entry.milliseconds = took.as_secs_f64() * 1000.0;
        }
    }

    /// Notes that a call of `caller` names a resource to which one needs the right to do `action`.
    pub(crate) fn linked(&self, caller: &str, action: &str) {
        let linked = Linked { caller: caller.to_owned(), action: action.to_owned() };
        self.linked.borrow_mut().insert(linked);
    }

    /// The calls after number `since`, and what all of them needed the right to do to what they only name.
    pub(crate) fn shown(&self, since: u64) -> Value {
        let after = self.entries.iter().filter(|entry| entry.number > since);
        let calls: Vec<Shown<'_>> = after.map(Entry::shown).collect();
        let linked = self.linked.borrow();
        json!({ "total": self.number(self.counted), "calls": calls, "linked": &*linked })
    }

    /// Forgets every call and counts from one again.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.linked.get_mut().clear();
        self.cleared = self.counted;
    }
}

//! The journal of ARM calls, from which call counts are asserted.

use std::collections::VecDeque;
use std::time::Duration;

use axum::http::request::Parts;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::clock::precise;

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
    status: u16,
    milliseconds: f64,
}

impl Entry {
    pub(crate) fn begun(parts: &Parts) -> Self {
        Self {
            number: 0,
            at: precise(Timestamp::now()),
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            status: 0,
            milliseconds: 0.0,
        }
    }

    pub(crate) fn ended(mut self, status: u16, took: Duration) -> Self {
        self.status = status;
        self.milliseconds = took.as_secs_f64() * 1000.0;
        self
    }
}

/// The calls so far, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    counted: u64,
}

impl Journal {
    pub(crate) fn add(&mut self, mut entry: Entry) {
        self.counted += 1;
        entry.number = self.counted;
        if self.entries.len() >= CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// The calls after number `since`.
    pub(crate) fn shown(&self, since: u64) -> Value {
        let calls: Vec<&Entry> = self.entries.iter().filter(|entry| entry.number > since).collect();
        json!({ "total": self.counted, "calls": calls })
    }
}

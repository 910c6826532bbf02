//! What Resource Graph has noticed so far: a copy of the estate that lags behind it.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::Value;

/// A table of Resource Graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Resources,
    ResourceContainers,
    RecoveryServicesResources,
    AuthorizationResources,
}

/// The rows that queries see, and the changes that they do not see yet.
#[derive(Debug, Default)]
pub(crate) struct GraphIndex {
    rows: BTreeMap<String, (Table, Value)>,
    pending: VecDeque<(Timestamp, String)>,
    /// Counts what was stored: an answer of the same generation still holds.
    generation: u64,
}

impl GraphIndex {
    /// The resource `id` changed; queries show it from `visible` on.
    pub(crate) fn changed(&mut self, id: &str, visible: Timestamp) {
        self.pending.push_back((visible, crate::wire::path::key(id)));
    }

    /// The ids whose changes are visible at `now`.
    pub(crate) fn take_visible(&mut self, now: Timestamp) -> Vec<String> {
        let mut ids = Vec::new();
        while self.pending.front().is_some_and(|(visible, _)| *visible <= now) {
            ids.extend(self.pending.pop_front().map(|(_, id)| id));
        }
        ids
    }

    /// When, after `now`, queries see the next change.
    pub(crate) fn next_visible(&self, now: Timestamp) -> Option<Timestamp> {
        // The lag hardly ever changes, so that what came later is visible later.
        let next = self.pending.partition_point(|(visible, _)| *visible <= now);
        self.pending.get(next).map(|(visible, _)| *visible)
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    pub(crate) fn store(&mut self, id: String, row: Option<(Table, Value)>) {
        self.generation += 1;
        match row {
            Some(row) => self.rows.insert(id, row),
            None => self.rows.remove(&id),
        };
    }

    pub(crate) fn rows(&self, table: Table) -> impl Iterator<Item = &Value> {
        self.rows.values().filter(move |(kind, _)| *kind == table).map(|(_, row)| row)
    }
}

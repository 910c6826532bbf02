//! What Resource Graph has noticed so far: a copy of the estate that lags behind it.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::Value;

/// A table of Resource Graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    Resources,
    ResourceContainers,
    RecoveryServicesResources,
    AuthorizationResources,
}

/// The rows that queries see, and the changes that they do not see yet.
#[derive(Debug, Default)]
pub(crate) struct GraphIndex {
    /// The rows of each table: a query reads one of them, and no other.
    rows: BTreeMap<Table, BTreeMap<String, Value>>,
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
        for rows in self.rows.values_mut() {
            rows.remove(&id);
        }
        if let Some((table, row)) = row {
            self.rows.entry(table).or_default().insert(id, row);
        }
    }

    pub(crate) fn rows(&self, table: Table) -> impl Iterator<Item = &Value> {
        self.rows.get(&table).into_iter().flat_map(BTreeMap::values)
    }
}

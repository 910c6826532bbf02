//! Managed identities: which principal belongs to which resource, and since when the directory knows it.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// Principals made by the simulator.
#[derive(Debug, Default)]
pub(crate) struct Identities {
    created: BTreeMap<String, Timestamp>,
}

impl Identities {
    pub(crate) fn add(&mut self, principal: &str, at: Timestamp) {
        self.created.insert(principal.to_ascii_lowercase(), at);
    }

    pub(crate) fn remove(&mut self, principal: &str) {
        self.created.remove(&principal.to_ascii_lowercase());
    }

    /// When `principal` was made, if it was made here.
    pub(crate) fn created(&self, principal: &str) -> Option<Timestamp> {
        self.created.get(&principal.to_ascii_lowercase()).copied()
    }
}

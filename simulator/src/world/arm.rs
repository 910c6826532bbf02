//! What ARM itself keeps: groups, tags of subscriptions, and resources of every type that no provider keeps for itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

/// Bodies by lower-cased id.
#[derive(Debug, Default)]
pub(crate) struct Bodies(BTreeMap<String, Value>);

impl Bodies {
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.0.get_mut(key)
    }

    pub(crate) fn contains_key(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub(crate) fn insert(&mut self, key: String, body: Value) {
        self.0.insert(key, body);
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Value> {
        self.0.remove(key)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Value> {
        self.0.values()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
    }

    /// Everything whose id begins with `prefix`.
    pub(crate) fn below(&self, prefix: &str) -> impl Iterator<Item = (&String, &Value)> {
        let from = self.0.range(prefix.to_owned()..);
        from.take_while(move |(id, _)| id.starts_with(prefix))
    }
}

/// A deleted file share that its account keeps for some days.
#[derive(Debug, Clone)]
pub(crate) struct SoftShare {
    pub(crate) body: Value,
    pub(crate) version: String,
    pub(crate) since: Timestamp,
    pub(crate) until: Timestamp,
}

/// What ARM keeps.
#[derive(Debug, Default)]
pub(crate) struct Arm {
    pub(crate) groups: Bodies,
    pub(crate) resources: Bodies,
    /// Deleted file shares that can still be restored, by key.
    pub(crate) soft_shares: BTreeMap<String, SoftShare>,
    subscription_tags: BTreeMap<String, Value>,
}

impl Arm {
    /// `{"tags": {..}}` of the subscription with this key, to be changed.
    pub(crate) fn subscription_tags(&mut self, key: &str) -> &mut Value {
        self.subscription_tags.entry(key.to_owned()).or_insert_with(|| json!({ "tags": {} }))
    }

    /// `{"tags": {..}}` of the subscription with this key, if it ever had any.
    pub(crate) fn tagged_subscription(&self, key: &str) -> Option<&Value> {
        self.subscription_tags.get(key)
    }
}

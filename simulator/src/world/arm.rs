//! What ARM itself keeps: groups, tags of subscriptions, and resources of every type that no provider keeps for itself.

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::wire::path::key;

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

    pub(crate) fn values(&self) -> impl Iterator<Item = &Value> {
        self.0.values()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter()
    }

    /// What lies between two keys.
    pub(crate) fn range(&self, keys: (Bound<&str>, Bound<&str>)) -> impl Iterator<Item = (&String, &Value)> {
        self.0.range::<str, _>(keys)
    }

    /// What has the id `scope`, and everything below it. The tenant scope `/` holds everything.
    pub(crate) fn within<'a>(
        &'a self,
        scope: &str,
    ) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
        let own = key(scope);
        let inside = format!("{own}/");
        let below = self.0.range(inside.clone()..).take_while(move |(id, _)| id.starts_with(&inside));
        self.0.get_key_value(&own).into_iter().chain(below)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_holds_itself_and_what_lies_below_and_no_neighbour() {
        let mut bodies = Bodies::default();
        for id in ["/s/g", "/s/g-other/d", "/s/g/d", "/s/g/d/e", "/s/h"] {
            bodies.insert(id.to_owned(), Value::Null);
        }
        let held = |scope: &str| bodies.within(scope).map(|(id, _)| id.as_str()).collect::<Vec<_>>();
        assert_eq!(held("/S/G/"), ["/s/g", "/s/g/d", "/s/g/d/e"]);
        assert_eq!(held("/").len(), 5);
        assert!(held("/s/i").is_empty());
    }
}

//! What exists, whoever keeps it.

use serde_json::{Map, Value, json};

use super::World;
use crate::clock::precise;
use crate::wire::path::{key, subscription_of, within};

impl World {
    /// Whether `subscription` exists.
    pub(crate) fn has_subscription(&self, subscription: &str) -> bool {
        let listed = &self.settings.subscriptions;
        listed.is_empty() || listed.iter().any(|known| known.eq_ignore_ascii_case(subscription))
    }

    /// Whether a subscription, group or resource with this id exists. The tenant does.
    pub(crate) fn exists(&self, id: &str) -> bool {
        let key = key(id);
        let bare_subscription =
            key.trim_matches('/').split('/').count() == 2 && key.starts_with("/subscriptions/");
        key.is_empty()
            || (bare_subscription && self.has_subscription(key.rsplit('/').next().unwrap_or_default()))
            || self.arm.groups.contains_key(&key)
            || self.management_group(&key).is_some()
            || self.body(&key).is_some()
    }

    /// Name of the management group whose id this is, and the subscriptions below it.
    pub(crate) fn management_group(&self, id: &str) -> Option<(&str, &[String])> {
        let name = in_management_group(id)?;
        let found =
            self.settings.management_groups.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name));
        found.map(|(known, subscriptions)| (known.as_str(), subscriptions.as_slice()))
    }

    /// Whether what holds at `scope` holds for `id`: there, below, and below the management group that `scope` is.
    pub(crate) fn reaches(&self, scope: &str, id: &str) -> bool {
        let own = subscription_of(id).unwrap_or_default();
        let is_below = |(_, below): (&str, &[String])| below.iter().any(|one| one.eq_ignore_ascii_case(own));
        within(id, scope) || self.management_group(scope).is_some_and(is_below)
    }

    /// The body of the resource with this key.
    pub(crate) fn body(&self, key: &str) -> Option<&Value> {
        let own = || self.providers.iter().find_map(|provider| provider.body(self, key));
        self.arm.resources.get(key).or_else(own)
    }

    /// The body of the resource with this key, to be changed.
    pub(crate) fn body_mut(&mut self, key: &str) -> Option<&mut Value> {
        match self.providers.iter().find(|provider| provider.body(self, key).is_some()) {
            Some(provider) => provider.body_mut(self, key),
            None => self.arm.resources.get_mut(key),
        }
    }

    /// The tracked resources that providers keep for themselves.
    pub(crate) fn tracked(&self) -> impl Iterator<Item = &Value> {
        self.providers.iter().flat_map(|provider| provider.tracked(self))
    }

    /// What is protected, whatever its family.
    pub(crate) fn instances(&self) -> Vec<Value> {
        let shown = self.providers.iter().map(|provider| provider.inspect(self));
        let lists = shown.filter_map(|mut shown| match shown.get_mut("instances").map(Value::take) {
            Some(Value::Array(instances)) => Some(instances),
            _ => None,
        });
        lists.flatten().collect()
    }

    /// Everything that tests and people ask about.
    pub(crate) fn inspect(&self) -> Value {
        let own = json!({
            "now": precise(self.now()),
            "speed": self.clock.speed(),
            "resourceGroups": self.arm.groups.values().collect::<Vec<_>>(),
            "resources": self.arm.resources.values().collect::<Vec<_>>(),
        });
        let of_providers = self.providers.iter().map(|provider| provider.inspect(self));
        let members = of_providers.chain([own]).filter_map(|shown| match shown {
            Value::Object(members) => Some(members),
            _ => None,
        });
        Value::Object(members.flatten().collect::<Map<String, Value>>())
    }
}

/// The name in the id of a management group.
fn in_management_group(id: &str) -> Option<String> {
    let name = key(id).strip_prefix("/providers/microsoft.management/managementgroups/")?.to_owned();
    (!name.contains('/')).then_some(name)
}

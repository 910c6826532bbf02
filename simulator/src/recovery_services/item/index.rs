//! The items of a vault by key, and which of them are about a resource: a vault holds thousands, and each machine that could be
//! protected is looked for among them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use super::Item;
use crate::wire::path::key;

/// Items by key. What an item is about never changes.
#[derive(Debug, Clone, Default)]
pub(in crate::recovery_services) struct Items {
    keyed: BTreeMap<String, Item>,
    about: BTreeMap<String, BTreeSet<String>>,
}

impl Items {
    pub(in crate::recovery_services) fn insert(&mut self, name: String, item: Item) {
        for resource in [key(&item.source), key(&item.source_resource)] {
            self.about.entry(resource).or_default().insert(name.clone());
        }
        self.keyed.insert(name, item);
    }

    pub(in crate::recovery_services) fn remove(&mut self, name: &str) -> Option<Item> {
        let item = self.keyed.remove(name)?;
        for resource in [key(&item.source), key(&item.source_resource)] {
            if let Some(names) = self.about.get_mut(&resource) {
                names.remove(name);
            }
        }
        Some(item)
    }

    pub(in crate::recovery_services) fn get_mut(&mut self, name: &str) -> Option<&mut Item> {
        self.keyed.get_mut(name)
    }

    /// The items of which `resource` is the source or its resource, whatever the case.
    pub(in crate::recovery_services) fn about<'a>(
        &'a self,
        resource: &str,
    ) -> impl Iterator<Item = &'a Item> + use<'a> {
        let names = self.about.get(&key(resource)).into_iter().flatten();
        names.filter_map(|name| self.keyed.get(name))
    }

    /// The items in the container with this id.
    pub(in crate::recovery_services) fn within<'a>(
        &'a self,
        container: &str,
    ) -> impl Iterator<Item = &'a Item> + use<'a> {
        let below = format!("{}/", key(container));
        let from = self.keyed.range(below.clone()..);
        from.take_while(move |(name, _)| name.starts_with(&below)).map(|(_, item)| item)
    }
}

impl Deref for Items {
    type Target = BTreeMap<String, Item>;

    fn deref(&self) -> &Self::Target {
        &self.keyed
    }
}

//! The backup instances of a vault by name, and which of them protects what: a vault holds thousands, and each write asks.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use super::Instance;
use crate::wire::path::{key, name_of};

/// Instances by lower-cased name. The datasource of an instance never changes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Instances {
    named: BTreeMap<String, Instance>,
    protecting: BTreeMap<String, BTreeSet<String>>,
}

impl Instances {
    pub(crate) fn insert(&mut self, name: String, instance: Instance) {
        self.protecting.entry(instance.datasource()).or_default().insert(name.clone());
        self.named.insert(name, instance);
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<Instance> {
        let instance = self.named.remove(name)?;
        if let Some(names) = self.protecting.get_mut(&instance.datasource()) {
            names.remove(name);
        }
        Some(instance)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Instance> {
        self.named.get_mut(name)
    }

    /// The instance whose id has this key.
    pub(crate) fn with_key(&self, id: &str) -> Option<&Instance> {
        self.named.get(name_of(id)).filter(|instance| key(&instance.id) == id)
    }

    /// The instances whose datasource is `datasource`, in lower case.
    pub(crate) fn of_datasource(&self, datasource: &str) -> impl Iterator<Item = &Instance> {
        let names = self.protecting.get(datasource).into_iter().flatten();
        names.filter_map(|name| self.named.get(name))
    }
}

impl Deref for Instances {
    type Target = BTreeMap<String, Instance>;

    fn deref(&self) -> &Self::Target {
        &self.named
    }
}

//! What another rule set would change over many resources, counted and grouped.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cause::Cause;
use crate::change::{Change, Kind};

/// What would change for one resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResourceChange {
    /// ARM id.
    pub resource: String,
    /// Region.
    pub location: String,
    /// What would change.
    #[serde(flatten)]
    pub change: Change,
}

/// Changes of the same kind to the same field because of the same rules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Group {
    /// In which way.
    pub kind: Kind,
    /// The field, or `whether`.
    pub field: String,
    /// The rules.
    pub because: Vec<Cause>,
}

/// Counts over many resources, and what is kept of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DiffReport {
    /// Resources that both rule sets decided about.
    pub resources: u64,
    /// How many of each kind, [`Kind::Same`] left out.
    pub kinds: BTreeMap<Kind, u64>,
    /// How many change each set of fields of their protection.
    pub field_sets: BTreeMap<Vec<String>, u64>,
    /// How many resources are in each group; one that changes two fields is in two.
    pub groups: BTreeMap<Group, u64>,
    /// Changes that are kept, in the order in which they came.
    pub changes: Vec<ResourceChange>,
    kept: BTreeMap<Group, usize>,
}

impl DiffReport {
    /// Counts a change; keeps it while one of its groups has fewer than `examples`.
    pub fn add(&mut self, resource: ResourceChange, examples: usize) {
        self.resources += 1;
        let kind = resource.change.kind;
        if kind == Kind::Same {
            return;
        }
        *self.kinds.entry(kind).or_default() += 1;
        if kind == Kind::ChangesProtection {
            let fields = resource.change.fields.iter().map(|field| field.field.clone());
            *self.field_sets.entry(fields.collect()).or_default() += 1;
        }
        let groups: Vec<Group> = groups(&resource.change).collect();
        for group in &groups {
            *self.groups.entry(group.clone()).or_default() += 1;
        }
        self.keep(resource, groups, examples);
    }

    fn keep(&mut self, resource: ResourceChange, groups: Vec<Group>, examples: usize) {
        let is_wanted = groups.iter().any(|group| self.kept.get(group).copied().unwrap_or(0) < examples);
        if is_wanted {
            for group in groups {
                *self.kept.entry(group).or_default() += 1;
            }
            self.changes.push(resource);
        }
    }

    /// Adds what was counted elsewhere; its changes come after those that are here.
    pub fn merge(&mut self, other: Self, examples: usize) {
        self.resources += other.resources;
        for (kind, count) in other.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
        for (fields, count) in other.field_sets {
            *self.field_sets.entry(fields).or_default() += count;
        }
        for (group, count) in other.groups {
            *self.groups.entry(group).or_default() += count;
        }
        for change in other.changes {
            let groups = groups(&change.change).collect();
            self.keep(change, groups, examples);
        }
    }

    /// How many resources are of this kind.
    pub fn count(&self, kind: Kind) -> u64 {
        self.kinds.get(&kind).copied().unwrap_or(0)
    }

    /// How many resources would change; another reason alone is not a change.
    pub fn changed(&self) -> u64 {
        self.kinds.iter().filter(|(kind, _)| kind.is_change()).map(|(_, count)| count).sum()
    }

    /// What is kept of this group.
    pub fn examples_of<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = &'a ResourceChange> {
        self.changes.iter().filter(|change| groups(&change.change).any(|one| one == *group))
    }
}

fn groups(change: &Change) -> impl Iterator<Item = Group> {
    change.fields.iter().map(|field| Group {
        kind: change.kind,
        field: field.field.clone(),
        because: field.because.clone(),
    })
}

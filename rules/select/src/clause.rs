//! One condition on a resource.

use std::collections::BTreeMap;

use holdfast_rule_sdk::{ExclusionKind, same};
use serde::Deserialize;

use crate::inherit::{Tag, Tagged};

/// Matches when everything that it states matches; an absent list accepts anything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Clause {
    /// Accepted resource types.
    pub types: Vec<String>,
    /// Accepted regions, such as `westeurope`.
    pub locations: Vec<String>,
    /// Tag name to accepted values; `*` accepts any value.
    pub tags: Accepted,
}

/// Names of tags with the values that are accepted, sorted by name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "BTreeMap<String, Vec<String>>")]
pub struct Accepted(Vec<(String, Vec<String>)>);

/// A clause that leaves out what it matches.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "FlatExclude")]
pub struct ExcludeClause {
    /// Why the resource is left out.
    pub kind: Kind,
    /// When that ends: UTC, to the second, such as `2026-12-31T00:00:00Z`.
    pub until: Option<String>,
    /// What is left out.
    pub clause: Clause,
    /// What has to hold of the machine that a disk is attached to, besides.
    pub machine: Option<MachineIs>,
}

/// What a clause may state of the machine that a disk is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MachineIs {
    /// The rules have it backed up, and this disk with it.
    Protected,
}

/// Why a resource is left unprotected on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Azure Backup cannot protect it.
    NotSupported,
    /// It will not live long.
    Ephemeral,
    /// Something else protects it.
    ProtectedElsewhere,
    /// Its owner said no.
    OptedOut,
    /// Another reason.
    Other,
}

/// `serde(flatten)` cannot refuse unknown fields, so the written form is spelt out.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct FlatExclude {
    kind: Kind,
    until: Option<String>,
    #[serde(default)]
    types: Vec<String>,
    #[serde(default)]
    locations: Vec<String>,
    #[serde(default)]
    tags: Accepted,
    machine: Option<MachineIs>,
}

/// What kept a clause from matching; the later, the nearer it was. A word wide, as a [`Source`](crate::Source) is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub(crate) enum Miss {
    Type,
    Tags,
    Location,
}

impl Clause {
    /// Whether it matches, and by which tag: the first that it asks for, if any, as the resource spells it.
    #[inline]
    pub(crate) fn test<'a>(&self, tagged: &Tagged<'a>) -> Result<Option<Tag<'a>>, Miss> {
        let target = tagged.target;
        if !self.types.is_empty() && !self.types.iter().any(|accepted| target.is(accepted)) {
            return Err(Miss::Type);
        }
        let mut first = None;
        for (name, values) in &self.tags.0 {
            let tag = tagged.tag(name).ok_or(Miss::Tags)?;
            if !values.iter().any(|value| value == "*" || same(value, tag.value)) {
                return Err(Miss::Tags);
            }
            first.get_or_insert(tag);
        }
        if !self.locations.is_empty() && !contains(&self.locations, target.location) {
            return Err(Miss::Location);
        }
        Ok(first)
    }

    /// The tags that made it match beside the first. Few clauses ask for more than one, so they are looked up again.
    pub(crate) fn others<'a>(&self, tagged: &Tagged<'a>) -> impl Iterator<Item = Tag<'a>> {
        self.tags.0.iter().skip(1).filter_map(|(name, _)| tagged.tag(name))
    }
}

impl ExcludeClause {
    /// Whether its time has come. Both texts are UTC and begin alike, so that they compare as text.
    pub(crate) fn has_expired(&self, event_time: &str) -> bool {
        const TO_THE_SECOND: usize = "2026-12-31T00:00:00".len();
        let Some(until) = &self.until else { return false };
        until.get(..TO_THE_SECOND) <= event_time.get(..TO_THE_SECOND)
    }
}

fn contains(accepted: &[String], value: &str) -> bool {
    accepted.iter().any(|candidate| same(candidate, value))
}

impl From<BTreeMap<String, Vec<String>>> for Accepted {
    fn from(tags: BTreeMap<String, Vec<String>>) -> Self {
        Self(tags.into_iter().collect())
    }
}

impl From<FlatExclude> for ExcludeClause {
    fn from(flat: FlatExclude) -> Self {
        Self {
            kind: flat.kind,
            until: flat.until,
            clause: Clause { types: flat.types, locations: flat.locations, tags: flat.tags },
            machine: flat.machine,
        }
    }
}

impl From<Kind> for ExclusionKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::NotSupported => Self::NotSupported,
            Kind::Ephemeral => Self::Ephemeral,
            Kind::ProtectedElsewhere => Self::ProtectedElsewhere,
            Kind::OptedOut => Self::OptedOut,
            Kind::Other => Self::Other,
        }
    }
}

//! Kinds of fact: the pieces of context that the host can fetch for a rule.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A kind of fact that the host can fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// Who made the resource. Scope: ARM id of the resource.
    Creator,
    /// Resource locks that apply. Scope: ARM id of the resource.
    Locks,
    /// The machine that a disk is attached to, and whether the rules have it backed up with this disk. Scope: ARM id of the disk.
    Machine,
    /// How the resource is protected at present. Scope: ARM id of the resource.
    Protection,
    /// Tags of a resource group. Scope: ARM id of the group.
    ResourceGroupTags,
    /// Tags of the subscription. Scope: subscription id.
    SubscriptionTags,
    /// Vaults of a region, with their policies and load. Scope: name of the region.
    Vaults,
}

/// The text names an unknown kind of fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind of fact `{found}`; known kinds: {}", FactKind::names())]
pub struct UnknownFactKind {
    found: String,
}

impl FactKind {
    /// Every kind, in the order of their names.
    pub const ALL: [Self; 7] = [
        Self::Creator,
        Self::Locks,
        Self::Machine,
        Self::Protection,
        Self::ResourceGroupTags,
        Self::SubscriptionTags,
        Self::Vaults,
    ];

    /// Such as `resource-group-tags`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Creator => "creator",
            Self::Locks => "locks",
            Self::Machine => "machine",
            Self::Protection => "protection",
            Self::ResourceGroupTags => "resource-group-tags",
            Self::SubscriptionTags => "subscription-tags",
            Self::Vaults => "vaults",
        }
    }

    /// What it tells, for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Creator => "who made the resource",
            Self::Locks => "locks that apply to the resource",
            Self::Machine => {
                "the machine that a disk is attached to, and whether it is backed up with the disk"
            }
            Self::Protection => "how the resource is protected at present",
            Self::ResourceGroupTags => "tags of the resource group",
            Self::SubscriptionTags => "tags of the subscription",
            Self::Vaults => "vaults of the region, with their policies and load",
        }
    }

    fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl FromStr for FactKind {
    type Err = UnknownFactKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == text);
        known.ok_or_else(|| UnknownFactKind { found: text.to_owned() })
    }
}

impl fmt::Display for FactKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

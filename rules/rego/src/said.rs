//! An opinion as a policy states it: the names and shapes of decision records and rule sets.

use std::collections::BTreeMap;

use holdfast_rule_sdk::{
    Evidence, Exclusion, ExclusionKind, FactKey, Items, Luns, Opinion, Protection, Reason, Redundancy,
    Retention, Schedule, Tag, Tier, VaultChoice, Verdict,
};
use serde::Deserialize;

/// What a policy says. Unknown names are refused: a misspelt field would go unheeded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Said {
    verdict: Word,
    protection: Option<How>,
    exclude: Option<Excluded>,
    facts: Option<Vec<Key>>,
    #[serde(default)]
    reasons: Vec<Because>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Abstain,
    Protect,
    Exclude,
    NeedFacts,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct How {
    vault: Option<Vault>,
    policy: Option<String>,
    retention: Option<Days>,
    schedule: Option<Times>,
    tier: Option<Kept>,
    redundancy: Option<Copies>,
    snapshot_resource_group: Option<String>,
    disk_luns: Option<Vec<u32>>,
    blob_containers: Option<Vec<String>>,
    databases: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Vault {
    Named(String),
    Selector(BTreeMap<String, String>),
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Days {
    min_days: Option<u32>,
    max_days: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Times {
    every: String,
    at: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kept {
    Operational,
    Vault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Copies {
    #[serde(rename = "locally-redundant")]
    Local,
    #[serde(rename = "zone-redundant")]
    Zone,
    #[serde(rename = "geo-redundant")]
    Geo,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Excluded {
    kind: Kind,
    until: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    NotSupported,
    Ephemeral,
    ProtectedElsewhere,
    OptedOut,
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    kind: String,
    scope: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Because {
    code: String,
    message: String,
    #[serde(default)]
    evidence: Vec<Seen>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    pointer: String,
    value: String,
}

impl Said {
    /// The contract's opinion, or what does not fit together.
    pub(crate) fn opinion(&self) -> Result<Opinion, String> {
        let strays = [
            ("protection", self.protection.is_some(), Word::Protect),
            ("exclude", self.exclude.is_some(), Word::Exclude),
            ("facts", self.facts.is_some(), Word::NeedFacts),
        ];
        if let Some((field, _, _)) =
            strays.into_iter().find(|(_, stated, verdict)| *stated && *verdict != self.verdict)
        {
            return Err(format!("it states `{field}`, which does not belong to its verdict"));
        }
        let verdict = match self.verdict {
            Word::Abstain => Verdict::Abstain,
            Word::Protect => Verdict::Protect(self.protection.clone().unwrap_or_default().into()),
            Word::Exclude => {
                let exclude =
                    self.exclude.clone().ok_or("its verdict is exclude, but `exclude` is missing")?;
                Verdict::Exclude(Exclusion { kind: exclude.kind.into(), until: exclude.until })
            }
            Word::NeedFacts => {
                let facts = self.facts.clone().ok_or("its verdict is need-facts, but `facts` is missing")?;
                Verdict::NeedFacts(
                    facts.into_iter().map(|key| FactKey { kind: key.kind, scope: key.scope }).collect(),
                )
            }
        };
        Ok(Opinion {
            verdict,
            labels: Vec::new(),
            reasons: self.reasons.iter().cloned().map(Reason::from).collect(),
        })
    }
}

impl From<Because> for Reason {
    fn from(because: Because) -> Self {
        let evidence =
            because.evidence.into_iter().map(|seen| Evidence { pointer: seen.pointer, value: seen.value });
        Self { code: because.code, message: because.message, evidence: evidence.collect() }
    }
}

impl From<How> for Protection {
    fn from(how: How) -> Self {
        Self {
            vault: how.vault.map(|vault| match vault {
                Vault::Named(name) => VaultChoice::Named(name),
                Vault::Selector(tags) => {
                    VaultChoice::Selector(tags.into_iter().map(|(name, value)| Tag { name, value }).collect())
                }
            }),
            policy: how.policy,
            retention: how
                .retention
                .map(|days| Retention { min_days: days.min_days, max_days: days.max_days }),
            schedule: how.schedule.map(|times| Schedule {
                every: times.every,
                at: times.at,
                ..Schedule::default()
            }),
            tier: how.tier.map(|tier| match tier {
                Kept::Operational => Tier::Operational,
                Kept::Vault => Tier::Vault,
            }),
            redundancy: how.redundancy.map(|copies| match copies {
                Copies::Local => Redundancy::LocallyRedundant,
                Copies::Zone => Redundancy::ZoneRedundant,
                Copies::Geo => Redundancy::GeoRedundant,
            }),
            snapshot_resource_group: how.snapshot_resource_group,
            disk_luns: how.disk_luns.map(Luns::Named),
            blob_containers: how.blob_containers.map(Items::Named),
            databases: how.databases.map(Items::Named),
            ..Self::default()
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

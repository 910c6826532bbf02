//! An opinion as a policy states it: the names and shapes of decision records and rule sets.

mod how;

use std::collections::BTreeMap;

use holdfast_rule_sdk::{Evidence, Exclusion, ExclusionKind, FactKey, Opinion, Reason, Tag, Verdict};
use serde::Deserialize;

use how::How;

/// What a policy says. Unknown names are refused: a misspelt field would go unheeded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Said {
    verdict: Word,
    protection: Option<How>,
    exclude: Option<Excluded>,
    facts: Option<Vec<Key>>,
    /// Given to the resource, whatever the verdict.
    #[serde(default)]
    labels: BTreeMap<String, String>,
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
        let labels = self.labels.iter().map(|(name, value)| Tag { name: name.clone(), value: value.clone() });
        let reasons = self.reasons.iter().cloned().map(Reason::from);
        Ok(Opinion { verdict, labels: labels.collect(), reasons: reasons.collect() })
    }
}

impl From<Because> for Reason {
    fn from(because: Because) -> Self {
        let evidence = because.evidence.into_iter();
        let evidence =
            evidence.map(|seen| Evidence { pointer: seen.pointer.into(), value: seen.value.into() });
        Self { code: because.code.into(), message: because.message.into(), evidence: evidence.collect() }
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

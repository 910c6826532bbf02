//! What a rule has to say in a case.

use std::fmt;

use holdfast_evaluator::{ExclusionKind, FactKind, Protection};
use serde::de::{self, Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Serialize};

/// What a rule has to say; what is not stated is not looked at.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Expect {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) verdict: Option<Verdict>,
    /// Fields that have to be stated so; others may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) protection: Option<Protection>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exclude: Option<Exclude>,
    /// Kinds of fact that it has to ask for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) facts: Option<Vec<FactKind>>,
    /// What an approval has to need.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) approval: Option<Approval>,
    /// Part of the failure's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<String>,
    /// Places in the settings that have to be refused, as JSON pointers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) issues: Option<Vec<String>>,
    /// Reason codes, all of them, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reasons: Option<Vec<String>>,
    /// Part of a reason's message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

/// An exclusion: its kind alone, or with its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Exclude {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<ExclusionKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
}

/// An approval that a rule asks for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Approval {
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    within_hours: Option<u32>,
}

/// The word for what a rule said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// It had nothing to say.
    Abstain,
    /// Protect.
    Protect,
    /// Leave unprotected on purpose.
    Exclude,
    /// An exclusion whose time has come.
    Expired,
    /// It asks for facts that the case does not give.
    NeedFacts,
    /// The operation may go on.
    Allow,
    /// The operation may not go on.
    Deny,
    /// A second person has to agree.
    NeedsApproval,
    /// What was restored is what it should be.
    Passed,
    /// What was restored is not what it should be.
    Failed,
    /// Nobody can tell what the restore is worth.
    Inconclusive,
    /// It failed.
    Indeterminate,
    /// Its manifest does not speak of the resource's type.
    NotAsked,
    /// Its settings were refused.
    Refused,
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Abstain => "abstain",
            Self::Protect => "protect",
            Self::Exclude => "exclude",
            Self::Expired => "expired",
            Self::NeedFacts => "need-facts",
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::NeedsApproval => "needs-approval",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Inconclusive => "inconclusive",
            Self::Indeterminate => "indeterminate",
            Self::NotAsked => "not-asked",
            Self::Refused => "refused",
        })
    }
}

impl<'de> Deserialize<'de> for Exclude {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        struct Whole {
            kind: Option<ExclusionKind>,
            until: Option<String>,
        }

        impl<'de> Visitor<'de> for Either {
            type Value = Exclude;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a kind such as `opted-out`, or a map of `kind` and `until`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Exclude, E> {
                let kind = ExclusionKind::deserialize(de::value::StrDeserializer::new(text))?;
                Ok(Exclude { kind: Some(kind), until: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Exclude, A::Error> {
                let Whole { kind, until } = Whole::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Exclude { kind, until })
            }
        }

        deserializer.deserialize_any(Either)
    }
}

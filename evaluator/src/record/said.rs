//! What a rule said beside its verdict: kept as it was heard, and JSON for those who read it.

use std::fmt;

use holdfast_rule_set::{ExclusionKind, OnError, Protection};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The stated fields, the exclusion, or the failure. Written and shown as JSON, but not made into JSON before that.
#[derive(Debug, Clone)]
pub struct Said(Kept);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Kept {
    Nothing,
    Protection(Box<Protection>),
    Exclusion {
        kind: ExclusionKind,
        until: Option<String>,
    },
    Failure {
        failure: String,
        #[serde(rename = "on-error")]
        on_error: OnError,
    },
    /// Of a record that was read, or of a world that has few of them.
    Json(Value),
}

impl Said {
    /// Nothing beside the verdict.
    pub const NOTHING: Self = Self(Kept::Nothing);

    pub(crate) fn protection(protection: Box<Protection>) -> Self {
        Self(Kept::Protection(protection))
    }

    pub(crate) fn exclusion(kind: ExclusionKind, until: Option<String>) -> Self {
        Self(Kept::Exclusion { kind, until })
    }

    pub(crate) fn failed(failure: String, on_error: OnError) -> Self {
        Self(Kept::Failure { failure, on_error })
    }

    /// As the record has it.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(&self.0).unwrap_or_default()
    }

    /// How the rule failed, if it did.
    pub fn failure(&self) -> Option<&str> {
        match &self.0 {
            Kept::Failure { failure, .. } => Some(failure),
            Kept::Json(said) => said.get("failure")?.as_str(),
            _ => None,
        }
    }
}

impl From<Value> for Said {
    fn from(said: Value) -> Self {
        Self(if said.is_null() { Kept::Nothing } else { Kept::Json(said) })
    }
}

/// The same JSON is the same, wherever it comes from.
impl PartialEq for Said {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kept::Json(_), _) | (_, Kept::Json(_)) => self.to_json() == other.to_json(),
            (one, other) => one == other,
        }
    }
}

impl Eq for Said {}

impl Serialize for Said {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

/// As JSON.
impl fmt::Display for Said {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_json().fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_heard_is_what_is_read_back() -> anyhow::Result<()> {
        let policy = Some("gold".to_owned());
        let heard = [
            (Said::NOTHING, Value::Null),
            (
                Said::protection(Box::new(Protection { policy, ..Protection::default() })),
                json!({ "policy": "gold" }),
            ),
            (Said::exclusion(ExclusionKind::OptedOut, None), json!({ "kind": "opted-out", "until": null })),
            (Said::failed("no".to_owned(), OnError::Hold), json!({ "failure": "no", "on-error": "hold" })),
        ];
        for (said, expected) in heard {
            assert_eq!(said.to_json(), expected);
            let read: Said = serde_json::from_str(&serde_json::to_string(&said)?)?;
            assert_eq!((&read, read.failure()), (&said, said.failure()));
            assert_ne!(said, Said::from(json!({ "policy": "silver" })));
        }
        Ok(())
    }
}

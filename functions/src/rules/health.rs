//! How the rules fare: counted from what is written to the ledger, since this instance started.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use holdfast_protection::ledger::Entry;
use holdfast_protection::ports::{Ledger, StorageError, Written};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What one rule did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RuleHealth {
    /// Decisions in which it was asked.
    pub(crate) asked: u64,
    /// Decisions in which it failed.
    pub(crate) failed: u64,
    /// Decisions that would have been others, had it been enforced; of rules in shadow mode.
    pub(crate) would_differ: u64,
    /// How it failed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_failure: Option<Value>,
}

/// Figures of every rule, by its id.
#[derive(Clone, Default)]
pub struct Health(Arc<Mutex<BTreeMap<String, RuleHealth>>>);

impl Health {
    /// The figures.
    pub(crate) fn figures(&self) -> BTreeMap<String, RuleHealth> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts what an entry tells, if it tells of a decision.
    fn count(&self, entry: &str) {
        let Ok(Told { entry, decision: Some(Decided { record }) }) = serde_json::from_str(entry) else {
            return;
        };
        if entry != "decided" {
            return;
        }
        let mut figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for Opinion { rule, verdict, said } in record.opinions {
            let health = figures.entry(rule).or_default();
            health.asked += 1;
            if verdict == "indeterminate" {
                health.failed += 1;
                health.last_failure = said.and_then(|said| said.failure);
            }
        }
        for Difference { rule } in record.shadow_differences {
            figures.entry(rule).or_default().would_differ += 1;
        }
    }
}

/// An entry of the ledger, as far as it is counted.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    entry: String,
    decision: Option<Decided>,
}

#[derive(Deserialize)]
struct Decided {
    record: Record,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    #[serde(default)]
    opinions: Vec<Opinion>,
    #[serde(default)]
    shadow_differences: Vec<Difference>,
}

#[derive(Deserialize)]
struct Opinion {
    rule: String,
    verdict: String,
    said: Option<Said>,
}

#[derive(Deserialize)]
struct Said {
    failure: Option<Value>,
}

#[derive(Deserialize)]
struct Difference {
    rule: String,
}

/// A ledger whose decisions are counted as they are written.
pub(crate) struct CountingLedger {
    /// The ledger itself.
    pub ledger: Arc<dyn Ledger>,
    /// Where they are counted.
    pub health: Health,
}

#[async_trait]
impl Ledger for CountingLedger {
    async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
        let written = self.ledger.append(entry).await?;
        if written == Written::New {
            self.health.count(&entry.body);
        }
        Ok(written)
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        self.ledger.list(prefix).await
    }

    async fn read(&self, path: &str) -> Result<Option<Value>, StorageError> {
        self.ledger.read(path).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn failures_and_differences_are_counted_by_rule() {
        let health = Health::default();
        let decided = json!({ "entry": "decided", "decision": { "record": {
            "opinions": [
                { "rule": "select", "verdict": "protect" },
                { "rule": "new", "verdict": "indeterminate", "said": { "failure": "it ran out of fuel" } },
            ],
            "shadowDifferences": [{ "rule": "new", "changes": ["whether"] }],
        } } });
        health.count(&decided.to_string());
        health.count(&decided.to_string());
        health.count(&json!({ "entry": "ended", "outcome": { "outcome": "gone" } }).to_string());
        let figures = health.figures();
        assert_eq!(figures["select"], RuleHealth { asked: 2, ..RuleHealth::default() });
        let new = &figures["new"];
        assert_eq!((new.asked, new.failed, new.would_differ), (2, 2, 2));
        assert_eq!(new.last_failure, Some(json!("it ran out of fuel")));
    }
}

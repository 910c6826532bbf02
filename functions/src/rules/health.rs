//! How the rules fare: counted from what is written to the ledger, since this instance started.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use holdfast_protection::ledger::{About, Entry, LedgerRecord};
use holdfast_protection::ports::{Ledger, StorageError, Written};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::metrics::{self, Metric};

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
    pub(crate) last_failure: Option<String>,
}

/// Figures of every rule, by its id.
#[derive(Clone, Default)]
pub struct Health(Arc<Mutex<BTreeMap<String, RuleHealth>>>);

impl Health {
    /// The figures.
    pub(crate) fn figures(&self) -> BTreeMap<String, RuleHealth> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts what was recorded, if that is a decision.
    fn count(&self, record: &LedgerRecord) {
        let LedgerRecord::Decided { decision, .. } = record else { return };
        let mut figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for opinion in &decision.record.opinions {
            let health = figures.entry(opinion.rule.to_string()).or_default();
            health.asked += 1;
            if opinion.verdict == "indeterminate" {
                health.failed += 1;
                metrics::count(Metric::RuleFailures, &[&opinion.rule]);
                health.last_failure = opinion.said.failure().map(str::to_owned);
            }
        }
        for difference in &decision.record.shadow_differences {
            figures.entry(difference.rule.to_string()).or_default().would_differ += 1;
        }
    }
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
        if let Some(("rejected", rest)) = entry.path.split_once('/') {
            metrics::count(Metric::Rejected, &[rest.split('/').next().unwrap_or_default()]);
        }
        self.ledger.append(entry).await
    }

    async fn record(
        &self,
        target: About<'_>,
        cause_at: Timestamp,
        record: &LedgerRecord,
    ) -> Result<Written, StorageError> {
        let written = self.ledger.record(target, cause_at, record).await?;
        if written == Written::New {
            self.health.count(record);
            if let LedgerRecord::Ended { outcome } = record {
                metrics::count(Metric::Ended, &[outcome.as_str()]);
            }
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
    use holdfast_protection::ResourceId;
    use serde_json::json;

    use super::*;

    const DISK: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d";

    /// Writes nothing twice.
    #[derive(Default)]
    struct Once(Mutex<Vec<String>>);

    #[async_trait]
    impl Ledger for Once {
        async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
            let mut paths = self.0.lock().unwrap();
            if paths.contains(&entry.path) {
                return Ok(Written::AlreadyThere);
            }
            paths.push(entry.path.clone());
            Ok(Written::New)
        }

        async fn list(&self, _: &str) -> Result<Vec<String>, StorageError> {
            Ok(Vec::new())
        }

        async fn read(&self, _: &str) -> Result<Option<Value>, StorageError> {
            Ok(None)
        }
    }

    fn decided() -> LedgerRecord {
        let opinion = |rule: &str, verdict: &str, said: Value| {
            json!({ "rule": rule, "module": "m 1", "mode": "enforce", "layer": "l", "priority": 1,
                "verdict": verdict, "said": said, "reasons": [], "fuel": 1 })
        };
        let record = json!({ "entry": "decided",
            "decision": { "outcome": "not-covered", "record": {
                "summary": "s", "winners": {}, "conflicts": [], "counterfactuals": [],
                "opinions": [
                    opinion("select", "protect", json!({})),
                    opinion("new", "indeterminate", json!({ "failure": "it ran out of fuel" })),
                ],
                "shadowDifferences": [{ "rule": "new", "changes": ["whether"] }],
                "digests": { "input": "i", "ruleSet": "r", "ruleSetRevision": 1, "host": "h" },
            } },
            "request": { "resource": { "id": DISK, "type": "t", "name": "d", "location": "l", "resourceGroup": "g",
                "subscription": "s", "tags": {}, "sku": null, "kind": null, "body": "{}" },
                "facts": [], "eventTime": "2026-01-14T09:26:53Z" } });
        serde_json::from_value(record).unwrap()
    }

    #[tokio::test]
    async fn failures_and_differences_are_counted_by_rule_once_for_each_decision() {
        let health = Health::default();
        let ledger = CountingLedger { ledger: Arc::new(Once::default()), health: health.clone() };
        let (id, day): (ResourceId, Timestamp) =
            (DISK.parse().unwrap(), "2026-01-14T09:26:53Z".parse().unwrap());
        let ended = serde_json::from_value(json!({ "entry": "ended", "outcome": { "outcome": "gone" } }));
        let (decided, ended) = (decided(), ended.unwrap());
        let later = "2026-01-15T09:26:53Z".parse().unwrap();
        for (at, record) in [(day, &decided), (day, &decided), (day, &ended), (later, &decided)] {
            ledger.record((&id).into(), at, record).await.unwrap();
        }
        let figures = health.figures();
        assert_eq!(figures["select"], RuleHealth { asked: 2, ..RuleHealth::default() });
        let new = &figures["new"];
        assert_eq!((new.asked, new.failed, new.would_differ), (2, 2, 2));
        assert_eq!(new.last_failure.as_deref(), Some("it ran out of fuel"));
    }
}

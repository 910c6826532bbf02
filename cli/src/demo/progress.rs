//! What is known of each watched resource: from the ledger, and from Azure.

use std::collections::BTreeSet;

use anyhow::Result;
use holdfast_azure::{BlobLedger, StorageOptions};
use holdfast_protection::ledger::{self, LedgerDocument, LedgerRecord};
use holdfast_protection::outcome::{Outcome, Waiting};
use holdfast_protection::ports::Ledger;
use holdfast_protection::{ResourceId, Workload};

use super::estate::Azure;
use super::processes::Processes;

/// How far a resource is.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// The decision's sentence.
    pub(super) decided: Option<String>,
    /// The decision, as recorded.
    pub(super) decision: Option<serde_json::Value>,
    /// What it waits for now.
    pub(super) waiting: Option<Waiting>,
    /// How it ended.
    pub(super) outcome: Option<Outcome>,
}

/// The watched resources, in the order in which they were created.
pub(super) struct Watched {
    /// Resource and how far it is.
    pub(super) rows: Vec<(ResourceId, Row)>,
    ledger: BlobLedger,
    read: BTreeSet<String>,
    /// How often the ledger was read.
    looks: usize,
}

impl Watched {
    pub(super) fn new(processes: &Processes, ids: Vec<ResourceId>) -> Result<Self> {
        let storage = StorageOptions::from_settings("AzureWebJobsStorage", |_| Some(processes.storage()))?;
        let ledger = BlobLedger::new(&storage, BlobLedger::NAME)?;
        let rows = ids.into_iter().map(|id| (id, Row::default())).collect();
        Ok(Self { rows, ledger, read: BTreeSet::new(), looks: 0 })
    }

    /// Reads what is new.
    pub(super) async fn look(&mut self, azure: &Azure) -> Result<()> {
        self.looks += 1;
        for (id, row) in &mut self.rows {
            if row.outcome.is_some() {
                continue;
            }
            if !Workload::covers(id.resource_type()) || row.may_be_ignored(self.looks) {
                row.outcome = azure.why_ignored(id).await?.map(|reason| Outcome::Ignored { reason });
            }
            if row.outcome.is_some() || !Workload::covers(id.resource_type()) {
                continue;
            }
            let prefix = ledger::prefix_of(id);
            let paths = self.ledger.list(&prefix).await?;
            for path in paths {
                if !is_of_itself(&path, &prefix) || !self.read.insert(path.clone()) {
                    continue;
                }
                if let Some(entry) = self.ledger.read(&path).await? {
                    row.take_in(ledger::read(entry)?);
                }
            }
        }
        Ok(())
    }

    /// A document of the ledger.
    pub(super) async fn document(&self, path: &str) -> Result<Option<serde_json::Value>> {
        Ok(self.ledger.read(path).await?)
    }

    /// The documents of the ledger below a path.
    pub(super) async fn documents(&self, prefix: &str) -> Result<Vec<(String, serde_json::Value)>> {
        let mut found = Vec::new();
        for path in self.ledger.list(prefix).await? {
            found.extend(self.ledger.read(&path).await?.map(|document| (path, document)));
        }
        Ok(found)
    }

    pub(super) fn is_settled(&self) -> bool {
        self.rows.iter().all(|(_, row)| row.outcome.is_some())
    }

    /// Names of the resources that are still under way.
    pub(super) fn unsettled(&self) -> Vec<String> {
        self.rows
            .iter()
            .filter(|(_, row)| row.outcome.is_none())
            .map(|(id, _)| id.name().to_owned())
            .collect()
    }
}

/// Whether an entry below a resource is about the resource itself: what is in it has entries of its own.
fn is_of_itself(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| !rest.contains('/'))
}

/// The table is drawn so often between two questions about a resource of which nothing is recorded.
const ASK_EVERY: usize = 8;

impl Row {
    /// Nothing was recorded about it so far: its event may have been of no interest to any rule in force.
    fn may_be_ignored(&self, looks: usize) -> bool {
        self.decided.is_none() && self.waiting.is_none() && looks.is_multiple_of(ASK_EVERY)
    }

    /// What is in a machine is decided by itself, and is another row.
    fn take_in(&mut self, document: LedgerDocument) {
        if document.workload.is_some() {
            return;
        }
        match document.record {
            LedgerRecord::Decided { decision, .. } => {
                self.decided = Some(decision.record.summary.clone());
                self.decision = serde_json::to_value(&decision).ok();
            }
            LedgerRecord::Reviewed { .. } => {}
            LedgerRecord::Waiting { waiting } => self.waiting = Some(waiting),
            LedgerRecord::Ended { outcome } => self.outcome = Some(outcome),
        }
    }
}

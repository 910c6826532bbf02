//! Taking a backup again: an operation whose name is made of the failure, so that there is one, however often it is asked for.

use std::fmt;

use jiff::Timestamp;

use super::{Done, record};
use crate::ledger::About;
use crate::operations::{Action, Ask, OperationError, OperationId, Operations, held};
use crate::work::FailedBackup;
use crate::{AzureError, ResourceId};

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// The backup was asked for.
    Asked(OperationId),
    /// It is not possible, for this reason.
    NotPossible(String),
}

impl fmt::Display for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Asked(operation) => write!(f, "taken again by operation {operation}"),
            Self::NotPossible(reason) => write!(f, "not possible: {reason}"),
        }
    }
}

/// A failure, as it is asked about.
pub(super) struct Failed<'a> {
    pub(super) job: &'a ResourceId,
    pub(super) code: &'a str,
    /// What a backup on demand has to name.
    pub(super) rule: Option<String>,
}

/// Asks for the backup of a target once more.
///
/// # Errors
///
/// When Azure gave no usable answer, or the ledger none: it may be asked for again.
pub(super) async fn ask(
    operations: &Operations,
    target: About<'_>,
    failed: Failed<'_>,
    now: Timestamp,
) -> Result<Again, OperationError> {
    let Failed { job, code, rule } = failed;
    let caller = held::holdfast();
    let ask = Ask {
        id: OperationId::of_key(&caller.id, &format!("retry {}", job.key())),
        resource: target.resource.clone(),
        workload: target.named(),
        action: Action::Backup { rule, retention: None },
        why: Some(format!("backup job {} failed: {code}", job.name())),
        until: None,
        dry_run: false,
        caller,
    };
    match Box::pin(operations.ask(ask, now)).await {
        Ok(operation) => Ok(Again::Asked(operation.asked.id)),
        Err(OperationError::Impossible(impossible)) => Ok(Again::NotPossible(impossible.to_string())),
        Err(OperationError::Azure(AzureError::Refused { refusal, .. })) => {
            Ok(Again::NotPossible(refusal.message))
        }
        Err(error) => Err(error),
    }
}

/// Takes a backup again for which a permission was missing that holds by now; none if the next scheduled one is near.
///
/// # Errors
///
/// When Azure gave no usable answer, or the ledger none: it may be asked for again, and is done once.
pub async fn after_grant(
    operations: &Operations,
    target: About<'_>,
    failed: &FailedBackup,
    now: Timestamp,
) -> Result<Option<Again>, OperationError> {
    if now > failed.until {
        return Ok(None);
    }
    let FailedBackup { job, code, rule, .. } = failed;
    let again = ask(operations, target, Failed { job, code, rule: rule.clone() }, now).await?;
    let done = match &again {
        Again::Asked(operation) => Done::Retried { operation: operation.to_string() },
        Again::NotPossible(problem) => Done::NotPossible { problem: problem.clone() },
    };
    let entry = record::entry_after_grant(target.resource, failed, &done, now);
    operations.ledger.append(&entry).await?;
    Ok(Some(again))
}

//! How a pass ends: with an outcome, or with a wait that grows.

mod waits;

use std::time::Duration;

use super::{Next, Protector};
use crate::apply::Applied;
use crate::ledger::LedgerRecord;
use crate::outcome::{Outcome, Waiting};
use crate::ports::StorageError;
use crate::work::{Pending, WorkItem};
use crate::{AzureError, Refusal, Retry};

use waits::{
    ADMINISTRATOR_WAITS, CREATION, LATEST, PASSES, PERMISSION_WAITS, POLLS, RESTARTS, SOONEST, TROUBLES,
    administrator_delay, permission_delay, poll_delay, retry_delay, spread, tries, trouble_delay,
};

/// Azure has no capacity for a pass now: the same item, later, unchanged.
///
/// Nothing is recorded: in a burst, recording would cost as much as the passes themselves.
pub(super) fn held_back(item: WorkItem, error: &AzureError) -> Next {
    let after = match error {
        AzureError::Throttled { retry_after, .. } => *retry_after,
        AzureError::Refused { .. }
        | AzureError::Unavailable { .. }
        | AzureError::Unreadable { .. }
        | AzureError::Unauthenticated { .. }
        | AzureError::Unsendable { .. } => trouble_delay(item.troubles),
    };
    Next::Later { item: Box::new(item), after: after.clamp(SOONEST, LATEST) }
}

impl Protector {
    /// Turns the result of a pass into the next message, or ends the work.
    pub(super) async fn conclude(&self, mut item: WorkItem, applied: Applied) -> Result<Next, StorageError> {
        let (waiting, after) = match applied {
            Applied::Ended(outcome) => return self.end(item, outcome).await,
            Applied::Pending { pending, after } => {
                let waiting = pending.waiting();
                item.troubles = 0;
                if item.polls >= POLLS && pending.may_be_lost() {
                    item.polls = 0;
                    item.pending = pending.announced_again();
                    return self.again(item, "an operation of Azure's does not end").await;
                }
                item.pending = Some(pending);
                item.polls += 1;
                (waiting, after.max(poll_delay(item.polls)))
            }
            Applied::Permissions(refusal) if item.permission_waits >= PERMISSION_WAITS => {
                let outcome = Outcome::Failed {
                    code: refusal.code.clone(),
                    message: format!("permissions of the vault's identity are still missing: {}", refusal.message),
                    way_out: "check the role assignments that the plan names (what-if shows them), and deny assignments above them".to_owned(),
                };
                return self.end(item, outcome).await;
            }
            Applied::Permissions(refusal) => {
                item.polls = 0;
                let after = permission_delay(item.permission_waits);
                item.permission_waits += 1;
                (Waiting::Permissions { message: refusal.message }, after)
            }
            Applied::CannotAssign { refusal, missing } => {
                let request = self.request(&item, &refusal, &missing).await?;
                if item.administrator_waits >= ADMINISTRATOR_WAITS {
                    return self.end(item, request.into()).await;
                }
                let after = administrator_delay(item.administrator_waits);
                item.administrator_waits += 1;
                (Waiting::Administrator(request), after)
            }
            Applied::Passing { retry, outcome, .. } if item.retries >= tries(retry) => {
                return self.end(item, outcome).await;
            }
            Applied::Passing { retry, outcome, pending } => {
                let after = retry_delay(retry, item.retries);
                item.retries += 1;
                item.polls = 0;
                item.pending = pending;
                (Waiting::Azure { message: reason(&outcome) }, spread(&item, after))
            }
            Applied::FullVault { outcome, .. } | Applied::RoleLimit { outcome } => {
                return self.end(item, outcome).await;
            }
            Applied::NotMade => (Waiting::Creation, CREATION),
            Applied::Again { because } => return self.again(item, &because).await,
        };
        self.later(item, waiting, after).await
    }

    /// The world is not as it was planned for: plan again, later each time.
    async fn again(&self, mut item: WorkItem, because: &str) -> Result<Next, StorageError> {
        item.restarts += 1;
        if item.restarts > RESTARTS {
            let outcome = Outcome::Failed {
                code: "NotConverging".to_owned(),
                message: format!("each attempt finds the world changed: {because}"),
                way_out: "see what else works on this resource's protection; the next sweep tries again"
                    .to_owned(),
            };
            return self.end(item, outcome).await;
        }
        let after = trouble_delay(item.restarts);
        self.later(item, Waiting::Azure { message: because.to_owned() }, after).await
    }

    /// Puts the item off; after [`PASSES`] of them, a person should know.
    async fn later(&self, item: WorkItem, waiting: Waiting, after: Duration) -> Result<Next, StorageError> {
        if item.passes >= PASSES {
            let outcome = Outcome::Failed {
                code: "StillWaiting".to_owned(),
                message: format!("after {PASSES} passes it still waits for {}", waiting.as_str()),
                way_out: "see the resource and its backup instance in Azure; the next sweep tries again"
                    .to_owned(),
            };
            return self.end(item, outcome).await;
        }
        self.record(&item, LedgerRecord::Waiting { waiting }).await?;
        // The longer it takes, the more rarely we ask; a Retry-After of nothing must not make a hot loop.
        let backoff = Duration::from_secs(u64::from(item.passes.saturating_pow(2) / 100));
        let after = after.max(backoff).clamp(SOONEST, LATEST);
        Ok(Next::Later { item: Box::new(item), after })
    }

    /// Azure gave no usable answer: wait as it asks, or longer each time.
    pub(super) async fn trouble(&self, mut item: WorkItem, error: &AzureError) -> Result<Next, StorageError> {
        if let Some(applied) = passing(error, item.pending.clone()) {
            return self.conclude(item, applied).await;
        }
        // Being throttled is not a trouble of this resource, and no look at it.
        let throttled = matches!(error, AzureError::Throttled { .. });
        item.troubles += u32::from(!throttled);
        item.passes -= u32::from(throttled);
        let (worth_waiting, after) = match error {
            AzureError::Throttled { retry_after, .. } => (true, spread(&item, *retry_after)),
            AzureError::Unavailable { retry_after, .. } => {
                (true, spread(&item, retry_after.unwrap_or_default().max(trouble_delay(item.troubles))))
            }
            AzureError::Unauthenticated { .. } | AzureError::Unreadable { .. } => {
                (true, trouble_delay(item.troubles))
            }
            AzureError::Refused { refusal, .. } => {
                (matches!(refusal.status, 404 | 409), trouble_delay(item.troubles))
            }
            AzureError::Unsendable { .. } => (false, Duration::ZERO),
        };
        if !worth_waiting || item.troubles > TROUBLES {
            let outcome = Outcome::Failed {
                code: error.code().to_owned(),
                message: error.to_string(),
                way_out: way_out_of(error),
            };
            return self.end(item, outcome).await;
        }
        self.later(item, Waiting::Azure { message: error.to_string() }, after).await
    }

    async fn end(&self, item: WorkItem, outcome: Outcome) -> Result<Next, StorageError> {
        let outcome = outcome.with_note(item.note.as_deref());
        self.record(&item, LedgerRecord::Ended { outcome: outcome.clone() }).await?;
        if item.after_hold && !matches!(outcome, Outcome::Failed { .. }) {
            self.settle_holds(&item).await?;
        }
        Ok(Next::Done(outcome))
    }
}

/// A refusal of any call that may pass; one that is a matter of what exists is planned again sooner.
fn passing(error: &AzureError, pending: Option<Pending>) -> Option<Applied> {
    let refusal: &Refusal = error.refusal().filter(|refusal| !matches!(refusal.status, 404 | 409))?;
    let retry = refusal.retry;
    let outcome = Outcome::Failed {
        code: refusal.code.clone(),
        message: error.to_string(),
        way_out: refusal.way_out(),
    };
    (retry != Retry::Never).then_some(Applied::Passing { retry, outcome, pending })
}

fn reason(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed { code, message, .. } => format!("{message} ({code})"),
        other => other.as_str().to_owned(),
    }
}

fn way_out_of(error: &AzureError) -> String {
    // A policy or a guard forbids with the same status as a role that is missing.
    if let Some(advised) = error.refusal().and_then(Refusal::advised) {
        return advised;
    }
    match error {
        AzureError::Refused { refusal, .. } if refusal.status == 403 => {
            "give the function app's identity the roles that infra/README.md lists, on the scope that Azure names".to_owned()
        }
        AzureError::Unauthenticated { .. } => "check HOLDFAST_CREDENTIAL and the identity of the function app".to_owned(),
        AzureError::Refused { .. }
        | AzureError::Throttled { .. }
        | AzureError::Unavailable { .. }
        | AzureError::Unreadable { .. }
        | AzureError::Unsendable { .. } => "the next sweep tries again".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RefusalKind;

    #[test]
    fn a_policy_that_forbids_is_not_taken_for_a_role_that_is_missing() {
        let refused = |code: &str, advice: Option<&str>| AzureError::Refused {
            action: "create the vault".to_owned(),
            refusal: Refusal {
                status: 403,
                code: code.to_owned(),
                message: "no".to_owned(),
                recommended_action: Vec::new(),
                advice: advice.map(Into::into),
                kind: RefusalKind::Unknown,
                retry: Retry::Never,
            },
        };
        assert_eq!(way_out_of(&refused("RequestDisallowedByPolicy", Some("Exempt it."))), "Exempt it.");
        assert!(way_out_of(&refused("AuthorizationFailed", None)).contains("infra/README.md"));
    }
}

//! How a look ends: with an outcome, or with a wait that grows as Azure and patience want it.

use std::time::Duration;

use super::{Next, Protector};
use crate::AzureError;
use crate::apply::{Outcome, Stand, Waiting};
use crate::ledger::{self, Told};
use crate::ports::StorageError;
use crate::work::WorkItem;

/// How many times permissions are waited for: with the waits of [`permission_delay`], about 45 minutes.
/// Azure documents up to 30 for a vault's identity.
const PERMISSION_WAITS: u32 = 12;

/// How many answers in a row may be unusable before a person should know; the sweep goes on trying.
const TROUBLES: u32 = 14;

/// How many times the world may turn out to be other than planned for.
const RESTARTS: u32 = 14;

/// How many looks a resource gets for one cause: with growing waits, more than a day.
const LOOKS: u32 = 1500;

/// How long Azure usually takes to make a resource.
const CREATION: Duration = Duration::from_secs(15);

/// Bounds of a wait.
const SOONEST: Duration = Duration::from_secs(1);
const LATEST: Duration = Duration::from_secs(3600);

impl Protector {
    /// What a look came to, as the next message or as the end.
    pub(super) async fn conclude(&self, mut item: WorkItem, stand: Stand) -> Result<Next, StorageError> {
        let (waiting, after) = match stand {
            Stand::Ended(outcome) => return self.end(item, outcome).await,
            Stand::Pending { pending, after } => {
                let waiting = match &pending {
                    crate::work::Pending::Validation { .. } => Waiting::Validation,
                    crate::work::Pending::Configuration { .. } | crate::work::Pending::Settling { .. } => {
                        Waiting::Configuration
                    }
                };
                item.pending = Some(pending);
                item.troubles = 0;
                (waiting, after)
            }
            Stand::Permissions(refusal) if item.permission_waits >= PERMISSION_WAITS => {
                let outcome = Outcome::Failed {
                    code: refusal.code.clone(),
                    message: format!("permissions of the vault's identity are still missing: {}", refusal.message),
                    way_out: "check the role assignments that the plan names (what-if shows them), and deny assignments above them".to_owned(),
                };
                return self.end(item, outcome).await;
            }
            Stand::Permissions(refusal) => {
                let after = permission_delay(item.permission_waits);
                item.permission_waits += 1;
                (Waiting::Permissions { message: refusal.message }, after)
            }
            Stand::NotMade => (Waiting::Creation, CREATION),
            Stand::Again { because } => {
                item.restarts += 1;
                if item.restarts > RESTARTS {
                    let outcome = Outcome::Failed {
                        code: "NotConverging".to_owned(),
                        message: format!("each attempt finds the world changed: {because}"),
                        way_out:
                            "see what else works on this resource's protection; the next sweep tries again"
                                .to_owned(),
                    };
                    return self.end(item, outcome).await;
                }
                (Waiting::Azure { message: because }, trouble_delay(item.restarts))
            }
        };
        self.later(item, waiting, after).await
    }

    /// Puts the item off; after [`LOOKS`] of them, a person should know.
    async fn later(&self, item: WorkItem, waiting: Waiting, after: Duration) -> Result<Next, StorageError> {
        if item.looks >= LOOKS {
            let outcome = Outcome::Failed {
                code: "StillWaiting".to_owned(),
                message: format!("after {LOOKS} looks it still waits for {}", waiting.word()),
                way_out: "see the resource and its backup instance in Azure; the next sweep tries again"
                    .to_owned(),
            };
            return self.end(item, outcome).await;
        }
        self.tell(&item, Told::Waiting { waiting }).await?;
        // The longer it takes, the more rarely we ask; a Retry-After of nothing must not make a hot loop.
        let patience = Duration::from_secs(u64::from(item.looks / 10));
        let after = after.max(patience).clamp(SOONEST, LATEST);
        Ok(Next::Later { item: Box::new(item), after })
    }

    /// Azure gave no usable answer: wait as it asks, or longer each time.
    pub(super) async fn trouble(&self, mut item: WorkItem, error: &AzureError) -> Result<Next, StorageError> {
        // Being throttled is no trouble of this resource.
        item.troubles += u32::from(!matches!(error, AzureError::Throttled { .. }));
        let (patient, after) = match error {
            AzureError::Throttled { retry_after, .. } => (true, *retry_after),
            AzureError::Unavailable { retry_after, .. } => {
                (true, retry_after.unwrap_or_default().max(trouble_delay(item.troubles)))
            }
            AzureError::Unauthenticated { .. } | AzureError::Unreadable { .. } => {
                (true, trouble_delay(item.troubles))
            }
            AzureError::Refused { refusal, .. } => {
                (matches!(refusal.status, 404 | 409), trouble_delay(item.troubles))
            }
            AzureError::Unsendable { .. } => (false, Duration::ZERO),
        };
        if !patient || item.troubles > TROUBLES {
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
        self.tell(&item, Told::Ended { outcome: outcome.clone() }).await?;
        Ok(Next::Done(outcome))
    }

    /// Writes an entry into the ledger.
    pub(super) async fn tell(&self, item: &WorkItem, told: Told) -> Result<(), StorageError> {
        self.ledger.append(&ledger::about(&item.resource, item.at, &told)).await.map(drop)
    }
}

fn way_out_of(error: &AzureError) -> String {
    match error {
        AzureError::Refused { refusal, .. } if refusal.status == 403 => {
            "give the function app's identity the roles that infra/README.md lists, on the scope that Azure names".to_owned()
        }
        AzureError::Refused { refusal, .. } if !refusal.recommended_action.is_empty() => {
            refusal.recommended_action.join(" ")
        }
        AzureError::Unauthenticated { .. } => "check HOLDFAST_CREDENTIAL and the identity of the function app".to_owned(),
        AzureError::Refused { .. }
        | AzureError::Throttled { .. }
        | AzureError::Unavailable { .. }
        | AzureError::Unreadable { .. }
        | AzureError::Unsendable { .. } => "the next sweep tries again".to_owned(),
    }
}

/// 15 s, 30 s, 1, 2, 4 minutes, then every 5.
fn permission_delay(waits: u32) -> Duration {
    Duration::from_secs((15 << waits.min(5)).min(300))
}

/// 2 s, 4 s, … up to 10 minutes.
fn trouble_delay(troubles: u32) -> Duration {
    Duration::from_secs((1 << troubles.min(10)).min(600))
}

//! How a look ends: with an outcome, or with a wait that grows as Azure and patience want it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::{Next, Protector};
use crate::apply::Stand;
use crate::ledger::Told;
use crate::outcome::{Outcome, Waiting};
use crate::ports::StorageError;
use crate::work::{Pending, WorkItem};
use crate::{AzureError, Refusal, Retry};

/// How many times permissions are waited for: with the waits of [`permission_delay`], about 65 minutes.
/// Azure documents up to 30 for a vault's identity, and an hour for the backup extension of a cluster.
const PERMISSION_WAITS: u32 = 36;

/// How many times is looked whether somebody has given the permissions: with the waits of [`administrator_delay`],
/// about a day. Then it ends as failed, and the sweep looks again.
const ADMINISTRATOR_WAITS: u32 = 29;

/// How many answers in a row may be unusable before a person should know; the sweep goes on trying.
const TROUBLES: u32 = 14;

/// How many times the world may turn out to be other than planned for.
const RESTARTS: u32 = 14;

/// How many looks a resource gets for one cause: with growing waits, more than a day.
const LOOKS: u32 = 300;

/// How often an operation is asked for before it is taken for lost: with the waits of [`poll_delay`], at least
/// 25 minutes. What it was to do shows when it is planned again.
const POLLS: u32 = 40;

/// How long Azure usually takes to make a resource.
const CREATION: Duration = Duration::from_secs(15);

/// Bounds of a wait.
const SOONEST: Duration = Duration::from_secs(1);
const LATEST: Duration = Duration::from_secs(3600);

/// Whether a look may have come to this because it began with what had been read before.
pub(super) fn is_doubtful(stand: &Result<Stand, AzureError>) -> bool {
    match stand {
        Ok(Stand::Permissions(_) | Stand::CannotAssign { .. } | Stand::Again { .. }) => true,
        Ok(
            Stand::Ended(_)
            | Stand::Pending { .. }
            | Stand::Passing { .. }
            | Stand::FullVault { .. }
            | Stand::RoleLimit { .. }
            | Stand::NotMade,
        )
        | Err(_) => is_end(stand),
    }
}

/// Whether nobody would look again.
pub(super) fn is_end(stand: &Result<Stand, AzureError>) -> bool {
    match stand {
        Ok(Stand::Ended(outcome)) => matches!(outcome, Outcome::Failed { .. }),
        Ok(Stand::CannotAssign { .. }) => true,
        // Without a reason, it may as well have been a value that no longer holds.
        Ok(Stand::Passing { retry, .. }) => *retry == Retry::Once,
        Err(error) => error.refusal().is_some_and(|refusal| may_be_stale(refusal.retry)),
        Ok(
            Stand::Pending { .. }
            | Stand::Permissions(_)
            | Stand::FullVault { .. }
            | Stand::RoleLimit { .. }
            | Stand::NotMade
            | Stand::Again { .. },
        ) => false,
    }
}

fn may_be_stale(retry: Retry) -> bool {
    match retry {
        Retry::Never | Retry::Once => true,
        Retry::Later | Retry::InHours => false,
    }
}

/// There is no room for a look now: the same item, later, as if nothing had been.
///
/// Nothing is written of it: in a burst, that would be as much work as the looks themselves.
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
    /// What a look came to, as the next message or as the end.
    pub(super) async fn conclude(&self, mut item: WorkItem, stand: Stand) -> Result<Next, StorageError> {
        let (waiting, after) = match stand {
            Stand::Ended(outcome) => return self.end(item, outcome).await,
            Stand::Pending { pending, after } => {
                let waiting = waiting_for(&pending);
                item.troubles = 0;
                if item.polls >= POLLS && has_operation(&pending) {
                    item.polls = 0;
                    item.pending = pending.announced_again();
                    return self.again(item, "an operation of Azure's does not end").await;
                }
                item.pending = Some(pending);
                item.polls += 1;
                (waiting, after.max(poll_delay(item.polls)))
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
                item.polls = 0;
                let after = permission_delay(item.permission_waits);
                item.permission_waits += 1;
                (Waiting::Permissions { message: refusal.message }, after)
            }
            Stand::CannotAssign { refusal, missing } => {
                let request = self.request(&item, &refusal, &missing).await?;
                if item.administrator_waits >= ADMINISTRATOR_WAITS {
                    return self.end(item, request.into()).await;
                }
                let after = administrator_delay(item.administrator_waits);
                item.administrator_waits += 1;
                (Waiting::Administrator(request), after)
            }
            Stand::Passing { retry, outcome, .. } if item.retries >= tries(retry) => {
                return self.end(item, outcome).await;
            }
            Stand::Passing { retry, outcome, pending } => {
                let after = retry_delay(retry, item.retries);
                item.retries += 1;
                item.polls = 0;
                item.pending = pending;
                (Waiting::Azure { message: reason(&outcome) }, spread(&item, after))
            }
            Stand::FullVault { outcome, .. } | Stand::RoleLimit { outcome } => {
                return self.end(item, outcome).await;
            }
            Stand::NotMade => (Waiting::Creation, CREATION),
            Stand::Again { because } => return self.again(item, &because).await,
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
        let patience = Duration::from_secs(u64::from(item.looks.saturating_pow(2) / 100));
        let after = after.max(patience).clamp(SOONEST, LATEST);
        Ok(Next::Later { item: Box::new(item), after })
    }

    /// Azure gave no usable answer: wait as it asks, or longer each time.
    pub(super) async fn trouble(&self, mut item: WorkItem, error: &AzureError) -> Result<Next, StorageError> {
        if let Some(stand) = passing(error, item.pending.clone()) {
            return self.conclude(item, stand).await;
        }
        // Being throttled is no trouble of this resource, and no look at it.
        let throttled = matches!(error, AzureError::Throttled { .. });
        item.troubles += u32::from(!throttled);
        item.looks -= u32::from(throttled);
        let (patient, after) = match error {
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
        let outcome = outcome.with_note(item.note.as_deref());
        self.tell(&item, Told::Ended { outcome: outcome.clone() }).await?;
        if item.after_hold && !matches!(outcome, Outcome::Failed { .. }) {
            self.settle_holds(&item).await?;
        }
        Ok(Next::Done(outcome))
    }

    /// Writes an entry into the ledger.
    pub(super) async fn tell(&self, item: &WorkItem, told: Told) -> Result<(), StorageError> {
        self.ledger.record(item.into(), item.at, &told).await.map(drop)
    }
}

/// A refusal of any call that may pass; one that is a matter of what exists is planned again sooner.
fn passing(error: &AzureError, pending: Option<Pending>) -> Option<Stand> {
    let refusal: &Refusal = error.refusal().filter(|refusal| !matches!(refusal.status, 404 | 409))?;
    let retry = refusal.retry;
    let outcome = Outcome::Failed {
        code: refusal.code.clone(),
        message: error.to_string(),
        way_out: refusal.way_out(),
    };
    (retry != Retry::Never).then_some(Stand::Passing { retry, outcome, pending })
}

fn reason(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed { code, message, .. } => format!("{message} ({code})"),
        other => other.word().to_owned(),
    }
}

/// How many later tries a refusal that may pass is worth: with the waits of [`retry_delay`], about a day.
fn tries(retry: Retry) -> u32 {
    match retry {
        Retry::Never => 0,
        Retry::Once => 1,
        Retry::Later => ADMINISTRATOR_WAITS,
        Retry::InHours => 24,
    }
}

/// 1, 2, 4 minutes and so on, up to every hour; every hour at once where Azure speaks of hours.
fn retry_delay(retry: Retry, retries: u32) -> Duration {
    match retry {
        Retry::Never | Retry::Once | Retry::Later => administrator_delay(retries),
        Retry::InHours => LATEST,
    }
}

fn waiting_for(pending: &Pending) -> Waiting {
    match pending {
        Pending::Validation { .. } | Pending::MoveValidation { .. } | Pending::Propagation { .. } => {
            Waiting::Validation
        }
        Pending::Configuration { .. } | Pending::Settling { .. } => Waiting::Configuration,
        Pending::Vault { .. } | Pending::Preparing { .. } => Waiting::Vault,
        Pending::Moving { .. }
        | Pending::Undelete { .. }
        | Pending::Undeleting { .. }
        | Pending::Alteration { .. } => Waiting::Change,
    }
}

fn way_out_of(error: &AzureError) -> String {
    match error {
        AzureError::Refused { refusal, .. } if refusal.status == 403 => {
            "give the function app's identity the roles that infra/README.md lists, on the scope that Azure names".to_owned()
        }
        AzureError::Refused { refusal, .. }
            if refusal.advice.is_some() || !refusal.recommended_action.is_empty() =>
        {
            refusal.way_out()
        }
        AzureError::Unauthenticated { .. } => "check HOLDFAST_CREDENTIAL and the identity of the function app".to_owned(),
        AzureError::Refused { .. }
        | AzureError::Throttled { .. }
        | AzureError::Unavailable { .. }
        | AzureError::Unreadable { .. }
        | AzureError::Unsendable { .. } => "the next sweep tries again".to_owned(),
    }
}

/// Whether there is an operation that could be lost; an instance that is being configured is waited for.
fn has_operation(pending: &Pending) -> bool {
    match pending {
        Pending::Validation { .. }
        | Pending::Configuration { .. }
        | Pending::MoveValidation { .. }
        | Pending::Moving { .. }
        | Pending::Preparing { .. }
        | Pending::Vault { .. }
        | Pending::Undeleting { .. }
        | Pending::Alteration { .. } => true,
        Pending::Propagation { .. } | Pending::Undelete { .. } | Pending::Settling { .. } => false,
    }
}

/// As Azure asks at first, then every half minute, then every minute.
fn poll_delay(polls: u32) -> Duration {
    Duration::from_secs(match polls {
        0..=10 => 0,
        11..=20 => 30,
        _ => 60,
    })
}

/// 15 s, and half as much again each time, up to 2 minutes.
///
/// What is waited too long after the roles count is at most a third of the whole; an asking costs two calls.
fn permission_delay(waits: u32) -> Duration {
    let grown = 15.0 * 1.5_f64.powi(waits.min(10).cast_signed());
    Duration::from_secs(grown.min(120.0).round() as u64)
}

/// 1, 2, 4 minutes and so on, up to every hour.
fn administrator_delay(waits: u32) -> Duration {
    Duration::from_secs((60 << waits.min(6)).min(3600))
}

/// 2 s, 4 s, … up to 10 minutes.
fn trouble_delay(troubles: u32) -> Duration {
    Duration::from_secs((1 << troubles.min(10)).min(600))
}

/// A wait and up to half as much again, by resource: those that were sent away together do not come back together.
fn spread(item: &WorkItem, after: Duration) -> Duration {
    let mut hasher = DefaultHasher::new();
    (item.resource.key(), item.looks, item.troubles).hash(&mut hasher);
    let share = (hasher.finish() % 1000) as f64 / 1000.0;
    after + (after / 2).max(SOONEST).mul_f64(share)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;
    use crate::work::Cause;

    #[test]
    fn a_thousand_that_are_sent_away_together_do_not_return_together() {
        let mut returns: BTreeMap<u64, u32> = BTreeMap::new();
        for n in 0..1000 {
            let id = format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d{n}");
            let item =
                WorkItem::new(id.parse().unwrap(), Cause::Sweep, "2026-01-14T09:26:53Z".parse().unwrap());
            let after = spread(&item, Duration::from_secs(60));
            assert!((60..=90).contains(&after.as_secs()), "{after:?}");
            *returns.entry(after.as_secs()).or_default() += 1;
        }
        let most = returns.values().max().unwrap();
        assert!(returns.len() >= 29 && *most < 70, "{returns:?}");
    }

    fn permissions() -> Duration {
        (0..PERMISSION_WAITS).map(permission_delay).sum()
    }

    #[test]
    fn permissions_are_waited_for_longer_than_azure_documents() {
        let all = permissions();
        assert!(all > Duration::from_secs(60 * 60), "{all:?}");
    }

    #[test]
    fn the_documents_name_the_waits_as_they_are() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let words = |file: &str| {
            let text = std::fs::read_to_string(root.join(file)).unwrap();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let minutes = |all: Duration| all.as_secs() / 60;
        let permissions = format!("for {} minutes", minutes(permissions()));
        let polls: Duration = (0..=POLLS).map(poll_delay).sum();
        for (file, said) in [
            ("docs/faults.md", permissions.clone()),
            ("ARCHITECTURE.md", permissions),
            ("docs/faults.md", format!("given up after {POLLS} askings")),
            ("ARCHITECTURE.md", format!("after {POLLS} askings in at least {} minutes", minutes(polls))),
            ("ARCHITECTURE.md", format!("for more than {LOOKS} looks")),
        ] {
            assert!(words(file).contains(&said), "{file} does not say `{said}`");
        }
    }
}

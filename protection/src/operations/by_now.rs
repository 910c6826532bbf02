//! Endings that Holdfast asked for, looked at once more before each of their calls: a person agrees days later, and a
//! resource guard keeps what was agreed to out for days again.

use std::time::Duration;

use holdfast_evaluator::{End, OperationKind, Outcome};
use jiff::Timestamp;

use super::advance::Step;
use super::guarded;
use super::held::HOLDFAST;
use super::history::History;
use super::refusal::failure;
use super::validation::since;
use super::{OperationError, OperationStatus, Operations, Stage};
use crate::AzureError;
use crate::decide::Decided;

/// How long to wait before rules that cannot say are asked again.
const NOT_KNOWN: Duration = Duration::from_secs(60);

/// For how long a call that nobody heard of again may still take effect in Azure.
const TAKES_EFFECT: Duration = Duration::from_secs(3600);

/// What there is to do where an ending is given up.
const TO_END: &str =
    "nothing is to be done; to end it all the same, ask for it with `POST /api/protection/stop`";

/// What the rules say by now of a resource whose protection we asked to end.
pub(super) enum ByNow {
    /// It is still to end.
    Ends,
    /// They protect it again.
    Protected,
    /// `[ending]` leaves it.
    Left,
    /// `[ending]` keeps more of its backups than the operation would.
    Milder,
    /// They are not asked about it: no workload is known that it would be protected as.
    NotAsked,
    /// The rule set leaves its instance to the tool that made it.
    Foreign,
    /// The rules for operations deny it, and this is why.
    Denied(String),
    /// They cannot say, and this is why: the resource is being made or changed or may not be read, or a rule fails.
    NotKnown(String),
}

impl ByNow {
    /// What to do instead of the call that ends it; none where that is to be made.
    ///
    /// Rules that cannot say are waited for as long as the owner of a guard is.
    fn instead(&self, history: &History, now: Timestamp) -> Option<Step> {
        let over = |code: &str, message: &str| Some(Step::Over(failure(code, message, TO_END)));
        match self {
            Self::Ends => None,
            Self::Protected => over(
                "ProtectedAgain",
                "the rules protect the resource by now, so its protection was not ended",
            ),
            Self::Left => over(
                "EndingLeft",
                "`[ending]` of the rule set leaves the protection by now, so it was not ended",
            ),
            Self::Milder => over(
                "EndingLeft",
                "`[ending]` of the rule set keeps more of the backups by now, so it was not ended like this",
            ),
            Self::NotAsked => over(
                "EndingLeft",
                "the rules are not asked about it by now, as nothing would protect it, so it was not ended",
            ),
            Self::Foreign => over(
                "EndingLeft",
                "by now the rule set leaves what other tools protect, as this is, so it was not ended",
            ),
            Self::Denied(why) => Some(Step::Over(failure(
                "EndingDenied",
                format!("the rules for operations deny it by now, so it was not ended: {why}"),
                "its backups are kept; change the rules for operations, or `[ending]` of the rule set",
            ))),
            Self::NotKnown(why) if now >= guarded::until(history) => Some(Step::Over(failure(
                "EndingNotKnown",
                format!("for a week the rules could not say whether this protection is still to end: {why}"),
                "see to that; where they want it to end then, it is asked for again",
            ))),
            Self::NotKnown(_) => Some(Step::Wait(OperationStatus::Running { job: None }, NOT_KNOWN)),
        }
    }
}

impl Operations {
    /// Claims a call and makes it, unless Holdfast asked for it and it is not wanted any more.
    ///
    /// Azure has surely not taken an earlier attempt, or nothing shows that it did.
    pub(super) async fn claim_if_wanted(
        &self,
        history: &History,
        at: usize,
        attempt: usize,
        stage: &Stage,
        now: Timestamp,
    ) -> Result<Step, OperationError> {
        match self.instead_of_a_call(history, attempt, now).await? {
            Some(step) => Ok(step),
            None => self.claim(history, at, attempt, stage, now).await,
        }
    }

    /// Whether a call that nobody heard of again, and that is not wanted any more, may still end the protection: what
    /// goes on finds that and takes it back, and what is given up does not.
    pub(super) async fn may_still_end(
        &self,
        history: &History,
        claimed: Timestamp,
        now: Timestamp,
    ) -> Result<bool, OperationError> {
        Ok(since(claimed, now) < TAKES_EFFECT && self.instead_of_a_call(history, 1, now).await?.is_some())
    }

    /// What to do instead of a call that is not wanted any more; none where it is to be made.
    async fn instead_of_a_call(
        &self,
        history: &History,
        attempt: usize,
        now: Timestamp,
    ) -> Result<Option<Step>, OperationError> {
        // Before the first one, that was looked at with the first write.
        if attempt > 0
            && let Some(status) = self.held_against_us(history, now).await?
        {
            return Ok(Some(Step::Over(status)));
        }
        Ok(Box::pin(self.wanted_by_now(history, now)).await?.instead(history, now))
    }

    /// What the rules say by now of a resource whose protection we asked to end.
    pub(super) async fn decided_by_now(
        &self,
        history: &History,
        now: Timestamp,
    ) -> Result<ByNow, AzureError> {
        if !is_ending_of_ours(history) {
            return Ok(ByNow::Ends);
        }
        let decided = self.decided(history.asked.target(), now).await;
        decided.map_or_else(not_known, |decided| Ok(self.said_by(&decided, history)))
    }

    /// The same, and what the rules for operations say of an ending that is decided so still.
    async fn wanted_by_now(&self, history: &History, now: Timestamp) -> Result<ByNow, AzureError> {
        if !is_ending_of_ours(history) {
            return Ok(ByNow::Ends);
        }
        let decided = match self.decided(history.asked.target(), now).await {
            Ok(decided) => decided,
            Err(error) => return not_known(error),
        };
        match (self.said_by(&decided, history), decided.ending_cause()) {
            (ByNow::Ends, Some(cause)) => {
                self.ruled_by_now(history, &decided, cause, now).await.or_else(not_known)
            }
            (by_now, _) => Ok(by_now),
        }
    }

    fn said_by(&self, decided: &Decided, history: &History) -> ByNow {
        if let Some(cause) = decided.ending_cause() {
            // What was to be deleted for one cause may be there for another by now, for which it is kept.
            let end = self.evaluator.rule_set().allowances().ending.of(cause);
            return match end {
                End::Leave => ByNow::Left,
                end if is_milder(end, history.asked.operation.kind()) => ByNow::Milder,
                End::Retain | End::Suspend | End::Delete => ByNow::Ends,
            };
        }
        match decided {
            Decided::ByRules { decision, .. } => match &decision.outcome {
                Outcome::Protect { .. } => ByNow::Protected,
                Outcome::Hold { reason } => ByNow::NotKnown(reason.clone()),
                Outcome::Exclude { .. } | Outcome::NotCovered => ByNow::Ends,
            },
            // Of what is gone, that is the cause.
            Decided::NotAsked(_) => ByNow::NotAsked,
            Decided::NotReady => ByNow::NotKnown("the resource is being made or changed".to_owned()),
        }
    }
}

/// Whether it ends a protection and Holdfast asked for it: what else it asks for, such as a backup that failed,
/// protects.
fn is_ending_of_ours(history: &History) -> bool {
    history.asked.by.id == HOLDFAST && history.asked.operation.ends_protection()
}

/// What Azure refuses to tell is not known, for another try may be refused as well.
fn not_known(error: AzureError) -> Result<ByNow, AzureError> {
    match error {
        AzureError::Refused { refusal, .. } => {
            Ok(ByNow::NotKnown(format!("{}: {}", refusal.code, refusal.message)))
        }
        error => Err(error),
    }
}

/// Whether an end leaves more of the backups than an operation does.
fn is_milder(end: End, operation: OperationKind) -> bool {
    match end {
        End::Leave => true,
        End::Retain => operation != OperationKind::StopAndRetain,
        End::Suspend => operation == OperationKind::StopAndDelete,
        End::Delete => false,
    }
}

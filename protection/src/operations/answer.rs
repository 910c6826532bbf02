//! Approval: a second person's word, once and for all.

use futures::{StreamExt, stream};
use holdfast_evaluator::Caller;
use jiff::Timestamp;

use super::approver::{is_same_caller, nobody_can_approve};
use super::ask::approval;
use super::list::{AT_ONCE, or_note};
use super::records::{self, Mark};
use super::withdrawn;
use super::{Answer, Operation, OperationError, OperationId, OperationPage, OperationStatus, Operations};
use crate::ports::Written;

/// The id of every caller whose function key has no name.
pub const ANY_KEY: &str = "function-key";

impl Operations {
    /// A second person approves or refuses; approving carries it out. Of two answers the first counts.
    pub async fn answer(&self, id: OperationId, answer: Answer) -> Result<Operation, OperationError> {
        let history = self.history(id).await?;
        let now = answer.at;
        let Some((roles, until)) = approval(&history.asked) else {
            return Err(refused("NothingToApprove", format!("operation `{id}` needs no approval")));
        };
        if history.ended.is_some() || history.answer.is_some() || now > until {
            // Writes the end of one that nobody answered in time.
            let known = self.advance(id, now).await?;
            let said = match known.status.withdrawn() {
                Some(why) => format!("was withdrawn, so nobody has to answer: {why}"),
                None => word(&known.status).to_owned(),
            };
            return Err(refused("AnsweredAlready", format!("operation `{id}` {said}")));
        }
        may_answer(&history.asked.by, &answer.by, &roles)?;
        // First, as when asking: work that begins long after the asking is found where the index is read.
        self.mark(id, Mark::Open, now).await?;
        let path = records::answered(id);
        // Storage may have taken the answer and been asked once more, because nobody heard of it.
        let is_ours = self.write(path.clone(), &answer).await? == Written::New
            || self.read::<Answer>(&path).await?.as_ref() == Some(&answer);
        if !is_ours {
            return Err(refused(
                "AnsweredAlready",
                format!("operation `{id}` was answered already; see its answer"),
            ));
        }
        self.advance(id, now).await
    }

    /// Operations that wait for a second person, the most urgent first, all on one page.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be asked.
    pub async fn awaiting_approval(&self, now: Timestamp) -> Result<OperationPage, OperationError> {
        let mut waiting = OperationPage::default();
        let ids = withdrawn::awaited(self.ledger.as_ref(), now).await?;
        let show = |id| async move { (id, self.show(id, now).await) };
        let mut shows = stream::iter(ids).map(show).buffered(AT_ONCE);
        while let Some((id, shown)) = shows.next().await {
            let shown = match shown {
                Err(OperationError::Unknown(_)) => continue,
                shown => or_note(id, shown, &mut waiting.unread)?,
            };
            let waits = |one: &Operation| matches!(one.status, OperationStatus::AwaitsApproval { .. });
            waiting.operations.extend(shown.filter(waits));
        }
        Ok(waiting)
    }
}

/// Whether this person may answer: surely not the one who asked, and with one of the roles.
fn may_answer(asker: &Caller, person: &Caller, roles: &[String]) -> Result<(), OperationError> {
    if is_same_caller(&person.id, &asker.id) {
        return Err(refused(
            "SecondPersonNeeded",
            format!("`{}` asked for this operation; another person has to answer", asker.name),
        ));
    }
    if person.id == ANY_KEY {
        return Err(refused(
            "SecondPersonNeeded",
            format!(
                "{} may be anybody, and so the one who asked, too; answer with a function key that has a name, or with a token",
                person.name
            ),
        ));
    }
    let held = |role: &String| person.roles.iter().any(|held| held.eq_ignore_ascii_case(role));
    if !roles.iter().any(held) {
        let next = match nobody_can_approve(roles) {
            Some(nobody) => nobody.to_string(),
            None => "ask somebody who has one".to_owned(),
        };
        return Err(refused(
            "RoleMissing",
            format!(
                "`{}` has none of the roles that may answer: {}; {next}",
                person.name,
                roles.join(" or ")
            ),
        ));
    }
    Ok(())
}

fn refused(code: &'static str, message: String) -> OperationError {
    OperationError::NotAnswerable { code, message }
}

fn word(status: &OperationStatus) -> &'static str {
    match status {
        OperationStatus::Denied { .. } => "was denied by the rules for operations",
        OperationStatus::Rejected { .. } => "was refused before",
        OperationStatus::Expired => "was not approved in time; ask for it again",
        OperationStatus::AwaitsApproval { .. } => "awaits approval",
        OperationStatus::Validating
        | OperationStatus::AwaitsPermissions { .. }
        | OperationStatus::Running { .. }
        | OperationStatus::AwaitsGuard { .. }
        | OperationStatus::Validated { .. }
        | OperationStatus::Succeeded { .. }
        | OperationStatus::Failed { .. } => "was approved before",
    }
}

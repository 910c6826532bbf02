//! Endings that wait for a person and that nobody wants any more: Holdfast takes back what it asked for itself.
//!
//! To withdraw is to answer: one document holds the answer, so either a person's approval counts or the withdrawal,
//! never both. What a person asked for is never withdrawn.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::ask::approval;
use super::by_now::ByNow;
use super::guarded;
use super::held::{HOLDFAST, body, holdfast};
use super::history::History;
use super::records;
use super::{Answer, Asked, OperationError, OperationId, OperationStatus, Operations};
use crate::digest;
use crate::ledger::{self, About, Entry};
use crate::ports::{Ledger, StorageError, Written};

/// Why an ending is withdrawn whose resource is protected again.
pub(crate) const PROTECTED: &str = "the rules protect the resource again, so its protection is not to end";

/// How long what was approved in time may take: an approval is looked for that much longer than it is waited for. The owner
/// of a guard may be waited for first.
const CARRYING_OUT: SignedDuration = SignedDuration::from_hours(guarded::LONGEST_WAIT.as_hours() + 24);

/// How much older than the asking the event may be of which somebody was told after it.
const LATE: SignedDuration = SignedDuration::from_hours(1);

impl Answer {
    /// Whether Holdfast itself gave it: it does not want any more what it had asked for.
    pub fn withdraws(&self) -> bool {
        !self.approved && self.by.id == HOLDFAST
    }
}

impl OperationStatus {
    /// Why Holdfast took back what it had asked for, if it did.
    pub fn withdrawn(&self) -> Option<&str> {
        let Self::Rejected { by, why } = self else { return None };
        (by.id == HOLDFAST).then(|| why.as_deref().unwrap_or_default())
    }
}

/// What became of an ending that was to be withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Withdrawal {
    /// It waits for nobody, now or before.
    Over,
    /// A person was quicker to approve it, and it is being carried out.
    Approved,
}

/// Pointer to what waits for a person about a target, by the time until which it does.
pub(super) fn waiting(target: About<'_>, id: OperationId, until: Timestamp) -> String {
    format!("{}{}-{id}.json", folder(target), time(until))
}

fn folder(target: About<'_>) -> String {
    format!("endings/of/{}/", digest::of(&json!([target.resource.key(), target.workload])))
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// What waits for a person at a moment, whoever asked for it, each once: one listing.
///
/// Whoever died before it was written, or was slower to write it, has left a pointer with a time of its own.
pub(crate) async fn awaited(ledger: &dyn Ledger, now: Timestamp) -> Result<Vec<OperationId>, StorageError> {
    let bound = time(now);
    let pointers = ledger.list(records::APPROVALS).await?.into_iter();
    let in_time = pointers
        .filter(|path| path.strip_prefix(records::APPROVALS).is_some_and(|until| until >= bound.as_str()));
    let mut known = BTreeSet::new();
    let waiting = in_time.filter_map(|path| OperationId::of_pointer(&path));
    Ok(waiting.filter(|id| known.insert(*id)).collect())
}

/// A document in its form; none where there is none, or where another version wrote it: nobody acts on what cannot be
/// read, and it keeps nobody from what can.
async fn readable<T: DeserializeOwned>(ledger: &dyn Ledger, path: &str) -> Result<Option<T>, StorageError> {
    Ok(ledger.read(path).await?.and_then(|body| ledger::read(body).ok()))
}

/// An operation, if it is an ending that Holdfast asked for and that nobody has answered.
pub(crate) async fn ending(ledger: &dyn Ledger, id: OperationId) -> Result<Option<Asked>, StorageError> {
    let Some(asked) = readable::<Asked>(ledger, &records::asked(id)).await? else { return Ok(None) };
    if asked.by.id != HOLDFAST || !asked.operation.ends_protection() {
        return Ok(None);
    }
    let is_answered = ledger.read(&records::answered(id)).await?.is_some();
    Ok((!is_answered).then_some(asked))
}

/// Withdraws every ending of a target that waits for a person, but for `kept`. Gives those that a person was quicker to
/// approve and that are being carried out.
///
/// Costs a listing, and a read or two for each that was asked for and whose time is not long over. Done again, it finds
/// what was written and adds nothing.
pub(crate) async fn withdraw_others(
    ledger: &dyn Ledger,
    target: About<'_>,
    kept: Option<OperationId>,
    why: &str,
    now: Timestamp,
) -> Result<Vec<Asked>, StorageError> {
    let folder = folder(target);
    let bound = time(now.checked_sub(CARRYING_OUT).unwrap_or(now));
    let mut approved = Vec::new();
    for path in ledger.list(&folder).await? {
        let is_late = path.strip_prefix(folder.as_str()).is_none_or(|name| name < bound.as_str());
        let Some(id) = OperationId::of_pointer(&path).filter(|id| !is_late && kept != Some(*id)) else {
            continue;
        };
        if withdraw(ledger, id, why, now).await? == Withdrawal::Approved {
            approved.extend(ledger.document::<Asked>(&records::asked(id)).await?);
        }
    }
    Ok(approved)
}

/// Withdraws one, unless it was answered before.
pub(crate) async fn withdraw(
    ledger: &dyn Ledger,
    id: OperationId,
    why: &str,
    now: Timestamp,
) -> Result<Withdrawal, StorageError> {
    let path = records::answered(id);
    if let Some(answer) = readable::<Answer>(ledger, &path).await? {
        return what_became(ledger, id, &answer).await;
    }
    // The pointer is written first, and its writer may have died, or is about to look whether the rules still want it.
    let Some(asked) = readable::<Asked>(ledger, &records::asked(id)).await? else {
        return Ok(Withdrawal::Over);
    };
    let waits = approval(&asked).is_some_and(|(_, until)| now <= until);
    if asked.by.id != HOLDFAST || !waits {
        return Ok(Withdrawal::Over);
    }
    let answer = Answer { approved: false, by: holdfast(), at: now, why: Some(why.to_owned()) };
    if ledger.append(&Entry::of(path.clone(), &body(id, &answer)?)).await? == Written::New {
        return Ok(Withdrawal::Over);
    }
    match readable::<Answer>(ledger, &path).await? {
        Some(answer) => what_became(ledger, id, &answer).await,
        None => Ok(Withdrawal::Over),
    }
}

async fn what_became(
    ledger: &dyn Ledger,
    id: OperationId,
    answer: &Answer,
) -> Result<Withdrawal, StorageError> {
    let is_over = !answer.approved || ledger.read(&records::ended(id)).await?.is_some();
    Ok(if is_over { Withdrawal::Over } else { Withdrawal::Approved })
}

impl Operations {
    /// Withdraws an ending that waits for a person, where a pass has found its resource protected again and the rules
    /// still say so. Gives whether it is answered since.
    ///
    /// A pass that an event asks for lists nothing for that, so that events of what is protected stay cheap.
    pub(super) async fn withdraw_if_vain(
        &self,
        history: &History,
        now: Timestamp,
    ) -> Result<bool, OperationError> {
        let History { asked, answer, .. } = history;
        let waits = answer.is_none() && approval(asked).is_some_and(|(_, until)| now <= until);
        if !waits || asked.by.id != HOLDFAST || !asked.operation.ends_protection() {
            return Ok(false);
        }
        if !self.was_found_protected(asked, now).await? {
            return Ok(false);
        }
        // It goes on waiting where the rules cannot be asked, and is looked at again.
        if !matches!(self.decided_by_now(history, now).await, Ok(ByNow::Protected)) {
            return Ok(false);
        }
        withdraw(self.ledger.as_ref(), asked.id, PROTECTED, now).await?;
        Ok(true)
    }

    /// Whether the last pass over its target found that protected, and not to be ended.
    async fn was_found_protected(&self, asked: &Asked, now: Timestamp) -> Result<bool, StorageError> {
        let since = asked.at.checked_sub(LATE).unwrap_or(asked.at);
        let paths = self.ledger.list(&ledger::prefix_since(&asked.resource, (since, now))).await?;
        let last = |words: [&str; 2]| {
            let times = paths.iter().flat_map(|path| {
                words.into_iter().filter_map(move |word| ledger::time_in(path, asked.target(), word))
            });
            times.max()
        };
        let protected = last(["-3-ended-protected-", "-3-ended-left-alone-"]);
        Ok(protected > last(["-3-ended-held-", "-3-ended-unprotected-"]))
    }
}

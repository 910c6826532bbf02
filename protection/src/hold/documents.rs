//! The documents of a target's holds, and which hold is in force.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_evaluator::Caller;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Hold, index};
use crate::ResourceId;
use crate::ledger::{About, Entry};
use crate::operation_id::OperationId;
use crate::ports::{Ledger, StorageError};

/// A hold with its place among those of its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// The hold.
    pub hold: Hold,
    /// How far it is.
    pub phase: Phase,
    number: usize,
}

/// How far a hold is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It is heeded.
    InForce,
    /// It was ended or its date has passed, and the rules were not followed since.
    Over,
}

/// How a hold ended before its date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct End {
    /// When.
    pub at: Timestamp,
    /// The operation that ended it: a later act, or its own that came to nothing.
    pub operation: OperationId,
    /// Who.
    pub by: Caller,
}

/// What a document says of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    Taken,
    Ended,
    Settled,
}

impl Mark {
    const ALL: [Self; 3] = [Self::Taken, Self::Ended, Self::Settled];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Ended => "ended",
            Self::Settled => "settled",
        }
    }

    /// A name without its mark, and the mark.
    pub(super) fn split(name: &str) -> Option<(&str, Self)> {
        let name = name.strip_suffix(".json")?;
        let (stem, word) = name.rsplit_once('-')?;
        let mark = Self::ALL.into_iter().find(|mark| mark.as_str() == word)?;
        Some((stem, mark))
    }
}

/// The holds of a target that the ledger lists.
#[derive(Debug, Default)]
struct Known {
    /// By number and operation, with what was written of each.
    holds: BTreeMap<(usize, OperationId), Vec<Mark>>,
}

impl Known {
    fn of(paths: &[String], folder: &str) -> Self {
        let mut known = Self::default();
        for path in paths {
            let Some((stem, mark)) = path.strip_prefix(folder).and_then(Mark::split) else { continue };
            let Some((number, operation)) = stem.split_once('-') else { continue };
            if let (Ok(number), Ok(operation)) = (number.parse(), operation.parse()) {
                known.holds.entry((number, operation)).or_default().push(mark);
            }
        }
        known
    }

    /// Those that were taken and not settled, the last first.
    fn unsettled(&self) -> impl Iterator<Item = (usize, OperationId, bool)> {
        let open = |marks: &Vec<Mark>| marks.contains(&Mark::Taken) && !marks.contains(&Mark::Settled);
        let unsettled = self.holds.iter().rev().filter(move |(_, marks)| open(marks));
        unsettled.map(|((number, operation), marks)| (*number, *operation, marks.contains(&Mark::Ended)))
    }
}

fn folder(target: About<'_>) -> String {
    let of = format!("holds/of{}/", target.resource.key());
    target.workload.map_or_else(|| of.clone(), |workload| format!("{of}{workload}/"))
}

fn path(target: About<'_>, number: usize, operation: OperationId, mark: Mark) -> String {
    path_in(&folder(target), number, operation, mark)
}

fn path_in(folder: &str, number: usize, operation: OperationId, mark: Mark) -> String {
    format!("{folder}{number:06}-{operation}-{}.json", mark.as_str())
}

/// The hold of a target that is in force, or else the last that is over and not settled.
pub async fn find(
    ledger: &dyn Ledger,
    target: About<'_>,
    now: Timestamp,
) -> Result<Option<Numbered>, StorageError> {
    let folder = folder(target);
    last_in(ledger, &folder, &ledger.list(&folder).await?, now).await
}

/// Holds as far as they could be read.
#[derive(Debug, Default)]
pub struct ReadableHolds {
    /// Those that could be read.
    pub holds: Vec<Hold>,
    /// Where there may be more: the folder in the ledger, and why it could not be read.
    pub unread: Vec<(String, StorageError)>,
}

/// The holds in force of a resource: its own, those of its other workloads, and those of what lies in it, such as the
/// databases of a machine. To be shown, and for nothing else: a hold that cannot be read is told, and hides no other.
pub async fn within(
    ledger: &dyn Ledger,
    resource: &ResourceId,
    now: Timestamp,
) -> Result<ReadableHolds, StorageError> {
    let paths = ledger.list(&folder(resource.into())).await?;
    let folder_of = |path: &String| path.rsplit_once('/').map(|(folder, _)| format!("{folder}/"));
    let folders: BTreeSet<String> = paths.iter().filter_map(folder_of).collect();
    let mut found = ReadableHolds::default();
    for folder in folders {
        match last_in(ledger, &folder, &paths, now).await {
            Ok(last) => {
                let in_force = last.filter(|last| last.phase == Phase::InForce);
                found.holds.extend(in_force.map(|last| last.hold));
            }
            Err(why) => found.unread.push((folder, why)),
        }
    }
    Ok(found)
}

async fn last_in(
    ledger: &dyn Ledger,
    folder: &str,
    paths: &[String],
    now: Timestamp,
) -> Result<Option<Numbered>, StorageError> {
    let known = Known::of(paths, folder);
    let mut over = None;
    for (number, operation, is_ended) in known.unsettled() {
        if is_ended && over.is_some() {
            continue;
        }
        let taken = path_in(folder, number, operation, Mark::Taken);
        let Some(hold) = ledger.document::<Hold>(&taken).await? else { continue };
        let phase = if is_ended || hold.until <= now { Phase::Over } else { Phase::InForce };
        let found = Numbered { hold, phase, number };
        match (phase, is_ended) {
            (Phase::InForce, _) => return Ok(Some(found)),
            // What came before this one was replaced by it, and its own time is over.
            (Phase::Over, false) => return Ok(over.or(Some(found))),
            (Phase::Over, true) => over = over.or(Some(found)),
        }
    }
    Ok(over)
}

/// The hold that an operation has taken, if it is neither ended nor settled.
pub async fn taken_by(
    ledger: &dyn Ledger,
    target: About<'_>,
    operation: OperationId,
) -> Result<Option<Numbered>, StorageError> {
    let folder = folder(target);
    let known = Known::of(&ledger.list(&folder).await?, &folder);
    let own = known.unsettled().find(|(_, by, is_ended)| *by == operation && !is_ended);
    let Some((number, ..)) = own else { return Ok(None) };
    let hold = ledger.document::<Hold>(&path(target, number, operation, Mark::Taken)).await?;
    Ok(hold.map(|hold| Numbered { hold, phase: Phase::InForce, number }))
}

/// Takes a hold. An operation takes one, however often it asks.
pub async fn take(ledger: &dyn Ledger, hold: &Hold) -> Result<(), StorageError> {
    let folder = folder(hold.target());
    let known = Known::of(&ledger.list(&folder).await?, &folder);
    let (number, is_new) = match known.holds.keys().find(|(_, by)| *by == hold.operation) {
        Some((number, _)) => (*number, false),
        None => (known.holds.keys().next_back().map_or(0, |(number, _)| number + 1), true),
    };
    let taken = path(hold.target(), number, hold.operation, Mark::Taken);
    if is_new {
        let body = serde_json::to_value(hold).map_err(|error| unwritable(&taken, &error))?;
        ledger.append(&Entry::of(taken.clone(), &body)).await?;
    }
    // The pointer last, and again: the process that took the hold may have died before it was written. A pointer to nothing would
    // have the sweep leave alone what nobody holds.
    match ledger.document::<Hold>(&taken).await? {
        Some(recorded) => ledger.append(&index::pointer(&recorded, &taken, Mark::Taken)).await.map(drop),
        None => Ok(()),
    }
}

/// Ends a hold before its date.
pub async fn end(ledger: &dyn Ledger, held: &Numbered, end: &End) -> Result<(), StorageError> {
    mark(ledger, held, Mark::Ended, end).await
}

/// Ends every hold of a target that was taken before `begun`, but that of the operation itself.
///
/// What was taken later is the word of somebody who came later.
pub async fn end_all_before(
    ledger: &dyn Ledger,
    target: About<'_>,
    begun: Timestamp,
    end: &End,
) -> Result<(), StorageError> {
    let folder = folder(target);
    let known = Known::of(&ledger.list(&folder).await?, &folder);
    for (number, operation, is_ended) in known.unsettled() {
        if is_ended || operation == end.operation {
            continue;
        }
        let Some(hold) = ledger.document::<Hold>(&path(target, number, operation, Mark::Taken)).await? else {
            continue;
        };
        if hold.since <= begun {
            let held = Numbered { hold, phase: Phase::Over, number };
            mark(ledger, &held, Mark::Ended, end).await?;
        }
    }
    Ok(())
}

/// The rules were followed after the holds of a target were over: nothing more has to be done because of them.
pub async fn settle(ledger: &dyn Ledger, target: About<'_>, now: Timestamp) -> Result<(), StorageError> {
    #[derive(Serialize)]
    struct Settled {
        at: Timestamp,
    }
    let folder = folder(target);
    let known = Known::of(&ledger.list(&folder).await?, &folder);
    for (number, operation, is_ended) in known.unsettled() {
        let Some(hold) = ledger.document::<Hold>(&path(target, number, operation, Mark::Taken)).await? else {
            continue;
        };
        if is_ended || hold.until <= now {
            let held = Numbered { hold, phase: Phase::Over, number };
            mark(ledger, &held, Mark::Settled, &Settled { at: now }).await?;
        }
    }
    Ok(())
}

async fn mark(
    ledger: &dyn Ledger,
    held: &Numbered,
    mark: Mark,
    document: &impl Serialize,
) -> Result<(), StorageError> {
    let Numbered { hold, number, .. } = held;
    let path = path(hold.target(), *number, hold.operation, mark);
    let body = serde_json::to_value(document).map_err(|error| unwritable(&path, &error))?;
    // The pointer first: who died before the document was written does all of it again. A document without its pointer would
    // be taken for done, and the index would show the hold in force up to its date.
    ledger.append(&index::pointer(hold, &path, mark)).await?;
    ledger.append(&Entry::of(path, &body)).await.map(drop)
}

fn unwritable(path: &str, error: &serde_json::Error) -> StorageError {
    StorageError { action: format!("write `{path}`"), detail: error.to_string() }
}

//! The index of holds by their date: which targets are held, and whose hold is over.

use std::collections::{BTreeMap, HashSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::documents::Mark;
use super::{Act, Hold, HoldDays};
use crate::ledger::{About, Entry, TargetId};
use crate::ports::{Ledger, StorageError};
use crate::{ResourceId, Workload};

/// How long after its date a hold is still looked for that no reconcile pass has settled.
const LATE: SignedDuration = SignedDuration::from_hours(60 * 24);

/// The holds that matter to a sweep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenHolds {
    /// Digests of the targets that are held as they are.
    left_alone: HashSet<String>,
    /// Targets whose hold is over, and where the rules were not followed since.
    pub over: Vec<TargetId>,
}

impl OpenHolds {
    /// Whether a target is held as it is: a reconcile pass would change nothing.
    pub fn leave_alone<'a>(&self, target: impl Into<About<'a>>) -> bool {
        // A digest costs more than to see that there are no holds at all.
        !self.left_alone.is_empty() && self.left_alone.contains(&digest(target.into()))
    }
}

/// A hold in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What it is sorted by: its date first.
    pub key: String,
    document: String,
}

impl Listed {
    /// Where it lies in the ledger.
    pub fn path(&self) -> &str {
        &self.document
    }

    /// The hold itself; absent if the process that took it died before it was written.
    pub async fn read(&self, ledger: &dyn Ledger) -> Result<Option<Hold>, StorageError> {
        match ledger.document::<Pointer>(&self.document).await? {
            Some(Pointer { document, .. }) => ledger.document(&document).await,
            None => Ok(None),
        }
    }
}

#[derive(Debug, Deserialize)]
struct Pointer {
    resource: ResourceId,
    #[serde(default)]
    workload: Option<Workload>,
    document: String,
}

/// A name of the index: `<date>-<digest of the target>-<act>-<operation>-<mark>.json`.
struct Named<'a> {
    until: &'a str,
    target: &'a str,
    act: &'a str,
}

impl<'a> Named<'a> {
    fn of(stem: &'a str) -> Option<Self> {
        let (until, rest) = stem.split_once('-')?;
        let (target, rest) = rest.split_once('-')?;
        let act = rest.get(..rest.len().checked_sub(OPERATION + 1)?)?;
        Some(Self { until, target, act })
    }

    fn act(&self) -> Act {
        Act::of_name(self.act)
    }
}

/// Characters of an operation's id.
const OPERATION: usize = 36;

/// Every hold that no reconcile pass has settled.
///
/// Costs two or three listings, and a read for each hold that is over.
pub async fn open(ledger: &dyn Ledger, now: Timestamp) -> Result<OpenHolds, StorageError> {
    let mut open = OpenHolds::default();
    let mut held = HashSet::new();
    let today = moment(now);
    for (stem, marks) in listed(ledger, now).await? {
        let Some(named) = name_of(&stem).and_then(Named::of) else { continue };
        if marks.contains(&Mark::Settled) {
            continue;
        }
        if !marks.contains(&Mark::Ended) && named.until > today.as_str() {
            held.insert(named.target.to_owned());
            if named.act().leaves_all() {
                open.left_alone.insert(named.target.to_owned());
            }
        } else if let Some(Pointer { resource, workload, .. }) = ledger.document(&taken(&stem)).await? {
            open.over.push(TargetId { resource, workload });
        }
    }
    // Where another hold was taken since, a pass would settle nothing.
    open.over.retain(|target| !held.contains(&digest(target.into())));
    open.over
        .sort_by_cached_key(|target| (target.resource.key(), target.workload.map(|one| one.to_string())));
    open.over.dedup();
    Ok(open)
}

/// The holds in force, the one that ends last first.
pub async fn in_force(ledger: &dyn Ledger, now: Timestamp) -> Result<Vec<Listed>, StorageError> {
    let today = moment(now);
    let held = listed(ledger, now).await?.into_iter().filter_map(|(stem, marks)| {
        let named = name_of(&stem).and_then(Named::of)?;
        let is_open = marks == [Mark::Taken] && named.until > today.as_str();
        is_open.then(|| Listed { key: stem.clone(), document: taken(&stem) })
    });
    let mut held: Vec<Listed> = held.collect();
    held.sort_by(|one, other| other.key.cmp(&one.key));
    Ok(held)
}

/// What the index has, by name without its mark.
async fn listed(ledger: &dyn Ledger, now: Timestamp) -> Result<BTreeMap<String, Vec<Mark>>, StorageError> {
    let year = |moment: Timestamp| moment.to_zoned(TimeZone::UTC).year();
    let longest = SignedDuration::from_hours(24 * i64::from(HoldDays::MOST));
    let first = year(now.checked_sub(LATE).unwrap_or(now));
    let last = year(now.checked_add(longest).unwrap_or(now));
    let mut found: BTreeMap<String, Vec<Mark>> = BTreeMap::new();
    for year in first..=last {
        for path in ledger.list(&folder(year)).await? {
            if let Some((stem, mark)) = Mark::split(&path) {
                found.entry(stem.to_owned()).or_default().push(mark);
            }
        }
    }
    found.values_mut().for_each(|marks| marks.sort());
    Ok(found)
}

/// The entry of the index for a document of a hold.
pub(super) fn pointer(hold: &Hold, document: &str, mark: Mark) -> Entry {
    let Hold { resource, workload, act, until, operation, .. } = hold;
    let year = until.to_zoned(TimeZone::UTC).year();
    let stem = format!("{}{}-{}-{act}-{operation}", folder(year), moment(*until), digest(hold.target()));
    let body = match workload {
        Some(workload) => json!({ "resource": resource, "document": document, "workload": workload }),
        None => json!({ "resource": resource, "document": document }),
    };
    Entry::of(format!("{stem}-{}.json", mark.as_str()), &body)
}

fn folder(year: i16) -> String {
    format!("holds/until/{year:04}/")
}

fn taken(stem: &str) -> String {
    format!("{stem}-{}.json", Mark::Taken.as_str())
}

fn name_of(stem: &str) -> Option<&str> {
    stem.rsplit('/').next()
}

/// A time as names have it: they sort like the times.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// What names a target in the index. Long enough that no two targets share it: one would be left alone for the other.
fn digest(target: About<'_>) -> String {
    let key = target.resource.key();
    match target.workload {
        Some(workload) => crate::digest::whole(&format!("{key}#{workload}")),
        None => crate::digest::whole(&key),
    }
}

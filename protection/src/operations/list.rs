//! Lists of operations, newest first, out of the index of days.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use futures::{StreamExt, stream};
use holdfast_evaluator::OperationKind;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::given::awaits;
use super::guarded::awaiting;
use super::history::History;
use super::records::{self, Mark, StageRecord};
use super::{Asked, Operation, OperationError, OperationId, OperationStatus, Operations, Stage};
use crate::ResourceId;

/// How far a list goes back when nothing is said.
const USUAL: SignedDuration = SignedDuration::from_hours(31 * 24);
/// How far a list goes back at most, whatever is asked for: each month of it costs a listing of the ledger.
const LONGEST: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);
/// Documents that are read at the same time.
pub(super) const AT_ONCE: usize = 16;

/// Which operations are wanted; all of the last 31 days if nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperationFilter {
    /// Of this kind.
    pub kind: Option<OperationKind>,
    /// About this resource.
    pub resource: Option<ResourceId>,
    /// Asked for by this person: id, name, or name of the key, in any case.
    pub by: Option<String>,
    /// Asked for at this time or later.
    pub since: Option<Timestamp>,
}

/// A page of operations, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OperationPage {
    /// The operations.
    pub operations: Vec<Operation>,
    /// Where the next page begins; none on the last one.
    pub next: Option<OperationCursor>,
    /// Operations of which a document cannot be read: whether one of them is wanted is not known.
    pub unread: Vec<UnreadOperation>,
}

/// An operation of which a document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadOperation {
    /// Its id.
    pub id: OperationId,
    /// Which document, and why.
    pub why: OperationError,
}

/// The last operation of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperationCursor {
    at: Timestamp,
    id: OperationId,
}

/// The text does not say where a page of operations begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it does not say where a page of operations begins")]
pub struct BadOperationCursor;

impl fmt::Display for OperationCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.at, self.id)
    }
}

impl FromStr for OperationCursor {
    type Err = BadOperationCursor;

    fn from_str(text: &str) -> Result<Self, BadOperationCursor> {
        let (at, id) = text.split_once(' ').ok_or(BadOperationCursor)?;
        let at = at.parse().map_err(|_| BadOperationCursor)?;
        Ok(Self { at, id: id.parse().map_err(|_| BadOperationCursor)? })
    }
}

impl OperationCursor {
    fn of(asked: &Asked) -> Self {
        Self { at: asked.at, id: asked.id }
    }
}

impl OperationFilter {
    fn takes(&self, asked: &Asked) -> bool {
        // The id of a key's holder is `key:` and the name that people know.
        let key = asked.by.id.split_once(':').map_or(asked.by.id.as_str(), |(_, name)| name);
        let is_by = |by: &String| {
            [asked.by.id.as_str(), &asked.by.name, key].iter().any(|one| one.eq_ignore_ascii_case(by))
        };
        self.kind.is_none_or(|kind| asked.operation.kind() == kind)
            && self.resource.as_ref().is_none_or(|resource| asked.resource == *resource)
            && self.by.as_ref().is_none_or(is_by)
            && self.since.is_none_or(|since| asked.at >= since)
    }
}

impl Operations {
    /// A page of at most `top` operations, from the one after `after` on. `is_wanted` narrows it down by how far they are.
    ///
    /// Changes nothing, and asks Azure nothing: how far an operation is, is what the ledger says. Goes back ten years at most.
    /// One of which a document cannot be read is told, and hides no other.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be asked.
    pub async fn list(
        &self,
        filter: &OperationFilter,
        is_wanted: impl Fn(&OperationStatus) -> bool,
        top: usize,
        after: Option<OperationCursor>,
        now: Timestamp,
    ) -> Result<OperationPage, OperationError> {
        let back = |span: SignedDuration| now.checked_sub(span).unwrap_or(Timestamp::MIN);
        let oldest = filter.since.unwrap_or_else(|| back(USUAL)).max(back(LONGEST));
        let filter = OperationFilter { since: Some(oldest), ..filter.clone() };
        let (oldest, newest) = (date(oldest), date(after.map_or(now, |after| after.at.min(now))));
        let mut page = OperationPage::default();
        let mut month = newest.first_of_month();
        while month >= oldest.first_of_month() {
            for (day, ids) in self.days_of(month).await?.into_iter().rev() {
                if day < oldest || day > newest {
                    continue;
                }
                for asked in self.asked_on(day, ids, &filter, after, &mut page.unread).await? {
                    let shown = self.show(asked.id, now).await;
                    let Some(operation) = or_note(asked.id, shown, &mut page.unread)? else { continue };
                    if !is_wanted(&operation.status) {
                        continue;
                    }
                    if page.operations.len() == top {
                        page.next = page.operations.last().map(|last| OperationCursor::of(&last.asked));
                        return Ok(page);
                    }
                    page.operations.push(operation);
                }
            }
            month = month.yesterday().map_or(Date::MIN, Date::first_of_month);
        }
        Ok(page)
    }

    /// Operations that were asked for in a month, by day.
    async fn days_of(&self, month: Date) -> Result<BTreeMap<Date, Vec<OperationId>>, OperationError> {
        let mut days: BTreeMap<Date, Vec<OperationId>> = BTreeMap::new();
        for path in self.ledger.list(&records::month(month)).await? {
            let day = path.split('/').nth(1).and_then(|day| Date::strptime("%Y%m%d", day).ok());
            if let (Some(day), Some((id, Mark::Asked))) = (day, records::mark(&path)) {
                days.entry(day).or_default().push(id);
            }
        }
        Ok(days)
    }

    /// What was asked under these ids on this day, as far as the filter takes it, newest first.
    ///
    /// Whoever died before it was written may have left an entry of an earlier day.
    async fn asked_on(
        &self,
        day: Date,
        ids: Vec<OperationId>,
        filter: &OperationFilter,
        after: Option<OperationCursor>,
        unread: &mut Vec<UnreadOperation>,
    ) -> Result<Vec<Asked>, OperationError> {
        let read = |id| async move { (id, self.read::<Asked>(&records::asked(id)).await) };
        let mut reads = stream::iter(ids).map(read).buffered(AT_ONCE);
        let mut found = Vec::new();
        while let Some((id, asked)) = reads.next().await {
            // The entry of the index is written first, and its writer may have died in between.
            let asked = or_note(id, asked, unread)?.flatten();
            found.extend(asked.filter(|asked| date(asked.at) == day && filter.takes(asked)));
        }
        found.retain(|asked| after.is_none_or(|after| OperationCursor::of(asked) < after));
        found.sort_by_key(|asked| std::cmp::Reverse(OperationCursor::of(asked)));
        Ok(found)
    }
}

/// What was read of an operation; none, and a note of it, where one of its documents is to blame and not the whole
/// ledger.
pub(super) fn or_note<T>(
    id: OperationId,
    read: Result<T, OperationError>,
    unread: &mut Vec<UnreadOperation>,
) -> Result<Option<T>, OperationError> {
    match read {
        Err(why @ OperationError::Unreadable { .. }) => {
            unread.push(UnreadOperation { id, why });
            Ok(None)
        }
        read => read.map(Some),
    }
}

/// How far an operation is that has begun and is not over, without asking Azure.
pub(super) fn underway(history: &History) -> OperationStatus {
    let stages = &history.asked.plan.stages;
    let next = stages.iter().enumerate().find(|(at, _)| history.done(*at).is_none());
    if let Some((_, Stage::AwaitGuard { guard, .. })) = next {
        return awaiting(history, Some(guard));
    }
    let shut_out =
        |at| matches!(history.stage(at).attempts.last(), Some(StageRecord::Missed { guarded: true, .. }));
    if next.is_some_and(|(at, _)| shut_out(at)) {
        return awaiting(history, None);
    }
    match next.filter(|(_, stage)| stage.only_asks()) {
        Some((at, _)) => match history.stage(at).attempts.last() {
            Some(StageRecord::Missed { message, throttled_until: None, .. }) => awaits(history, message),
            Some(
                StageRecord::Missed { .. }
                | StageRecord::Begun { .. }
                | StageRecord::Claimed { .. }
                | StageRecord::Done { .. },
            )
            | None => OperationStatus::Validating,
        },
        None => OperationStatus::Running { job: history.job().map(|(job, _)| job) },
    }
}

fn date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_is_written() {
        let at = "2026-01-31T12:00:00.123456789Z".parse().unwrap();
        let cursor = OperationCursor { at, id: OperationId::of_key("a", "b") };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in ["", "2026-01-31T12:00:00Z", "now 0", "2026-01-31T12:00:00Z x"] {
            assert_eq!(text.parse::<OperationCursor>(), Err(BadOperationCursor), "{text}");
        }
    }
}

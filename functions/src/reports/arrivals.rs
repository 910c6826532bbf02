//! What was newly protected: kept day by day, and read on from there.

use holdfast_protection::ports::StorageError;
use holdfast_protection::sweep::ReportShelf;
use holdfast_report::Arrivals;
use jiff::{SignedDuration, Timestamp};

/// The name under which they are kept.
const KEPT: &str = "arrivals.json";
/// Ends of work that are older are forgotten.
const LONGEST: SignedDuration = SignedDuration::from_hours(48);

/// An hour after it began, and a little more for clocks that differ.
const OVER: SignedDuration = SignedDuration::from_mins(65);

/// What was newly protected up to now.
pub(super) async fn arrivals(shelf: &dyn ReportShelf, now: Timestamp) -> Result<Arrivals, StorageError> {
    if kept(shelf).await?.until.is_none() {
        // Else each report would look through all hours, until the first run ends.
        keep(shelf, now).await?;
    }
    counted(shelf, kept(shelf).await?, now).await
}

/// Keeps what was newly protected in the hours that are over, before they are forgotten.
///
/// # Errors
///
/// When it cannot be read or written. Doing it twice counts nothing twice.
pub(crate) async fn keep(shelf: &dyn ReportShelf, now: Timestamp) -> Result<(), StorageError> {
    let kept = kept(shelf).await?;
    let arrivals = counted(shelf, kept.clone(), over(now)).await?;
    if arrivals == kept {
        return Ok(());
    }
    // Numbers and times are always JSON.
    shelf.keep(KEPT, serde_json::to_string(&arrivals).unwrap_or_default()).await
}

/// Up to when ends of work may be forgotten that the run before, which ended at `before`, has seen: of later hours it is not
/// kept yet what was newly protected.
pub(crate) fn may_go(before: Timestamp, now: Timestamp) -> Timestamp {
    before.min(over(now))
}

/// A moment in the last hour that is over.
fn over(now: Timestamp) -> Timestamp {
    now.checked_sub(OVER).unwrap_or(Timestamp::MIN)
}

async fn kept(shelf: &dyn ReportShelf) -> Result<Arrivals, StorageError> {
    let text = shelf.kept(KEPT).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// With the hours up to that of a moment.
async fn counted(
    shelf: &dyn ReportShelf,
    mut arrivals: Arrivals,
    to: Timestamp,
) -> Result<Arrivals, StorageError> {
    for hour in arrivals.hours(to, LONGEST) {
        arrivals = arrivals.with(hour, &shelf.arrivals(hour).await?);
    }
    Ok(arrivals)
}

#[cfg(test)]
mod tests {
    use holdfast_protection::sweep::hour_of;

    use super::*;

    #[test]
    fn no_hour_is_forgotten_before_it_is_kept_however_soon_runs_follow_each_other() {
        let first: Timestamp = "2026-01-14T09:00:00Z".parse().unwrap();
        let minute = |after: i64| first.checked_add(SignedDuration::from_mins(after)).unwrap();
        for now in 60..180 {
            let hours = Arrivals::default().hours(over(minute(now)), LONGEST);
            let kept = hours.into_iter().fold(Arrivals::default(), |kept, hour| kept.with(hour, &[]));
            for before in 0..now {
                let forgotten = hour_of(may_go(minute(before), minute(now)));
                assert!(forgotten <= kept.until.unwrap(), "{before} {now}");
            }
        }
    }
}

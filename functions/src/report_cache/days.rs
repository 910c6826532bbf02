//! Coverage, and the differences of rules in shadow, day by day: of each day, what its last run saw.
//!
//! The sweep writes them behind each of its runs, whether anybody looks or not. Reports read them.

use holdfast_protection::ports::StorageError;
use holdfast_protection::sweep::{Finished, ReportShelf, SweepShelf};
use holdfast_report::{Shadows, Tally, Trend};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::runs::count;

/// Names of what is kept beside the runs.
const TREND: &str = "trend.json";
const SHADOWS: &str = "shadows.json";

/// All that is known day by day.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Days {
    pub(super) trend: Trend,
    pub(super) shadows: Shadows,
}

/// What is known up to a run.
#[derive(Default, Serialize, Deserialize)]
struct UpTo<T> {
    /// The run; empty before the first one.
    #[serde(default)]
    run: String,
    #[serde(flatten)]
    days: T,
}

impl Days {
    /// As they are kept.
    pub(super) async fn kept(shelf: &dyn ReportShelf) -> Result<Self, StorageError> {
        Ok(Self {
            trend: read::<Trend>(shelf, TREND).await?.days,
            shadows: read::<Shadows>(shelf, SHADOWS).await?.days,
        })
    }

    /// The same up to a run, whether it is kept yet or not.
    pub(super) async fn up_to(
        shelf: &dyn ReportShelf,
        run: &Finished,
        tally: &Tally,
        in_shadow: &[String],
    ) -> Result<Self, StorageError> {
        let (trend, shadows) = (read::<Trend>(shelf, TREND).await?, read::<Shadows>(shelf, SHADOWS).await?);
        let (trend, shadows) = (with_trend(trend, run, tally), with_shadows(shadows, run, tally, in_shadow));
        Ok(Self { trend: trend.days, shadows: shadows.days })
    }
}

/// Keeps what a run saw, unless that is done. By how many instances it is done makes no difference, nor how often.
///
/// A run of which pages cannot be read leaves no trace.
///
/// # Errors
///
/// When it cannot be read or written. Whoever does it again does the rest.
pub(crate) async fn keep_days(
    (pages, shelf): (&dyn SweepShelf, &dyn ReportShelf),
    run: &Finished,
    in_shadow: &[String],
) -> Result<(), StorageError> {
    let (trend, shadows) = (read::<Trend>(shelf, TREND).await?, read::<Shadows>(shelf, SHADOWS).await?);
    let (has_trend, has_shadows) = (trend.run == run.run, shadows.run == run.run);
    if has_trend && has_shadows {
        return Ok(());
    }
    let (tally, unread) = count((pages, shelf), run).await?;
    if unread > 0 {
        tracing::warn!(
            run = run.run,
            unread,
            "pages of a run of the sweep could not be read: its day has no point of coverage from it; the next run makes one"
        );
        return Ok(());
    }
    if !has_trend {
        write(shelf, TREND, &with_trend(trend, run, &tally)).await?;
    }
    if !has_shadows {
        write(shelf, SHADOWS, &with_shadows(shadows, run, &tally, in_shadow)).await?;
    }
    Ok(())
}

fn with_trend(before: UpTo<Trend>, run: &Finished, tally: &Tally) -> UpTo<Trend> {
    if before.run == run.run {
        return before;
    }
    UpTo { run: run.run.clone(), days: before.days.with(day_of(run), tally.all()) }
}

/// A run is counted once: a rule that is bound in shadow behind it was not asked by it.
fn with_shadows(before: UpTo<Shadows>, run: &Finished, tally: &Tally, in_shadow: &[String]) -> UpTo<Shadows> {
    if before.run == run.run {
        return before;
    }
    UpTo { run: run.run.clone(), days: before.days.with(day_of(run), tally, in_shadow) }
}

fn day_of(run: &Finished) -> Date {
    run.ended.to_zoned(TimeZone::UTC).date()
}

async fn read<T: Default + DeserializeOwned>(
    shelf: &dyn ReportShelf,
    name: &str,
) -> Result<UpTo<T>, StorageError> {
    let text = shelf.kept(name).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

async fn write<T: Serialize>(
    shelf: &dyn ReportShelf,
    name: &str,
    days: &UpTo<T>,
) -> Result<(), StorageError> {
    // Numbers, texts and days are always JSON.
    shelf.keep(name, serde_json::to_string(days).unwrap_or_default()).await
}

#[cfg(test)]
mod tests {
    use super::super::runs::Counted;
    use super::super::shelf::{Shelf, finished, page};
    use super::*;

    const NEW: &str = "new";

    fn shelf() -> Shelf {
        let shelf = Shelf::default();
        for (number, name) in [(0, "a"), (1, "b")] {
            shelf.pages.lock().unwrap().insert(number, page(name));
        }
        shelf
    }

    fn run() -> Finished {
        finished("20260114T030000Z", "2026-01-14T03:10:00Z", 2)
    }

    async fn keep(shelf: &Shelf, run: &Finished, in_shadow: &[&str]) -> Result<(), StorageError> {
        let in_shadow: Vec<String> = in_shadow.iter().map(|rule| (*rule).to_owned()).collect();
        keep_days((shelf, shelf), run, &in_shadow).await
    }

    async fn points(shelf: &Shelf) -> Vec<(String, u64)> {
        let Days { trend, .. } = Days::kept(shelf).await.unwrap();
        trend.days.iter().map(|day| (day.day.to_string(), day.due)).collect()
    }

    #[tokio::test]
    async fn a_day_has_its_point_without_a_report_and_one_whoever_keeps_it_how_often() {
        let shelf = shelf();
        keep(&shelf, &run(), &[NEW]).await.unwrap();
        assert_eq!(points(&shelf).await, [("2026-01-14".to_owned(), 2)]);
        let kept = shelf.all_kept();
        for in_shadow in [&[NEW][..], &[NEW, "bound since"], &[]] {
            keep(&shelf, &run(), in_shadow).await.unwrap();
            assert_eq!(shelf.all_kept(), kept, "{in_shadow:?}");
        }
        // Two at once write the same.
        let other = self::shelf();
        let run = run();
        let (one, two) = tokio::join!(keep(&other, &run, &[NEW]), keep(&other, &run, &[NEW]));
        one.and(two).unwrap();
        assert_eq!(other.all_kept(), kept);
        // A later run of the day has the last word, and the next day a point of its own.
        shelf.pages.lock().unwrap().remove(&1);
        let (later, next) = (
            finished("20260114T090000Z", "2026-01-14T09:10:00Z", 1),
            finished("20260115T030000Z", "2026-01-15T03:10:00Z", 1),
        );
        keep(&shelf, &later, &[NEW]).await.unwrap();
        assert_eq!(points(&shelf).await, [("2026-01-14".to_owned(), 1)]);
        keep(&shelf, &next, &[NEW]).await.unwrap();
        assert_eq!(points(&shelf).await, [("2026-01-14".to_owned(), 1), ("2026-01-15".to_owned(), 1)]);
    }

    #[tokio::test]
    async fn whichever_write_is_lost_the_next_one_who_keeps_them_does_the_rest() {
        let whole = shelf();
        keep(&whole, &run(), &[NEW]).await.unwrap();
        let writes = whole.writes.lock().unwrap().len();
        assert_eq!(writes, 3);
        for lost in 0..writes {
            let shelf = shelf();
            *shelf.fails.lock().unwrap() = Some(lost);
            assert!(keep(&shelf, &run(), &[NEW]).await.is_err(), "{lost}");
            keep(&shelf, &run(), &[NEW]).await.unwrap();
            assert_eq!(shelf.all_kept(), whole.all_kept(), "{lost}");
        }
    }

    #[tokio::test]
    async fn a_report_tells_the_same_before_and_behind_and_writes_no_day() {
        let shelf = shelf();
        let reported = async || {
            let shelves: (&dyn SweepShelf, &dyn ReportShelf) = (&shelf, &shelf);
            let (mut counted, mut incomplete) = (Counted::default(), Vec::new());
            let in_shadow = [NEW.to_owned()];
            let (_, trend, shadows) =
                counted.of(shelves, Some(&run()), &in_shadow, &mut incomplete).await.unwrap();
            Days { trend, shadows }
        };
        let before = reported().await;
        assert_eq!(Days::kept(&shelf).await.unwrap(), Days::default());
        keep(&shelf, &run(), &[NEW]).await.unwrap();
        assert_eq!(Days::kept(&shelf).await.unwrap(), before);
        assert_eq!(reported().await, before);
    }

    #[tokio::test]
    async fn a_run_with_an_unreadable_page_leaves_no_trace_and_days_of_an_earlier_version_are_read() {
        let shelf = shelf();
        let day = r#"{"days":[{"day":"2026-01-13","due":9,"protected":9}]}"#;
        shelf.kept.lock().unwrap().insert(TREND.to_owned(), day.to_owned());
        shelf.pages.lock().unwrap().insert(1, "torn".to_owned());
        keep(&shelf, &run(), &[NEW]).await.unwrap();
        assert_eq!(points(&shelf).await, [("2026-01-13".to_owned(), 9)]);
        shelf.pages.lock().unwrap().insert(1, page("b"));
        keep(&shelf, &run(), &[NEW]).await.unwrap();
        assert_eq!(points(&shelf).await, [("2026-01-13".to_owned(), 9), ("2026-01-14".to_owned(), 2)]);
    }
}

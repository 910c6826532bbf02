//! The pages of a run, counted once and kept beside the run: whoever starts later need not count again.

use holdfast_protection::ports::StorageError;
use holdfast_protection::sweep::{Finished, ReportShelf, SweepPage, SweepShelf};
use holdfast_report::{Shadows, Tally, Trend};
use serde::{Deserialize, Serialize};

use super::days::Days;

/// The name under which it is kept beside the runs.
const TALLY: &str = "tally.json";
/// The form of what is kept; another one is counted anew.
const FORMAT: u32 = 1;

/// The last run that was counted.
#[derive(Default)]
pub(crate) struct Counted {
    run: String,
    tally: Tally,
    days: Days,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    format: u32,
    run: String,
    tally: Tally,
}

impl Counted {
    /// What a run comes to, and coverage and differences of rules in shadow over time up to it.
    ///
    /// A run of which pages cannot be read is told in `incomplete`, leaves no trace over time, and is counted anew the next time.
    pub(crate) async fn of(
        &mut self,
        (pages, shelf): (&dyn SweepShelf, &dyn ReportShelf),
        run: Option<&Finished>,
        in_shadow: &[String],
        incomplete: &mut Vec<String>,
    ) -> Result<(Tally, Trend, Shadows), StorageError> {
        let Some(run) = run else { return Ok((Tally::default(), Trend::default(), Shadows::default())) };
        if self.run != run.run {
            let (tally, unread) = count((pages, shelf), run).await?;
            if unread > 0 {
                incomplete.push(format!(
                    "{unread} of {} pages of run {} of the sweep could not be read: what is on them is not counted; the \
                     next run writes new ones",
                    run.pages, run.run
                ));
                let Days { trend, shadows } = Days::kept(shelf).await?;
                return Ok((tally, trend, shadows));
            }
            self.days = Days::up_to(shelf, run, &tally, in_shadow).await?;
            self.tally = tally;
            self.run.clone_from(&run.run);
        }
        let Days { trend, shadows } = self.days.clone();
        Ok((self.tally.clone(), trend, shadows))
    }
}

/// What a run comes to, and how many of its pages could not be read: unless all were, nothing is kept of it.
pub(super) async fn count(
    (pages, shelf): (&dyn SweepShelf, &dyn ReportShelf),
    run: &Finished,
) -> Result<(Tally, u32), StorageError> {
    if let Some(tally) = kept(shelf, run).await? {
        return Ok((tally, 0));
    }
    let (tally, unread) = counted(pages, run).await?;
    Ok(if unread == 0 { (keep(shelf, run, tally).await?, 0) } else { (tally, unread) })
}

async fn kept(shelf: &dyn ReportShelf, run: &Finished) -> Result<Option<Tally>, StorageError> {
    let text = shelf.kept(TALLY).await?;
    let kept: Option<Kept> = text.and_then(|text| serde_json::from_str(&text).ok());
    Ok(kept.filter(|kept| kept.format == FORMAT && kept.run == run.run).map(|kept| kept.tally))
}

async fn keep(shelf: &dyn ReportShelf, run: &Finished, tally: Tally) -> Result<Tally, StorageError> {
    let kept = Kept { format: FORMAT, run: run.run.clone(), tally };
    // Numbers and texts are always JSON.
    shelf.keep(TALLY, serde_json::to_string(&kept).unwrap_or_default()).await?;
    Ok(kept.tally)
}

/// Reads the pages one after the other. One that is missing or torn counts as one without lines; of how many this is so.
async fn counted(pages: &dyn SweepShelf, run: &Finished) -> Result<(Tally, u32), StorageError> {
    let (mut tally, mut unread) = (Tally::default(), 0);
    for number in 0..run.pages {
        let text = pages.page(&run.run, number).await?;
        let page = text.as_deref().and_then(SweepPage::read);
        unread += u32::from(page.is_none());
        tally.add(&page.unwrap_or_default().lines);
    }
    Ok((tally, unread))
}

#[cfg(test)]
mod tests {
    use super::super::shelf::{Shelf, finished, page};
    use super::*;

    #[tokio::test]
    async fn a_run_with_an_unreadable_page_is_told_and_counted_anew_once_it_can_be_read() {
        let shelf = Shelf::default();
        let run = finished("20260114T030000Z", "2026-01-14T03:10:00Z", 3);
        shelf.put_page(&run.run, 0, page("a")).await.unwrap();
        shelf.put_page(&run.run, 1, "torn".to_owned()).await.unwrap();
        let (mut counted, mut incomplete) = (Counted::default(), Vec::new());
        let shelves: (&dyn SweepShelf, &dyn ReportShelf) = (&shelf, &shelf);
        let (tally, ..) = counted.of(shelves, Some(&run), &[], &mut incomplete).await.unwrap();
        assert_eq!((tally.pages, tally.unprotected().len()), (3, 1));
        assert!(incomplete.len() == 1 && incomplete[0].starts_with("2 of 3 pages"), "{incomplete:?}");
        assert!(shelf.kept.lock().unwrap().is_empty(), "nothing is kept of it");

        shelf.put_page(&run.run, 1, page("b")).await.unwrap();
        shelf.put_page(&run.run, 2, page("c")).await.unwrap();
        incomplete.clear();
        let (tally, trend, _) = counted.of(shelves, Some(&run), &[], &mut incomplete).await.unwrap();
        assert_eq!((tally.unprotected().len(), trend.days.len()), (3, 1));
        assert!(incomplete.is_empty(), "{incomplete:?}");
        assert_eq!(
            *shelf.writes.lock().unwrap(),
            [TALLY],
            "counted once for all instances; days are not a report's to write"
        );
    }
}

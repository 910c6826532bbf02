//! The pages of a run, counted once and kept beside the run: whoever starts later need not count again.

use holdfast_protection::ports::StorageError;
use holdfast_protection::sweep::{Finished, ReportShelf, SweepPage, SweepShelf};
use holdfast_report::{Shadows, Tally, Trend};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Names of what is kept beside the runs.
const TALLY: &str = "tally.json";
const TREND: &str = "trend.json";
const SHADOWS: &str = "shadows.json";
/// The form of what is kept; another one is counted anew.
const FORMAT: u32 = 1;

/// The last run that was counted.
#[derive(Default)]
pub(crate) struct Counted {
    run: String,
    tally: Tally,
    trend: Trend,
    shadows: Shadows,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    format: u32,
    run: String,
    tally: Tally,
}

impl Counted {
    /// What a run comes to, and coverage and differences of rules in shadow over time up to it.
    pub(crate) async fn of(
        &mut self,
        (pages, shelf): (&dyn SweepShelf, &dyn ReportShelf),
        run: Option<&Finished>,
        in_shadow: &[String],
    ) -> Result<(Tally, Trend, Shadows), StorageError> {
        let Some(run) = run else { return Ok((Tally::default(), Trend::default(), Shadows::default())) };
        if self.run != run.run {
            self.tally = match kept(shelf, run).await? {
                Some(tally) => tally,
                None => counted(pages, shelf, run).await?,
            };
            self.trend = trend(shelf, run, &self.tally).await?;
            self.shadows = shadows(shelf, run, &self.tally, in_shadow).await?;
            self.run.clone_from(&run.run);
        }
        Ok((self.tally.clone(), self.trend.clone(), self.shadows.clone()))
    }
}

async fn kept(shelf: &dyn ReportShelf, run: &Finished) -> Result<Option<Tally>, StorageError> {
    let text = shelf.kept(TALLY).await?;
    let kept: Option<Kept> = text.and_then(|text| serde_json::from_str(&text).ok());
    Ok(kept.filter(|kept| kept.format == FORMAT && kept.run == run.run).map(|kept| kept.tally))
}

/// Reads the pages one after the other; one that is missing counts as one without lines.
async fn counted(
    pages: &dyn SweepShelf,
    shelf: &dyn ReportShelf,
    run: &Finished,
) -> Result<Tally, StorageError> {
    let mut tally = Tally::default();
    for number in 0..run.pages {
        let text = pages.page(&run.run, number).await?;
        tally.add(&text.as_deref().and_then(SweepPage::read).unwrap_or_default().lines);
    }
    let kept = Kept { format: FORMAT, run: run.run.clone(), tally };
    // Numbers and texts are always JSON.
    shelf.keep(TALLY, serde_json::to_string(&kept).unwrap_or_default()).await?;
    Ok(kept.tally)
}

async fn trend(shelf: &dyn ReportShelf, run: &Finished, tally: &Tally) -> Result<Trend, StorageError> {
    let text = shelf.kept(TREND).await?;
    let before: Trend = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let day = run.ended.to_zoned(TimeZone::UTC).date();
    let now = before.clone().with(day, tally.all());
    if now != before {
        shelf.keep(TREND, serde_json::to_string(&now).unwrap_or_default()).await?;
    }
    Ok(now)
}

async fn shadows(
    shelf: &dyn ReportShelf,
    run: &Finished,
    tally: &Tally,
    in_shadow: &[String],
) -> Result<Shadows, StorageError> {
    let text = shelf.kept(SHADOWS).await?;
    let before: Shadows = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let day = run.ended.to_zoned(TimeZone::UTC).date();
    let now = before.clone().with(day, tally, in_shadow);
    if now != before {
        shelf.keep(SHADOWS, serde_json::to_string(&now).unwrap_or_default()).await?;
    }
    Ok(now)
}

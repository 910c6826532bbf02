//! The pages of a run, counted once and kept beside the run: whoever starts later need not count again.

use holdfast_protection::ports::StorageError;
use holdfast_protection::sweep::{Finished, ReportShelf, SweepPage, SweepShelf};
use holdfast_report::{Shadows, Tally, Trend};
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
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
            let tally = match kept(shelf, run).await? {
                Some(tally) => tally,
                None => {
                    let (tally, unread) = counted(pages, run).await?;
                    if unread > 0 {
                        incomplete.push(format!(
                            "{unread} of {} pages of run {} of the sweep could not be read: what is on them is not counted; the \
                             next run writes new ones",
                            run.pages, run.run
                        ));
                        return Ok((tally, before(shelf, TREND).await?, before(shelf, SHADOWS).await?));
                    }
                    keep(shelf, run, tally).await?
                }
            };
            self.tally = tally;
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

/// What was kept of the runs before.
async fn before<T: Default + DeserializeOwned>(
    shelf: &dyn ReportShelf,
    name: &str,
) -> Result<T, StorageError> {
    let text = shelf.kept(name).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

async fn trend(shelf: &dyn ReportShelf, run: &Finished, tally: &Tally) -> Result<Trend, StorageError> {
    let before: Trend = before(shelf, TREND).await?;
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
    let before: Shadows = before(shelf, SHADOWS).await?;
    let day = run.ended.to_zoned(TimeZone::UTC).date();
    let now = before.clone().with(day, tally, in_shadow);
    if now != before {
        shelf.keep(SHADOWS, serde_json::to_string(&now).unwrap_or_default()).await?;
    }
    Ok(now)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Mutex;

    use async_trait::async_trait;
    use holdfast_protection::sweep::{Arrival, Line, Run, Summary, Version};
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;

    /// Pages by number, and what is kept beside them by name.
    #[derive(Default)]
    struct Shelf {
        pages: Mutex<HashMap<u32, String>>,
        kept: Mutex<HashMap<String, String>>,
    }

    #[async_trait]
    impl SweepShelf for Shelf {
        async fn run(&self) -> Result<Option<(Run, Version)>, StorageError> {
            Ok(None)
        }

        async fn put_run(&self, _: &Run, _: Option<&Version>) -> Result<bool, StorageError> {
            Ok(false)
        }

        async fn put_page(&self, _: &str, number: u32, text: String) -> Result<(), StorageError> {
            self.pages.lock().unwrap().insert(number, text);
            Ok(())
        }

        async fn page(&self, _: &str, number: u32) -> Result<Option<String>, StorageError> {
            Ok(self.pages.lock().unwrap().get(&number).cloned())
        }

        async fn put_summary(&self, _: &Summary) -> Result<(), StorageError> {
            Ok(())
        }

        async fn summary(&self, _: &str) -> Result<Option<Summary>, StorageError> {
            Ok(None)
        }

        async fn finished(&self) -> Result<Vec<String>, StorageError> {
            Ok(Vec::new())
        }

        async fn remove(&self, _: &str) -> Result<(), StorageError> {
            Ok(())
        }

        async fn put_ended(&self, _: Timestamp, _: &Line) -> Result<(), StorageError> {
            Ok(())
        }

        async fn forget_ended(&self, _: Timestamp) -> Result<(), StorageError> {
            Ok(())
        }

        async fn ended(&self, _: Timestamp) -> Result<Vec<Line>, StorageError> {
            Ok(Vec::new())
        }
    }

    #[async_trait]
    impl ReportShelf for Shelf {
        async fn kept(&self, name: &str) -> Result<Option<String>, StorageError> {
            Ok(self.kept.lock().unwrap().get(name).cloned())
        }

        async fn keep(&self, name: &str, text: String) -> Result<(), StorageError> {
            self.kept.lock().unwrap().insert(name.to_owned(), text);
            Ok(())
        }

        async fn put_arrival(&self, _: Timestamp, _: &Arrival) -> Result<(), StorageError> {
            Ok(())
        }

        async fn arrivals(&self, _: Timestamp) -> Result<Vec<Arrival>, StorageError> {
            Ok(Vec::new())
        }
    }

    fn page(name: &str) -> String {
        let resource = format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/{name}");
        let line = json!({ "resource": resource, "workload": "azure-disks", "outcome": "unprotected", "decision": "1a2b",
            "reason": "", "rules": [], "location": "westeurope" });
        let lines = vec![serde_json::from_value(line).unwrap()];
        SweepPage { last: resource, is_gone: false, lines }.text()
    }

    #[tokio::test]
    async fn a_run_with_an_unreadable_page_is_told_and_counted_anew_once_it_can_be_read() {
        let shelf = Shelf::default();
        let run = Finished {
            run: "20260114T030000Z".to_owned(),
            pages: 3,
            seen: 3,
            ended: "2026-01-14T03:10:00Z".parse().unwrap(),
        };
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
        assert!(shelf.kept.lock().unwrap().contains_key(TALLY), "counted once for all instances");
    }
}

//! The morning after: what ran, what failed, and what is left for a person.

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::trouble::Seen;
use crate::demo::operator::Api;

/// What the night came to.
#[derive(Debug, Serialize)]
pub(crate) struct Morning {
    /// Backups that began in the night, those that were taken again included.
    backups: usize,
    /// Those that failed.
    failed: usize,
    /// Failures after which a backup was taken again and is good.
    mended: usize,
    /// Those of them for which a permission was given first.
    granted: usize,
    /// Failures that are left for a person.
    left: usize,
    failures: Vec<Seen>,
    /// What other systems were told meanwhile.
    told: Vec<String>,
}

impl Morning {
    /// Counts, by Azure's own jobs.
    pub(super) async fn of(
        api: &Api<'_>,
        failures: Vec<Seen>,
        told: Vec<String>,
        from: Timestamp,
    ) -> Result<Self> {
        let (mut backups, mut failed) = (0, 0);
        let mut next = Some(format!("/api/jobs?operation=Backup&from={from}&top=1000"));
        while let Some(path) = next.take() {
            let page = api.get(&path).await?;
            for job in page.get("value").and_then(Value::as_array).into_iter().flatten() {
                backups += 1;
                failed += usize::from(job.get("status").and_then(Value::as_str) == Some("Failed"));
            }
            let link = page.get("nextLink").and_then(Value::as_str);
            next = link.and_then(|link| link.split_once("/api/")).map(|(_, rest)| format!("/api/{rest}"));
        }
        let mended = failures.iter().filter(|one| one.is_mended()).count();
        let granted = failures.iter().filter(|one| one.is_mended() && one.was_granted()).count();
        let left = failures.len() - mended;
        Ok(Self { backups, failed, mended, granted, left, failures, told })
    }

    #[expect(clippy::print_stdout, reason = "this is the demo's output")]
    pub(crate) fn print(&self) {
        let Self { backups, failed, mended, granted, left, .. } = self;
        println!(
            "\nMorning. {backups} backups ran, and {failed} failed. {mended} of those were taken again and are good, \
             {granted} of them after a permission was given; {left} are left for you:"
        );
        for one in self.failures.iter().filter(|one| !one.is_mended()) {
            println!("  {}: {}", one.name(), one.action());
        }
    }

    /// Whether all ended as it should: two failures mended, two left for a person who was told.
    pub(crate) fn is_as_it_should_be(&self) -> bool {
        (self.mended, self.granted, self.left) == (2, 1, 2)
    }
}

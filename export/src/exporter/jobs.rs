//! Jobs of Azure that ended.

use holdfast_protection::job::JobFilter;
use holdfast_protection::ports::Part;
use jiff::{SignedDuration, Timestamp};

use super::{Exported, Exporter, JobSource, before, in_name};
use crate::cursor::Kept;
use crate::{Cell, ExportError, Table, rows};

/// Jobs are exported so long after they ended: Resource Graph shows them late.
const LATE: SignedDuration = SignedDuration::from_mins(60);
/// Rows of one file.
const ROWS: usize = 20_000;

impl Exporter<'_> {
    /// Exports the jobs that ended in the span that was broken off, and then in the one up to now; whether that was all.
    pub(super) async fn jobs(
        &self,
        kept: &mut Kept<'_>,
        source: JobSource<'_>,
        (first, now): (Timestamp, Timestamp),
        exported: &mut Exported,
    ) -> Result<bool, ExportError> {
        loop {
            let from = *kept.cursor.jobs.get_or_insert(first);
            let is_begun = kept.cursor.jobs_until.is_some();
            let until = *kept.cursor.jobs_until.get_or_insert_with(|| before(now, LATE));
            if until <= from {
                kept.cursor.jobs_until = None;
                return Ok(true);
            }
            if (self.is_enough)() {
                return Ok(false);
            }
            if !is_begun {
                // The span is fixed before anything of it is written: after a death, its files have the same names.
                kept.store().await?;
            }
            self.span_of_jobs(source, (from, until), exported).await?;
            kept.cursor.jobs = Some(until);
            kept.cursor.jobs_until = None;
            kept.store().await?;
        }
    }

    async fn span_of_jobs(
        &self,
        source: JobSource<'_>,
        (from, until): (Timestamp, Timestamp),
        exported: &mut Exported,
    ) -> Result<(), ExportError> {
        let filter = JobFilter { ended_since: Some(from), ended_before: Some(until), ..JobFilter::default() };
        let (mut rows, mut number): (Vec<Vec<Cell>>, u32) = (Vec::new(), 0);
        let name = |number: u32| format!("{}-{}-{number:06}", in_name(from), in_name(until));
        for subscriptions in source.subscriptions.chunks(Part::SUBSCRIPTIONS) {
            let mut after: Option<String> = None;
            loop {
                let part = Part { subscriptions, top: Part::TOP, after: after.as_deref() };
                let page = source.pages.jobs(&part, &filter).await?;
                rows.extend(page.rows.iter().map(rows::job));
                if rows.len() >= ROWS {
                    self.write(Table::Jobs, &name(number), &rows, exported).await?;
                    rows.clear();
                    number += 1;
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        self.write(Table::Jobs, &name(number), &rows, exported).await
    }
}

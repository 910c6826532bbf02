//! One run of an export.

mod jobs;
mod outcomes;
mod runs;

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use holdfast_protection::ports::JobPages;
use holdfast_protection::sweep::SweepShelf;
use jiff::{SignedDuration, Timestamp};

use crate::cursor::Kept;
use crate::{Cell, ExportError, Files, Format, Table};

/// Writes what is known of the estate into files.
pub struct Exporter<'a> {
    /// What runs of the sweep saw, and how work ended.
    pub shelf: &'a dyn SweepShelf,
    /// Where jobs are listed, if they are exported.
    pub jobs: Option<JobSource<'a>>,
    /// Where files go.
    pub files: &'a dyn Files,
    /// The format of the files.
    pub format: Format,
    /// Pages of a run that become one file of each table.
    pub part: NonZeroU32,
    /// Whether enough is done for now: asked before each file, and the next run goes on from there.
    pub is_enough: &'a (dyn Fn() -> bool + Sync),
}

/// Where jobs are listed.
#[derive(Clone, Copy)]
pub struct JobSource<'a> {
    /// Their list.
    pub pages: &'a dyn JobPages,
    /// The subscriptions of their vaults.
    pub subscriptions: &'a [String],
}

/// What a run of an export did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exported {
    /// Rows by table.
    pub rows: BTreeMap<Table, u64>,
    /// Files written.
    pub files: u64,
    /// Pages of the sweep that are missing, or that this version cannot read.
    pub unreadable: Vec<String>,
    /// Whether there is more to export.
    pub has_more: bool,
}

/// How far back the first run of an export goes for jobs and ends of work, where nobody says how far.
const FIRST: SignedDuration = SignedDuration::from_hours(24);

impl Exporter<'_> {
    /// Pages of a run in one file, where nobody wants another number: 16,000 targets.
    pub const PART: NonZeroU32 = NonZeroU32::new(16).unwrap();

    /// Exports what came since the last run into this place, or since `since` in the first one.
    ///
    /// Each record is in exactly one file, whenever this is broken off and however often it is begun again. The name of a
    /// file says which records it holds: some pages of a run, an hour, a span of time. A file is written before the
    /// cursor passes it, so one that was written without that is written again, under the same name.
    ///
    /// # Errors
    ///
    /// What is exported already stays, and the next run goes on from there.
    pub async fn run(&self, since: Option<Timestamp>, now: Timestamp) -> Result<Exported, ExportError> {
        let mut kept = Kept::read(self.files, self.format).await?;
        let mut exported = Exported::default();
        exported.has_more = !self.runs(&mut kept, since, &mut exported).await?;
        if self.format != Format::OpenReports {
            let first = since.unwrap_or_else(|| before(now, FIRST));
            exported.has_more |= !self.outcomes(&mut kept, first, now, &mut exported).await?;
            if let Some(source) = self.jobs {
                exported.has_more |= !self.jobs(&mut kept, source, (first, now), &mut exported).await?;
            }
        }
        Ok(exported)
    }

    /// Writes rows of a table, if there are any.
    async fn write(
        &self,
        table: Table,
        name: &str,
        rows: &[Vec<Cell>],
        exported: &mut Exported,
    ) -> Result<(), ExportError> {
        if rows.is_empty() {
            return Ok(());
        }
        let Some(file) = self.format.file(table, rows)? else { return Ok(()) };
        self.files.write(&format!("{table}/{name}.{}", self.format.extension()), file).await?;
        exported.files += 1;
        *exported.rows.entry(table).or_default() += rows.len() as u64;
        Ok(())
    }
}

fn before(now: Timestamp, span: SignedDuration) -> Timestamp {
    now.checked_sub(span).unwrap_or(now)
}

/// A time as part of a file's name.
fn in_name(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

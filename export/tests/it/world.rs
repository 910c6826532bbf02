//! Runs of the sweep, ends of work, jobs and files in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Mutex;

use async_trait::async_trait;
use holdfast_export::{ExportError, Exported, Exporter, Files, Format, JobSource, Table};
use holdfast_protection::job::{Job, JobFilter};
use holdfast_protection::outcome::Outcome;
use holdfast_protection::ports::{JobPages, PageOf, Part, StorageError, Subjects};
use holdfast_protection::sweep::{Counts, Line, Run, Summary, SweepPage, SweepShelf, Version};
use holdfast_protection::target::Target;
use holdfast_protection::{AzureError, ResourceId, Workload};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const GROUP: &str = "/subscriptions/s/resourceGroups/g/providers";

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn disk(number: usize) -> ResourceId {
    format!("{GROUP}/Microsoft.Compute/disks/d{number:03}").parse().unwrap()
}

/// What a run sees of a disk that is protected.
pub(crate) fn seen(number: usize) -> Line {
    let vault = format!("{GROUP}/Microsoft.DataProtection/backupVaults/v");
    Line {
        outcome: "protected".to_owned(),
        decision: "1a2b".to_owned(),
        instance: format!("{vault}/backupInstances/d{number:03}").parse().ok(),
        policy: format!("{vault}/backupPolicies/p").parse().ok(),
        state: Some("ProtectionConfigured".to_owned()),
        ..Line::ended(&disk(number), Workload::AzureDisks, &Outcome::Gone)
    }
}

fn job(number: usize, ended: &str) -> Job {
    let vault = format!("{GROUP}/Microsoft.DataProtection/backupVaults/v");
    serde_json::from_value(json!({ "id": format!("{vault}/backupJobs/j{number:03}"), "operation": "Backup",
        "status": "Completed", "datasource": disk(number), "started": "2026-01-14T02:00:00Z", "ended": ended,
        "duration": "PT3M" }))
    .unwrap()
}

/// The estate; a write of one number does not return.
#[derive(Default)]
pub(crate) struct World {
    summaries: Mutex<BTreeMap<String, Summary>>,
    pages: Mutex<BTreeMap<(String, u32), String>>,
    ended: Mutex<BTreeMap<Timestamp, Vec<Line>>>,
    pub(crate) jobs: Mutex<Vec<Job>>,
    pub(crate) files: Mutex<BTreeMap<String, Vec<u8>>>,
    writes: Mutex<u32>,
    pub(crate) dies: Mutex<Option<(u32, Death)>>,
}

/// When a process dies at a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    Before,
    After,
}

impl World {
    /// A finished run, its targets on pages of two.
    pub(crate) fn swept(&self, run: &str, estate: &[Line], gone: &[Line], refused: u64) {
        let chunks =
            estate.chunks(2).map(|lines| (lines, false)).chain(gone.chunks(2).map(|lines| (lines, true)));
        let mut counts = Counts { seen: (estate.len() + gone.len()) as u64, ..Counts::default() };
        for (lines, is_gone) in chunks {
            let last = if is_gone { String::new() } else { lines.last().unwrap().resource.key() };
            let page = SweepPage { last, is_gone, lines: lines.to_vec() };
            self.pages.lock().unwrap().insert((run.to_owned(), counts.pages), page.text());
            counts.pages += 1;
        }
        for line in estate.iter().chain(gone) {
            *counts.outcomes.entry(line.outcome.clone()).or_default() += 1;
        }
        if refused > 0 {
            counts.refused.insert("AccessDenied".to_owned(), refused);
        }
        let ended = run.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(5);
        let summary = Summary { run: run.to_owned(), ended, counts };
        self.summaries.lock().unwrap().insert(run.to_owned(), summary);
    }

    /// A run that is not kept any longer.
    pub(crate) fn forget(&self, run: &str) {
        self.summaries.lock().unwrap().remove(run);
        self.pages.lock().unwrap().retain(|(of, _), _| of != run);
    }

    /// A page of which half was written.
    pub(crate) fn tear(&self, run: &str, page: u32) {
        self.pages.lock().unwrap().insert((run.to_owned(), page), "{\"format\"".to_owned());
    }

    pub(crate) fn worked(&self, hour: &str, number: usize) {
        let line = Line::ended(
            &disk(number),
            Workload::AzureDisks,
            &Outcome::Excluded { reason: "opted out".to_owned() },
        );
        self.ended.lock().unwrap().entry(at(hour)).or_default().push(line);
    }

    pub(crate) fn backed_up(&self, number: usize, ended: &str) {
        self.jobs.lock().unwrap().push(job(number, ended));
    }

    pub(crate) fn writes(&self) -> u32 {
        *self.writes.lock().unwrap()
    }

    pub(crate) async fn export(&self, format: Format, now: &str) -> Result<Exported, ExportError> {
        self.export_until(format, now, &|| false).await
    }

    pub(crate) async fn export_until(
        &self,
        format: Format,
        now: &str,
        is_enough: &(dyn Fn() -> bool + Sync),
    ) -> Result<Exported, ExportError> {
        let subscriptions = ["s".to_owned()];
        let jobs = Some(JobSource { pages: self, subscriptions: &subscriptions });
        let part = NonZeroU32::new(2).unwrap();
        Exporter { shelf: self, jobs, files: self, format, part, is_enough }.run(None, at(now)).await
    }

    /// The rows of every JSON-lines file of a table.
    pub(crate) fn rows(&self, table: Table) -> Vec<Value> {
        let files = self.files.lock().unwrap();
        let of_table = files.iter().filter(|(name, _)| name.starts_with(&format!("{table}/")));
        let text = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).unwrap();
        let lines =
            of_table.flat_map(|(_, bytes)| text(bytes).lines().map(str::to_owned).collect::<Vec<_>>());
        lines.map(|line| serde_json::from_str(&line).unwrap()).collect()
    }

    /// How many rows a table has; each record is there once.
    pub(crate) fn count(&self, table: Table) -> usize {
        let rows = self.rows(table);
        let records: BTreeSet<&str> = rows.iter().map(|row| row["record"].as_str().unwrap()).collect();
        assert_eq!(records.len(), rows.len(), "{table}: {rows:?}");
        rows.len()
    }

    fn write_as(&self, write: impl FnOnce() -> bool) -> Result<bool, StorageError> {
        let number = {
            let mut writes = self.writes.lock().unwrap();
            *writes += 1;
            *writes
        };
        let death = self.dies.lock().unwrap().filter(|(at, _)| *at == number).map(|(_, death)| death);
        let dead =
            || StorageError { action: "write".to_owned(), detail: "403 AuthorizationFailure".to_owned() };
        if death == Some(Death::Before) {
            return Err(dead());
        }
        let done = write();
        if death == Some(Death::After) { Err(dead()) } else { Ok(done) }
    }
}

#[async_trait]
impl Files for World {
    async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.files.lock().unwrap().get(name).cloned())
    }

    async fn write(&self, name: &str, bytes: Vec<u8>) -> Result<(), StorageError> {
        self.write_as(|| self.files.lock().unwrap().insert(name.to_owned(), bytes).is_none()).map(drop)
    }

    async fn replace(&self, name: &str, before: Option<&[u8]>, bytes: Vec<u8>) -> Result<bool, StorageError> {
        self.write_as(|| {
            let mut files = self.files.lock().unwrap();
            let is_so = files.get(name).map(Vec::as_slice) == before;
            if is_so {
                files.insert(name.to_owned(), bytes);
            }
            is_so
        })
    }
}

#[async_trait]
impl JobPages for World {
    async fn jobs(&self, part: &Part<'_>, filter: &JobFilter) -> Result<PageOf<Job>, AzureError> {
        let jobs: Vec<Job> =
            self.jobs.lock().unwrap().iter().filter(|job| filter.takes(job)).cloned().collect();
        let start: usize = part.after.map_or(0, |after| after.parse().unwrap());
        let rows: Vec<Job> = jobs.iter().skip(start).take(2).cloned().collect();
        let next = (start + rows.len() < jobs.len()).then(|| (start + rows.len()).to_string());
        Ok(PageOf { rows, next })
    }

    async fn backups_of(&self, _: &[String], _: &Subjects, _: &JobFilter) -> Result<Vec<Job>, AzureError> {
        Ok(Vec::new())
    }

    async fn instances_of_jobs(&self, _: &[String], _: &Subjects) -> Result<Vec<Target>, AzureError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl SweepShelf for World {
    async fn run(&self) -> Result<Option<(Run, Version)>, StorageError> {
        Ok(None)
    }

    async fn put_run(&self, _: &Run, _: Option<&Version>) -> Result<bool, StorageError> {
        Ok(false)
    }

    async fn put_page(&self, _: &str, _: u32, _: String) -> Result<(), StorageError> {
        Ok(())
    }

    async fn page(&self, run: &str, number: u32) -> Result<Option<String>, StorageError> {
        Ok(self.pages.lock().unwrap().get(&(run.to_owned(), number)).cloned())
    }

    async fn put_summary(&self, _: &Summary) -> Result<(), StorageError> {
        Ok(())
    }

    async fn summary(&self, run: &str) -> Result<Option<Summary>, StorageError> {
        Ok(self.summaries.lock().unwrap().get(run).cloned())
    }

    async fn finished(&self) -> Result<Vec<String>, StorageError> {
        Ok(self.summaries.lock().unwrap().keys().cloned().collect())
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

    async fn ended(&self, at: Timestamp) -> Result<Vec<Line>, StorageError> {
        Ok(self.ended.lock().unwrap().get(&at).cloned().unwrap_or_default())
    }
}

//! `holdfast jobs`: backups and restores of all vaults, once or until none runs.

use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};
use holdfast_protection::family::Family;
use holdfast_protection::job::JobKind;
use holdfast_protection::{ResourceId, shell};
use serde_json::Value;

use crate::client::{Client, Server, resolve_if_named, stated};
use crate::exit::{self, Exit};
use crate::listing::{self, text};
use crate::words::{name, took};

/// Which jobs.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// Only jobs of this resource: ARM id, or its name if no other has it.
    #[arg(long)]
    resource: Option<String>,
    /// Only jobs of this status.
    #[arg(long, value_enum, ignore_case = true)]
    status: Option<Status>,
    /// Only jobs that do this; backup means those by schedule too.
    #[arg(long, value_enum, ignore_case = true)]
    operation: Option<Operation>,
    /// Restores that the paired regions of vaults do.
    #[arg(long)]
    secondary: bool,
    /// Show them again and again until none runs.
    #[arg(long)]
    watch: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    server: Server,
}

/// Azure's words for how far a job is.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum Status {
    Started,
    InProgress,
    Cancelling,
    Completed,
    CompletedWithWarnings,
    Failed,
    Cancelled,
}

/// Azure's words for what a job does.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum Operation {
    Backup,
    ScheduledBackup,
    Restore,
    Tiering,
    Management,
}

/// Between two lists of `--watch`.
const PAUSE: Duration = Duration::from_secs(5);
/// Restores that are read by themselves for their targets.
const READ_ALONE: usize = 20;

/// Lists jobs, newest first; 1 if the watched ones include one that failed, or if jobs of a vault could not be read.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let resource = resolve_if_named(&client, options.resource.as_deref()).await?;
    let given = [
        ("resource", resource),
        ("status", options.status.map(|status| format!("{status:?}"))),
        ("operation", options.operation.map(|operation| format!("{operation:?}"))),
        ("region", options.secondary.then(|| "secondary".to_owned())),
    ];
    let query = stated(&given);
    loop {
        let mut listed = client.list("/api/jobs", &query).await?;
        if !options.secondary {
            with_targets(&client, &mut listed.items).await;
        }
        let none = listed.none("no job that Azure still lists fits");
        listing::print_entries(&listed.items, options.json, none, |job| with_end(job, options.secondary))?;
        let end = listed.end();
        let jobs = listed.items;
        if !options.watch || !jobs.iter().any(runs) {
            let failed = |job: &Value| text(job, "status").eq_ignore_ascii_case("failed");
            return Ok(if options.watch && jobs.iter().any(failed) { Exit::Failed } else { end });
        }
        tokio::time::sleep(client.pause(PAUSE)).await;
    }
}

/// Azure's lists leave out where a job restores to; each of the newest restores is read by itself.
async fn with_targets(client: &Client, jobs: &mut [Value]) {
    let restores =
        jobs.iter_mut().filter(|job| JobKind::of(&text(job, "operation")) == Some(JobKind::Restore));
    for job in restores.take(READ_ALONE) {
        let id = text(job, "id");
        // A job that cannot be read is shown as the list has it.
        if let Ok(one) = client.glance("/api/jobs/one", &[("id", &id)]).await {
            *job = one.body;
        }
    }
}

fn runs(job: &Value) -> bool {
    job.get("hasEnded").and_then(Value::as_bool) == Some(false)
}

/// A job of the list, with the command that ends it where Azure can: no text but this has the id that it takes.
fn with_end(job: &Value, is_secondary: bool) -> Vec<String> {
    let mut lines = entry(job);
    let id = text(job, "id");
    let family = id.parse::<ResourceId>().ok().and_then(|id| Family::of(&id));
    let can_end = runs(job)
        && !is_secondary
        && !text(job, "status").eq_ignore_ascii_case("cancelling")
        && family.is_some_and(Family::cancels_jobs);
    if can_end {
        // Jobs of databases name no resource by its id.
        let (head, option) = match text(job, "datasource").starts_with('/') {
            true => ("to end it:", ""),
            false => {
                ("to end it, with what it is about (ARM id, or name) as RESOURCE:", " --resource RESOURCE")
            }
        };
        lines.push(format!("  {head}"));
        lines.push(format!("  holdfast cancel {}{option}", shell::word(&id)));
    }
    lines
}

/// A job in a few lines.
pub(crate) fn entry(job: &Value) -> Vec<String> {
    let datasource = text(job, "datasource");
    let mut head = format!(
        "{}  {} of {}: {}",
        listing::time(job, "started"),
        text(job, "operation"),
        name(&datasource),
        text(job, "status")
    );
    if let Some(took) = took(&text(job, "started"), &text(job, "ended")) {
        head = format!("{head}, took {took}");
    } else if let Some(tasks) = tasks(job) {
        head = format!("{head}, {tasks}");
    }
    let mut lines = vec![head];
    let to = job.pointer("/details/destination").and_then(Value::as_str).unwrap_or_default();
    if !to.is_empty() {
        lines.push(format!("  to {to}"));
    }
    for (key, word) in [("errors", "failed"), ("warnings", "warning")] {
        let found = job.get(key).and_then(Value::as_array).into_iter().flatten();
        lines.extend(found.map(|one| format!("  {word}: {}: {}", text(one, "code"), text(one, "message"))));
    }
    let id = text(job, "id");
    lines.push(format!("  job {} in vault {}", name(&id), id.split('/').nth(8).unwrap_or_default()));
    lines
}

/// Not every job has tasks: nothing is counted then.
fn tasks(job: &Value) -> Option<String> {
    let count = |pointer: &str| job.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    let of = count("/progress/of");
    (of > 0).then(|| format!("{} of {of} tasks", count("/progress/done")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_names_the_job_its_target_and_how_long_it_took() {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/bv/backupJobs/j1";
        let mut job = json!({ "id": id, "operation": "Restore", "status": "Failed", "datasource": "/x/disks/erp-data",
            "started": "2026-01-01T00:00:00Z", "ended": "2026-01-01T00:01:05Z", "progress": { "done": 0, "of": 0 },
            "details": { "destination": "/x/disks/copy" }, "errors": [{ "code": "X", "message": "no" }] });
        assert_eq!(
            entry(&job),
            [
                "2026-01-01T00:00:00Z  Restore of erp-data: Failed, took 1 min 5 s",
                "  to /x/disks/copy",
                "  failed: X: no",
                "  job j1 in vault bv"
            ]
        );
        job["ended"] = Value::Null;
        assert!(!entry(&job)[0].contains("tasks") && !entry(&job)[0].contains("took"));
        job["progress"] = json!({ "done": 1, "of": 3 });
        assert!(entry(&job)[0].ends_with(", 1 of 3 tasks"));
    }

    #[test]
    fn the_command_that_ends_a_job_is_shown_where_azure_can_end_it() {
        let group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/g/providers";
        let id = format!("{group}/Microsoft.RecoveryServices/vaults/rsv/backupJobs/j1");
        let mut job = json!({ "id": id, "operation": "Backup", "status": "InProgress", "datasource": "/x/erp",
            "hasEnded": false });
        let told = with_end(&job, false);
        assert_eq!(told[told.len() - 2..], ["  to end it:".to_owned(), format!("  holdfast cancel {id}")]);
        assert_eq!(with_end(&job, true), entry(&job), "Azure ends none of a paired region");
        job["datasource"] = json!("sales");
        let command = format!("  holdfast cancel {id} --resource RESOURCE");
        assert_eq!(with_end(&job, false).last(), Some(&command));
        for (key, value) in [
            ("status", json!("Cancelling")),
            ("hasEnded", json!(true)),
            ("id", json!(format!("{group}/Microsoft.DataProtection/backupVaults/bv/backupJobs/j1"))),
        ] {
            let before = std::mem::replace(&mut job[key], value);
            assert_eq!(with_end(&job, false), entry(&job), "{key}");
            job[key] = before;
        }
    }
}

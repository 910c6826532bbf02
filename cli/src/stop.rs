//! `holdfast stop`: no more backups of a resource; what there is stays, or is deleted.

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::client::{Server, resolve};
use crate::exit::{self, Exit};
use crate::moment::Until;
use crate::operation::{self, Way};
use crate::question;

/// What to stop, and what becomes of its recovery points.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// ARM id, or the name of a resource if no other has it.
    resource: String,
    /// What becomes of the recovery points: they stay for ever, or are deleted (softly, where the vault does so).
    #[arg(long, value_enum)]
    data: Data,
    /// Until when this holds against the rules: a time, a date, or how far away, such as 30d.
    #[arg(long, value_name = "TIME")]
    until: Option<Until>,
    /// Do not ask before recovery points are deleted.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    pub(crate) way: Way,
    #[command(flatten)]
    server: Server,
}

/// What becomes of recovery points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Data {
    Retain,
    Delete,
}

/// Asks for the end of backups, and follows it.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let resource = resolve(&client, &options.resource).await?;
    let deletes = options.data == Data::Delete && !options.way.dry_run;
    if deletes && !options.yes {
        let what = deleted(&resource, options.way.workload.as_deref());
        if !question::agreed(&what, "Delete them?")? {
            bail!("not stopped");
        }
    }
    let data = match options.data {
        Data::Retain => "retain",
        Data::Delete => "delete",
    };
    let mut body = json!({ "resource": resource, "data": data, "why": options.way.why, "workload": options.way.workload });
    Until::put(options.until, &mut body);
    operation::ask(client, "/api/protection/stop", &body, &options.way).await
}

/// What is deleted: of a machine with databases it may be one of its workloads alone.
fn deleted(resource: &str, workload: Option<&str>) -> String {
    let workload = workload.map(|workload| format!(" as {workload}")).unwrap_or_default();
    format!("This deletes all recovery points of\n  {resource}{workload}")
}

#[test]
fn the_question_names_the_workload_whose_recovery_points_are_deleted() {
    assert!(deleted("/x/erp", None).ends_with("of\n  /x/erp"));
    assert!(deleted("/x/erp", Some("sql-in-vm")).ends_with("of\n  /x/erp as sql-in-vm"));
}

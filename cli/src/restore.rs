//! `holdfast restore`: from a recovery point to something new, validated by Azure first.

mod changes;
mod parts;
mod target;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::client::{Server, resolve};
use crate::exit::{self, Exit, Unusable};
use crate::moment::Moment;
use crate::operation::{self, Way};
use crate::question;

/// What to restore, from what, and to where.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// ARM id, or the name of a resource if no other has it.
    resource: String,
    /// `latest`, `latest-clean` (the latest in which Azure suspects no threat), a time (the last point at or before it:
    /// RFC 3339, a date, or how long ago, such as 7d; in UTC unless it says otherwise), or the id of a recovery point.
    #[arg(long, value_name = "POINT", default_value = "latest")]
    point: String,
    /// What it becomes: disk:GROUP/NAME, blobs[:CONTAINER[/PREFIX],…], containers:ACCOUNT[/CONTAINER,…],
    /// database:SERVER/NAME, files:ACCOUNT/CONTAINER[/PREFIX], cluster[:CLUSTER[/NAMESPACE,…]], vm-disks:GROUP,
    /// vm:GROUP/NAME, vm-in-place, share[:ACCOUNT/SHARE], sql-database[:[[MACHINE/]INSTANCE/]NAME],
    /// hana-database[:[[MACHINE/]SYSTEM/]NAME], database-files:FOLDER, database-files:@MACHINE:FOLDER, or the API's JSON.
    /// GROUP, ACCOUNT, SERVER, CLUSTER and MACHINE are ARM ids, or names beside the resource.
    #[arg(long, value_parser = target::checked)]
    to: String,
    #[command(flatten)]
    parts: parts::Parts,
    /// Where it is restored: beside the vault, or in its paired region.
    #[arg(long, value_enum, default_value_t = Region::Primary)]
    region: Region,
    /// Bring an archived point back first, with this priority.
    #[arg(long, value_enum, value_name = "PRIORITY")]
    rehydrate: Option<Priority>,
    /// For so many days an archived point stays outside of the archive.
    #[arg(long, default_value_t = 15, requires = "rehydrate", value_parser = clap::value_parser!(u32).range(10..=30))]
    days: u32,
    /// Restore the point although Azure suspects a threat in it.
    #[arg(long)]
    even_if_suspicious: bool,
    /// Do not ask before data that is there is changed.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    pub(crate) way: Way,
    #[command(flatten)]
    server: Server,
}

#[derive(Clone, Copy, ValueEnum)]
enum Region {
    Primary,
    Secondary,
}

#[derive(Clone, Copy, ValueEnum)]
enum Priority {
    Standard,
    High,
}

/// Asks for a restore and follows it to its end.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let resource = resolve(&client, &options.resource).await?;
    let to = target::read(&options.to, &resource).and_then(|to| options.parts.add_to(to, &resource));
    let to = to.map_err(Unusable::of)?;
    let region = match options.region {
        Region::Primary => "primary",
        Region::Secondary => "secondary",
    };
    let rehydrate = options.rehydrate.map(|priority| {
        let priority = match priority {
            Priority::Standard => "standard",
            Priority::High => "high",
        };
        json!({ "priority": priority, "days": options.days })
    });
    let body = json!({ "resource": resource, "point": point(&options.point), "to": to, "region": region,
        "rehydrate": rehydrate, "evenIfSuspicious": options.even_if_suspicious, "why": options.way.why, "workload": options.way.workload });
    if !options.yes && !options.way.dry_run && !is_agreed(&changes::of(&client, &body).await?)? {
        bail!("not restored");
    }
    operation::ask(client, "/api/restore", &body, &options.way).await
}

/// A time as the API reads it; anything else as it is.
fn point(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), |Moment(time)| time.to_string())
}

/// Asks, where something that exists is changed.
fn is_agreed(changes: &[String]) -> Result<bool> {
    if changes.is_empty() {
        return Ok(true);
    }
    let changes: Vec<String> = changes.iter().map(|change| format!("\n  {change}")).collect();
    question::agreed(&format!("This changes data that is there:{}", changes.concat()), "Restore?")
}

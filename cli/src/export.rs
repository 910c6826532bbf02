//! `holdfast export`: what sweeps saw and what jobs came to, as tables for other programs.

mod folder;

use anyhow::Result;
use clap::Args;
use holdfast_azure::{ExportBlobs, StorageOptions, SweepBlobs};
use holdfast_export::{Exported, Exporter, Files, Format, JobSource, Table};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use url::Url;

use crate::assess::live::Azure;
use crate::exit::{self, Exit, Unusable};
use crate::ledger::source::{STORAGE, container_at};
use crate::moment::Moment;
use crate::out;
use folder::Folder;

const EXAMPLES: &str = "\
Examples:
  holdfast export --sweep https://ACCOUNT.blob.core.windows.net --to backups --format parquet
  duckdb -c \"select outcome, count(*) from 'backups/decisions/*.parquet' group by outcome\"";

/// What is exported, and where to.
#[derive(Args)]
#[command(after_help = format!("{}\n\n{EXAMPLES}", exit::HELP))]
pub(crate) struct Options {
    /// Where files go: a folder, or the URL of a blob container. The next export to the same place adds what is new.
    #[arg(long, value_name = "FOLDER|URL")]
    to: String,
    /// jsonl, csv, parquet; or openreports: the last sweep as reports of OpenReports.
    #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
    format: Format,
    /// In the first export to a place, only what came at or after this: 2026-01-31, or how long ago, such as 30d.
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,
    /// URL of the account of the function app, or of the sweep's container in it; the identity is that of
    /// HOLDFAST_CREDENTIAL, or of `az login`.
    #[arg(long, value_name = "URL", conflicts_with = "storage")]
    sweep: Option<Url>,
    /// Connection string of that account; if neither is given, that of AzureWebJobsStorage.
    #[arg(long, value_name = "CONNECTION")]
    storage: Option<String>,
    // Without a subscription, no jobs are exported.
    #[command(flatten)]
    azure: Azure,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Exports what is new, and says how much that is.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let shelf = options.shelf()?;
    let files = options.files()?;
    let arm = if options.azure.is_named() { Some(options.azure.client()?) } else { None };
    let subscriptions = match &arm {
        Some(arm) => options.azure.all_subscriptions(arm).await?,
        None => Vec::new(),
    };
    let exporter = Exporter {
        shelf: &shelf,
        jobs: arm.as_ref().map(|arm| JobSource { pages: arm, subscriptions: &subscriptions }),
        files: files.as_ref(),
        format: options.format,
        part: Exporter::PART,
        is_enough: &|| false,
    };
    let exported = exporter.run(options.since.map(|moment| moment.0), Timestamp::now()).await?;
    told(&options, &exported)
}

impl Options {
    fn shelf(&self) -> Result<SweepBlobs> {
        if let Some(url) = &self.sweep {
            let (account, container) =
                container_at("--sweep", url, SweepBlobs::NAME).map_err(Unusable::of)?;
            return Ok(SweepBlobs::new(&account, &container)?);
        }
        let Some(connection) = self.storage.clone().or_else(|| std::env::var(STORAGE).ok()) else {
            return Err(Unusable::described("no account is given; add --sweep URL or --storage CONNECTION"));
        };
        let account = StorageOptions::from_settings("--storage", |_| Some(connection.clone()));
        Ok(SweepBlobs::new(&account.map_err(Unusable::of)?, SweepBlobs::NAME)?)
    }

    fn files(&self) -> Result<Box<dyn Files>> {
        if !self.to.contains("://") {
            return Ok(Box::new(Folder::new(&self.to)));
        }
        let url: Url =
            self.to.parse().map_err(|error| Unusable::described(format!("--to {}: {error}", self.to)))?;
        let (account, container) = container_at("--to", &url, ExportBlobs::NAME).map_err(Unusable::of)?;
        Ok(Box::new(ExportBlobs::new(&account, &container)?))
    }
}

fn told(options: &Options, exported: &Exported) -> Result<Exit> {
    for page in &exported.unreadable {
        tracing::warn!("left out {page}: it is missing, or a later version of Holdfast wrote it");
    }
    let count = |table: Table| exported.rows.get(&table).copied().unwrap_or_default();
    if options.json {
        let rows: Map<String, Value> =
            Table::ALL.into_iter().map(|table| (table.to_string(), count(table).into())).collect();
        out::json(&json!({ "rows": rows, "files": exported.files, "unreadable": exported.unreadable }))?;
    } else {
        let counts: Vec<String> =
            exported.rows.iter().map(|(table, rows)| format!("{rows} {table}")).collect();
        let counts = if counts.is_empty() { "no rows".to_owned() } else { counts.join(", ") };
        out::page(&format!("{counts} in {} new files in {}\n", exported.files, options.to));
    }
    Ok(if exported.unreadable.is_empty() { Exit::Done } else { Exit::Failed })
}

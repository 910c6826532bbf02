//! `holdfast ledger`: what was decided and how it ended, taken out of the ledger.

mod export;
pub(crate) mod source;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand};
use holdfast_replay::Period;

use crate::exit::Exit;
use crate::moment::Moment;
use source::Place;

/// What can be done with the ledger.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Write the ledger's entries into a folder, to be looked at or replayed offline.
    Export(Export),
}

/// Options of `holdfast ledger export`.
#[derive(Args)]
pub(crate) struct Export {
    /// Folder for the entries; those that are there already stay as they are.
    folder: PathBuf,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    span: SpanOfTime,
}

/// From when to when.
#[derive(Debug, Clone, Args)]
pub(crate) struct SpanOfTime {
    /// Only what was caused at or after this: 2026-01-31T08:00:00Z, 2026-01-31, or how long ago, such as 7d.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Moment>,
    /// Only what was caused before this.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Moment>,
}

impl SpanOfTime {
    pub(crate) fn period(&self) -> Period {
        Period::new(self.since.map(|moment| moment.0), self.until.map(|moment| moment.0))
    }
}

/// Runs to its end.
pub(crate) async fn run(command: Command) -> Result<Exit> {
    match command {
        Command::Export(options) => export::run(&options).await,
    }
}

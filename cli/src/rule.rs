//! `holdfast rule`: what people do with rules.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::registry::{self, RegistryCommand};

/// What is to be done with a rule.
#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
    /// Answer in JSON, on standard output.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Registry(RegistryCommand),
}

/// Does what was asked and says how it ended.
pub(crate) async fn run(options: Options) -> ExitCode {
    match options.command {
        Command::Registry(command) => registry::run(command, options.json).await,
    }
}

//! The commands by which rules travel: keys, signatures, trust and registries.

mod answer;
mod file;
mod keygen;
mod list;
mod login;
mod precompile;
mod pull;
mod push;
mod sign;
mod verify;

use std::process::ExitCode;

use clap::Subcommand;

use crate::exit::{Exit, HELP as EXIT_CODES};
use crate::{out, refusal};

use answer::Answer;

/// What can be done.
#[derive(Subcommand)]
pub(crate) enum RegistryCommand {
    /// Make a key pair for signing rules.
    #[command(after_help = EXIT_CODES)]
    Keygen(keygen::Options),
    /// Sign a rule module or a rule set with a key.
    #[command(after_help = EXIT_CODES)]
    Sign(sign::Options),
    /// Verify who signed a rule module or a rule set.
    #[command(after_help = EXIT_CODES)]
    Verify(verify::Options),
    /// Compile a rule set's modules for handlers that trust a key.
    #[command(after_help = EXIT_CODES)]
    Precompile(precompile::Options),
    /// Publish a rule module or a rule set in an OCI registry.
    #[command(after_help = EXIT_CODES)]
    Push(push::Options),
    /// Fetch a rule module or a rule set from an OCI registry.
    #[command(after_help = EXIT_CODES)]
    Pull(pull::Options),
    /// List what a repository of an OCI registry holds.
    #[command(after_help = EXIT_CODES)]
    List(list::Options),
}

impl RegistryCommand {
    /// Whether a module is made ready, so that compiled code is of use.
    pub(crate) fn may_compile(&self) -> bool {
        match self {
            Self::Keygen(_) | Self::List(_) => false,
            Self::Sign(_) | Self::Verify(_) | Self::Precompile(_) | Self::Push(_) | Self::Pull(_) => true,
        }
    }
}

/// Does what was asked, prints the answer, and says how it ended.
pub(crate) async fn run(command: RegistryCommand, json: bool) -> ExitCode {
    let answer = match command {
        RegistryCommand::Keygen(options) => keygen::run(&options),
        RegistryCommand::Sign(options) => sign::run(&options),
        RegistryCommand::Verify(options) => verify::run(&options),
        RegistryCommand::Precompile(options) => precompile::run(&options),
        RegistryCommand::Push(options) => push::run(&options).await,
        RegistryCommand::Pull(options) => pull::run(&options).await,
        RegistryCommand::List(options) => list::run(&options).await,
    };
    print(answer, json)
}

/// Prints an answer as text or as JSON; an error goes to standard error, and in JSON to both.
fn print(answer: anyhow::Result<Answer>, json: bool) -> ExitCode {
    let (text, code) = match answer {
        Ok(answer) if json => (out::escaped(&format!("{:#}\n", answer.json)), ExitCode::SUCCESS),
        Ok(answer) => (answer.page, ExitCode::SUCCESS),
        Err(error) => {
            out::error(&format!("{error:#}"));
            let envelope = || out::escaped(&format!("{:#}\n", refusal::envelope(&error)));
            (if json { envelope() } else { String::new() }, Exit::of(&error).into())
        }
    };
    out::page(&text);
    code
}

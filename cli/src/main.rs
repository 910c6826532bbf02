//! `holdfast`: the demo, the simulator, the stand-in for the Functions host, and the tools of rule authors and auditors.

mod approve;
mod backup;
mod client;
mod demo;
mod diff;
mod host;
mod jobs;
mod ledger;
mod listing;
mod moment;
mod operation;
mod out;
mod page;
mod points;
mod registry;
mod replay;
mod restore;
mod rule;
mod rule_sets;
mod simulator;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Backup protection for Azure that arrives with the resource.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Watch a small simulated estate become protected.
    Demo(demo::Options),
    /// Serve Azure as far as Holdfast sees it.
    Simulator(simulator::Options),
    /// Write, test, sign and publish rules.
    Rule(rule::Options),
    /// Show what another rule set would change.
    Diff(diff::Options),
    /// Make recorded decisions again and compare them bit for bit.
    Replay(replay::Options),
    /// Take what was decided out of the ledger.
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Back a resource up now.
    Backup(backup::Options),
    /// Restore a resource from a recovery point.
    Restore(restore::Options),
    /// List what a resource can be restored from.
    Points(points::Options),
    /// List backups and restores of all vaults.
    Jobs(jobs::Options),
    /// Agree to what somebody else has asked for.
    Approve(approve::Options),
    /// Run the function app as the Functions host would.
    Host(host::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    // Several crates bring rustls; one provider must be chosen before the first connection.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("HOLDFAST_LOG").unwrap_or_else(|_| "info".into()),
        )
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(|| out::Log)
        .init();
    let ended = match Cli::parse().command {
        Command::Diff(options) => diff::run(options).await,
        Command::Ledger(command) => ledger::run(command).await,
        Command::Replay(options) => replay::run(options).await,
        Command::Demo(options) => demo::run(options).await,
        Command::Simulator(options) => simulator::run(options).await.map(|()| ExitCode::SUCCESS),
        Command::Rule(options) => Ok(rule::run(options).await),
        Command::Backup(options) => backup::run(options).await.map(ExitCode::from),
        Command::Restore(options) => restore::run(options).await.map(ExitCode::from),
        Command::Points(options) => points::run(options).await.map(ExitCode::from),
        Command::Jobs(options) => jobs::run(options).await.map(ExitCode::from),
        Command::Approve(options) => approve::run(options).await.map(ExitCode::from),
        Command::Host(options) => host::run(options).await.map(|()| ExitCode::SUCCESS),
    };
    ended.unwrap_or_else(|error| {
        out::error(&format!("{error:#}"));
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}

//! `holdfast`: the demo, the simulator, the stand-in for the Functions host, and the tools of rule authors and auditors.

mod approve;
mod archive;
mod asked;
mod assess;
mod backup;
mod cancel;
mod change_policy;
mod client;
mod code_cache;
mod completions;
mod decide;
mod demo;
mod diff;
mod digest;
mod exit;
mod export;
mod failures;
mod files;
mod holds;
mod host;
mod jobs;
mod ledger;
mod listing;
mod manual;
mod moment;
mod notify;
mod operation;
mod operations;
mod out;
mod page;
mod points;
mod progress;
mod protection;
mod question;
mod refusal;
mod registration;
mod registry;
mod replay;
mod report;
mod restore;
mod resume;
mod rule;
mod rule_sets;
mod rules;
mod show;
mod simulator;
mod stop;
mod stopping;
mod suspend;
mod sweeps;
mod usage;
mod vaults;
mod what_if;
mod words;
mod written;

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory as _, Parser, Subcommand};
use holdfast_evaluator::{CompileBounds, compile_in_children, compiling_child};

use exit::Exit;

/// Backup protection for Azure that arrives with the resource.
#[derive(Parser)]
#[command(version, after_help = exit::HELP, max_term_width = page::WIDTH)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Watch a small simulated estate become protected.
    Demo(demo::Options),
    /// Run the Azure simulator.
    Simulator(simulator::Options),
    /// Write, test, sign and publish rules.
    Rule(rule::Options),
    /// Show what another rule set would change.
    Diff(diff::Options),
    /// Make recorded decisions again and compare them bit for bit.
    Replay(replay::Options),
    /// Export recorded decisions from the ledger.
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Export what sweeps saw and what jobs came to as tables, for other programs.
    Export(export::Options),
    /// Back a resource up now.
    Backup(backup::Options),
    /// Restore a resource from a recovery point.
    Restore(restore::Options),
    /// List what a resource can be restored from.
    Points(points::Options),
    /// List backups and restores of all vaults.
    Jobs(jobs::Options),
    /// List backups that failed, by their cause, and what is done about them.
    Failures(failures::Options),
    /// List what is protected, was, or could be, with its state.
    Protection(protection::Options),
    /// Show one resource: protection, hold, decision, points, what runs, what failed.
    Show(show::Options),
    /// Stop the backups of a resource; what there is stays, or is deleted.
    Stop(stop::Options),
    /// Suspend the backups of a resource; what there is expires.
    Suspend(suspend::Options),
    /// Resume backups that were stopped, suspended or deleted softly.
    Resume(resume::Options),
    /// Have Azure set up its extension in a machine with databases again.
    Register(registration::Options),
    /// Take a machine in which nothing is protected out of its vault.
    Unregister(registration::Options),
    /// Move a resource to another backup policy.
    ChangePolicy(change_policy::Options),
    /// Take single files out of a recovery point of a machine.
    Files(files::Options),
    /// Move a recovery point into the archive tier.
    Archive(archive::Options),
    /// End a job that runs.
    Cancel(cancel::Options),
    /// Print the report in a few lines for a mail or for Teams, where anything has changed.
    Digest(digest::Options),
    /// Say how an estate is protected and what is missing, with nothing deployed.
    Assess(assess::Options),
    /// Say what the protection of the estate comes to, and what needs a person.
    Report(report::Options),
    /// List vaults with what they are safe against, or delete one.
    Vaults(vaults::Options),
    /// List the last runs of the sweep, and what each came to.
    Sweeps(sweeps::Options),
    /// List what people decided against the rules, and until when.
    Holds(holds::Options),
    /// List what waits for a second person, and approve it.
    Approve(approve::Options),
    /// List what was asked for, newest first.
    Operations(operations::Options),
    /// Show an operation, and follow it to its end.
    Operation(operation::Options),
    /// Show the rules in force, refresh them, or roll them back.
    Rules(rules::Options),
    /// Show what the rules in force decide about a resource, and why.
    Decide(asked::Asked),
    /// Show what would be done about a resource now, without doing it.
    WhatIf(asked::Asked),
    /// Try out where notifications go.
    #[command(subcommand)]
    Notify(notify::Command),
    /// Run the function app as the Functions host would.
    Host(host::Options),
    /// Print what a shell needs to complete commands and options.
    Completions(completions::Options),
    /// Write a manual page for each command.
    Manual(manual::Options),
}

fn main() -> ExitCode {
    compiling_child().unwrap_or_else(tool)
}

#[tokio::main]
async fn tool() -> ExitCode {
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
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(described) => return usage::described(&described),
    };
    let json = command.wants_json();
    match CompileBounds::TOOLS.or_set(|name| std::env::var(name).ok()) {
        Ok(bounds) => compile_in_children(bounds),
        Err(error) => return fail(&exit::Unusable::of(error), json),
    }
    command.run().await.unwrap_or_else(|error| fail(&error, json))
}

/// Tells an error: as text on standard error, and where JSON was asked for, as JSON on standard output too.
fn fail(error: &anyhow::Error, json: bool) -> ExitCode {
    out::error(&format!("{error:#}"));
    if json {
        // Text is always JSON.
        let _ = out::json(&refusal::envelope(error));
    }
    Exit::of(error).into()
}

impl Command {
    /// Whether a program reads the answer. `holdfast rule` tells its errors itself.
    fn wants_json(&self) -> bool {
        match self {
            Self::Demo(options) => options.json,
            Self::Diff(options) => options.json,
            Self::Replay(options) => options.json,
            Self::Export(options) => options.json,
            Self::Backup(options) => options.way.json,
            Self::Restore(options) => options.way.json,
            Self::Points(options) => options.json,
            Self::Jobs(options) => options.json,
            Self::Failures(options) => options.json,
            Self::Protection(options) => options.json,
            Self::Show(options) => options.json,
            Self::Stop(options) => options.way.json,
            Self::Suspend(options) => options.way.json,
            Self::Resume(options) => options.way.json,
            Self::Register(options) | Self::Unregister(options) => options.way.json,
            Self::ChangePolicy(options) => options.way.json,
            Self::Files(options) => options.way.json,
            Self::Archive(options) => options.way.json,
            Self::Cancel(options) => options.way.json,
            Self::Digest(_) => false,
            Self::Assess(options) => options.json,
            Self::Report(options) => options.json,
            Self::Vaults(options) => options.json,
            Self::Sweeps(options) => options.json,
            Self::Holds(options) => options.json,
            Self::Operations(options) => options.json,
            Self::Approve(options) => options.json,
            Self::Operation(options) => options.json,
            Self::Rules(options) => options.json,
            Self::Decide(asked) | Self::WhatIf(asked) => asked.json,
            Self::Notify(notify::Command::Test(options)) => options.json,
            Self::Simulator(_)
            | Self::Rule(_)
            | Self::Ledger(_)
            | Self::Host(_)
            | Self::Completions(_)
            | Self::Manual(_) => false,
        }
    }

    async fn run(self) -> Result<ExitCode> {
        let exit = match self {
            Self::Rule(options) => return Ok(rule::run(options).await),
            Self::Diff(options) => diff::run(options).await,
            Self::Ledger(command) => ledger::run(command).await,
            Self::Notify(command) => notify::run(command).await,
            Self::Replay(options) => replay::run(options).await,
            Self::Demo(options) => demo::run(options).await,
            Self::Simulator(options) => simulator::run(options).await.map(|()| Exit::Done),
            Self::Export(options) => export::run(options).await,
            Self::Backup(options) => backup::run(options).await,
            Self::Restore(options) => restore::run(options).await,
            Self::Points(options) => points::run(options).await,
            Self::Jobs(options) => jobs::run(options).await,
            Self::Failures(options) => failures::run(options).await,
            Self::Protection(options) => protection::run(options).await,
            Self::Show(options) => show::run(options).await,
            Self::Stop(options) => stop::run(options).await,
            Self::Suspend(options) => suspend::run(options).await,
            Self::Resume(options) => resume::run(options).await,
            Self::Register(options) => registration::register(options).await,
            Self::Unregister(options) => registration::unregister(options).await,
            Self::ChangePolicy(options) => change_policy::run(options).await,
            Self::Files(options) => files::run(options).await,
            Self::Archive(options) => archive::run(options).await,
            Self::Cancel(options) => cancel::run(options).await,
            Self::Digest(options) => digest::run(options).await,
            Self::Assess(options) => assess::run(options).await,
            Self::Report(options) => report::run(options).await,
            Self::Vaults(options) => vaults::run(options).await,
            Self::Sweeps(options) => sweeps::run(options).await,
            Self::Holds(options) => holds::run(options).await,
            Self::Approve(options) => approve::run(options).await,
            Self::Operations(options) => operations::run(options).await,
            Self::Operation(options) => operation::run(options).await,
            Self::Rules(options) => rules::run(options).await,
            Self::Decide(asked) => decide::run(asked).await,
            Self::WhatIf(asked) => what_if::run(asked).await,
            Self::Host(options) => host::run(options).await.map(|()| Exit::Done),
            Self::Completions(options) => completions::run(options, Cli::command()),
            Self::Manual(options) => manual::run(&options, Cli::command()),
        };
        exit.map(ExitCode::from)
    }
}

#[cfg(test)]
mod tests;

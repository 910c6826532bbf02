//! `holdfast rule`: what an author does with a rule, from the first file to its documentation.

mod answer;
mod bench;
mod build;
mod cases;
mod check;
mod compare;
mod component;
pub(crate) mod decision;
mod dev;
mod docs;
mod explain;
pub(crate) mod import_azure_policy;
mod input;
mod judge;
mod module;
mod new;
mod opinion;
pub(crate) mod page;
mod project;
mod resource;
mod restore;
mod rounds;
mod run;
pub(crate) mod shipped;
mod test;
mod watch;
mod yaml;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::code_cache;
use crate::exit::{self, Exit, Unusable};
use crate::out;
use crate::registry::{self, RegistryCommand};
use crate::{refusal, rule_sets};

use answer::Answer;
use watch::Watched;

const FIRST_RULE: &str = "\
A first rule:
  holdfast rule new keep-disks --lang rust
  cd keep-disks
  holdfast rule build
  holdfast rule test";

/// Write, build, test and document a rule.
#[derive(Args)]
#[command(after_help = format!("{}\n\n{FIRST_RULE}", exit::HELP))]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
    /// Answer in JSON, on standard output.
    #[arg(long, global = true)]
    json: bool,
    /// Compile again, and keep nothing of it. Compiled code is kept in the user's cache folder otherwise, or in the
    /// folder that HOLDFAST_CODE_CACHE names.
    #[arg(long, global = true)]
    no_cache: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Start a rule from a template.
    New(new::Options),
    /// Build a rule's module, and take it through the load gate.
    Build(build::Options),
    /// Check a module, its manifest, and settings for it.
    Check(check::Options),
    /// Run the test cases of a rule in the sandbox that serves it.
    Test(test::Options),
    /// Build, test and explain a rule, again at each save.
    Dev(dev::Options),
    /// Ask a rule about one resource.
    Run(run::Options),
    /// Show how a whole rule set decides about one resource, and why.
    Explain(explain::Options),
    /// Measure a rule in fresh sandboxes.
    Bench(bench::Options),
    /// Write a rule's documentation, in Markdown, from its manifest.
    Docs(docs::Options),
    /// Turn an Azure Policy assignment of a built-in backup policy into a rule binding.
    ImportAzurePolicy(import_azure_policy::Options),
    #[command(flatten)]
    Registry(RegistryCommand),
}

impl Command {
    /// Whether a module is made ready, so that compiled code is of use.
    fn may_compile(&self) -> bool {
        match self {
            Self::New(_) | Self::ImportAzurePolicy(_) => false,
            Self::Registry(command) => command.may_compile(),
            Self::Build(_)
            | Self::Check(_)
            | Self::Test(_)
            | Self::Dev(_)
            | Self::Run(_)
            | Self::Explain(_)
            | Self::Bench(_)
            | Self::Docs(_) => true,
        }
    }
}

/// Does what was asked, prints the answer, and says how it ended.
pub(crate) async fn run(options: Options) -> ExitCode {
    if options.command.may_compile() {
        code_cache::begin(options.no_cache);
    }
    let json = options.json;
    let answer = match options.command {
        Command::New(options) => new::run(&options),
        Command::Build(options) => build::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Test(options) if options.watch => {
            let watched = test::watched(&options);
            return follow(watched, json, move || test::run(&options)).await;
        }
        Command::Test(options) => test::run(&options),
        Command::Dev(options) => {
            let watched = dev::watched(&options);
            return follow(watched, json, move || dev::run(&options)).await;
        }
        Command::Run(options) => run::run(&options),
        Command::Explain(options) => explain::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Docs(options) => docs::run(&options),
        Command::ImportAzurePolicy(options) => import_azure_policy::run(&options),
        Command::Registry(command) => return registry::run(command, json).await,
    };
    print(answer, json)
}

/// Does the work at each save, and says how that ended.
async fn follow(
    watched: anyhow::Result<Watched>,
    json: bool,
    work: impl FnMut() -> anyhow::Result<Answer> + Send + 'static,
) -> ExitCode {
    let followed = match watched {
        Ok(watched) => rounds::follow(watched, json, work).await,
        Err(error) => Err(error),
    };
    followed.unwrap_or_else(|error| print(Err(error), json))
}

/// Prints an answer as text or as JSON; an error goes to standard error, and in JSON to both.
fn print(answer: anyhow::Result<Answer>, json: bool) -> ExitCode {
    let (text, code) = match answer {
        Ok(answer) if json => (shown(&answer.json), answer.ended.code()),
        Ok(answer) => (answer.page, answer.ended.code()),
        Err(error) => {
            let error = if rule_sets::is_refused(&error) { error } else { Unusable::of(error) };
            out::error(&format!("{error:#}"));
            let text = if json { shown(&refusal::envelope(&error)) } else { String::new() };
            (text, Exit::of(&error).into())
        }
    };
    out::page(&text);
    code
}

fn shown(json: &Value) -> String {
    out::escaped(&format!("{json:#}\n"))
}

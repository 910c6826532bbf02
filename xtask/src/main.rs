//! Tasks of the project: `cargo xtask help` lists them. CI uses the same ones as people.

mod app;
mod arrows;
mod bench;
mod coverage;
mod demo;
mod digest;
mod features;
mod guests;
mod javascript;
mod native;
mod needs;
mod package;
mod prerequisites;
mod rights;
mod rules;
mod run;
mod screenshots;
mod steps;
mod test;
mod written;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};

/// Tasks of the project.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything and watch a simulated estate become protected.
    Demo {
        /// Options of `holdfast demo`, such as `--once --json`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Run every test: Rust, scenarios, real clients against the simulator.
    Test {
        /// Options of `cargo test`, such as `-p holdfast-protection`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Build the shipped rules as WASM components and pin them in target/rules/ruleset.toml.
    Rules,
    /// Build the rule templates with their own tools (npm, pip, cargo) as target/guests/LANGUAGE.wasm.
    Guests,
    /// Put the function app together in target/app; a release also as target/app.zip, with target/holdfast.zip beside it.
    Package {
        /// How the handler is compiled.
        #[arg(long, value_enum, default_value_t = Profile::Release)]
        profile: Profile,
        /// Private key that signs the rules' native code; without it, target/compiled.key, made when missing.
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// A handler that compiles nothing: it takes only rules that come with native code of a trusted key.
        #[arg(long)]
        without_compiler: bool,
    },
    /// Measure, and print ratios against a baseline of the same run.
    Bench {
        /// One bench only: `evaluation`, `start`, `engines`, `handler`, `drain`, `estate`, `view` or `sweep`.
        name: Option<String>,
        /// Options of that bench, such as `quick`, or how many disks are swept.
        #[arg(trailing_var_arg = true)]
        options: Vec<String>,
        /// How all is compiled.
        #[arg(long, value_enum, default_value_t = Profile::Release)]
        profile: Profile,
    },
    /// Check that the crates depend on each other only as ARCHITECTURE.md says.
    Arrows,
    /// Write docs/coverage.md, after every proof it names was found; with --check, only compare.
    Coverage {
        /// Write nothing; fail if the page differs.
        #[arg(long)]
        check: bool,
    },
    /// Write the role of `infra/` and the table of docs/rights.md from the code's list of actions; with --check, only compare.
    Rights {
        /// Write nothing; fail if anything differs.
        #[arg(long)]
        check: bool,
    },
    /// Take pictures of the page into docs/page, with Chromium, out of the tests that look at every view.
    Screenshots,
    /// Check that no crate is compiled twice because two commands want other features of it.
    Features,
}

/// Compilation profile of the handler.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// Quick to build.
    Dev,
    /// As deployed.
    Release,
}

impl Profile {
    /// Where cargo puts what it builds, below its target folder.
    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

fn main() -> ExitCode {
    match perform(Cli::parse().task, &root()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            steps::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task, root: &Path) -> Result<()> {
    match task {
        Task::Demo { options } => demo::demo(root, &options),
        Task::Test { options } => test::test(root, &options),
        Task::Rules => rules::build_rules(root, &root.join("target/rules")).map(drop),
        Task::Guests => guests::guests(root),
        Task::Package { profile: Profile::Dev, key, .. } => {
            app::package(root, &app::Built::make(root, Profile::Dev)?, key.as_deref()).map(drop)
        }
        Task::Package { profile: Profile::Release, key, without_compiler } => {
            package::package(root, package::Handler::that(without_compiler), key.as_deref())
        }
        Task::Bench { name, options, profile } => bench::bench(root, profile, name.as_deref(), &options),
        Task::Arrows => arrows::check(root),
        Task::Coverage { check: true } => coverage::check(root),
        Task::Coverage { check: false } => coverage::write(root),
        Task::Rights { check: true } => rights::check(root),
        Task::Rights { check: false } => rights::write(root),
        Task::Screenshots => screenshots::take(root),
        Task::Features => features::check(root),
    }
}

/// The workspace's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

//! Long runs by hand: `cargo run --release --package holdfast-fuzz -- event --executions 10000000`.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use holdfast_fuzz::{TARGETS, run};

/// Feeds parsers with what they do not expect.
#[derive(Parser)]
struct Options {
    /// Targets; all of them if none is named.
    targets: Vec<String>,
    /// Inputs for each.
    #[arg(long, default_value_t = 1_000_000)]
    executions: u64,
    /// Another seed makes other inputs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let known = |name: &String| TARGETS.iter().any(|target| target.name == name);
    ensure!(
        options.targets.iter().all(known),
        "the targets are {}",
        TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ")
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let wanted = |name: &str| options.targets.is_empty() || options.targets.iter().any(|one| one == name);
    for target in TARGETS.iter().filter(|target| wanted(target.name)) {
        let begun = Instant::now();
        run(target, &root, options.executions, options.seed)?;
        let seconds = begun.elapsed().as_secs_f64();
        let said = format!("{}: {} executions in {seconds:.0} s, no panic", target.name, options.executions);
        writeln!(io::stdout(), "{said}").context("print")?;
    }
    Ok(())
}

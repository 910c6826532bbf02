//! Decides about one resource with precompiled rules alone, and prints the decision.
//!
//! Builds without a compiler: `cargo run --example decide --no-default-features -- RULESET KEY TYPE`.
//! Without arguments it only says whether it has a compiler. `--warm` loads every rule before the first
//! decision, `--memory` adds what the system says of the memory of the process.

#[path = "decide/request.rs"]
mod request;

use std::env;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use holdfast_evaluator::{CompiledKey, Evaluator, Otherwise, PinnedOnly, RuleSet};

use request::request;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(text) => {
            let written = std::io::stdout().write_all(text.as_bytes());
            if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            let causes = std::iter::successors(error.source(), |cause| cause.source());
            let text = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
            let _ = std::io::stderr().write_all(format!("error: {text}\n").as_bytes());
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<String, Box<dyn std::error::Error>> {
    let [rule_set, key, kinds @ ..] = arguments else {
        let kind = if cfg!(feature = "compiler") { "with" } else { "without" };
        return Ok(format!("{kind} a compiler\n"));
    };
    let key: CompiledKey = key.parse()?;
    let rule_set = RuleSet::load_precompiled(Path::new(rule_set), &key, &PinnedOnly, Otherwise::Refuse)?;
    let evaluator = Evaluator::new(rule_set)?;
    if kinds.iter().any(|kind| kind == "--warm") {
        evaluator.warm()?;
    }
    let mut text = String::new();
    for kind in kinds.iter().filter(|kind| !kind.starts_with("--")) {
        text.push_str(&serde_json::to_string(&evaluator.decide(&request(kind)))?);
        text.push('\n');
    }
    if kinds.iter().any(|kind| kind == "--memory") {
        text.push_str(&std::fs::read_to_string("/proc/self/smaps_rollup")?);
        text.push_str(&std::fs::read_to_string("/proc/self/status")?);
    }
    Ok(text)
}

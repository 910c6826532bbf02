//! Every template builds with its own tools, passes the gate, says what its cases expect, and says it again.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

use anyhow::{Context as _, ensure};
use holdfast_evaluator::{ContractVersion, Evaluator, RuleSet, inspect};
use holdfast_rule_templates::Guests;

const RUNS: usize = 6;

/// The built templates; the first test that asks has them built.
pub(crate) fn guests() -> anyhow::Result<&'static Guests> {
    static GUESTS: OnceLock<Result<Guests, String>> = OnceLock::new();
    let built = GUESTS.get_or_init(|| Guests::build().map_err(|error| format!("{error:#}")));
    built.as_ref().map_err(|error| anyhow::anyhow!(error.clone()))
}

/// All of them in one rule set. One test after another: whichever is first has them compiled, and those behind it find
/// their code.
pub(crate) fn loaded(folder: &Path) -> anyhow::Result<RuleSet> {
    static COMPILING: Mutex<()> = Mutex::new(());
    let _one = COMPILING.lock().unwrap_or_else(PoisonError::into_inner);
    guests()?.rule_set(folder)
}

#[test]
fn each_template_speaks_the_newest_contract() -> anyhow::Result<()> {
    for guest in &guests()?.built {
        let bytes = std::fs::read(&guest.module)?;
        assert_eq!(inspect(&bytes)?.contract, ContractVersion::V1_1, "{}", guest.language);
    }
    Ok(())
}

/// What an author runs while writing: the template's own tests, in the project that was made of it.
#[test]
fn the_tests_that_a_template_brings_along_pass() -> anyhow::Result<()> {
    for guest in &guests()?.built {
        let command: &[&str] = match guest.language {
            "js" => &["node", "--test"],
            "python" => &["python3", "-m", "unittest", "discover", "unit"],
            _ => continue,
        };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../target/guests")
            .join(format!("guest-{}", guest.language));
        let (program, arguments) = command.split_first().context("no program")?;
        let ran = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()?;
        let said = [ran.stdout, ran.stderr].concat();
        ensure!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&said));
    }
    Ok(())
}

/// One test: compiling the JavaScript and Python engines takes most of its time, and is done once.
#[test]
fn each_template_does_what_its_cases_say_every_time() -> anyhow::Result<()> {
    let guests = guests()?;
    for line in &guests.unreachable {
        eprintln!("skipped: {line}");
    }
    let required = std::env::var_os("HOLDFAST_REQUIRE_REFERENCE").is_some_and(|value| value == "1");
    ensure!(
        !required || guests.unreachable.is_empty(),
        "the tools of a template cannot be reached: {:?}; make them reachable, or unset HOLDFAST_REQUIRE_REFERENCE",
        guests.unreachable
    );
    ensure!(guests.built.len() + guests.unreachable.len() == 4, "a template was overlooked");
    let folder = tempfile::tempdir()?;
    let evaluator = Evaluator::with_lanes(loaded(folder.path())?, NonZeroUsize::MIN)?;
    for guest in &guests.built {
        let mut fuel = BTreeSet::new();
        for case in &guest.cases.cases {
            let request = case.request();
            let mut records = BTreeSet::new();
            for _ in 0..RUNS {
                let record = evaluator.decide(&request).record;
                records.insert(serde_json::to_string(&record)?);
                let opinion = record.opinions.iter().find(|opinion| *opinion.rule == *guest.language);
                let opinion = opinion.context("the rule was not asked")?;
                let codes: Vec<String> = opinion.reasons.iter().map(|reason| reason.code.clone()).collect();
                let difference = case.expect.difference(&opinion.verdict, &opinion.said.to_json(), &codes);
                ensure!(difference.is_none(), "{}, {}: {difference:?}", guest.language, case.name);
                fuel.insert((case.name.clone(), opinion.fuel));
            }
            ensure!(records.len() == 1, "{}, {}: {RUNS} runs gave {records:?}", guest.language, case.name);
        }
        ensure!(
            fuel.len() == guest.cases.cases.len(),
            "{}: fuel differs between runs: {fuel:?}",
            guest.language
        );
        let most = fuel.iter().map(|(_, fuel)| fuel).max().context("no case")?;
        eprintln!("{}: {} cases, {RUNS} runs alike, at most {most} fuel", guest.language, fuel.len());
    }
    Ok(())
}

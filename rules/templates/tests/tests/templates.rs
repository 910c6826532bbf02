//! Every template builds with its own tools, passes the gate, says what its cases expect, and says it again.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;

use anyhow::{Context as _, ensure};
use holdfast_evaluator::Evaluator;
use holdfast_rule_templates::Guests;

const RUNS: usize = 6;

/// One test: compiling the JavaScript and Python engines takes most of its time, and is done once.
#[test]
fn each_template_does_what_its_cases_say_every_time() -> anyhow::Result<()> {
    let guests = Guests::build()?;
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
    let evaluator = Evaluator::with_lanes(guests.rule_set(folder.path())?, NonZeroUsize::MIN)?;
    for guest in &guests.built {
        let mut fuel = BTreeSet::new();
        for case in &guest.cases.cases {
            let request = case.request();
            let mut records = BTreeSet::new();
            for _ in 0..RUNS {
                let record = evaluator.decide(&request).record;
                records.insert(serde_json::to_string(&record)?);
                let opinion = record.opinions.iter().find(|opinion| opinion.rule == guest.language);
                let opinion = opinion.context("the rule was not asked")?;
                let codes: Vec<String> = opinion.reasons.iter().map(|reason| reason.code.clone()).collect();
                let difference = case.expect.difference(&opinion.verdict, &opinion.said, &codes);
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

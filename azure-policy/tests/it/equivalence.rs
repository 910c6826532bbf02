//! A binding selects what Azure Policy selects, no more and no less.

use std::cell::{Cell, RefCell};

use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::definitions::{DEFINITIONS, Definition};
use crate::estate::{asset, assigned};
use crate::oracle::Oracle;
use crate::rule::{configured, imported};

/// Assignments tried for each definition, and resources for each assignment.
const ASSIGNMENTS: u32 = 250;
const RESOURCES: usize = 6;

#[test]
fn a_binding_selects_what_azure_policy_selects() -> anyhow::Result<()> {
    std::thread::scope(|scope| {
        let running: Vec<_> =
            DEFINITIONS.iter().map(|one| (one, scope.spawn(|| try_definition(one)))).collect();
        for (definition, thread) in running {
            let (selected, left) = thread.join().map_err(|_| anyhow::anyhow!("panicked"))??;
            let builtin = definition.builtin();
            eprintln!("{}: {selected} selected, {left} not", builtin.id);
            anyhow::ensure!(selected + left >= 1_000, "{builtin}: too few resources");
            anyhow::ensure!(
                selected >= 100 && left >= 100,
                "{builtin}: {selected} selected, {left} not says little"
            );
        }
        Ok(())
    })
}

/// How many resources were selected, and how many were not.
fn try_definition(definition: &Definition) -> anyhow::Result<(u32, u32)> {
    let oracle = RefCell::new(Oracle::new(definition)?);
    let counts = Cell::new((0, 0));
    let config = Config { cases: ASSIGNMENTS, failure_persistence: None, ..Config::default() };
    let strategy = proptest::strategy::Strategy::prop_flat_map(assigned(definition), |assigned| {
        let assets = proptest::collection::vec(asset(definition, &assigned), RESOURCES);
        (proptest::strategy::Just(assigned), assets)
    });
    let failed = |error: anyhow::Error| TestCaseError::fail(format!("{error:#}"));
    let ended = TestRunner::new(config).run(&strategy, |(assigned, assets)| {
        let text = imported(&assigned.assignment(definition)).map_err(failed)?.to_toml();
        let bound = configured(&text).map_err(failed)?;
        for asset in &assets {
            let expected = oracle.borrow_mut().selects(&assigned, asset).map_err(failed)?;
            let found = bound.selects(asset);
            if found != expected {
                return Err(TestCaseError::fail(format!(
                    "Azure Policy {} this, the rule {}: {asset:#?}\n{text}",
                    if expected { "selects" } else { "leaves" },
                    if found { "selects it" } else { "leaves it" },
                )));
            }
            let (selected, left) = counts.get();
            counts.set(if found { (selected + 1, left) } else { (selected, left + 1) });
        }
        Ok(())
    });
    ended.map_err(|error| anyhow::anyhow!("{}: {error}", definition.builtin()))?;
    Ok(counts.get())
}

//! Random modules: an instance that was put back to its first state is as good as a new one.

mod doors;
mod module;
mod smith;

use holdfast_evaluator::{Evaluator, Request};
use wit_component::{ComponentEncoder, StringEncoding};

use crate::built::request;
use crate::doors::alone;
use crate::forge;

use doors::Doors;

/// Modules that are tried; the seeds are their numbers, so that all machines try the same.
const MODULES: u64 = 48;
/// How many of them must have been put back after an answer: else the law says nothing.
const LEAST: usize = 24;
/// Enough for the longest of them by far.
const FUEL: u64 = 2_000_000;

fn component(seed: u64) -> anyhow::Result<Vec<u8>> {
    let mut module = wat::parse_str(module::text(seed))?;
    let (resolve, world) = forge::contract("packed-rule")?;
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default().validate(true).module(&module)?.encode()
}

/// Requests of different lengths, some twice.
fn requests() -> Vec<Request> {
    let sized = [0, 300, 5_000, 300, 0, 9_000].into_iter().map(|length| {
        let mut asked = request("Microsoft.Compute/disks", "westeurope", &[("env", "prod")]);
        asked.resource.body = "x".repeat(length);
        asked
    });
    sized.collect()
}

/// How an evaluation ended: the answer, or the kind of failure (each door has its own words), and the fuel.
fn ended(said: Option<(String, u64)>) -> anyhow::Result<(String, u64)> {
    let (said, fuel) = said.ok_or_else(|| anyhow::anyhow!("it was not asked"))?;
    let kind = said.split([' ', '{']).next().unwrap_or_default().to_owned();
    Ok((if said.starts_with("Ok") { said } else { kind }, fuel))
}

/// Holds each evaluation against one in a new instance; says how many gave an answer.
fn answered(evaluator: &Evaluator, seed: u64) -> anyhow::Result<usize> {
    let requests = requests();
    let mut answered = 0;
    for (number, request) in requests.iter().chain(&requests).enumerate() {
        let anew = ended(evaluator.said_anew(request))?;
        let reset = ended(evaluator.said_after_reset(request))?;
        assert_eq!(anew, reset, "module {seed}, evaluation {number}:\n{}", module::text(seed));
        let anew_typed = ended(evaluator.said_typed_anew(request))?;
        let typed = ended(evaluator.said_typed_after_reset(request))?;
        assert_eq!(anew_typed, typed, "module {seed}, evaluation {number}, typed:\n{}", module::text(seed));
        answered += usize::from(anew.0.starts_with("Ok"));
    }
    Ok(answered)
}

#[test]
fn random_modules_are_put_back_exactly() -> anyhow::Result<()> {
    let (mut reset, mut told, mut anew) = (0, 0, 0);
    for seed in 0..MODULES {
        let evaluator = alone(&component(seed)?, FUEL)?;
        let answered = answered(&evaluator, seed)?;
        if evaluator.first_is_reset() == Some(true) {
            reset += 1;
            told += usize::from(answered > 1);
        } else {
            anew += 1;
        }
    }
    let counts = format!("{reset} put back, {told} after an answer, {anew} made new");
    assert!(told >= LEAST && anew > 0, "{counts}: the law has hardly been tried");
    Ok(())
}

#[test]
fn what_an_evaluation_leaves_behind_shows() -> anyhow::Result<()> {
    // Without this, equal fuel would say nothing: memory that differs must burn another amount.
    let evaluator = |seed| alone(&component(seed)?, FUEL);
    let asked = &requests()[0];
    let fuel: std::collections::BTreeSet<u64> =
        (0..12).map(|seed| Ok(ended(evaluator(seed)?.said_anew(asked))?.1)).collect::<anyhow::Result<_>>()?;
    assert!(fuel.len() >= 10, "modules with other memories burn the same fuel: {fuel:?}");
    Ok(())
}

/// Modules of wasm-smith that are tried, by their seeds.
const SMITHED: u64 = 160;
/// How many of them must leave something that would show without the reset.
const CHANGED: usize = 8;
/// Enough to sum up their memory twice.
const SUMMING: u64 = 40_000_000;

/// Whether the module's own functions leave memory or globals other than they found them.
fn leaves_something(seed: u64) -> anyhow::Result<bool> {
    let Some(module) = smith::rule(seed, Doors::TrapUnlessChanged)? else { return Ok(false) };
    let evaluator = alone(&module, SUMMING)?;
    for request in requests() {
        if ended(evaluator.said_anew(&request))?.0.starts_with("Ok") {
            return Ok(true);
        }
    }
    Ok(false)
}

#[test]
fn modules_of_any_shape_are_put_back_exactly() -> anyhow::Result<()> {
    let (mut reset, mut told, mut left, mut anew) = (0, 0, 0, 0);
    for seed in 0..SMITHED {
        let Some(module) = smith::rule(seed, Doors::ShowState)? else { continue };
        let evaluator = alone(&module, SUMMING)?;
        let requests = requests();
        let mut answered = 0;
        for (number, request) in requests.iter().chain(&requests).enumerate() {
            let fresh = ended(evaluator.said_anew(request))?;
            assert_eq!(
                fresh,
                ended(evaluator.said_after_reset(request))?,
                "module {seed}, evaluation {number}"
            );
            answered += usize::from(fresh.0.starts_with("Ok"));
        }
        if evaluator.first_is_reset() != Some(true) {
            anew += 1;
            continue;
        }
        reset += 1;
        if answered > 1 {
            told += 1;
            left += usize::from(leaves_something(seed)?);
        }
    }
    let counts =
        format!("{reset} put back, {told} after an answer, {left} had left something, {anew} made new");
    assert!(told >= LEAST && left >= CHANGED && anew > 0, "{counts}: the law has hardly been tried");
    Ok(())
}

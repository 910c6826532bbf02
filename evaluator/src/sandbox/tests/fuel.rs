//! What instructions cost.

use std::num::NonZeroUsize;

use crate::engine::{Freshness, Limits};

use super::super::{Lanes, RuleFailure};
use super::forge::Forged;
use super::{prepared, request};
use crate::contract::RequestParts;

/// Fuel for `evaluate` with this body, which is repeated so many times, and how it ends.
fn burnt(body: &str, times: usize, limits: Limits) -> anyhow::Result<(Option<RuleFailure>, u64)> {
    let evaluate = format!("{} i32.const 4096", body.repeat(times));
    let rule = prepared(Forged { evaluate: &evaluate, pages: 2, ..Forged::default() })?;
    let lanes = Lanes::new(&[(&rule, limits)], NonZeroUsize::MIN, Freshness::Reset)
        .map_err(|(_, detail)| anyhow::anyhow!(detail))?;
    let request = request();
    let lane = lanes.hold().ok_or_else(|| anyhow::anyhow!("there is no lane"))?;
    let evaluation = lane.evaluate(0, &RequestParts::of(&request));
    let evaluation = evaluation.ok_or_else(|| anyhow::anyhow!("there is no rule"))?;
    Ok((evaluation.heard.err(), evaluation.fuel))
}

/// Fuel for one more time.
fn cost(body: &str) -> anyhow::Result<u64> {
    let one = burnt(body, 1, Limits::default())?;
    let two = burnt(body, 2, Limits::default())?;
    assert_eq!((&one.0, &two.0), (&None, &None), "{body}");
    Ok(two.1 - one.1)
}

#[test]
fn what_takes_a_machine_longer_costs_more() -> anyhow::Result<()> {
    let sum = cost("(drop (i64.add (i64.const 7) (i64.const 3)))")?;
    assert_eq!(sum, 3);
    for (body, least) in [
        ("(drop (i64.div_s (i64.const 7) (i64.const 3)))", 10),
        ("(drop (i64.rem_u (i64.const 7) (i64.const 3)))", 10),
        ("(drop (i32.div_u (i32.const 7) (i32.const 3)))", 10),
        ("(drop (f64.div (f64.const 7) (f64.const 3)))", 6),
        ("(drop (f64.sqrt (f64.const 7)))", 5),
        ("(drop (f32.ceil (f32.const 7)))", 5),
        ("(drop (i32.load (i32.const 5000)))", 5),
        ("(i32.store (i32.const 5000) (i32.const 7))", 4),
        ("(memory.copy (i32.const 70000) (i32.const 70100) (i32.const 0))", 24),
        ("(memory.fill (i32.const 70000) (i32.const 0) (i32.const 1000))", 1024),
        ("(drop (memory.grow (i32.const 0)))", 255),
    ] {
        let cost = cost(body)?;
        assert!(cost >= least, "{body} costs {cost}");
    }
    Ok(())
}

#[test]
fn nothing_but_divisions_ends_by_fuel_each_time() -> anyhow::Result<()> {
    // All the fuel that there is, in the instruction that takes longest for what it costs elsewhere.
    let body = "(loop (drop (i64.div_u (i64.const -1) (i64.div_s (i64.const 0x7fffffffffffffff)
        (i64.load (i32.const 65528))))) (br 0))";
    for _ in 0..3 {
        let divisor = format!("(i64.store (i32.const 65528) (i64.const 3)) {body}");
        let (failure, _) = burnt(&divisor, 1, Limits::default())?;
        assert_eq!(failure, Some(RuleFailure::Fuel { limit: Limits::default().fuel }));
    }
    Ok(())
}

#[test]
fn loads_that_miss_every_cache_end_by_fuel_too() -> anyhow::Result<()> {
    // Each load says where the next one is, far away: first written, then followed without end.
    let body = "(local $at i32) (local $next i32)
        (loop $write
            (local.set $next (i32.and (i32.add (i32.mul (local.get $at) (i32.const 1664525))
                (i32.const 64)) (i32.const 0x3fffc0)))
            (i32.store (i32.add (local.get $at) (i32.const 0x10000)) (i32.add (local.get $next) (i32.const 0x10000)))
            (local.set $at (i32.add (local.get $at) (i32.const 64)))
            (br_if $write (i32.lt_u (local.get $at) (i32.const 0x400000))))
        (local.set $at (i32.const 0x10000))
        (loop $follow
            (local.set $at (i32.load (i32.load (i32.load (i32.load (local.get $at))))))
            (br $follow))";
    let evaluate = format!("{body} i32.const 4096");
    let rule = prepared(Forged { evaluate: &evaluate, pages: 80, ..Forged::default() })?;
    let lanes = Lanes::new(&[(&rule, Limits::default())], NonZeroUsize::MIN, Freshness::Reset)
        .map_err(|(_, detail)| anyhow::anyhow!(detail))?;
    let request = request();
    let lane = lanes.hold().ok_or_else(|| anyhow::anyhow!("there is no lane"))?;
    let evaluation = lane.evaluate(0, &RequestParts::of(&request));
    let failure = evaluation.and_then(|evaluation| evaluation.heard.err());
    assert_eq!(failure, Some(RuleFailure::Fuel { limit: Limits::default().fuel }));
    Ok(())
}

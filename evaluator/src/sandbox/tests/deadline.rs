//! The net below the fuel: with fuel for hours, the clock ends an evaluation.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use crate::engine::{Freshness, Limits};

use super::super::{Lanes, RuleFailure};
use super::forge::{FINE, Forged};
use super::{prepared, request};
use crate::contract::RequestParts;

#[test]
fn the_clock_ends_what_fuel_does_not() -> anyhow::Result<()> {
    let prepared =
        prepared(Forged { configure: FINE, evaluate: "(loop (br 0)) unreachable", ..Forged::default() })?;
    let limits = Limits { fuel: u64::MAX / 2, deadline: Duration::from_millis(100), ..Limits::default() };
    let lanes = Lanes::new(&[(&prepared, limits)], NonZeroUsize::MIN, Freshness::Reset)
        .map_err(|(_, detail)| anyhow::anyhow!(detail))?;
    let request = request();
    let parts = RequestParts::of(&request);
    let started = Instant::now();
    let evaluation = lanes.hold().and_then(|lane| lane.evaluate(0, &parts));
    let heard = evaluation.map(|evaluation| evaluation.heard);
    assert_eq!(heard, Some(Err(RuleFailure::Deadline { limit_ms: 100 })));
    assert!(started.elapsed() >= Duration::from_millis(75), "it ended too early");
    Ok(())
}

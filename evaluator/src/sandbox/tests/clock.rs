//! The clock may sleep when no lane is held.

use std::num::NonZeroUsize;

use crate::engine::{Freshness, Limits};

use super::super::Lanes;
use super::forge::{FINE, Forged};
use super::{prepared, request};
use crate::contract::RequestParts;

#[test]
fn a_lane_is_given_back_after_each_use_however_it_ends() -> anyhow::Result<()> {
    let prepared = prepared(Forged { configure: FINE, evaluate: "unreachable", ..Forged::default() })?;
    let lanes = Lanes::new(&[(&prepared, Limits::default())], NonZeroUsize::MIN, Freshness::Reset)
        .map_err(|(_, detail)| anyhow::anyhow!(detail))?;
    let before: u64 = lanes.uses().iter().sum();
    let request = request();
    let parts = RequestParts::of(&request);
    for uses in 1..=3 {
        let lane = lanes.hold().ok_or_else(|| anyhow::anyhow!("there is no lane"))?;
        assert_eq!(lanes.uses(), [before + 2 * uses - 1], "it is held");
        assert!(lane.evaluate(0, &parts).is_some_and(|evaluation| evaluation.heard.is_err()));
        drop(lane);
        assert_eq!(lanes.uses(), [before + 2 * uses], "it is free");
    }
    Ok(())
}

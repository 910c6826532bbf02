//! Swap that is switched on later: the kernel is no longer asked which pages were touched.

use std::fs;
use std::num::NonZeroUsize;

use crate::engine::{Freshness, Limits};

use super::super::Lanes;
use super::forge::Forged;
use super::{packed, prepared, request};
use crate::contract::RequestParts;
use crate::engine::Swaps;

const NAMES: &str = "Filename\tType\tSize\tUsed\tPriority\n";

#[test]
fn swap_that_appears_later_ends_the_questions_to_the_kernel() -> anyhow::Result<()> {
    // It fails where it finds what it wrote before. Its memory is large, so that most is never touched.
    let door = packed(
        "(if (i32.load (i32.const 2000000)) (then unreachable)) (i32.store (i32.const 2000000) (i32.const 7))",
    );
    let rule = prepared(Forged { pages: 64, world: "packed-rule", more: &door, ..Forged::default() })?;
    let folder = tempfile::tempdir()?;
    let list = folder.path().join("swaps");
    fs::write(&list, NAMES)?;
    let swaps = Swaps::listed(&list);
    let rules = [(&rule, Limits::default())];
    let lanes = Lanes::watching(swaps, &rules, NonZeroUsize::MIN, Freshness::Reset)
        .map_err(|(_, detail)| anyhow::anyhow!(detail))?;
    let request = request();
    let parts = RequestParts::of(&request);
    let ask = || -> anyhow::Result<Option<bool>> {
        let lane = lanes.hold().ok_or_else(|| anyhow::anyhow!("there is no lane"))?;
        for _ in 0..3 {
            let evaluation = lane.evaluate(0, &parts).ok_or_else(|| anyhow::anyhow!("there is no rule"))?;
            evaluation.heard?;
        }
        Ok(lane.asks_kernel())
    };
    let can_be_asked = wasmtime::PoolingAllocationConfig::is_pagemap_scan_available();
    assert_eq!(ask()?, Some(can_be_asked));
    fs::write(&list, format!("{NAMES}/swapfile file 1048576 0 -2\n"))?;
    assert_eq!(ask()?, Some(false));
    fs::write(&list, NAMES)?;
    assert_eq!(ask()?, Some(false), "swapped memory may still come back");
    Ok(())
}

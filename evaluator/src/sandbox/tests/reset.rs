//! That an instance may be put back is the host's own record, whatever the module says.

use std::num::NonZeroUsize;

use crate::engine::{Freshness, Limits};

use super::super::{Lanes, Prepared};
use super::forge::Forged;
use super::{packed, prepared, request};
use crate::contract::RequestParts;

/// Fails where it finds what it wrote before, and grows a memory that cannot grow.
fn rule() -> anyhow::Result<Prepared> {
    let door =
        packed("(if (i32.load (i32.const 0)) (then unreachable)) (i32.store (i32.const 0) (i32.const 7))");
    prepared(Forged { world: "packed-rule", more: &door, ..Forged::default() })
}

fn lanes(rule: &Prepared, freshness: Freshness) -> anyhow::Result<Lanes> {
    Lanes::new(&[(rule, Limits::default())], NonZeroUsize::MIN, freshness)
        .map_err(|(_, detail)| anyhow::anyhow!(detail))
}

/// Whether it is reset, after three evaluations.
fn is_reset(lanes: &Lanes) -> anyhow::Result<Option<bool>> {
    let request = request();
    let lane = lanes.hold().ok_or_else(|| anyhow::anyhow!("there is no lane"))?;
    for _ in 0..3 {
        let evaluation = lane.evaluate(0, &RequestParts::of(&request));
        evaluation.ok_or_else(|| anyhow::anyhow!("there is no rule"))?.heard?;
    }
    Ok(lane.is_reset(0))
}

#[test]
fn an_export_alone_is_not_believed() -> anyhow::Result<()> {
    let mut rule = rule()?;
    assert!(rule.resettable);
    assert_eq!(is_reset(&lanes(&rule, Freshness::Reset)?)?, Some(true));
    // The same bytes, export and all, without the record.
    rule.resettable = false;
    assert_eq!(is_reset(&lanes(&rule, Freshness::Reset)?)?, Some(false));
    Ok(())
}

#[test]
fn strict_freshness_resets_nothing() -> anyhow::Result<()> {
    assert_eq!(is_reset(&lanes(&rule()?, Freshness::Strict)?)?, Some(false));
    Ok(())
}

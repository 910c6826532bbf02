//! Rules that misbehave when they are asked.

use anyhow::Context as _;
use holdfast_evaluator::{Evaluator, Mode, Outcome};

use crate::built::request;
use crate::forge::{FINE, Forged};
use crate::said::assert_says;

use super::{DISK, Set, failure};

#[test]
fn an_endless_loop_burns_its_fuel() -> anyhow::Result<()> {
    let said = failure(Forged { evaluate: "(loop (br 0)) unreachable", ..Forged::default() })?;
    assert_says(&said, &["ran out of fuel: the limit is 5000000", "protect-with-default"]);
    Ok(())
}

#[test]
fn a_binding_can_lower_the_fuel() -> anyhow::Result<()> {
    let forged = Forged { evaluate: "(loop (br 0)) unreachable", ..Forged::default() };
    let set = Set::forged(forged, "limits = { fuel = 1000 }")?;
    let decision = Evaluator::new(set.load()??)?.decide(&request(DISK, "westeurope", &[]));
    let forged = decision.record.opinions.first().context("nothing recorded")?;
    assert_says(&forged.said.to_string(), &["the limit is 1000"]);
    assert!(forged.fuel <= 1000, "it burnt {}", forged.fuel);
    let set = Set::forged(Forged::default(), "limits = { fuel = 50000001 }")?;
    assert_says(&set.refused()?, &["`forged`", "limits may only be lowered", "50000000"]);
    Ok(())
}

#[test]
fn a_memory_bomb_stops_at_its_limit() -> anyhow::Result<()> {
    let said = failure(Forged {
        evaluate: "(loop (drop (memory.grow (i32.const 16))) (br 0)) unreachable",
        ..Forged::default()
    })?;
    assert_says(&said, &["bytes of memory: the limit is 33554432"]);
    Ok(())
}

#[test]
fn traps_end_one_rule_only() -> anyhow::Result<()> {
    let trap = failure(Forged { evaluate: "unreachable", ..Forged::default() })?;
    assert_says(&trap, &["it trapped", "unreachable"]);
    let overflow = failure(Forged { evaluate: "(call $evaluate (local.get 0))", ..Forged::default() })?;
    assert_says(&overflow, &["it trapped", "call stack exhausted"]);
    Ok(())
}

#[test]
fn a_huge_or_broken_answer_is_not_read() -> anyhow::Result<()> {
    let answer = |length: u32| {
        format!(
            "(i32.store8 (i32.const 8192) (i32.const 1))
             (i32.store (i32.const 8196) (i32.const 0))
             (i32.store (i32.const 8200) (i32.const 4096))
             (i32.store (i32.const 8204) (i32.const {length}))
             i32.const 8192"
        )
    };
    let huge = failure(Forged { pages: 8, evaluate: &answer(300_000), ..Forged::default() })?;
    assert_says(&huge, &["could not be read within the limit of 65536 bytes"]);
    let outside = failure(Forged { evaluate: &answer(4_000_000_000), ..Forged::default() })?;
    assert_says(&outside, &["could not be read"]);
    let nowhere = failure(Forged { evaluate: "i32.const -16", ..Forged::default() })?;
    assert_says(&nowhere, &["could not be read"]);
    Ok(())
}

#[test]
fn a_request_that_is_too_large_is_not_given_to_rules() -> anyhow::Result<()> {
    let evaluator = Evaluator::new(Set::forged(Forged::default(), "on-error = \"hold\"")?.load()??)?;
    let mut asked = request(DISK, "westeurope", &[("env", "prod")]);
    asked.resource.body = "x".repeat(300_000);
    let decision = evaluator.decide(&asked);
    let Outcome::Hold { reason } = decision.outcome else {
        anyhow::bail!("expected a hold, got {:?}", decision.outcome);
    };
    assert_says(&reason, &["`forged`", "bytes of text: the limit is 262144"]);
    Ok(())
}

#[test]
fn a_failing_shadow_rule_is_recorded_and_ignored() -> anyhow::Result<()> {
    let forged = Forged { evaluate: "unreachable", configure: FINE, ..Forged::default() };
    let set = Set::forged(forged, "mode = \"shadow\"\non-error = \"ignore\"")?;
    let decision = Evaluator::new(set.load()??)?.decide(&request(DISK, "westeurope", &[]));
    assert_eq!(decision.outcome, Outcome::NotCovered);
    let forged = decision.record.opinions.first().context("nothing recorded")?;
    assert_eq!((forged.mode, &*forged.verdict), (Mode::Shadow, "indeterminate"));
    Ok(())
}

#[test]
fn a_table_bomb_stops_at_its_limit() -> anyhow::Result<()> {
    let said = failure(Forged {
        more: "(table $t 1 funcref)",
        evaluate: "(loop (drop (table.grow $t (ref.null func) (i32.const 1000))) (br 0)) unreachable",
        ..Forged::default()
    })?;
    assert_says(&said, &["table elements: the limit is 20000"]);
    Ok(())
}

#[test]
fn bulk_operations_burn_fuel_by_their_size() -> anyhow::Result<()> {
    let said = failure(Forged {
        pages: 256,
        evaluate: "(loop (memory.fill (i32.const 65536) (i32.const 7) (i32.const 16000000)) (br 0)) unreachable",
        ..Forged::default()
    })?;
    assert_says(&said, &["ran out of fuel: the limit is 5000000"]);
    Ok(())
}

#[test]
fn text_that_is_not_utf_8_is_not_read() -> anyhow::Result<()> {
    // It gives up, in the two bytes at 12288.
    let said = failure(Forged {
        more: r#"(data (i32.const 12288) "\ff\fe")"#,
        evaluate: "(i32.store8 (i32.const 8192) (i32.const 1))
            (i32.store (i32.const 8196) (i32.const 0))
            (i32.store (i32.const 8200) (i32.const 12288))
            (i32.store (i32.const 8204) (i32.const 2))
            i32.const 8192",
        ..Forged::default()
    })?;
    assert_says(&said, &["could not be read", "utf-8"]);
    Ok(())
}

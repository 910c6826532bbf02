//! Instances that stand: what one evaluation leaves behind, the next does not find.

use std::num::NonZeroUsize;

use holdfast_evaluator::{Evaluator, Outcome};

use crate::built::{request, rules};
use crate::doors::alone;
use crate::forge::Forged;

const DISK: &str = "Microsoft.Compute/disks";

/// One answer that abstains, whose address and length lie at 8192.
const ABSTAIN: &str = "(i32.store8 (i32.const 4096) (i32.const 1))
    (i32.store (i32.const 8192) (i32.const 4096)) (i32.store (i32.const 8196) (i32.const 9))
    i32.const 8192";

/// A rule that does this before it abstains.
fn leaving(items: &str, body: &str) -> anyhow::Result<Evaluator> {
    let door =
        format!(r#"{items} (func (export "evaluate-packed") (param i32 i32) (result i32) {body} {ABSTAIN})"#);
    let forged = Forged { world: "packed-rule", more: &door, ..Forged::default() };
    alone(&forged.component()?, 100_000)
}

#[test]
fn nothing_is_left_of_an_evaluation() -> anyhow::Result<()> {
    let (global, table) =
        ("(global $left (mut i64) (i64.const 0))", "(table $left 1 funcref) (elem declare func $nothing)");
    let table = format!("{table} (func $nothing)");
    for (what, items, body, stands) in [
        (
            "below",
            "",
            "(if (i32.load (i32.const 0)) (then unreachable)) (i32.store (i32.const 0) (i32.const 7))",
            true,
        ),
        (
            "at the end",
            "",
            "(if (i32.load (i32.const 65532)) (then unreachable)) (i32.store (i32.const 65532) (i32.const 7))",
            true,
        ),
        (
            "over data",
            "",
            "(if (i32.ne (i32.load8_u (i32.const 256)) (i32.const 102)) (then unreachable)) (i32.store8 (i32.const 256) (i32.const 7))",
            true,
        ),
        (
            "in a global",
            global,
            "(if (i64.ne (global.get $left) (i64.const 0)) (then unreachable)) (global.set $left (i64.const 7))",
            true,
        ),
        (
            "in size",
            "",
            "(if (i32.ne (memory.size) (i32.const 1)) (then unreachable)) (drop (memory.grow (i32.const 1)))",
            true,
        ),
        (
            "in a table",
            &table,
            "(if (i32.eqz (ref.is_null (table.get $left (i32.const 0)))) (then unreachable)) (table.set $left (i32.const 0) (ref.func $nothing))",
            false,
        ),
        (
            "in a segment",
            r#"(data $left "seven")"#,
            "(memory.init $left (i32.const 0) (i32.const 0) (i32.const 5)) (data.drop $left)",
            false,
        ),
    ] {
        let evaluator = leaving(items, body)?;
        assert_eq!(evaluator.first_is_reset(), Some(stands), "{what}");
        let asked = request(DISK, "westeurope", &[]);
        for round in 0..4 {
            assert_eq!(evaluator.decide(&asked).outcome, Outcome::NotCovered, "{what}, round {round}");
            let many = evaluator.decide_many(std::slice::from_ref(&asked), NonZeroUsize::MIN);
            assert_eq!(many, [Outcome::NotCovered], "{what}, round {round}, by many");
        }
    }
    Ok(())
}

#[test]
fn a_failure_leaves_nothing_either() -> anyhow::Result<()> {
    // It fails at texts that are longer than 300 bytes, after it wrote.
    let body = "(if (i32.load (i32.const 0)) (then (return (i32.const -16))))
        (i32.store (i32.const 0) (i32.const 7))
        (if (i32.gt_u (local.get 1) (i32.const 1000)) (then unreachable))";
    let evaluator = leaving("", body)?;
    let short = request(DISK, "westeurope", &[]);
    let mut long = short.clone();
    long.resource.body = "x".repeat(2000);
    for _ in 0..3 {
        assert_eq!(evaluator.decide(&short).outcome, Outcome::NotCovered);
        assert!(evaluator.said_after_reset(&long).is_some_and(|(said, _)| said.contains("Trap")));
    }
    Ok(())
}

#[test]
fn the_shipped_rules_stand() -> anyhow::Result<()> {
    for name in ["select", "retention", "placement"] {
        let module = std::fs::read(rules()?.join(format!("{name}.wasm")))?;
        let stands =
            crate::folder::Folder::new(1)?.rule(name, &module, settings(name))?.evaluator()?.first_is_reset();
        assert_eq!(stands, Some(true), "{name}");
    }
    Ok(())
}

fn settings(name: &str) -> &'static str {
    match name {
        "retention" => r#"settings = { tag = "tier", tiers = { gold = { min-days = 30 } } }"#,
        "placement" => r#"settings = { default = { vault = "bv-{location}" } }"#,
        _ => r#"settings = { protect = [{ tags = { env = ["prod"] } }] }"#,
    }
}

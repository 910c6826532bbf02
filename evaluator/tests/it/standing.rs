//! Instances that stand: what one evaluation leaves behind, the next does not find.

use std::num::NonZeroUsize;

use holdfast_evaluator::{Evaluator, Outcome};

use crate::built::{request, rules};
use crate::doors::alone;
use crate::forge::{FINE, Forged};

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

/// What a rule might leave behind: items of its module, what it does, and whether its instance is put back.
struct Leftover {
    name: &'static str,
    items: &'static str,
    body: &'static str,
    is_put_back: bool,
}

const LEFTOVERS: [Leftover; 9] = [
    Leftover {
        name: "below",
        items: "",
        body: "(if (i32.load (i32.const 0)) (then unreachable)) (i32.store (i32.const 0) (i32.const 7))",
        is_put_back: true,
    },
    Leftover {
        name: "at the end",
        items: "",
        body: "(if (i32.load (i32.const 65532)) (then unreachable)) (i32.store (i32.const 65532) (i32.const 7))",
        is_put_back: true,
    },
    Leftover {
        name: "over data",
        items: "",
        body: "(if (i32.ne (i32.load8_u (i32.const 256)) (i32.const 102)) (then unreachable))
            (i32.store8 (i32.const 256) (i32.const 7))",
        is_put_back: true,
    },
    Leftover {
        name: "in a global",
        items: "(global $left (mut i64) (i64.const 0))",
        body: "(if (i64.ne (global.get $left) (i64.const 0)) (then unreachable)) (global.set $left (i64.const 7))",
        is_put_back: true,
    },
    Leftover {
        name: "in globals of other types",
        items: "(global $single (mut f32) (f32.const -0x1.8p3)) (global $double (mut f64) (f64.const nan:0x8000000000001))
            (global $constant i32 (i32.const -77)) (global $number (mut i32) (i32.const -1))",
        body: "(if (f32.ne (global.get $single) (f32.const -12)) (then unreachable))
            (if (i64.ne (i64.reinterpret_f64 (global.get $double)) (i64.const 0x7ff8000000000001)) (then unreachable))
            (if (i32.ne (global.get $number) (i32.const -1)) (then unreachable))
            (global.set $single (f32.const 1)) (global.set $double (f64.const 1)) (global.set $number (global.get $constant))",
        is_put_back: true,
    },
    Leftover {
        name: "in a vector",
        items: "(global $vector (mut v128) (v128.const i32x4 1 2 3 4))",
        body: "(if (i32.ne (i32x4.extract_lane 2 (global.get $vector)) (i32.const 3)) (then unreachable))
            (global.set $vector (v128.const i32x4 0 0 0 0))",
        is_put_back: true,
    },
    Leftover {
        name: "in size",
        items: "",
        body: "(if (i32.ne (memory.size) (i32.const 1)) (then unreachable)) (drop (memory.grow (i32.const 1)))",
        is_put_back: true,
    },
    Leftover {
        name: "in a table",
        items: "(table $left 1 funcref) (elem declare func $nothing) (func $nothing)",
        body: "(if (i32.eqz (ref.is_null (table.get $left (i32.const 0)))) (then unreachable))
            (table.set $left (i32.const 0) (ref.func $nothing))",
        is_put_back: false,
    },
    Leftover {
        name: "in a segment",
        items: r#"(data $left "seven")"#,
        body: "(memory.init $left (i32.const 0) (i32.const 0) (i32.const 5)) (data.drop $left)",
        is_put_back: false,
    },
];

#[test]
fn nothing_is_left_of_an_evaluation() -> anyhow::Result<()> {
    for Leftover { name, items, body, is_put_back } in LEFTOVERS {
        let evaluator = leaving(items, body)?;
        assert_eq!(evaluator.first_is_reset(), Some(is_put_back), "{name}");
        let asked = request(DISK, "westeurope", &[]);
        for round in 0..4 {
            assert_eq!(evaluator.decide(&asked).outcome, Outcome::NotCovered, "{name}, round {round}");
            let many = evaluator.decide_many(std::slice::from_ref(&asked), NonZeroUsize::MIN);
            assert_eq!(many, [Outcome::NotCovered], "{name}, round {round}, by many");
        }
    }
    Ok(())
}

#[test]
fn nothing_is_left_behind_the_typed_door_either() -> anyhow::Result<()> {
    for Leftover { name, items, body, is_put_back } in LEFTOVERS {
        let evaluate = format!("{body} {FINE}");
        let forged = Forged { more: items, evaluate: &evaluate, ..Forged::default() };
        let evaluator = alone(&forged.component()?, 100_000)?;
        assert_eq!(evaluator.first_is_reset(), Some(is_put_back), "{name}");
        let asked = request(DISK, "westeurope", &[("env", "prod")]);
        let anew = evaluator.said_typed_anew(&asked);
        assert!(anew.as_ref().is_some_and(|(said, _)| said.starts_with("Ok")), "{name}: {anew:?}");
        for round in 0..4 {
            assert_eq!(evaluator.said_typed_after_reset(&asked), anew, "{name}, round {round}");
            assert_eq!(evaluator.decide(&asked).outcome, Outcome::NotCovered, "{name}, round {round}");
        }
    }
    Ok(())
}

/// A rule that burns fuel when it is told that its answer has been read, and answers this at 4096.
fn answering(answer: &str) -> anyhow::Result<Evaluator> {
    let door = format!(
        r#"(func (export "evaluate-packed") (param i32 i32) (result i32)
            (if (i32.load (i32.const 0)) (then unreachable)) (i32.store (i32.const 0) (i32.const 7))
            {answer} (i32.store (i32.const 8192) (i32.const 4096)) (i32.store (i32.const 8196) (i32.const 9))
            i32.const 8192)
        (func (export "cabi_post_evaluate-packed") (param i32) (local $rounds i32)
            (loop $burning (local.set $rounds (i32.add (local.get $rounds) (i32.const 1)))
                (br_if $burning (i32.lt_u (local.get $rounds) (i32.const 50)))))"#
    );
    let forged = Forged { world: "packed-rule", more: &door, ..Forged::default() };
    alone(&forged.component()?, 100_000)
}

#[test]
fn an_answer_that_is_a_failure_costs_what_it_costs_anew_and_ends_no_instance() -> anyhow::Result<()> {
    // One answer: bad input without words, one of no known kind, and one that is fine.
    let kind = |kind: u32| {
        format!(
            "(i32.store8 (i32.const 4096) (i32.const 1)) (i32.store8 (i32.const 4100) (i32.const {kind}))"
        )
    };
    for (answer, says) in [(kind(4), "Err(GaveUp"), (kind(9), "Err(Output"), (kind(0), "Ok(")] {
        let evaluator = answering(&answer)?;
        let asked = request(DISK, "westeurope", &[]);
        let anew = evaluator.said_anew(&asked);
        assert!(anew.as_ref().is_some_and(|(said, _)| said.starts_with(says)), "{says}: {anew:?}");
        for _ in 0..3 {
            assert_eq!(evaluator.said_after_reset(&asked), anew, "{says}");
        }
        assert_eq!(evaluator.instances_of_first(), Some(1), "{says}");
    }
    Ok(())
}

#[test]
fn the_typed_door_of_an_instance_that_failed_is_made_anew() -> anyhow::Result<()> {
    // It fails for one type of resource, after it wrote.
    let evaluate = format!(
        "(if (i32.load (i32.const 0)) (then unreachable)) (i32.store (i32.const 0) (i32.const 7))
        (if (i32.eq (i32.load (i32.add (local.get 0) (i32.const 12))) (i32.const 7)) (then unreachable)) {FINE}"
    );
    let forged = Forged { evaluate: &evaluate, ..Forged::default() };
    let evaluator = alone(&forged.component()?, 100_000)?;
    let (sound, fatal) = (request(DISK, "westeurope", &[]), request("No/door", "westeurope", &[]));
    for _ in 0..3 {
        for asked in [&sound, &fatal] {
            assert_eq!(evaluator.said_typed_after_reset(asked), evaluator.said_typed_anew(asked));
        }
    }
    assert!(evaluator.said_typed(&sound).is_some_and(|said| said.starts_with("Ok")));
    assert!(evaluator.said_typed(&fatal).is_some_and(|said| said.contains("Trap")));
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
fn what_settings_have_left_is_put_back_to() -> anyhow::Result<()> {
    // Settings set a byte and grow memory by a page; an evaluation that finds it otherwise fails.
    let configure = format!(
        "(i32.store8 (i32.const 0) (i32.const 5)) (drop (memory.grow (i32.const 1)))
        (i32.store (i32.const 131068) (i32.const 9)) {FINE}"
    );
    let body = "(if (i32.ne (i32.load8_u (i32.const 0)) (i32.const 5)) (then unreachable))
        (if (i32.ne (i32.load (i32.const 131068)) (i32.const 9)) (then unreachable))
        (if (i32.ne (memory.size) (i32.const 2)) (then unreachable))
        (i32.store8 (i32.const 0) (i32.const 6)) (i32.store (i32.const 131068) (i32.const 0))";
    let door = format!(r#"(func (export "evaluate-packed") (param i32 i32) (result i32) {body} {ABSTAIN})"#);
    let evaluate = format!("{body} {FINE}");
    for (what, forged) in [
        ("packed", Forged { world: "packed-rule", more: &door, configure: &configure, ..Forged::default() }),
        ("typed", Forged { evaluate: &evaluate, configure: &configure, ..Forged::default() }),
    ] {
        let evaluator = alone(&forged.component()?, 100_000)?;
        let asked = request(DISK, "westeurope", &[]);
        for round in 0..4 {
            assert_eq!(evaluator.decide(&asked).outcome, Outcome::NotCovered, "{what}, round {round}");
        }
        assert_eq!(evaluator.instances_of_first(), Some(1), "{what}");
    }
    Ok(())
}

#[test]
fn settings_that_take_long_are_in_a_snapshot() -> anyhow::Result<()> {
    // A global counts how often settings were given; each evaluation finds one.
    let configure = format!(
        "(local $rounds i32) (global.set $given (i32.add (global.get $given) (i32.const 1)))
        (loop $long (local.set $rounds (i32.add (local.get $rounds) (i32.const 1)))
            (br_if $long (i32.lt_u (local.get $rounds) (i32.const 2000000)))) {FINE}"
    );
    let evaluate = format!("(if (i32.ne (global.get $given) (i32.const 1)) (then unreachable)) {FINE}");
    let items = "(global $given (mut i32) (i32.const 0))";
    let forged = Forged { evaluate: &evaluate, configure: &configure, more: items, ..Forged::default() };
    // Settings have fuel of their own, whatever an evaluation may burn.
    let evaluator = alone(&forged.component()?, 100_000)?;
    assert_eq!(evaluator.first_is_reset(), Some(true));
    let asked = request(DISK, "westeurope", &[]);
    for _ in 0..3 {
        assert_eq!(evaluator.decide(&asked).outcome, Outcome::NotCovered);
        assert_eq!(evaluator.said_typed_anew(&asked), evaluator.said_typed_after_reset(&asked));
    }
    Ok(())
}

#[test]
fn one_instance_serves_each_door() -> anyhow::Result<()> {
    let evaluator = leaving("", "")?;
    let asked = request(DISK, "westeurope", &[]);
    for _ in 0..100 {
        evaluator.said_after_reset(&asked);
    }
    assert_eq!(evaluator.instances_of_first(), Some(1));
    for _ in 0..100 {
        evaluator.said_typed_after_reset(&asked);
    }
    assert_eq!(evaluator.instances_of_first(), Some(2));
    evaluator.said_typed_anew(&asked);
    assert_eq!(evaluator.instances_of_first(), Some(2), "one that is made for a call is not kept");
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

//! Modules that misbehave when they are taken in: at their start, in `describe`, in `configure`.

use anyhow::Context as _;
use holdfast_evaluator::Evaluator;

use crate::forge::Forged;
use crate::said::assert_says;

use super::Set;

#[test]
fn a_memory_that_is_too_large_from_the_start_is_refused() -> anyhow::Result<()> {
    let forged = Forged { pages: 1000, ..Forged::default() };
    let message = Set::forged(forged, "")?.refused()?;
    assert_says(&message, &["`forged`", "65536000 bytes of memory: the limit is 33554432"]);
    Ok(())
}

#[test]
fn a_binding_whose_limits_let_nothing_start_is_refused() -> anyhow::Result<()> {
    let set = Set::forged(Forged::default(), "limits = { memory-bytes = 1 }")?;
    let message = Evaluator::new(set.load()??).err().context("it was taken")?.to_string();
    assert_says(&message, &["`forged`", "bytes of memory: the limit is 1"]);
    Ok(())
}

#[test]
fn a_rule_that_cannot_be_configured_is_refused_inside_its_fuel() -> anyhow::Result<()> {
    let forged = Forged { configure: "(loop (br 0)) unreachable", ..Forged::default() };
    let message = Set::forged(forged, "")?.refused()?;
    assert_says(&message, &["`forged`", "`configure`", "ran out of fuel: the limit is 50000000"]);
    let broken = Forged { schema: "[]", ..Forged::default() };
    assert_says(&Set::forged(broken, "")?.refused()?, &["`forged`", "no usable JSON Schema"]);
    Ok(())
}

/// Failures that a module can have wherever it runs, and what is said of each.
const FAILURES: [(&str, &str); 4] = [
    ("(loop (br 0)) unreachable", "ran out of fuel: the limit is 50000000"),
    ("unreachable", "it trapped: wasm trap: wasm `unreachable` instruction executed"),
    (
        "(loop (drop (memory.grow (i32.const 16))) (br 0)) unreachable",
        "bytes of memory: the limit is 33554432",
    ),
    ("(call $deeper (i32.const 0))", "it trapped: wasm trap: call stack exhausted"),
];
const DEEPER: &str = "(func $deeper (param i32) (result i32) (call $deeper (local.get 0)))";

#[test]
fn each_export_fails_within_its_limits() -> anyhow::Result<()> {
    for (body, expected) in FAILURES {
        let describing = Forged { describe: body, more: DEEPER, ..Forged::default() };
        assert_says(
            &Set::forged(describing, "")?.refused()?,
            &["`forged`", "failed in `describe`", expected],
        );
        let configuring = Forged { configure: body, more: DEEPER, ..Forged::default() };
        assert_says(
            &Set::forged(configuring, "")?.refused()?,
            &["`forged`", "failed in `configure`", expected],
        );
    }
    Ok(())
}

#[test]
fn an_allocator_is_held_to_the_limits_too() -> anyhow::Result<()> {
    for (realloc, expected) in [
        ("(loop (br 0))", "ran out of fuel: the limit is 50000000"),
        ("(loop (drop (memory.grow (i32.const 64))) (br 0))", "bytes of memory: the limit is 33554432"),
        ("(return (i32.const -16))", "realloc return: beyond end of memory"),
        ("unreachable", "it trapped"),
    ] {
        // The settings are the first text that it is asked to make room for.
        let allocating = Forged { realloc, ..Forged::default() };
        assert_says(&Set::forged(allocating, "")?.refused()?, &["`forged`", "`configure`", expected]);
    }
    Ok(())
}

#[test]
fn a_start_function_is_held_to_the_limits_too() -> anyhow::Result<()> {
    for (body, expected) in [
        ("(loop (br 0))", "ran out of fuel: the limit is 50000000"),
        ("unreachable", "it trapped"),
        ("(loop (drop (memory.grow (i32.const 16))) (br 0))", "bytes of memory: the limit is 33554432"),
    ] {
        let more = format!("(func $start {body}) (start $start)");
        let starting = Forged { more: &more, ..Forged::default() };
        assert_says(&Set::forged(starting, "")?.refused()?, &["`forged`", expected]);
    }
    Ok(())
}

#[test]
fn tables_and_data_that_are_too_large_from_the_start_are_refused() -> anyhow::Result<()> {
    let table = Forged { more: "(table 4000000 funcref)", ..Forged::default() };
    let message = Set::forged(table, "")?.refused()?;
    assert_says(&message, &["`forged`", "4000000 table elements: the limit is 20000"]);
    let tables = "(table 15000 funcref) (table 15000 funcref)";
    let tables = Forged { more: tables, ..Forged::default() };
    assert_says(&Set::forged(tables, "")?.refused()?, &["`forged`", "30000 table elements"]);
    let data = Forged { more: r#"(data (i32.const 65530) "too much")"#, ..Forged::default() };
    assert_says(&Set::forged(data, "")?.refused()?, &["`forged`", "out of bounds memory access"]);
    Ok(())
}

#[test]
fn a_description_that_is_huge_or_broken_is_not_read() -> anyhow::Result<()> {
    // The length of the schema lies at 16 + 5 * 8 + 4.
    let long = "(i32.store (i32.const 56) (i32.const 0)) (i32.store (i32.const 60) (i32.const 2000000)) i32.const 16";
    let long = Forged { pages: 40, describe: long, ..Forged::default() };
    let message = Set::forged(long, "")?.refused()?;
    assert_says(&message, &["`forged`", "`describe`", "could not be read within the limit of 1048576 bytes"]);
    let many =
        "(i32.store (i32.const 40) (i32.const 0)) (i32.store (i32.const 44) (i32.const 500000)) i32.const 16";
    let many = Forged { pages: 100, describe: many, ..Forged::default() };
    assert_says(&Set::forged(many, "")?.refused()?, &["`forged`", "could not be read within the limit"]);
    let broken = Forged { more: r#"(data (i32.const 256) "\ff\ff")"#, ..Forged::default() };
    assert_says(&Set::forged(broken, "")?.refused()?, &["`forged`", "utf-8"]);
    let nowhere = Forged { describe: "i32.const -16", ..Forged::default() };
    assert_says(&Set::forged(nowhere, "")?.refused()?, &["`forged`", "could not be read"]);
    Ok(())
}

//! Rules that try to carry something from one evaluation to the next.

use holdfast_evaluator::Evaluator;

use crate::built::request;
use crate::doors::alone;
use crate::forge::Forged;

use super::DISK;

/// One answer that abstains, whose address and length lie at 8192.
const ABSTAIN: &str = "(i32.store8 (i32.const 4096) (i32.const 1))
    (i32.store (i32.const 8192) (i32.const 4096)) (i32.store (i32.const 8196) (i32.const 9))";

fn rule(items: &str, body: &str, limit: &str) -> anyhow::Result<Evaluator> {
    let door = format!(
        r#"{items} (func (export "evaluate-packed") (param i32 i32) (result i32) {body} {ABSTAIN} i32.const 8192)"#
    );
    let forged = Forged { world: "packed-rule", more: &door, ..Forged::default() };
    alone(&with_maximum(&forged.component()?, limit)?, 1_000_000)
}

/// The same component, with this limit on its memory.
fn with_maximum(component: &[u8], limit: &str) -> anyhow::Result<Vec<u8>> {
    let text = wasmprinter::print_bytes(component)?;
    let limited = text.replacen("(memory (;0;) 1)", &format!("(memory (;0;) {limit})"), 1);
    anyhow::ensure!(limit == "1" || limited != text, "the memory is not where it was expected");
    Ok(wat::parse_str(limited)?)
}

/// What a hundred equal evaluations say and burn, which is what the first does, in a new instance, too.
fn one_of_a_hundred(evaluator: &Evaluator) -> anyhow::Result<(String, u64)> {
    let asked = request(DISK, "westeurope", &[]);
    let said = |number: usize| {
        let said = if number.is_multiple_of(10) {
            evaluator.said_anew(&asked)
        } else {
            evaluator.said_after_reset(&asked)
        };
        said.ok_or_else(|| anyhow::anyhow!("it was not asked"))
    };
    let first = said(1)?;
    for number in 2..=100 {
        assert_eq!(said(number)?, first, "evaluation {number}");
    }
    Ok(first)
}

#[test]
fn growing_in_vain_changes_no_other_evaluation() -> anyhow::Result<()> {
    let in_vain = "(if (i32.ne (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable))";
    for (body, limit) in [
        (in_vain.to_owned(), "1 4"),
        (in_vain.to_owned(), "2 8"),
        (in_vain.repeat(5), "1 4"),
        ("(drop (memory.grow (i32.const 65536)))".to_owned(), "1"),
        ("(drop (memory.grow (i32.const -1)))".to_owned(), "1"),
        (format!("(drop (memory.grow (i32.const 1))) {in_vain}"), "1 5"),
    ] {
        let evaluator = rule("", &body, limit)?;
        assert_eq!(evaluator.first_is_reset(), Some(true), "{body}");
        let (said, _) = one_of_a_hundred(&evaluator)?;
        assert!(said.starts_with("Ok"), "{body}: {said}");
    }
    Ok(())
}

#[test]
fn a_memory_that_leaves_no_room_for_a_snapshot_is_made_anew_without_a_panic() -> anyhow::Result<()> {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static SNAPSHOT_PANICS: AtomicUsize = AtomicUsize::new(0);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let at = panic.location().map(std::panic::Location::file).unwrap_or_default();
        if at.contains("wizer") && at.ends_with("snapshot.rs") {
            SNAPSHOT_PANICS.fetch_add(1, Ordering::Relaxed);
        }
        before(panic);
    }));
    // Too large to be put back: only a snapshot could spare it its settings.
    let evaluator = rule("", "", "5 5")?;
    assert_eq!(evaluator.first_is_reset(), Some(false));
    let (said, _) = one_of_a_hundred(&evaluator)?;
    assert!(said.starts_with("Ok"), "{said}");
    assert_eq!(SNAPSHOT_PANICS.load(Ordering::Relaxed), 0);
    Ok(())
}

#[test]
fn a_memory_that_cannot_grow_is_put_back() -> anyhow::Result<()> {
    let evaluator = rule("", "", "1 1")?;
    assert_eq!(evaluator.first_is_reset(), Some(true));
    let (said, _) = one_of_a_hundred(&evaluator)?;
    assert!(said.starts_with("Ok"), "{said}");
    Ok(())
}

#[test]
fn growing_a_table_in_vain_changes_no_other_evaluation() -> anyhow::Result<()> {
    let body =
        "(if (i32.ne (table.grow $t (ref.null func) (i32.const 15000)) (i32.const -1)) (then unreachable))";
    let evaluator = rule("(table $t 1 10 funcref)", &body.repeat(3), "1")?;
    let (said, _) = one_of_a_hundred(&evaluator)?;
    assert!(said.starts_with("Ok"), "{said}");
    Ok(())
}

#[test]
fn a_module_with_references_in_globals_is_made_anew() -> anyhow::Result<()> {
    let evaluator = rule("(global $r funcref (ref.null func))", "(drop (global.get $r))", "1")?;
    assert_eq!(evaluator.first_is_reset(), Some(false));
    let (said, _) = one_of_a_hundred(&evaluator)?;
    assert!(said.starts_with("Ok"), "{said}");
    Ok(())
}

#[test]
fn both_doors_refuse_an_answer_that_is_not_aligned() -> anyhow::Result<()> {
    for at in [8193, 8194, 8195] {
        let door = format!(
            r#"(func (export "evaluate-packed") (param i32 i32) (result i32) {ABSTAIN} i32.const {at})"#
        );
        let forged = Forged { world: "packed-rule", more: &door, ..Forged::default() };
        let evaluator = alone(&forged.component()?, 1_000_000)?;
        assert_eq!(evaluator.first_is_reset(), Some(true));
        let asked = request(DISK, "westeurope", &[]);
        for said in [evaluator.said_anew(&asked), evaluator.said_after_reset(&asked)] {
            let (said, _) = said.ok_or_else(|| anyhow::anyhow!("it was not asked"))?;
            assert!(said.starts_with("Err(Output"), "{at}: {said}");
        }
    }
    Ok(())
}

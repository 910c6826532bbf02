//! What the gate does not admit.

use wit_component::StringEncoding;

use crate::forge::Forged;
use crate::said::assert_says;

use super::Set;

#[test]
fn wrong_worlds_and_imports_are_not_admitted() -> anyhow::Result<()> {
    let refused = |text: &str| Set::with(&wat::parse_str(text)?, "")?.refused();
    assert_says(
        &refused("(component)")?,
        &["`forged`", "forged.wasm", "missing: describe, configure, evaluate"],
    );
    assert_says(&refused("(module)")?, &["core module", "wasm-tools component new"]);
    assert_says(
        &refused(r#"(component (import "wasi:clocks/wall-clock@0.2.0" (instance)))"#)?,
        &["it imports `wasi:clocks/wall-clock@0.2.0`", "imports nothing"],
    );
    assert_says(&refused(r#"(component (import "now" (func (result u64))))"#)?, &["it imports `now`"]);
    assert_says(
        &refused(
            r#"(component
                (import "holdfast:rule/types@1.0.0" (instance (export "leak" (func))))
                (core module $m (func (export "f")))
                (core instance $i (instantiate $m))
                (func $f (canon lift (core func $i "f")))
                (export "describe" (func $f))
                (export "configure" (func $f))
                (export "evaluate" (func $f)))"#,
        )?,
        &["does not fit holdfast:rule", "leak"],
    );
    assert_says(
        &refused(
            r#"(component
                (core module $m (func (export "f")))
                (core instance $i (instantiate $m))
                (func $f (canon lift (core func $i "f")))
                (export "describe" (func $f))
                (export "configure" (func $f))
                (export "evaluate" (func $f)))"#,
        )?,
        &["`forged`", "does not fit holdfast:rule"],
    );
    let garbage = Set::with(b"\0asm and then something else", "")?.refused()?;
    assert_says(&garbage, &["not a valid component"]);
    Ok(())
}

#[test]
fn a_module_with_too_much_of_anything_is_not_admitted() -> anyhow::Result<()> {
    let functions = Forged { more: &"(func)".repeat(200_001), ..Forged::default() };
    let message = Set::forged(functions, "")?.refused()?;
    assert_says(&message, &["`forged`", "it has 200005 functions: the limit is 200000"]);

    let refused = |text: &str| Set::with(&wat::parse_str(text)?, "")?.refused();
    let exports: String = (0..10_000).map(|number| format!(r#"(export "f{number}" (func $f))"#)).collect();
    let exports = format!(
        r#"(component
            (core module $m (func (export "f")))
            (core instance $i (instantiate $m))
            (func $f (canon lift (core func $i "f")))
            {exports})"#
    );
    assert_says(&refused(&exports)?, &["`forged`", "it has 10000 exports: the limit is 64"]);
    let imports: String = (0..65).map(|number| format!(r#"(import "f{number}" (func))"#)).collect();
    assert_says(&refused(&format!("(component {imports})"))?, &["it has 65 imports: the limit is 64"]);
    let instances = "(core instance (instantiate $m))".repeat(129);
    let instances = format!("(component (core module $m) {instances})");
    assert_says(&refused(&instances)?, &["it has 129 core instances: the limit is 128"]);
    let modules = "(core module)".repeat(65);
    assert_says(&refused(&format!("(component {modules})"))?, &["it has 65 core modules: the limit is 64"]);

    let huge = vec![0; (32 << 20) + 1];
    assert_says(&Set::with(&huge, "")?.refused()?, &["it has 33554433 bytes: the limit is 33554432"]);
    Ok(())
}

#[test]
fn features_that_no_rule_needs_are_not_admitted() -> anyhow::Result<()> {
    for (encoding, name) in
        [(StringEncoding::UTF16, "UTF-16"), (StringEncoding::CompactUTF16, "Latin-1 or UTF-16")]
    {
        let forged = Forged { encoding, ..Forged::default() };
        let message = Set::forged(forged, "")?.refused()?;
        assert_says(&message, &["`forged`", &format!("it passes text as {name}; only UTF-8 is admitted")]);
    }
    let refused = |text: &str| Set::with(&wat::parse_str(text)?, "")?.refused();
    assert_says(&refused("(component (type (resource (rep i32))))")?, &["`forged`", "resources"]);
    for memory in ["(memory i64 1)", "(memory 1 1 shared)"] {
        let module = format!("(component (core module {memory}))");
        assert_says(&refused(&module)?, &["`forged`", "forged.wasm"]);
    }
    Ok(())
}

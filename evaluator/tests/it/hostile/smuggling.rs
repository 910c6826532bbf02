//! Components that bring parts of their own where the host looks for its own.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use crate::forge::Forged;
use crate::said::assert_says;

use super::Set;

/// A core module that keeps a count between evaluations, with the names by which the host resets one.
const COUNTING: &str = r#"(core module $counting
    (memory (export "MEMORY") 1)
    (global $count (mut i32) (i32.const 0))
    (func (export "REALLOC") (param i32 i32 i32 i32) (result i32) i32.const 16384)
    (func (export "EVALUATE") (param i32 i32) (result i32)
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (global.get $count)))"#;

/// A sound rule with further items.
fn with(items: &str) -> anyhow::Result<Vec<u8>> {
    let door = r#"(func (export "evaluate-packed") (param i32 i32) (result i32) i32.const 4096)"#;
    let sound = Forged { world: "packed-rule", more: door, ..Forged::default() }.component()?;
    let text = wasmprinter::print_bytes(&sound)?;
    let open = text.trim_end().strip_suffix(')').unwrap_or_default();
    Ok(wat::parse_str(format!("{open}\n{items})"))?)
}

fn refused(items: &str) -> anyhow::Result<String> {
    Set::with(&with(items)?, "")?.refused()
}

#[test]
fn the_rule_without_further_items_is_sound() -> anyhow::Result<()> {
    Set::with(&with("")?, "")?.load()??;
    Ok(())
}

#[test]
fn a_core_module_is_not_exported_under_any_name() -> anyhow::Result<()> {
    let core =
        COUNTING.replace("MEMORY", "memory").replace("REALLOC", "realloc").replace("EVALUATE", "evaluate");
    for name in ["holdfast-core", "holdfast-other", "core", "evaluate-many"] {
        let said = refused(&format!(r#"{core} (export "{name}" (core module $counting))"#))?;
        assert_says(&said, &["`forged`", &format!("it exports `{name}`, which the world `rule`")]);
    }
    Ok(())
}

#[test]
fn names_of_the_host_are_not_taken_by_core_modules() -> anyhow::Result<()> {
    let core = COUNTING
        .replace("MEMORY", "holdfast:memory")
        .replace("REALLOC", "holdfast:realloc")
        .replace("EVALUATE", "holdfast:evaluate");
    let said = refused(&core)?;
    assert_says(&said, &["`forged`", "exports `holdfast:memory`", "are for the host"]);
    let said = refused(&format!(r#"{core} (export "holdfast-core" (core module $counting))"#))?;
    assert_says(&said, &["`forged`"]);
    Ok(())
}

#[test]
fn nothing_else_is_exported_beside_the_world() -> anyhow::Result<()> {
    for (items, name) in [
        (r#"(component $c) (export "inner" (component $c))"#, "inner"),
        (r#"(instance $i) (export "holdfast:rule/other@1.0.0" (instance $i))"#, "holdfast:rule/other@1.0.0"),
        (
            r#"(core module $m (func (export "f"))) (core instance $n (instantiate $m))
               (func $f (canon lift (core func $n "f"))) (export "run" (func $f))"#,
            "run",
        ),
        (
            r#"(core module $m (func (export "f"))) (core instance $n (instantiate $m))
               (func $f (canon lift (core func $n "f"))) (export "holdfast-evaluate" (func $f))"#,
            "holdfast-evaluate",
        ),
        (r#"(type $t (record (field "a" u8))) (export "holdfast-type" (type $t))"#, "holdfast-type"),
    ] {
        assert_says(&refused(items)?, &["`forged`", &format!("it exports `{name}`")]);
    }
    Ok(())
}

#[test]
fn a_rule_that_remembers_the_resource_before_is_refused() -> anyhow::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/hostile/b1.wat");
    if !path.exists() && std::env::var_os("HOLDFAST_REQUIRE_REFERENCE").is_none_or(|value| value != "1") {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no reference data at {}", path.display());
        return Ok(());
    }
    let module = wat::parse_str(fs::read_to_string(path)?)?;
    let said = Set::with(&module, "")?.refused()?;
    assert_says(&said, &["`forged`", "holdfast"]);
    Ok(())
}

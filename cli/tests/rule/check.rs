//! `check` over good modules, bad modules and bad settings.

use crate::forge::{Forged, of_another_world, with_import};
use crate::stage::Stage;

#[test]
fn a_shipped_rule_is_in_order() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.shipped("select")?;
    stage.write("fits.yaml", "protect: [{ types: [Microsoft.Compute/disks] }]")?;
    stage
        .rule(&["check", "select.wasm", "--settings", "fits.yaml"])?
        .expect(0, &["In order", "the settings fit"]);
    let (code, answer) = stage.json(&["check", "select.wasm"])?;
    assert_eq!((code, answer["passed"].as_bool(), answer["name"].as_str()), (0, Some(true), Some("select")));
    Ok(())
}

#[test]
fn settings_that_do_not_fit_are_pointed_at() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.shipped("select")?;
    stage.write("unfit.json", r#"{ "exclude": [{ "kind": "forgotten", "tags": { "a": ["b"] } }] }"#)?;
    let ran = stage.rule(&["check", "select.wasm", "--settings", "unfit.json"])?;
    ran.expect(1, &["WRONG  settings   at /exclude/0/kind:", "1 thing wrong"]);
    Ok(())
}

#[test]
fn what_is_no_rule_is_refused_with_the_reason() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.write("core.wasm", b"\0asm\x01\0\0\0")?;
    stage.write("text.wasm", "not wasm at all")?;
    stage.write("wasi.wasm", with_import()?)?;
    stage.write("greeter.wasm", of_another_world()?)?;
    stage.write("traps.wasm", Forged { describe: "unreachable", ..Forged::default() }.component()?)?;
    stage.rule(&["check", "core.wasm"])?.expect(1, &["WRONG  gate", "core module, not a component"]);
    stage.rule(&["check", "text.wasm"])?.expect(1, &["WRONG  gate", "not a valid component"]);
    stage.rule(&["check", "wasi.wasm"])?.expect(1, &["WRONG  gate", "wasi:clocks/wall-clock@0.2.6"]);
    stage.rule(&["check", "greeter.wasm"])?.expect(1, &["WRONG  gate", "it exports greet", "evaluate"]);
    stage.rule(&["check", "traps.wasm"])?.expect(1, &["ok     gate", "WRONG  describe", "it trapped"]);
    Ok(())
}

#[test]
fn a_manifest_is_held_against_the_contract() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    let check = |forged: Forged<'_>, said: &[&str]| -> anyhow::Result<()> {
        stage.write("forged.wasm", forged.component()?)?;
        stage.rule(&["check", "forged.wasm"])?.expect(1, said);
        Ok(())
    };
    check(
        Forged { name: "Not A Name", ..Forged::default() },
        &["the name `Not A Name` is not written like"],
    )?;
    check(Forged { fact: "weather", ..Forged::default() }, &["cannot fetch `weather`", "subscription-tags"])?;
    check(Forged { reason: "Some Code", ..Forged::default() }, &["WRONG  reasons", "Some Code"])?;
    check(Forged { schema: "{", ..Forged::default() }, &["WRONG  schema", "is not JSON"])?;
    let schema = r#"{"properties":{"days":{"type":"integr"}}}"#;
    check(Forged { schema, ..Forged::default() }, &["WRONG  schema", "at /properties/days/type:"])?;
    stage.write("forged.wasm", Forged::default().component()?)?;
    stage
        .rule(&["check", "forged.wasm"])?
        .expect(0, &["look   schema", "a misspelt setting would pass unseen"]);
    Ok(())
}

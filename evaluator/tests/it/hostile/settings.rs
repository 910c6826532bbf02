//! Settings that do not fit, and schemas and settings that would take for ever.

use std::fmt::Write as _;
use std::fs;

use crate::built::rules;
use crate::forge::Forged;
use crate::said::assert_says;

use super::Set;

#[test]
fn settings_that_do_not_fit_are_refused_with_pointers() -> anyhow::Result<()> {
    let mut set = Set::forged(Forged::default(), "")?;
    set.text = set.text.replace(r#"env = ["prod"]"#, "env = 5");
    assert_says(&set.refused()?, &["`select`", "select.wasm", "/protect/0/tags/env"]);

    let retention = fs::read(rules()?.join("retention.wasm"))?;
    let settings = r#"settings = { tag = "tier", default = "lead", tiers = { gold = { min-days = 1 } } }"#;
    let message = Set::with(&retention, settings)?.refused()?;
    assert_says(&message, &["`forged`", "/default", "`lead`, which is not among the tiers"]);
    Ok(())
}

/// A schema whose last definition refers to the first by a million ways.
fn doubling() -> anyhow::Result<String> {
    let mut schema = r#"{"$defs":{"a":{}"#.to_owned();
    for (one, next) in ('a'..='t').zip('b'..='u') {
        let reference = format!(r##"{{"$ref":"#/$defs/{one}"}}"##);
        write!(schema, r#","{next}":{{"allOf":[{reference},{reference}]}}"#)?;
    }
    schema.push_str(r##"},"$ref":"#/$defs/u"}"##);
    Ok(schema)
}

#[test]
fn schemas_that_would_take_for_ever_are_refused() -> anyhow::Result<()> {
    let doubling = doubling()?;
    let deep = format!("{}{}", "[".repeat(700), "]".repeat(700));
    for (schema, expected) in [
        (doubling.as_str(), "takes more than 100000 steps"),
        (r##"{"$ref":"#"}"##, "takes more than 100000 steps"),
        (r#"{"$ref":"https://example.com/schema"}"#, "which is not in it"),
        (&deep, "recursion limit exceeded"),
        (r#"{"properties":{"a":{"pattern":"(((a{100}){100}){100}){100}"}}}"#, "is not a"),
        (r#"{"type":"#, "EOF while parsing"),
    ] {
        let message = Set::forged(Forged { schema, ..Forged::default() }, "")?.refused()?;
        assert_says(&message, &["`forged`", "forged.wasm states no usable JSON Schema", expected]);
    }
    Ok(())
}

#[test]
fn a_pattern_that_backtracks_for_ever_gives_up() -> anyhow::Result<()> {
    let schema = r#"{"properties":{"a":{"pattern":"^(?=(a+)+b)(a+)+\\1$"}}}"#;
    let forged = Forged { schema, ..Forged::default() };
    let settings = format!("settings = {{ a = \"{}\" }}", "a".repeat(5000));
    assert_says(&Set::forged(forged, &settings)?.refused()?, &["`forged`", "the settings do not fit", "/a"]);
    Ok(())
}

#[test]
fn settings_that_are_too_large_or_too_deep_are_refused() -> anyhow::Result<()> {
    let large = format!("settings = {{ a = \"{}\" }}", "x".repeat(300_000));
    let message = Set::forged(Forged::default(), &large)?.refused()?;
    assert_says(&message, &["`forged`", "they have 300008 bytes as JSON: the limit is 262144"]);
    let deep = format!("settings = {{ a = {}{} }}", "[".repeat(10_000), "]".repeat(10_000));
    let message = Set::forged(Forged::default(), &deep)?.refused()?;
    assert_says(&message, &["ruleset.toml", "recursion depth"]);
    assert!(message.len() < 2_000, "the message has {} bytes", message.len());
    Ok(())
}

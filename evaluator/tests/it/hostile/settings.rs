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
    assert_says(&message, &["`forged`", "/default", "which is not among the tiers"]);
    Ok(())
}

#[test]
fn no_message_repeats_what_is_in_the_settings() -> anyhow::Result<()> {
    const SECRET: &str = "s3cr3t-of-the-shop";
    let mut messages = Vec::new();
    // Against the schema; by the module itself; and in a line that is not TOML.
    let schema = r#"{"properties":{"a":{"type":"object"}}}"#;
    let typed = Forged { schema, ..Forged::default() };
    messages.push(Set::forged(typed, &format!("settings = {{ a = \"{SECRET}\" }}"))?.refused()?);
    let choice = Forged { schema: r#"{"properties":{"a":{"enum":["x"]}}}"#, ..Forged::default() };
    messages.push(Set::forged(choice, &format!("settings = {{ a = \"{SECRET}\" }}"))?.refused()?);
    let retention = fs::read(rules()?.join("retention.wasm"))?;
    let settings = format!(
        r#"settings = {{ tag = "tier", default = "{SECRET}", tiers = {{ gold = {{ min-days = 1 }} }} }}"#
    );
    messages.push(Set::with(&retention, &settings)?.refused()?);
    for broken in ["settings = { a = \"S\", }}", "settings = { a = \"S }", "settings = \"S\""] {
        messages.push(Set::forged(Forged::default(), &broken.replace('S', SECRET))?.refused()?);
    }
    for message in messages {
        assert!(!message.contains(SECRET), "{message}");
        assert!(
            ["/a", "/default", "TOML parse error", "settings"].iter().any(|part| message.contains(part)),
            "{message}"
        );
    }
    Ok(())
}

#[test]
fn what_a_module_says_of_settings_is_bounded_and_visible() -> anyhow::Result<()> {
    // An error with one issue: an empty pointer, and 600,000 bytes of escapes.
    let configure = "(memory.fill (i32.const 65536) (i32.const 0x1b) (i32.const 600000))
        (i32.store8 (i32.const 8192) (i32.const 1))
        (i32.store (i32.const 8196) (i32.const 8224))
        (i32.store (i32.const 8200) (i32.const 1))
        (i32.store (i32.const 8232) (i32.const 65536))
        (i32.store (i32.const 8236) (i32.const 600000))
        i32.const 8192";
    let message = Set::forged(Forged { pages: 20, configure, ..Forged::default() }, "")?.refused()?;
    assert_says(&message, &["`forged`", "the settings do not fit", "\\u{1b}", "599500 characters more"]);
    assert!(message.len() < 10_000 && !message.contains('\u{1b}'), "it has {} bytes", message.len());
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

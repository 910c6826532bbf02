//! `docs/simulator.md` names each route, each setting and each module that there is, and nothing else.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use regex::Regex;

const DOCUMENT: &str = include_str!("../../../docs/simulator.md");
const SETTINGS: &str = include_str!("../../src/control/settings.rs");
const LIBRARY: &str = include_str!("../../src/lib.rs");
const ROUTES: &str = include_str!("../../src/control.rs");

fn found(text: &str, pattern: &str) -> Result<BTreeSet<String>> {
    let pattern = Regex::new(pattern)?;
    Ok(pattern.captures_iter(text).map(|found| found[1].to_owned()).collect())
}

#[test]
fn each_route_is_documented() -> Result<()> {
    let routes = found(ROUTES, r#"\.route\("([a-z/]+)""#)?;
    assert!(routes.len() > 10, "{routes:?}");
    assert_eq!(found(DOCUMENT, "/_simulator(/[a-z/]+)")?, routes);
    Ok(())
}

#[test]
fn each_setting_is_documented() -> Result<()> {
    let row = DOCUMENT.lines().find(|line| line.contains("`POST /_simulator/settings`"));
    let settings: BTreeSet<String> =
        found(SETTINGS, r"(?m)^    ([a-z_]+): Option<")?.iter().map(|name| camel(name)).collect();
    assert!(settings.len() > 9, "{settings:?}");
    assert_eq!(found(row.context("no row of the settings")?, "`([a-zA-Z]+)`")?, settings);
    Ok(())
}

#[test]
fn each_module_is_documented() -> Result<()> {
    let (_, table) = DOCUMENT.split_once("| module | what it is |").context("no table of modules")?;
    let table = table.split("\n\n").next().unwrap_or_default();
    let first_column: String = table.lines().filter_map(|row| row.split('|').nth(1)).collect();
    assert_eq!(found(&first_column, "`([a-z_]+)`")?, found(LIBRARY, "(?m)^mod ([a-z_]+);")?);
    Ok(())
}

/// `graph_lag_seconds` as JSON has it.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (head, tail) = word.split_at(1);
        name + &head.to_ascii_uppercase() + tail
    })
}

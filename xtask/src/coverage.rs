//! `cargo xtask coverage`: docs/coverage.md from tests/coverage.toml, and that each proof it names is there.

mod page;
mod proof;
mod table;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use table::Coverage;

const TABLE: &str = "tests/coverage.toml";
const PAGE: &str = "docs/coverage.md";

/// Writes the page, after every proof was found and no cell is blank.
pub(crate) fn write(root: &Path) -> Result<()> {
    fs::write(root.join(PAGE), checked(root)?).with_context(|| PAGE.to_owned())
}

/// Checks the same, and that the page is the one that would be written.
pub(crate) fn check(root: &Path) -> Result<()> {
    let wanted = checked(root)?;
    let found = fs::read_to_string(root.join(PAGE)).with_context(|| PAGE.to_owned())?;
    ensure!(found == wanted, "{PAGE} is not what {TABLE} says; run `cargo xtask coverage`");
    Ok(())
}

fn checked(root: &Path) -> Result<String> {
    let text = fs::read_to_string(root.join(TABLE)).with_context(|| TABLE.to_owned())?;
    let coverage = Coverage::parse(&text).with_context(|| TABLE.to_owned())?;
    let wrong = coverage.wrong(root);
    if !wrong.is_empty() {
        bail!("{TABLE}:\n  {}", wrong.join("\n  "));
    }
    Ok(page::of(&coverage))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_current_and_every_proof_is_there() {
        check(&crate::root()).unwrap();
    }
}

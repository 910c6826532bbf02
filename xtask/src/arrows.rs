//! The arrows of the house: ARCHITECTURE.md states them, this checks them.

mod crates;
mod modules;
mod named;
mod paths;
mod retired;
mod words;

use std::path::Path;

use anyhow::{Result, bail};

/// Fails with every arrow that should not be there.
pub(crate) fn check(root: &Path) -> Result<()> {
    let mut wrong = crates::wrong(root)?;
    wrong.extend(modules::wrong(root)?);
    wrong.extend(words::wrong(root)?);
    wrong.extend(retired::wrong(root)?);
    wrong.extend(named::wrong(root)?);
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("arrows that ARCHITECTURE.md forbids:\n  {}", wrong.join("\n  "))
}

//! `cargo xtask bench`: every measurement of docs/benchmarks.md, each against a baseline of the same run.

use std::path::Path;

use anyhow::Result;

use crate::run::cargo;
use crate::{Profile, app, rules};

/// Measures.
pub(crate) fn bench(root: &Path) -> Result<()> {
    rules::build_rules(root, &root.join("target/rules"))?;
    app::package(root, Profile::Release)?;
    cargo(root, &["bench", "--package", "holdfast-evaluator", "--bench", "evaluation"])?;
    cargo(root, &["bench", "--package", "holdfast-tests", "--bench", "handler"])
}

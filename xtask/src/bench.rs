//! `cargo xtask bench`: every measurement of docs/benchmarks.md, each against a baseline of the same run.

use std::path::Path;

use anyhow::Result;

use crate::run::cargo;
use crate::{Profile, app, rules};

/// Measures.
pub(crate) fn bench(root: &Path) -> Result<()> {
    rules::build_rules(root, &root.join("target/rules"))?;
    app::package(root, &app::Built::make(root, Profile::Release)?, None)?;
    cargo(root, &["bench", "--package", "holdfast-evaluator", "--bench", "evaluation"])?;
    // Other engines with the same rule: a workspace of its own, so that they stay out of ours.
    cargo(root, &["bench", "--manifest-path", "bench/Cargo.toml", "--bench", "engines"])?;
    cargo(root, &["bench", "--package", "holdfast-tests", "--bench", "handler"])?;
    cargo(root, &["bench", "--package", "holdfast-tests", "--bench", "drain"])
}

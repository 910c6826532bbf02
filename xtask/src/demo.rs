//! `cargo xtask demo`: build what the demo needs, then become it.

use std::path::Path;

use anyhow::Result;

use crate::Profile;
use crate::app::package;
use crate::rules;
use crate::run::{cargo, run};

/// Builds and runs the demo; its exit status becomes ours.
pub(crate) fn demo(root: &Path, options: &[String]) -> Result<()> {
    cargo(root, &["build", "--package", "holdfast"])?;
    let app = package(root, Profile::Dev, None)?;
    let app = app.to_string_lossy();
    let mut arguments = vec!["demo", "--app", &app];
    arguments.extend(options.iter().map(String::as_str));
    let holdfast = rules::target_directory(root).join("debug/holdfast");
    run(root, &holdfast.to_string_lossy(), &arguments)
}

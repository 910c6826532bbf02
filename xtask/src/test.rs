//! `cargo xtask test`: everything that CI runs as a test.

use std::path::Path;

use anyhow::Result;

use crate::run::{cargo, run_with};
use crate::{Profile, app, arrows, needs};

/// Builds what the tests need, then runs them.
pub(crate) fn test(root: &Path, options: &[String]) -> Result<()> {
    arrows::check(root)?;
    cargo(root, &["build", "--package", "holdfast"])?;
    app::package(root, Profile::Dev, None)?;
    app::without_compiler(root)?;
    crate::rules::build_rules(root, &root.join("target/rules"))?;
    let python = needs::python(root)?;
    let mut arguments = vec!["test"];
    if options.is_empty() {
        arguments.push("--workspace");
    }
    arguments.extend(options.iter().map(String::as_str));
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let environment = [("HOLDFAST_PYTHON", &*python.to_string_lossy())];
    run_with(root, &program, &arguments, &environment)?;
    if options.is_empty() { under_lambda(root) } else { Ok(()) }
}

/// The handler with the feature `lambda`: last, because the app of the other tests is built without it; for the whole
/// workspace, because the features of a package alone would have Wasmtime built again.
fn under_lambda(root: &Path) -> Result<()> {
    cargo(root, &["test", "--workspace", "--features", "holdfast-functions/lambda", "--test", "lambda"])
}

//! `cargo xtask demo`: build what the demo needs, then become it.

use std::path::Path;

use anyhow::Result;

use crate::Profile;
use crate::app::{self, Built};
use crate::run::show;
use crate::steps::Steps;

/// Builds and runs the demo; its exit status becomes ours.
pub(crate) fn demo(root: &Path, options: &[String]) -> Result<()> {
    let mut steps = Steps::of(2);
    let built = steps.step("compile the command and the handler", || Built::make(root, Profile::Dev))?;
    let app = steps
        .step("build the rules and put the function app together", || app::package(root, &built, None))?;
    steps.close();
    let app = app.to_string_lossy();
    let mut arguments = vec!["demo", "--app", &app];
    arguments.extend(options.iter().map(String::as_str));
    show(root, &built.command.to_string_lossy(), &arguments, &[])
}

//! `cargo xtask screenshots`: pictures of every view of the page, by the test that looks at every view.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::app::{self, Built};
use crate::run::{ONE_FEATURE_SET, cargo_program, show};
use crate::{Profile, rules};

/// Where they are put.
const FOLDER: &str = "docs/page";
/// The test that takes them.
const TEST: &str = "every_view_is_fit_for_everybody";

/// Takes them all anew.
pub(crate) fn take(root: &Path) -> Result<()> {
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    rules::build_rules(root, &root.join("target/rules"))?;
    app::package(root, &Built::make(root, Profile::Dev)?, None)?;
    let test =
        [&["test", "--package", "holdfast-tests"][..], &ONE_FEATURE_SET, &["--test", "it", "--", TEST]];
    let folder = folder.to_string_lossy();
    show(root, &cargo_program(), &test.concat(), &[("HOLDFAST_SCREENSHOTS", &*folder)])
}

//! Reference data beside the repository: read in place, never copied. Anyone who sets `HOLDFAST_REQUIRE_REFERENCE=1` wants
//! a failure where it is missing; without it, the test says in one line that it skips.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

/// The folder `below` of the reference data, or none where it is not at hand and need not be.
pub(crate) fn folder(below: &str) -> Result<Option<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(below);
    let required = std::env::var_os("HOLDFAST_REQUIRE_REFERENCE").is_some_and(|value| value == "1");
    let found = decided(&folder, required)?;
    if found.is_none() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no reference data at {}", folder.display());
    }
    Ok(found)
}

fn decided(folder: &Path, required: bool) -> Result<Option<PathBuf>> {
    if std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Ok(Some(folder.to_owned()));
    }
    ensure!(
        !required,
        "there is no reference data at {}: put it there, or unset HOLDFAST_REQUIRE_REFERENCE to skip what needs it",
        folder.display()
    );
    Ok(None)
}

#[test]
fn missing_or_empty_reference_data_fails_where_it_is_required() -> Result<()> {
    let empty = tempfile::tempdir()?;
    for folder in [empty.path().to_owned(), empty.path().join("missing")] {
        assert_eq!(decided(&folder, false)?, None);
        let told = decided(&folder, true).map_err(|error| error.to_string());
        assert!(told.is_err_and(|told| told.contains("put it there")));
    }
    std::fs::write(empty.path().join("file"), "x")?;
    assert_eq!(decided(empty.path(), true)?, Some(empty.path().to_owned()));
    Ok(())
}

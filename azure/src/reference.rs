//! Reference data beside the repository, for tests: read in place, never copied. Anyone who sets `HOLDFAST_REQUIRE_REFERENCE=1`
//! wants a failure where it is missing; without it, the test says in one line that it skips.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Whether tests must not skip what they need from outside the repository.
pub(crate) fn is_required() -> bool {
    std::env::var_os("HOLDFAST_REQUIRE_REFERENCE").is_some_and(|value| value == "1")
}

/// The folder `below` of the reference data, or none where it is not at hand and need not be.
pub(crate) fn folder(below: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(below);
    let found = decided(&folder, is_required()).unwrap();
    if found.is_none() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no reference data at {}", folder.display());
    }
    found
}

fn decided(folder: &Path, required: bool) -> Result<Option<PathBuf>, String> {
    if std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Ok(Some(folder.to_owned()));
    }
    if required {
        let folder = folder.display();
        return Err(format!(
            "there is no reference data at {folder}: put it there, or unset HOLDFAST_REQUIRE_REFERENCE to skip what needs it"
        ));
    }
    Ok(None)
}

#[test]
fn missing_or_empty_reference_data_fails_where_it_is_required() {
    let empty = tempfile::tempdir().unwrap();
    for folder in [empty.path().to_owned(), empty.path().join("missing")] {
        assert_eq!(decided(&folder, false), Ok(None));
        let described = decided(&folder, true).unwrap_err();
        assert!(described.contains("put it there"), "{described}");
    }
    std::fs::write(empty.path().join("file"), "x").unwrap();
    assert_eq!(decided(empty.path(), true), Ok(Some(empty.path().to_owned())));
}

//! What the bills say is CycloneDX as others read it.

use std::path::Path;
use std::process::{Command, Output};

use super::{of_app, of_command};
use crate::package::Handler;

fn judged(bill: &str) -> Output {
    let python = std::env::var("HOLDFAST_PYTHON").expect(
        "HOLDFAST_PYTHON is not set: run `cargo xtask test`, which installs the library of CycloneDX",
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(super::NAME);
    std::fs::write(&file, bill).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/package/sbom/valid.py");
    Command::new(python).arg(script).arg(file).output().unwrap()
}

#[test]
fn both_bills_are_valid_by_the_schema_of_cyclonedx() {
    let root = crate::root();
    let app = of_app(&root, &Handler::WithCompiler.options()).unwrap();
    for bill in [&app, &of_command(&root).unwrap()] {
        let judged = judged(bill);
        assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
        assert_eq!(String::from_utf8_lossy(&judged.stdout).trim(), "it is CycloneDX 1.6");
    }
    for (right, wrong) in
        [("\"library\"", "\"libary\""), ("\"SHA-256\"", "\"SHA-2\""), ("urn:uuid:", "uuid:")]
    {
        let judged = judged(&app.replacen(right, wrong, 1));
        assert!(!judged.status.success(), "the validator takes {wrong}");
    }
}

//! Every message and every document that this version writes lies in `tests/golden/`, and is read by every later version.
//!
//! The files are held to the code: each is written again and compared. `HOLDFAST_WRITE_GOLDEN=1` puts down what is new. A
//! file of an earlier form is never changed, and never deleted: messages and documents of that form are still there.

mod demands;
mod holds;
mod ledger;
mod messages;
mod samples;
mod steps;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

pub(crate) use samples::{at, caller, digests, disk, instance, operation, opinion};

/// Files of one kind, and those that a test has looked at.
pub(crate) struct Golden {
    folder: PathBuf,
    seen: BTreeSet<String>,
    demands: demands::Demands,
}

impl Golden {
    pub(crate) fn of(kind: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(kind);
        Self { folder, seen: BTreeSet::new(), demands: demands::Demands::of(kind) }
    }

    /// The file of this name, which says what is written now.
    pub(crate) fn file(&mut self, name: &str, written: &str) -> Value {
        let path = self.folder.join(format!("{name}.json"));
        let written: Value = serde_json::from_str(written).unwrap();
        if std::env::var_os("HOLDFAST_WRITE_GOLDEN").is_some() {
            fs::create_dir_all(&self.folder).unwrap();
            fs::write(&path, format!("{written:#}\n")).unwrap();
        }
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let kept: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(kept, written, "{} is not what is written now", path.display());
        assert!(self.seen.insert(name.to_owned()), "two samples are called {name}");
        kept
    }

    /// Notes what `reads` asks of a document.
    pub(crate) fn demands(&mut self, name: &str, document: &Value, reads: impl Fn(&Value) -> bool) {
        self.demands.look(name, document, &reads);
    }

    /// Whether every file is one that is still written, and versions beside this one can be at work.
    pub(crate) fn is_complete(&self) {
        self.demands.hold();
        let files = fs::read_dir(&self.folder).unwrap().map(|file| file.unwrap().file_name());
        let files: BTreeSet<String> =
            files.map(|name| name.to_string_lossy().trim_end_matches(".json").to_owned()).collect();
        assert_eq!(files, self.seen, "{}", self.folder.display());
    }
}

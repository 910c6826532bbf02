//! Rule sets of the tests of faults: the shipped rules, with something changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use holdfast_evaluator::{Evaluator, RuleSet};

use crate::code_cache;

/// The shipped rules with further tables, and rules for operations that allow everything.
pub(super) fn rules_with(tables: &'static str) -> Evaluator {
    static LOADED: Mutex<BTreeMap<&str, Evaluator>> = Mutex::new(BTreeMap::new());
    let mut loaded = LOADED.lock().unwrap();
    loaded.entry(tables).or_insert_with(|| load(tables)).clone()
}

fn load(tables: &str) -> Evaluator {
    rules_where(|text| {
        let allowing = text.replacen("[review]\n", "[review]\ndefault = \"allow\"\n", 1);
        assert_ne!(text, allowing);
        format!("{allowing}\n{tables}\n")
    })
}

/// Where the shipped rules have been built.
pub(super) fn built() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/rules")
}

/// The shipped rules with another text of the rule set.
pub(super) fn rules_where(change: impl Fn(&str) -> String) -> Evaluator {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(built()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    code_cache::shared();
    let file = folder.path().join("ruleset.toml");
    let text = fs::read_to_string(&file).unwrap();
    let changed = change(&text);
    assert_ne!(text, changed);
    fs::write(&file, changed).unwrap();
    Evaluator::new(RuleSet::load(&file).unwrap()).unwrap()
}

//! How large things may be, in bytes. Larger ones are refused while they arrive.

use holdfast_rule_set::LARGEST_MODULE;

use crate::trust::{BUNDLE_ENDING, MOST_SIGNATURE_BYTES, SIGNATURES_ENDING};

/// A rule set file.
pub(crate) const RULE_SET: u64 = 4 << 20;
/// A module: what the load gate admits.
pub(crate) const MODULE: u64 = LARGEST_MODULE as u64;
/// Native code of a module.
pub(crate) const COMPILED: u64 = 256 << 20;
/// All files of a rule set together.
pub(crate) const RULE_SET_FOLDER: u64 = 1 << 30;
/// How many files a rule set may bring.
pub(crate) const FILES: usize = 2_000;

/// The bound for a file of a rule set's folder, by its name.
pub(crate) fn of(path: &str) -> u64 {
    if path.ends_with(SIGNATURES_ENDING) || path.ends_with(BUNDLE_ENDING) {
        MOST_SIGNATURE_BYTES
    } else if path.ends_with(".toml") {
        RULE_SET
    } else if path.ends_with(".wasm") {
        MODULE
    } else {
        COMPILED
    }
}

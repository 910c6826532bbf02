//! Which reason codes of the manifest the cases produced.

use std::collections::BTreeSet;

use holdfast_evaluator::Manifest;
use serde::Serialize;

use super::Sheet;

/// Reason codes, by whether a case produced them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Coverage {
    /// In the manifest, and produced.
    pub(crate) produced: Vec<String>,
    /// In the manifest, and never produced.
    pub(crate) missing: Vec<String>,
    /// Produced, and not in the manifest.
    pub(crate) undeclared: Vec<String>,
}

impl Coverage {
    /// Counts what all cases produced, whether they passed or not.
    pub(crate) fn of(manifest: &Manifest, sheets: &[Sheet]) -> Self {
        let ran = sheets.iter().flat_map(|sheet| &sheet.results);
        let seen: BTreeSet<&str> = ran.flat_map(|ran| ran.heard.codes()).collect();
        let stated = manifest.reason_codes.iter();
        let (produced, missing) = stated.cloned().partition(|code| seen.contains(code.as_str()));
        let undeclared = seen
            .into_iter()
            .filter(|code| !manifest.reason_codes.iter().any(|stated| stated == code))
            .map(str::to_owned);
        Self { produced, missing, undeclared: undeclared.collect() }
    }
}

//! Words that the code no longer has: each had to be learnt, and has a plain one in its place.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use proc_macro2::TokenStream;

use super::words;

/// Crates that keep to the words of ARCHITECTURE.md.
const CRATES: &[&str] = &["protection", "azure", "functions", "rule-set"];

/// Names that nothing has any more, and what is said instead.
const RETIRED: &[(&str, &str)] = &[
    ("Told", "LedgerRecord"),
    ("told", "recorded"),
    ("Telling", "LedgerDocument"),
    ("Paper", "StageRecord"),
    ("papers", "records"),
    ("Story", "History"),
    ("story", "history"),
    ("Stand", "Applied"),
    ("stand", "applied"),
    ("Standing", "OperationStatus"),
    ("standing", "status"),
    ("Making", "ProvisioningState"),
    ("Rhythm", "Cadence"),
    ("rhythm", "cadence"),
    ("Every", "Frequency"),
    ("Keep", "RetentionSpec"),
    ("patience", "backoff"),
    ("PATIENCE", "TIME_LIMIT"),
    ("Conduct", "Allowances"),
    ("conduct", "allowances"),
    ("wish", "desired"),
    ("wished", "desired"),
    ("RestoreWish", "DesiredRestore"),
    ("PolicyWish", "DesiredPolicy"),
    ("GivenUp", "UndeliveredInput"),
    ("given_up", "undelivered"),
    ("Importance", "Priority"),
    ("importance", "priority"),
    ("Alteration", "LifecycleChange"),
    ("alteration", "lifecycle"),
    ("Heard", "Parsed"),
    ("heard", "parsed"),
    ("hear", "parse"),
    ("looks", "passes"),
    ("looker", "reconciler"),
    ("Thoroughness", "SoftDeleted"),
    ("surroundings", "dependencies"),
];

/// Every file that still has one of them as a name.
pub(super) fn wrong(root: &Path) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for name in CRATES {
        for file in words::sources(&root.join(name).join("src"), |_| false)? {
            let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            let shown = file.strip_prefix(root).unwrap_or(&file).display().to_string();
            wrong.extend(said(&text).with_context(|| shown.clone())?.into_iter().map(|(old, new)| {
                format!("{shown} has the name `{old}`, which is retired: say `{new}`, or what fits better")
            }));
        }
    }
    Ok(wrong)
}

fn said(text: &str) -> Result<Vec<(&'static str, &'static str)>> {
    let tokens: TokenStream = text.parse().map_err(|error| anyhow!("it is not Rust: {error}"))?;
    let mut names = Vec::new();
    words::collect(tokens, &mut names);
    Ok(RETIRED.iter().copied().filter(|(old, _)| names.iter().any(|name| name == old)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planted_retired_name_is_found_in_code_and_not_in_texts() -> Result<()> {
        assert_eq!(said("fn f(told: Told) {}")?, [("Told", "LedgerRecord"), ("told", "recorded")]);
        for sound in
            ["// told\nfn f() { g(\"told\") }", "#[cfg(test)] mod tests { fn told() {} }", "fn untold() {}"]
        {
            assert_eq!(said(sound)?, [], "{sound}");
        }
        Ok(())
    }
}

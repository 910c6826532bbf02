//! What proves one cell.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

/// What proves that an operation works through a door, or why it cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    /// A folder below tests/scenarios.
    Scenario(String),
    /// A test function in a file.
    Test { file: String, function: String },
    /// Azure or Holdfast refuses it, for this reason, and that is proven.
    Refused { reason: String, proof: Box<Self> },
    /// The door does not exist for it, for this reason.
    NoDoor(String),
    /// It is not there yet: what is missing.
    Open(String),
}

impl Proof {
    /// `scenario NAME`, `test FILE FUNCTION`, `refused REASON: <scenario or test>`, `none REASON` or `open WHAT`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let (kind, rest) = text.split_once(' ').unwrap_or((text, ""));
        match kind {
            "scenario" if !rest.is_empty() => Ok(Self::Scenario(rest.to_owned())),
            "test" => match rest.split_once(' ') {
                Some((file, function)) => {
                    Ok(Self::Test { file: file.to_owned(), function: function.to_owned() })
                }
                None => bail!("`{text}`: write `test FILE FUNCTION`"),
            },
            "refused" => match rest.rsplit_once(": ") {
                Some((reason, proof)) => {
                    Ok(Self::Refused { reason: reason.to_owned(), proof: Box::new(Self::parse(proof)?) })
                }
                None => bail!("`{text}`: write `refused REASON: PROOF`"),
            },
            "none" if !rest.is_empty() => Ok(Self::NoDoor(rest.to_owned())),
            "open" if !rest.is_empty() => Ok(Self::Open(rest.to_owned())),
            _ => bail!(
                "`{text}`: write `scenario NAME`, `test FILE FUNCTION`, `refused REASON: PROOF`, `none REASON` or `open WHAT`"
            ),
        }
    }

    /// Why the proof does not hold, if it is not there.
    pub(super) fn missing(&self, root: &Path) -> Option<String> {
        match self {
            Self::Scenario(name) => {
                let there = root.join("tests/scenarios").join(name).join("expected.json").is_file();
                (!there).then(|| format!("there is no scenario `{name}`"))
            }
            Self::Test { file, function } => match fs::read_to_string(root.join(file)) {
                Ok(text) if text.contains(&format!("fn {function}(")) => None,
                Ok(_) => Some(format!("{file} has no test `{function}`")),
                Err(error) => Some(format!("{file}: {error}")),
            },
            Self::Refused { proof, .. } => proof.missing(root),
            Self::NoDoor(_) | Self::Open(_) => None,
        }
    }

    /// The cell in the page.
    pub(super) fn cell(&self) -> String {
        match self {
            Self::Scenario(name) => format!("[{name}](../tests/scenarios/{name})"),
            Self::Test { file, function } => {
                format!("[{}](../{file})", function.replace('_', " "))
            }
            Self::Refused { reason, proof } => format!("refused: {reason} ({})", proof.cell()),
            Self::NoDoor(reason) => format!("*{reason}*"),
            Self::Open(what) => format!("**not yet**: {what}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_read_and_others_are_refused_with_the_forms_that_there_are() {
        let refused = Proof::parse("refused no archive: it costs: scenario a-b").unwrap();
        assert_eq!(refused.cell(), "refused: no archive: it costs ([a-b](../tests/scenarios/a-b))");
        assert!(matches!(Proof::parse("none only people ask").unwrap(), Proof::NoDoor(_)));
        for bad in ["scenario", "test x.rs", "refused because", "works", ""] {
            assert!(Proof::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_named_and_not_there_is_found() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a.rs"), "fn it_holds() {}").unwrap();
        let missing = |text: &str| Proof::parse(text).unwrap().missing(root.path());
        assert_eq!(missing("test a.rs it_holds"), None);
        assert!(missing("test a.rs it_hold").is_some());
        assert!(missing("test b.rs it_holds").is_some());
        assert!(missing("refused never: scenario nowhere").is_some());
    }
}

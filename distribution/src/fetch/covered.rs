//! What of a published rule set is the rule set's, and what somebody put beside it.

use std::collections::BTreeSet;

use holdfast_rule_set::Digest;

use super::error::FetchError;
use super::gather::COMPILED;
use super::modules::{missing, verify};
use super::rule_set::{self, Place};
use crate::oci::PulledFile;
use crate::trust::{BUNDLE_ENDING, SIGNATURES_ENDING};

/// What is taken of the files of a rule set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taking {
    /// What the rule set names.
    Named,
    /// What its signature vouches for: itself, the modules that it pins, and the signatures of these.
    Covered,
}

/// The files of a rule set, without what others may have put beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The rule set file and what belongs to it.
    pub files: Vec<PulledFile>,
    /// What does not.
    pub left_out: Vec<LeftOut>,
}

/// A file that is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its path beside the rule set.
    pub path: String,
    /// Why.
    pub reason: &'static str,
}

impl Taken {
    /// Parts the files of the artifact called `reference`; the first is the rule set file.
    ///
    /// # Errors
    ///
    /// When the rule set can't be read, or lacks a module, or a module isn't the one that it pins.
    pub fn of(files: Vec<PulledFile>, reference: &str, taking: Taking) -> Result<Self, FetchError> {
        let name = files.first().map(|file| file.path.clone()).unwrap_or_default();
        let ruleset = files.first().map(|file| file.bytes.as_slice()).unwrap_or_default();
        let mut ours = with_signatures(&name);
        for module in &rule_set::modules(ruleset, reference)? {
            let Place::Beside { path, pinned } = &module.place else { continue };
            let found = files.iter().find(|file| file.path == path.as_str());
            let found = found.ok_or_else(|| missing(module, reference))?;
            match (pinned, taking) {
                (Some(pinned), _) => verify(module, *pinned, Digest::of(&found.bytes))?,
                (None, Taking::Named) => {}
                (None, Taking::Covered) => continue,
            }
            ours.extend(with_signatures(path.as_str()));
        }
        let (mut taken, mut left_out) = (Vec::new(), Vec::new());
        for file in files {
            let native = file.path.starts_with(COMPILED);
            if ours.contains(&file.path) || (native && taking == Taking::Named) {
                taken.push(file);
                continue;
            }
            let reason = if native {
                "native code has a key of its own; make it with `holdfast rule precompile`"
            } else {
                "the rule set does not name it with its digest"
            };
            left_out.push(LeftOut { path: file.path, reason });
        }
        Ok(Self { files: taken, left_out })
    }
}

/// A file and its signatures, which speak for themselves.
fn with_signatures(path: &str) -> BTreeSet<String> {
    ["", SIGNATURES_ENDING, BUNDLE_ENDING].map(|ending| format!("{path}{ending}")).into()
}

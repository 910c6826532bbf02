//! A rule set file where it lies: who stands behind it, and behind its revision.

use std::io;
use std::path::{Path, PathBuf};

use holdfast_rule_set::Digest;

use super::policy::{Offer, TrustPolicy};
use super::refusal::Refusal;

/// Why a rule set file is not taken into force.
#[derive(Debug, thiserror::Error)]
pub enum UntrustedRuleSet {
    /// It cannot be read.
    #[error("could not read {}", .path.display())]
    Read {
        /// File.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The policy does not take it.
    #[error("{} is not trusted: {}", .path.display(), .refusal.described())]
    Refused {
        /// File.
        path: PathBuf,
        /// Why.
        refusal: Box<Refusal>,
    },
}

impl TrustPolicy {
    /// Whether somebody trusted stands behind this rule set file and, once it is known, behind its revision.
    ///
    /// # Errors
    ///
    /// Names the file and what is missing.
    pub fn admit_rule_set_file(&self, path: &Path, revision: Option<u64>) -> Result<(), UntrustedRuleSet> {
        let bytes =
            std::fs::read(path).map_err(|source| UntrustedRuleSet::Read { path: path.to_owned(), source })?;
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let revision = revision.map(|revision| revision.to_string());
        let name_version = revision.as_deref().map(|revision| (name, revision));
        let offer = Offer { path, digest: Digest::of(&bytes), bytes: &bytes, name_version };
        let refused = |refusal| {
            let (path, refusal) = (path.to_owned(), Box::new(refusal));
            UntrustedRuleSet::Refused { path, refusal }
        };
        self.admit_rule_set(offer).map(drop).map_err(refused)
    }
}

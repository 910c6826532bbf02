//! Why something is not trusted.

use std::path::PathBuf;

use holdfast_rule_set::Digest;
use jiff::Timestamp;

use super::sigstore::BundleError;
use crate::signature::SignatureFileError;

/// Why a module or rule set is refused. Names the key or identity that was expected or found.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The trust policy lists the digest as revoked.
    #[error("{digest} is revoked by the trust policy")]
    Revoked {
        /// Digest of the bytes.
        digest: Digest,
    },
    /// The trust policy doesn't know the layer.
    #[error("the trust policy states nothing about layer `{layer}`; add `[layer.{layer}]` to it")]
    UnknownLayer {
        /// Name of the layer.
        layer: String,
    },
    /// The trust policy doesn't say who vouches for rule set files.
    #[error("the trust policy states nothing about rule set files; add `[rule-set]` to it")]
    UnknownRuleSet,
    /// No signature at all.
    #[error(
        "it is not signed: there is neither {ed25519} nor {sigstore}; {place} requires {needs}; \
         sign it with `holdfast rule sign`"
    )]
    Unsigned {
        /// Where a signature by key file would be.
        ed25519: PathBuf,
        /// Where a sigstore bundle would be.
        sigstore: PathBuf,
        /// What is protected, such as "layer `platform`".
        place: String,
        /// Whose signature is needed.
        needs: String,
    },
    /// Precompiled code, and nobody was known to have signed its module when it was compiled.
    #[error(
        "its module was not known to be signed when it was compiled; {place} requires {needs}; sign the module, and \
         precompile with the trust policy (`holdfast rule precompile --trust`)"
    )]
    UnsignedCode {
        /// What is protected, such as "layer `platform`".
        place: String,
        /// Whose signature is needed.
        needs: String,
    },
    /// A signature file could not be read.
    #[error("could not read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// A signature file is larger than any real one.
    #[error("{path} is larger than {most} bytes, which no signature file is")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The bound, in bytes.
        most: u64,
    },
    /// A signature file is malformed.
    #[error("{path} can't be used")]
    SignatureFile {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: SignatureFileError,
    },
    /// A sigstore bundle is malformed, or doesn't verify.
    #[error("{path} can't be used")]
    Bundle {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: BundleError,
    },
    /// The signature says something else than what lies before us.
    #[error("{path}: the signature by {by} is for {what} {signed}, but this is {found}")]
    OtherSubject {
        /// The signature file.
        path: PathBuf,
        /// Key id, and the key's name if it has one here.
        by: String,
        /// `digest`, `name`, `version` or `kind`.
        what: &'static str,
        /// What was signed.
        signed: String,
        /// What is here.
        found: String,
    },
    /// A key that is trusted did not make the signature that bears its id.
    #[error("{path}: the signature by {by} is wrong: statement or signature was changed after signing")]
    Forged {
        /// The signature file.
        path: PathBuf,
        /// Key id and name.
        by: String,
    },
    /// The signature is older than the key's signatures may be.
    #[error(
        "{path}: `{by}` signed at {signed_at}, but its signatures count only from {not_before} on; sign again"
    )]
    TooOld {
        /// The signature file.
        path: PathBuf,
        /// Name of the key or identity.
        by: String,
        /// When it was signed.
        signed_at: Timestamp,
        /// From when on signatures count.
        not_before: Timestamp,
    },
    /// Signed, but not by whom it takes.
    #[error("it is signed by {found}, but {place} requires {needs}")]
    NotEnough {
        /// Who signed.
        found: String,
        /// What is protected, such as "layer `platform`".
        place: String,
        /// Whose signature is needed.
        needs: String,
    },
}

impl Refusal {
    /// The refusal and its causes in one line.
    pub fn described(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            text += ": ";
            text += &cause.to_string();
            source = cause.source();
        }
        text
    }
}

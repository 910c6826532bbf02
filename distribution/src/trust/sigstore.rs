//! Sigstore bundles, verified without a network. The only file that names the sigstore crates.

use jiff::Timestamp;
use sigstore_verify::trust_root::{SIGSTORE_PRODUCTION_TRUSTED_ROOT, TrustedRoot};
use sigstore_verify::types::Bundle;
use sigstore_verify::{VerificationPolicy, Verifier};

/// A bundle or a trusted root that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The text is not a trusted root.
    #[error("it is not a sigstore trusted root: {0}")]
    Root(String),
    /// The text is not a bundle.
    #[error("it is not a sigstore bundle: {0}")]
    Malformed(String),
    /// A bundle in the form that cosign wrote before sigstore agreed on one.
    #[error(
        "it is a bundle of cosign's older form; sign again with \
         `cosign sign-blob --new-bundle-format --bundle <file>.sigstore.json <file>`"
    )]
    OlderForm,
    /// The bundle doesn't vouch for these bytes.
    #[error("the sigstore bundle does not verify: {0}")]
    Unverified(String),
    /// A bundle made with a key instead of an identity.
    #[error(
        "the sigstore bundle names no identity: it was made with a key; \
         use `holdfast rule sign` for keys"
    )]
    Anonymous,
    /// A bundle without any proven time.
    #[error("the sigstore bundle proves no time at which it was signed")]
    Timeless,
}

/// Who signed a bundle that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleSigner {
    /// Who says so, such as `https://token.actions.githubusercontent.com`.
    pub issuer: String,
    /// A mail address or URI.
    pub subject: String,
    /// The earliest time that a log or timestamp authority proves.
    pub signed_at: Timestamp,
}

/// Verifies bundles against one trusted root: certificate authorities, transparency logs and
/// timestamp authorities, with their validity.
pub struct BundleVerifier(Verifier);

impl BundleVerifier {
    /// The root of the public sigstore instance, as this build knows it.
    ///
    /// # Errors
    ///
    /// When the embedded root can't be used.
    pub fn public_good() -> Result<Self, BundleError> {
        Self::from_json(SIGSTORE_PRODUCTION_TRUSTED_ROOT)
    }

    /// A root of one's own, as `cosign trusted-root create` writes it.
    ///
    /// # Errors
    ///
    /// When the text is none.
    pub fn from_json(text: &str) -> Result<Self, BundleError> {
        let root = TrustedRoot::from_json(text).map_err(|error| BundleError::Root(described(&error)))?;
        Verifier::new(&root).map(Self).map_err(|error| BundleError::Root(described(&error)))
    }

    /// Who vouches for `bytes`: the certificate chain, its timestamp in the certificate log, the
    /// entry in the transparency log and the signature are all verified; whether the signer may
    /// vouch is the caller's question.
    ///
    /// # Errors
    ///
    /// When any of these does not hold.
    pub fn signer(&self, bytes: &[u8], bundle: &[u8]) -> Result<BundleSigner, BundleError> {
        let text = std::str::from_utf8(bundle).map_err(|error| BundleError::Malformed(described(&error)))?;
        let bundle = Bundle::from_json(text).map_err(|error| {
            if is_older(text) { BundleError::OlderForm } else { BundleError::Malformed(described(&error)) }
        })?;
        if bundle.signing_certificate().is_none() {
            return Err(BundleError::Anonymous);
        }
        let verified = self
            .0
            .verify(bytes, &bundle, &VerificationPolicy::any_identity())
            .map_err(|error| BundleError::Unverified(described(&error)))?;
        let (Some(issuer), Some(subject)) = (verified.issuer(), verified.identity()) else {
            return Err(BundleError::Anonymous);
        };
        let signed_at = verified.verified_timestamps().iter().min().copied().ok_or(BundleError::Timeless)?;
        Ok(BundleSigner { issuer: issuer.to_owned(), subject: subject.as_str().to_owned(), signed_at })
    }
}

/// `cosign sign-blob --bundle` without `--new-bundle-format`: `base64Signature`, `cert`, `rekorBundle`.
fn is_older(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text)
        .is_ok_and(|bundle| bundle.get("base64Signature").is_some())
}

fn described(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text += ": ";
            text += &cause_text;
        }
        source = cause.source();
    }
    text
}

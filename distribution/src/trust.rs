//! Who must vouch for which layer's modules, and for the rule set itself.

mod file;
mod identity;
mod policy;
mod refusal;
mod requirement;
mod rule_set;
mod rules;
mod sidecar;
mod sigstore;

pub use file::TrustFileError;
pub use identity::SubjectPattern;
pub use policy::{Offer, TrustPolicy};
pub use refusal::Refusal;
pub use rule_set::UntrustedRuleSet;
pub use sidecar::{BUNDLE as BUNDLE_ENDING, SIGNATURES as SIGNATURES_ENDING};
pub use sigstore::{BundleError, BundleSigner, BundleVerifier};

pub(crate) use sidecar::MOST_BYTES as MOST_SIGNATURE_BYTES;

//! How rule modules and rule sets travel: who vouches for them, and where they are fetched from.
//!
//! - [`SigningKey`] and [`Signed`] make signatures with ed25519 keys; they lie beside a file as
//!   `<file>.sig.json`. Sigstore bundles lie beside it as `<file>.sigstore.json`.
//! - [`TrustPolicy`] says whose signature each layer needs, and refuses everything else.
//! - [`Fetcher`] brings a rule set and all that belongs to it from a [`Source`] (a folder, a blob
//!   container, an OCI registry) into a folder on this machine, whole or not at all.
//! - [`Registry`] publishes, fetches and lists rules and rule sets in OCI registries.
//!
//! Decides nothing about resources, and runs no module.

mod fetch;
mod key;
mod loopback;
mod oci;
mod relative;
mod signature;
mod sizes;
mod source;
mod statement;
mod trust;

pub use fetch::{FetchError, Fetched, Fetcher, LeftOut, Taken, Taking, rule_set_files};
pub use key::{KeyError, KeyId, PublicKey, SigningKey};
pub use oci::{
    ArtifactKind, Credentials, CredentialsError, DockerConfig, Labels, Listed, Pulled, PulledFile, Pushed,
    PushedFile, Reference, ReferenceError, Registry, RegistryError, Repository, RetryTime, Target,
    is_artifact,
};
pub use relative::RelativePathError;
pub use signature::{SignatureFile, SignatureFileError, Signed};
pub use source::{BlobUrl, Source, SourceError};
pub use statement::{Kind, Label, LabelError, Statement, Subject};
pub use trust::{
    BUNDLE_ENDING, BundleError, BundleSigner, BundleVerifier, Offer, Refusal, SIGNATURES_ENDING,
    SubjectPattern, TrustFileError, TrustPolicy, UntrustedRuleSet,
};

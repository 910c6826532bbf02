//! How rule modules and rule sets travel.

mod fetch;
mod key;
mod oci;
mod relative;
mod signature;
mod sizes;
mod source;
mod statement;
mod trust;

pub use fetch::{Blobs, FetchError, Fetcher, Materialised, rule_set_files};
pub use key::{KeyError, KeyId, PublicKey, SigningKey};
pub use oci::{
    ArtifactKind, Credentials, CredentialsError, DockerConfig, Labels, Listed, Patience, Pulled, PulledFile,
    Pushed, PushedFile, Reference, ReferenceError, Registry, RegistryError, Repository, Target,
};
pub use relative::RelativePathError;
pub use signature::{SignatureFile, SignatureFileError, Signed};
pub use source::{BlobUrl, Source, SourceError};
pub use statement::{Kind, Label, LabelError, Statement, Subject};
pub use trust::{
    BundleError, BundleSigner, BundleVerifier, Offer, Refusal, SubjectPattern, TrustFileError, TrustPolicy,
};

//! OCI registries: references, credentials, the protocol, and our artifacts on it.

mod artifact;
mod azure;
mod body;
mod challenge;
mod content;
mod credentials;
mod error;
mod listing;
mod manifest;
mod place;
mod pull;
mod push;
mod reference;
mod referrers;
mod registry;
mod retry;
mod sign_in;
mod tokens;

pub use artifact::{ArtifactKind, Labels};
pub(crate) use azure::scope as entra_scope;
pub use credentials::{Credentials, CredentialsError, DockerConfig};
pub use error::RegistryError;
pub use listing::Listed;
pub(crate) use pull::RuleSetArtifact;
pub use pull::{Pulled, PulledFile, is_artifact};
pub use push::{Pushed, PushedFile};
pub use reference::{Reference, ReferenceError, Repository, Target};
pub use registry::Registry;
pub use retry::RetryTime;

//! Why a rule set was not fetched.

use std::io;
use std::path::PathBuf;

use holdfast_rule_set::Digest;

use crate::oci::RegistryError;
use crate::relative::RelativePathError;
use crate::source::SourceError;

/// Why a rule set was not fetched. Nothing of it is in use; what was fetched before stays.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There is no rule set at the source.
    #[error("there is no rule set at {source_text}; expected a `{name}` there")]
    NoRuleSet {
        /// The source.
        source_text: String,
        /// File name that was looked for.
        name: String,
    },
    /// The rule set can't be read as far as fetching needs it.
    #[error("{source_text}: at `{at}`: {problem}")]
    Form {
        /// The source.
        source_text: String,
        /// Place in the rule set.
        at: String,
        /// What is wrong.
        problem: String,
    },
    /// A module is not there.
    #[error("rule `{rule}`: there is no module `{module}` beside {source_text}")]
    NoModule {
        /// Id of the rule.
        rule: String,
        /// As the rule set names it.
        module: String,
        /// The source.
        source_text: String,
    },
    /// A module is named by a path that leads out of the folder.
    #[error("rule `{rule}`: the module's path is unusable")]
    Path {
        /// Id of the rule.
        rule: String,
        /// Cause.
        source: RelativePathError,
    },
    /// A module is named by a reference that leads nowhere.
    #[error("rule `{rule}`: the module's reference is unusable")]
    Reference {
        /// Id of the rule.
        rule: String,
        /// Cause.
        source: SourceError,
    },
    /// A module is referred to without being pinned.
    #[error("rule `{rule}`: `{module}` is fetched from elsewhere, so it must be pinned; {missing}")]
    Unpinned {
        /// Id of the rule.
        rule: String,
        /// As the rule set names it.
        module: String,
        /// What to add.
        missing: &'static str,
    },
    /// A module is not the one that is pinned.
    #[error(
        "rule `{rule}`: `{module}` is not the module that the rule set pins: expected {expected}, found {found}"
    )]
    WrongModule {
        /// Id of the rule.
        rule: String,
        /// As the rule set names it.
        module: String,
        /// What the rule set pins.
        expected: Digest,
        /// What was found.
        found: Digest,
    },
    /// A registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Credentials for a registry.
    #[error(transparent)]
    Credentials(#[from] crate::oci::CredentialsError),
    /// Storage, or a folder.
    #[error("could not fetch {what}: {detail}")]
    Storage {
        /// What was asked for.
        what: String,
        /// What came of it.
        detail: String,
    },
    /// An account that there are no credentials for.
    #[error(
        "`{endpoint}` is neither the storage account of this installation nor an account of Azure Storage; \
         no credentials are sent there"
    )]
    ForeignAccount {
        /// Endpoint of the account.
        endpoint: String,
    },
    /// A folder source or the cache.
    #[error("could not {action} {path}")]
    File {
        /// Such as `read`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// More or larger files than a rule set may have.
    #[error("{what} has more than {most} {unit}")]
    TooLarge {
        /// Which file or folder.
        what: String,
        /// The bound.
        most: u64,
        /// `bytes` or `files`.
        unit: &'static str,
    },
    /// It took too long.
    #[error("{source_text} was not fetched within {seconds} seconds")]
    TooSlow {
        /// The source.
        source_text: String,
        /// The bound.
        seconds: u64,
    },
}

impl FetchError {
    /// Whether the source did not answer, which says nothing of the rule set: the same look may find it a little later.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Registry(error) => error.may_pass(),
            Self::Storage { .. } | Self::TooSlow { .. } => true,
            _ => false,
        }
    }

    pub(super) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }
}

//! Why a rule set was not taken into force.

use std::fmt;
use std::io;
#[cfg(feature = "compiler")]
use std::path::Path;
use std::path::PathBuf;

#[cfg(feature = "compiler")]
use holdfast_rule_set::ManifestIssue;
use holdfast_rule_set::{Digest, DigestError, UnknownFactKind};

#[cfg(feature = "compiler")]
use crate::compiling::CompileError;
use crate::precompiled::PrecompiledError;
use crate::sandbox::RuleFailure;
#[cfg(feature = "compiler")]
use crate::sandbox::{GateError, OpenError};

/// Why a rule set was not taken into force. The one before it keeps serving.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file could not be read.
    #[error("could not read {path}{}", for_rule(.rule.as_deref()))]
    Read {
        /// The rule set, or a module.
        path: PathBuf,
        /// The rule whose module it is.
        rule: Option<String>,
        /// Cause.
        source: io::Error,
    },
    /// The file is not TOML of the expected form.
    #[error("{path}: at `{at}`: {message}")]
    Form {
        /// The rule set.
        path: PathBuf,
        /// Place in the file, such as `rule[1].on-error`.
        at: String,
        /// What is wrong.
        message: String,
    },
    /// The file contradicts itself.
    #[error("{path}: rule `{rule}`: {message}")]
    Binding {
        /// The rule set.
        path: PathBuf,
        /// Id of the rule.
        rule: String,
        /// What is wrong, and the way out.
        message: String,
    },
    /// A rule does not pin its module.
    #[error(
        "{path}: rule `{rule}` does not pin {module}, whose digest is now {found}; \
         add `digest = \"{found}\"` if that is the module you mean \
         (`cargo xtask rules` builds and pins the shipped rules)"
    )]
    Unpinned {
        /// The rule set.
        path: PathBuf,
        /// Id of the rule.
        rule: String,
        /// The module's file.
        module: PathBuf,
        /// The module's digest.
        found: Digest,
    },
    /// The pinned digest is not a digest.
    #[error("{path}: rule `{rule}`")]
    Digest {
        /// The rule set.
        path: PathBuf,
        /// Id of the rule.
        rule: String,
        /// Cause.
        source: DigestError,
    },
    /// A module is not the one that is pinned.
    #[error(
        "rule `{rule}`: {module} is not the module that the rule set pins: \
         expected {expected}, found {found}; restore the module, or pin the new digest after review"
    )]
    WrongModule {
        /// Id of the rule.
        rule: String,
        /// The module's file.
        module: PathBuf,
        /// What the rule set pins.
        expected: Digest,
        /// What the file has.
        found: Digest,
    },
    /// Precompiled rules cannot be taken into force, and nothing is compiled instead.
    #[error("{path}: precompiled rules are refused")]
    Precompiled {
        /// The rule set.
        path: PathBuf,
        /// Cause.
        source: Box<PrecompiledError>,
    },
    /// A module that is named by reference has not been fetched.
    #[error(
        "rule `{rule}`: {reference} is not at {module}; fetch it with `holdfast rule pull`, \
         or load the rule set with what fetches its modules"
    )]
    NotFetched {
        /// Id of the rule.
        rule: String,
        /// The module, as the rule set names it.
        reference: String,
        /// Where it was looked for.
        module: PathBuf,
    },
    /// Nobody who is trusted vouches for a module.
    #[error("rule `{rule}` of layer `{layer}`: {module} is not trusted: {why}")]
    Trust {
        /// Id of the rule.
        rule: String,
        /// Its layer.
        layer: String,
        /// The module's file.
        module: PathBuf,
        /// In the words of the trust policy.
        why: String,
    },
    /// A module declares that it needs facts of a kind that there is not.
    #[error("rule `{rule}`: {module} declares unknown facts")]
    FactKind {
        /// Id of the rule.
        rule: String,
        /// The module's file.
        module: PathBuf,
        /// Cause.
        source: UnknownFactKind,
    },
    /// What a module says of itself breaks the rules for it.
    #[error("rule `{rule}`: {module} does not describe itself as it must: {}", .issues.join("; "))]
    Manifest {
        /// Id of the rule.
        rule: String,
        /// The module's file.
        module: PathBuf,
        /// Each says what is wrong, and what would be right.
        issues: Vec<String>,
    },
    /// A module is not admitted.
    #[cfg(feature = "compiler")]
    #[error("rule `{rule}`: {module} is refused")]
    Gate {
        /// Id of the rule.
        rule: String,
        /// The module's file.
        module: PathBuf,
        /// Cause.
        source: GateError,
    },
    /// Compiling a module did not stay within its bounds, or could not be done here.
    #[cfg(feature = "compiler")]
    #[error("rule `{rule}`: {module} could not be compiled")]
    Compile {
        /// Id of the rule.
        rule: String,
        /// The module's file.
        module: PathBuf,
        /// Cause.
        source: CompileError,
    },
    /// A module failed while it was asked who it is, or configured.
    #[error("rule `{rule}`: {module} failed in `{export}`")]
    Module {
        /// Id of the rule.
        rule: String,
        /// The module's file.
        module: PathBuf,
        /// `describe` or `configure`.
        export: &'static str,
        /// Cause.
        source: RuleFailure,
    },
    /// Settings do not fit.
    #[error("rule `{rule}`: the settings do not fit {module}: {}", list(.issues))]
    Settings {
        /// Id of the rule.
        rule: String,
        /// The module's file.
        module: PathBuf,
        /// Each says where and what.
        issues: Vec<SettingsIssue>,
    },
    /// The schema that a rule states for its settings is unusable.
    #[error("rule `{rule}`: {module} states no usable JSON Schema for its settings: {message}")]
    Schema {
        /// Id of the rule.
        rule: String,
        /// The module's file.
        module: PathBuf,
        /// What is wrong with it.
        message: String,
    },
}

#[cfg(feature = "compiler")]
impl LoadError {
    /// Why a module could not be asked who it is.
    pub(super) fn opening(rule: &str, module: &Path, error: OpenError) -> Self {
        let (rule, module) = (rule.to_owned(), module.to_owned());
        match error {
            OpenError::Compile(source) => Self::Compile { rule, module, source },
            OpenError::Failed(source) => Self::Module { rule, module, export: "describe", source },
        }
    }

    pub(super) fn manifest(rule: &str, module: &Path, issues: &[ManifestIssue]) -> Self {
        let issues = issues.iter().map(|issue| issue.message.clone()).collect();
        Self::Manifest { rule: rule.to_owned(), module: module.to_owned(), issues }
    }
}

/// Something wrong with settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsIssue {
    /// JSON pointer into the settings; empty means the whole.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for SettingsIssue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointer = match self.pointer.as_str() {
            "" => "/",
            pointer => pointer,
        };
        write!(formatter, "{pointer} {}", self.message)
    }
}

fn for_rule(rule: Option<&str>) -> String {
    rule.map_or_else(String::new, |rule| format!(", the module of rule `{rule}`"))
}

fn list(issues: &[SettingsIssue]) -> String {
    let texts: Vec<String> = issues.iter().map(SettingsIssue::to_string).collect();
    texts.join("; ")
}

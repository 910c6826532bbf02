//! A rule in a rule set: what the administrator says of it, and what it says of itself.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

use crate::composition::Standing;
use crate::digest::Digest;
use crate::facts::FactKind;
use crate::opinion::Manifest;
use crate::sandbox::{Limits, World};

/// A group of rules of equal authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Layer {
    /// Such as `platform`.
    pub name: String,
    /// How its rules agree on whether a resource is protected.
    #[serde(default)]
    pub algorithm: Algorithm,
}

/// How the rules of a layer agree on whether a resource is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// One rule that protects suffices.
    #[default]
    ProtectOverrides,
    /// One rule that excludes suffices.
    ExcludeOverrides,
    /// The rules with the highest priority alone count.
    HighestPriority,
}

/// Whether a rule's opinion is heeded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Heeded.
    #[default]
    Enforce,
    /// Asked and recorded only.
    Shadow,
}

/// What a rule has a say in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decides {
    /// Whether a resource is protected, and how.
    #[default]
    WhetherAndHow,
    /// Only how; its `protect` is no vote.
    How,
}

/// What the failure of a rule means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnError {
    /// Protect with what others and the defaults say.
    #[default]
    ProtectWithDefault,
    /// Wait for a person.
    Hold,
    /// As if it had not been asked; for shadow rules only.
    Ignore,
}

/// A rule in a rule set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    pub(crate) standing: Standing,
    pub(crate) layer: String,
    pub(crate) module: String,
    pub(crate) path: PathBuf,
    pub(crate) digest: Digest,
    /// Lower case; empty means all.
    pub(crate) types: Vec<String>,
    pub(crate) settings: serde_json::Value,
    pub(crate) limits: Limits,
    pub(crate) manifest: Manifest,
    pub(crate) starts_configured: bool,
    pub(crate) world: World,
    /// Kinds that the manifest declares.
    pub(crate) fact_kinds: Vec<FactKind>,
    pub(crate) signed_by: Vec<String>,
    pub(crate) allow_downgrade: bool,
}

impl Binding {
    /// Name of the rule in the rule set.
    pub fn id(&self) -> &str {
        &self.standing.id
    }

    /// Name of its layer.
    pub fn layer(&self) -> &str {
        &self.layer
    }

    /// Higher wins within the layer.
    pub fn priority(&self) -> i32 {
        self.standing.priority
    }

    /// Whether its opinion is heeded.
    pub fn mode(&self) -> Mode {
        self.standing.mode
    }

    /// What it has a say in.
    pub fn decides(&self) -> Decides {
        self.standing.decides
    }

    /// What its failure means.
    pub fn on_error(&self) -> OnError {
        self.standing.on_error
    }

    /// Path of the module, or a reference to where it was fetched, as the rule set has it.
    pub fn module(&self) -> &str {
        &self.module
    }

    /// The module's file.
    pub fn module_path(&self) -> &Path {
        &self.path
    }

    /// Digest of the module.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The settings that the rule was configured with.
    pub fn settings(&self) -> &serde_json::Value {
        &self.settings
    }

    /// What one evaluation may use.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether a fresh instance starts with its settings in place; else it is given them each time.
    pub fn starts_configured(&self) -> bool {
        self.starts_configured
    }

    /// Whether it judges resources or operations.
    pub fn world(&self) -> World {
        self.world
    }

    /// Kinds of fact that it is given with every request.
    pub fn fact_kinds(&self) -> &[FactKind] {
        &self.fact_kinds
    }

    /// The keys and identities whose signatures were verified; empty if none were asked for.
    pub fn signed_by(&self) -> &[String] {
        &self.signed_by
    }

    /// Whether its module may be of a lower version than the one in force.
    pub fn allows_downgrade(&self) -> bool {
        self.allow_downgrade
    }

    /// Who the module says it is.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Whether the rule is asked about this type, compared without case.
    pub fn speaks_of(&self, resource_type: &str) -> bool {
        self.types.is_empty() || self.types.iter().any(|known| known.eq_ignore_ascii_case(resource_type))
    }
}

/// Only what the administrator chose: manifest and world follow from the module's digest.
impl Serialize for Binding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "kebab-case")]
        struct Chosen<'a> {
            id: &'a str,
            digest: String,
            layer: &'a str,
            priority: i32,
            mode: Mode,
            decides: Decides,
            on_error: OnError,
            types: &'a [String],
            limits: Limits,
            #[serde(skip_serializing_if = "std::ops::Not::not")]
            allow_downgrade: bool,
            settings: &'a serde_json::Value,
        }
        let chosen = Chosen {
            id: self.id(),
            digest: self.digest.to_string(),
            layer: &self.layer,
            priority: self.priority(),
            mode: self.mode(),
            decides: self.decides(),
            on_error: self.on_error(),
            types: &self.types,
            limits: self.limits,
            allow_downgrade: self.allow_downgrade,
            settings: &self.settings,
        };
        chosen.serialize(serializer)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::ProtectOverrides => "protect-overrides",
            Self::ExcludeOverrides => "exclude-overrides",
            Self::HighestPriority => "highest-priority",
        })
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Enforce => "enforce",
            Self::Shadow => "shadow",
        })
    }
}

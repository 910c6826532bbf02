//! A rule in a rule set: what the administrator says of it, and what it says of itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use holdfast_rule_set::{Decides, Digest, FactKind, Manifest, Mode, OnError, Rank};
use serde::{Serialize, Serializer};

use crate::contract::ContractVersion;
use crate::engine::{Limits, World};
use crate::model::TargetWorkload;

/// A rule in a rule set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    pub(crate) rank: Rank,
    pub(crate) layer: Arc<str>,
    pub(crate) module: String,
    pub(crate) path: PathBuf,
    pub(crate) digest: Digest,
    /// Lower case; empty means all.
    pub(crate) types: Vec<String>,
    /// Empty means the first of each type.
    pub(crate) workloads: Vec<String>,
    pub(crate) settings: serde_json::Value,
    pub(crate) limits: Limits,
    pub(crate) manifest: Manifest,
    /// Name and version of the module, as records have them.
    pub(crate) named: Arc<str>,
    pub(crate) starts_configured: bool,
    pub(crate) world: World,
    pub(crate) contract: ContractVersion,
    /// Kinds that the manifest declares.
    pub(crate) fact_kinds: Vec<FactKind>,
    pub(crate) signed_by: Vec<String>,
    pub(crate) allow_downgrade: bool,
}

impl Binding {
    /// Name of the rule in the rule set.
    pub fn id(&self) -> &str {
        &self.rank.id
    }

    /// Name of its layer.
    pub fn layer(&self) -> &str {
        &self.layer
    }

    /// Higher wins within the layer.
    pub fn priority(&self) -> i32 {
        self.rank.priority
    }

    /// Whether its opinion is heeded.
    pub fn mode(&self) -> Mode {
        self.rank.mode
    }

    /// What it has a say in.
    pub fn decides(&self) -> Decides {
        self.rank.decides
    }

    /// What its failure means.
    pub fn on_error(&self) -> OnError {
        self.rank.on_error
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

    /// Whether an evaluation begins with settings in place; else they are given to its instance each time.
    pub fn starts_configured(&self) -> bool {
        self.starts_configured
    }

    /// Whether it judges resources, operations or restores.
    pub fn world(&self) -> World {
        self.world
    }

    /// The version of the contract that its module speaks.
    pub fn contract(&self) -> ContractVersion {
        self.contract
    }

    /// Workloads that it is asked about; empty means the first one of each type.
    pub fn workloads(&self) -> &[String] {
        &self.workloads
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

    /// Whether the rule is asked about this workload of a resource of this type.
    pub fn is_asked_about(&self, resource_type: &str, workload: Option<&TargetWorkload>) -> bool {
        let wanted = workload.is_none_or(|workload| match self.workloads.as_slice() {
            [] => workload.first,
            named => named.contains(&workload.name),
        });
        wanted && self.speaks_of(resource_type)
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
            #[serde(skip_serializing_if = "<[String]>::is_empty")]
            workloads: &'a [String],
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
            workloads: &self.workloads,
            limits: self.limits,
            allow_downgrade: self.allow_downgrade,
            settings: &self.settings,
        };
        chosen.serialize(serializer)
    }
}

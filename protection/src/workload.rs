//! The kinds of datasource that can be protected, and what Azure Backup demands of each.
//!
//! One file or folder per workload: its [`Manifest`], and its answers to the questions of `rules.rs`.

pub mod aks;
mod azure_blobs;
mod azure_disks;
pub mod azure_files;
pub(crate) mod azure_vm;
mod data_lake;
mod dependencies;
mod details;
mod manifest;
mod parameters;
mod parties;
mod postgresql_flexible;
pub mod postgresql_single;
mod preparation;
mod rules;
mod stated;
pub mod storage_account;
mod tag;

use std::fmt;

use holdfast_evaluator::{Protection, Resource, TargetWorkload};
use serde::{Deserialize, Serialize};

pub use azure_files::{Inquiry, Protectable, Registration};
pub use azure_vm::DiskChoice;
pub use dependencies::Dependencies;
pub use details::{Containers, Details};
pub(crate) use manifest::{CONTRIBUTOR, OWNER};
pub use manifest::{DatasourceSet, Grantee, Manifest, PolicyModel, Rhythm, RoleNeed, RoleScope, StoreBounds};
pub use parameters::BackupParameters;
pub use parties::Parties;
pub use preparation::Preparation;
pub use rules::{Case, Kept, Restating, Unsupported};
pub use stated::{Restated, Stated};

use crate::ResourceId;
use crate::family::Family;
use crate::impossible::Impossible;
use rules::WorkloadRules;

/// A kind of datasource, one per protection mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// Managed disks.
    AzureDisks,
    /// Blobs of a storage account.
    AzureBlobs,
    /// Storage accounts with a hierarchical namespace.
    DataLake,
    /// PostgreSQL flexible servers.
    PostgresqlFlexible,
    /// Databases of PostgreSQL single servers.
    PostgresqlSingle,
    /// Kubernetes clusters.
    Aks,
    /// Virtual machines.
    AzureVm,
    /// File shares of storage accounts.
    AzureFiles,
}

impl fmt::Display for Workload {
    /// The word that rules, messages and paths have for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl Workload {
    /// Every workload.
    pub const ALL: [Self; 8] = [
        Self::AzureDisks,
        Self::AzureBlobs,
        Self::DataLake,
        Self::PostgresqlFlexible,
        Self::PostgresqlSingle,
        Self::Aks,
        Self::AzureVm,
        Self::AzureFiles,
    ];

    /// Whether some workload may protect resources of this type, compared without case.
    pub fn covers(resource_type: &str) -> bool {
        Self::ALL.into_iter().any(|workload| workload.is_of(resource_type))
    }

    /// The workloads of a resource, the first one first: a machine may be one, and hold databases that are others.
    pub fn all_of(resource: &Resource) -> Vec<Self> {
        let claims =
            |workload: &Self| workload.is_of(&resource.resource_type) && workload.rules().claims(resource);
        Self::ALL.into_iter().filter(claims).collect()
    }

    /// The first workload of a resource.
    pub fn of(resource: &Resource) -> Option<Self> {
        Self::all_of(resource).into_iter().next()
    }

    /// The workload of a resource that an instance of this `datasourceType` protects; the first one if that tells nothing.
    pub fn protected_by(datasource_type: &str, resource: &Resource) -> Option<Self> {
        let all = Self::all_of(resource);
        let of_type = |one: &&Self| one.datasource_type().eq_ignore_ascii_case(datasource_type);
        all.iter().find(of_type).or(all.first()).copied()
    }

    /// The workload as rules are told of it, out of those that the resource has.
    pub fn for_rules(self, all: &[Self]) -> TargetWorkload {
        TargetWorkload { name: self.to_string(), first: all.first() == Some(&self) }
    }

    /// Every ARM type that some workload protects, each once.
    pub fn resource_types() -> Vec<&'static str> {
        let mut types: Vec<&str> = Self::ALL.into_iter().map(Self::resource_type).collect();
        types.sort_unstable();
        types.dedup();
        types
    }

    /// Every family that some workload belongs to: no other is asked.
    pub fn families() -> Vec<Family> {
        Self::families_that(|_| true)
    }

    /// The families that may protect a resource of this type; of a type that no workload covers, all.
    pub fn families_of(resource_type: &str) -> Vec<Family> {
        let found = Self::families_that(|workload| workload.is_of(resource_type));
        if found.is_empty() { Self::families() } else { found }
    }

    fn families_that(is_meant: impl Fn(Self) -> bool) -> Vec<Family> {
        let belongs = |family: &Family| {
            Self::ALL.into_iter().any(|workload| workload.family() == *family && is_meant(workload))
        };
        Family::ALL.into_iter().filter(belongs).collect()
    }

    fn is_of(self, resource_type: &str) -> bool {
        self.resource_type().eq_ignore_ascii_case(resource_type)
    }

    /// The only place that turns a workload into its rules.
    fn rules(self) -> &'static dyn WorkloadRules {
        match self {
            Self::AzureDisks => &azure_disks::AzureDisks,
            Self::AzureBlobs => &azure_blobs::AzureBlobs,
            Self::DataLake => &data_lake::DataLake,
            Self::PostgresqlFlexible => &postgresql_flexible::PostgresqlFlexible,
            Self::PostgresqlSingle => &postgresql_single::PostgresqlSingle,
            Self::Aks => &aks::Aks,
            Self::AzureVm => &azure_vm::AzureVm,
            Self::AzureFiles => &azure_files::AzureFiles,
        }
    }

    /// All that Azure Backup demands of it.
    pub fn manifest(self) -> &'static Manifest {
        self.rules().manifest()
    }

    /// The vaults that protect it.
    pub fn family(self) -> Family {
        self.manifest().family
    }

    /// ARM type of the resource.
    pub fn resource_type(self) -> &'static str {
        self.manifest().resource_type
    }

    /// Azure Backup's `datasourceType`.
    pub fn datasource_type(self) -> &'static str {
        self.manifest().datasource_type
    }

    /// A word for people.
    pub fn noun(self) -> &'static str {
        self.manifest().noun
    }

    /// Why Azure Backup cannot protect this very resource, if it cannot.
    pub fn unsupported(self, resource: &Resource) -> Option<Unsupported> {
        self.rules().unsupported(resource)
    }

    /// What a decision and the resource's own tags say of its backup.
    pub fn details(self, resource: &Resource, how: &Protection) -> Result<Details, Impossible> {
        self.rules().details(resource, how)
    }

    /// Why a decision leaves out this resource of a server, if it does.
    pub fn left_out(self, resource: &Resource, how: &Protection) -> Option<String> {
        self.rules().left_out(resource, how)
    }

    /// Who and what its role needs refer to, for one datasource, and what has to be prepared.
    pub fn parties(self, case: &Case<'_>) -> Result<Parties, Impossible> {
        self.rules().parties(case)
    }

    /// What the instance has to state of the datasource; `into_vault` if its policy keeps copies there.
    pub fn parameters(
        self,
        case: &Case<'_>,
        into_vault: bool,
    ) -> Result<Option<BackupParameters>, Impossible> {
        self.rules().parameters(case, into_vault)
    }

    /// The id of the instance that protects a datasource in a vault: the same at every retry.
    pub fn instance(self, case: &Case<'_>) -> Result<ResourceId, Impossible> {
        self.rules().instance(case)
    }

    /// Whether single files are taken out of a recovery point by a session.
    pub fn opens_files(self) -> bool {
        self.rules().opens_files()
    }

    /// Whether a recovery point can be moved to the archive tier when somebody asks for it.
    pub fn archives_points(self) -> bool {
        self.rules().archives_points()
    }

    /// What an instance is to state otherwise than it does, before anything is read.
    pub fn restating(self, kept: &Kept<'_>) -> Result<Restating, Impossible> {
        self.rules().restating(kept)
    }

    /// The same after [`Restating::AfterReading`].
    pub fn restated(
        self,
        kept: &Kept<'_>,
        dependencies: &Dependencies,
    ) -> Result<Option<Restated>, Impossible> {
        self.rules().restated(kept, dependencies)
    }

    /// Whether Azure lets no instance of it follow another policy.
    pub fn has_fixed_policy(self) -> bool {
        self.rules().has_fixed_policy()
    }
}

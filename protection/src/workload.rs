//! The kinds of datasource that can be protected, and what Azure Backup demands of each.
//!
//! One file or folder per workload: its [`Manifest`], and its answers to the questions of `rules.rs`.

pub mod aks;
mod azure_blobs;
mod azure_disks;
pub mod azure_files;
pub(crate) mod azure_vm;
mod data_lake;
mod databases;
mod dependencies;
mod details;
mod hana_in_vm;
pub mod in_machine;
mod manifest;
mod parameters;
mod parties;
mod postgresql_flexible;
pub mod postgresql_single;
mod preparation;
mod rules;
mod sql_in_vm;
mod stated;
pub mod storage_account;
mod tag;
mod which;

use std::fmt;

use holdfast_evaluator::{Protection, Resource};
use serde::{Deserialize, Serialize};

pub use azure_files::{Inquiry, Protectable, Registration};
pub use azure_vm::DiskChoice;
pub use dependencies::Dependencies;
pub use details::{Containers, Details};
pub(crate) use manifest::{CONTRIBUTOR, OWNER};
pub use manifest::{
    Cadence, DatasourceSet, Grantee, Manifest, PolicyModel, RoleNeed, RoleScope, StoreBounds,
};
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
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
    /// Databases of SQL Server in virtual machines.
    SqlInVm,
    /// Databases of SAP HANA in virtual machines.
    HanaInVm,
}

impl fmt::Display for Workload {
    /// The word that rules, messages and paths have for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl Workload {
    /// Every workload.
    pub const ALL: [Self; 10] = [
        Self::AzureDisks,
        Self::AzureBlobs,
        Self::DataLake,
        Self::PostgresqlFlexible,
        Self::PostgresqlSingle,
        Self::Aks,
        Self::AzureVm,
        Self::AzureFiles,
        Self::SqlInVm,
        Self::HanaInVm,
    ];

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
            Self::SqlInVm => &sql_in_vm::SQL_IN_VM,
            Self::HanaInVm => &hana_in_vm::HANA_IN_VM,
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

    /// Whether a vault of another subscription may protect it.
    pub fn crosses_subscriptions(self) -> bool {
        self.rules().crosses_subscriptions()
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

    /// The resource whose own backups may hold this one, and the workload that takes them.
    pub fn part_of(resource: &Resource) -> Option<(Self, ResourceId)> {
        Self::all_of(resource).into_iter().find_map(|workload| workload.rules().part_of(resource))
    }

    /// Why the backups of a resource do not hold this part of it, if they do not.
    pub fn leaves_out(self, whole: &Resource, how: &Protection, part: &ResourceId) -> Option<String> {
        let unsupported = self.unsupported(whole).map(|why| why.reason);
        unsupported.or_else(|| self.rules().leaves_out(whole, how, part))
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

    /// What an instance in error that states this is to state besides, when it is written again; `into_vault` if its
    /// policy keeps copies there.
    pub fn repaired(
        self,
        case: &Case<'_>,
        stated: &Stated,
        into_vault: bool,
    ) -> Result<Restated, Impossible> {
        self.rules().repaired(case, stated, into_vault)
    }

    /// Azure's code for refusing to stop its backups where they are continuous; none where they never are.
    pub fn continuous_backup(self) -> Option<&'static str> {
        self.rules().continuous_backup()
    }

    /// Whether Azure lets no instance of it follow another policy.
    pub fn has_fixed_policy(self) -> bool {
        self.rules().has_fixed_policy()
    }
}

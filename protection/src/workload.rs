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

use std::fmt;

use holdfast_evaluator::{Protection, Resource, TargetWorkload};
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
use in_machine::{Database, DatabaseKind};
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

    /// The first workload that may protect a resource of which nothing but the id is known.
    pub fn of_id(resource: &ResourceId) -> Option<Self> {
        Self::ALL.into_iter().find(|workload| workload.is_of(resource.resource_type()))
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

    /// Whether a resource of this type may have several workloads at once.
    pub fn may_be_several(resource_type: &str) -> bool {
        let of_type = Self::ALL.into_iter().filter(|one| one.is_of(resource_type));
        of_type.filter(|one| !one.rules().excludes_others()).count() > 1
    }

    /// What the records of a resource call this workload: nothing for its first one.
    pub fn unless_first(self, resource: &Resource) -> Option<Self> {
        self.unless_first_of_all(&Self::all_of(resource))
    }

    /// The same where all workloads of the resource are known.
    pub fn unless_first_of_all(self, all: &[Self]) -> Option<Self> {
        (all.first() != Some(&self)).then_some(self)
    }

    /// The same where the resource is gone, and nothing but its type tells which one was its first.
    pub fn unless_first_of(self, resource_type: &str) -> Option<Self> {
        let first = Self::ALL.into_iter().find(|one| one.is_of(resource_type));
        (Self::may_be_several(resource_type) && first != Some(self)).then_some(self)
    }

    /// The workload of instances with this `datasourceType`, compared without case.
    pub fn of_datasource_type(datasource_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.datasource_type().eq_ignore_ascii_case(datasource_type))
    }

    /// The workload as rules are told of it, out of those that the resource has.
    pub fn for_rules(self, all: &[Self]) -> TargetWorkload {
        TargetWorkload { name: self.to_string(), first: all.first() == Some(&self) }
    }

    /// Every ARM type that some workload protects, each once.
    pub fn resource_types() -> Vec<&'static str> {
        let databases = Self::ALL.into_iter().filter_map(|workload| workload.rules().databases());
        let databases = databases.map(DatabaseKind::resource_type);
        let mut types: Vec<&str> = Self::ALL.into_iter().map(Self::resource_type).chain(databases).collect();
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
        let databases = self.rules().databases().map(DatabaseKind::resource_type);
        std::iter::once(self.resource_type())
            .chain(databases)
            .any(|own| own.eq_ignore_ascii_case(resource_type))
    }

    /// Whether a resource only holds what this workload protects, piece by piece: a machine with databases.
    pub fn holds(self, id: &ResourceId) -> bool {
        self.rules().databases().is_some() && Database::of(id).is_none()
    }

    /// The kind of databases that its resources hold, each of which is a target of its own.
    pub fn databases(self) -> Option<DatabaseKind> {
        self.rules().databases()
    }

    /// What holds a database that is a target of its own.
    pub fn holder_of(id: &ResourceId) -> Option<ResourceId> {
        Database::of(id).map(|database| database.machine)
    }

    /// Workloads that a resource may have beside those that it shows, each with the resource that says so.
    pub fn witnesses(resource: &Resource) -> Vec<(Self, ResourceId)> {
        let of_type = Self::ALL.into_iter().filter(|workload| workload.is_of(&resource.resource_type));
        of_type.filter_map(|workload| Some((workload, workload.rules().witness(resource)?))).collect()
    }

    /// The workload, and the resource of it, that another resource tells of by being there.
    pub fn told_by(witness: &ResourceId) -> Option<(Self, ResourceId)> {
        let tells = |workload: &Self| {
            let kind = workload.rules().witness_type();
            kind.is_some_and(|kind| kind.eq_ignore_ascii_case(witness.resource_type()))
        };
        let workload = Self::ALL.into_iter().find(tells)?;
        let (group, kind) = (witness.resource_group_id()?, workload.resource_type());
        let parent = format!("{group}/providers/{kind}/{}", witness.name()).parse().ok()?;
        Some((workload, parent))
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

    /// Azure's code for refusing to stop its backups where they are continuous; none where they never are.
    pub fn continuous_backup(self) -> Option<&'static str> {
        self.rules().continuous_backup()
    }

    /// Whether Azure lets no instance of it follow another policy.
    pub fn has_fixed_policy(self) -> bool {
        self.rules().has_fixed_policy()
    }
}

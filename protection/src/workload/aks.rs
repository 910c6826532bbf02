//! Kubernetes clusters (AKS): their objects and volumes, by the backup extension in the cluster.

mod cluster;
mod extension;
mod tags;

pub(crate) use cluster::is_stopped;
pub use cluster::{
    BACKUP_OPERATOR, BackupExtension, ClusterIdentity, ClusterParameters, TrustedAccess, TrustedAccessBinding,
};
pub(crate) use extension::working;
use tags::parameters_by_tags;
pub use tags::{CLUSTER_SCOPE_TAG, EXCLUDED_NAMESPACES_TAG, NAMESPACES_TAG, VOLUMES_TAG};

use holdfast_evaluator::{Protection, Resource};

use super::BackupParameters;
use super::manifest::{
    Cadence, DatasourceSet, Grantee, Manifest, OWNER, PolicyModel, RoleNeed, RoleScope, StoreBounds,
};
use super::rules::{Kept, Restating, Unsupported, WorkloadRules};
use super::{Case, Dependencies, Details, Parties, Preparation, Restated};
use crate::family::Family;
use crate::impossible::Impossible;
use crate::roles::Role;
use crate::schedule::{Frequency, Period, RetentionTag, Schedule, TimeOfDay};
use crate::tier::DataStore;

/// What older versions of the extension were given.
const STORAGE_ACCOUNT_CONTRIBUTOR: &str = "17d1049b-9a84-46fb-8f53-869881c3d3ab";

pub(super) struct Aks;

impl WorkloadRules for Aks {
    fn manifest(&self) -> &'static Manifest {
        &MANIFEST
    }

    fn unsupported(&self, cluster: &Resource) -> Option<Unsupported> {
        without_identity(cluster)
    }

    fn details(&self, cluster: &Resource, _how: &Protection) -> Result<Details, Impossible> {
        of_cluster(cluster)
    }

    fn parties(&self, case: &Case<'_>) -> Result<Parties, Impossible> {
        let Dependencies::Cluster { extension, access } = case.dependencies else {
            return Ok(Parties::default());
        };
        let extension = working(case.datasource, extension.as_ref()).map_err(|unfit| {
            let way_out = format!("{}; the next sweep tries again", unfit.way_out);
            Impossible { way_out, ..unfit }
        })?;
        let identity = match case.details {
            Details::Cluster { identity, .. } => Some(&identity.0),
            Details::Nothing
            | Details::Containers(_)
            | Details::Database { .. }
            | Details::Disks(_)
            | Details::Share { .. }
            | Details::InMachine => None,
        };
        let is_let_in = access.iter().any(|access| access.lets_in(case.vault));
        let binding = TrustedAccessBinding::between(case.datasource, case.vault)
            .map_err(|e| Impossible::unusable_name(&e))?;
        Ok(Parties::default()
            .principal(Grantee::Cluster, identity)
            .principal(Grantee::Extension, extension.principal.as_ref())
            .place(RoleScope::ExtensionAccount, extension.account.as_ref())
            .prepared((!is_let_in).then_some(Preparation::TrustedAccess(binding))))
    }

    fn parameters(&self, case: &Case<'_>, _into_vault: bool) -> Result<Option<BackupParameters>, Impossible> {
        Ok(match case.details {
            Details::Cluster { parameters, .. } => Some(BackupParameters::Cluster(parameters.clone())),
            Details::Nothing
            | Details::Containers(_)
            | Details::Database { .. }
            | Details::Disks(_)
            | Details::Share { .. }
            | Details::InMachine => None,
        })
    }

    /// Where a tag is silent, an instance that we made is as it would be made today; that of another tool stays as it is.
    fn restating(&self, kept: &Kept<'_>) -> Result<Restating, Impossible> {
        let Some(shown) = &kept.stated.cluster else { return Ok(Restating::Nothing) };
        let unstated = if kept.is_ours { ClusterParameters::default() } else { shown.clone() };
        let wanted = parameters_by_tags(kept.resource, unstated)?;
        if shown.means(&wanted) {
            return Ok(Restating::Nothing);
        }
        // A stopped cluster takes no change.
        self.details(kept.resource, kept.how)?;
        Ok(Restating::Now(Restated { cluster: Some(wanted), ..Restated::default() }))
    }

    /// Support matrix of AKS backup.
    fn has_fixed_policy(&self) -> bool {
        true
    }
}

const MANIFEST: Manifest = Manifest {
    noun: "Kubernetes cluster",
    slug: "aks",
    family: Family::BackupVault,
    resource_type: "Microsoft.ContainerService/managedClusters",
    datasource_type: "Microsoft.ContainerService/managedClusters",
    set: DatasourceSet::Itself,
    snapshot_group: true,
    backup_type: "Incremental",
    stores: &[StoreBounds {
        store: DataStore::OperationalStore,
        retention_days: 1..=360,
        default_days: 7,
        cadence: Some(Cadence {
            periods: &[
                Frequency::Hours(4),
                Frequency::Hours(6),
                Frequency::Hours(8),
                Frequency::Hours(12),
                Frequency::Day,
            ],
            template: Schedule { every: Frequency::Hours(4), at: TimeOfDay::hour(9) },
        }),
        template: Period::days(7),
    }],
    policy: PolicyModel::Rules,
    tags: &[RetentionTag::Daily, RetentionTag::Weekly],
    most_points: None,
    roles: &[
        RoleNeed::reader(RoleScope::Datasource),
        RoleNeed::reader(RoleScope::SnapshotGroup),
        RoleNeed {
            role: Role::Contributor,
            grantee: Grantee::Cluster,
            on: RoleScope::SnapshotGroup,
            or: &[OWNER],
        },
        RoleNeed {
            role: Role::StorageBlobDataContributor,
            grantee: Grantee::Extension,
            on: RoleScope::ExtensionAccount,
            or: &[STORAGE_ACCOUNT_CONTRIBUTOR],
        },
    ],
    source: "AKS backup support matrix",
};

/// Roles are given to identities; a cluster that uses a service principal has none.
fn without_identity(cluster: &Resource) -> Option<Unsupported> {
    ClusterIdentity::of(cluster).is_none().then(|| Unsupported {
        reason: "AKS backup needs a cluster with a managed identity; this one uses a service principal"
            .to_owned(),
        way_out: "run `az aks update --enable-managed-identity` on the cluster",
    })
}

fn of_cluster(cluster: &Resource) -> Result<Details, Impossible> {
    let Some(identity) = ClusterIdentity::of(cluster) else {
        return Err(Impossible::new(
            "ClusterWithoutIdentity",
            format!("cluster `{}` has no managed identity", cluster.name),
            "run `az aks update --enable-managed-identity` on the cluster",
        ));
    };
    if is_stopped(cluster) {
        return Err(Impossible::new(
            "ClusterIsStopped",
            format!("cluster `{}` is stopped, and Azure Backup works inside the cluster", cluster.name),
            "start it; the next sweep tries again",
        ));
    }
    let unstated = ClusterParameters::default();
    Ok(Details::Cluster { identity, parameters: parameters_by_tags(cluster, unstated)? })
}

//! Kubernetes clusters (AKS): their objects and volumes, by the backup extension in the cluster.

use holdfast_evaluator::Resource;

use super::manifest::{
    DatasourceSet, Grantee, Manifest, OWNER, Rhythm, RoleNeed, RoleScope, StoreBounds, Unsupported,
    every_resource,
};
use crate::cluster::ClusterIdentity;
use crate::roles::Role;
use crate::schedule::{Every, Period, RetentionTag, Schedule, TimeOfDay};
use crate::tier::DataStore;

/// What older versions of the extension were given.
const STORAGE_ACCOUNT_CONTRIBUTOR: &str = "17d1049b-9a84-46fb-8f53-869881c3d3ab";

pub(super) const MANIFEST: Manifest = Manifest {
    noun: "Kubernetes cluster",
    slug: "aks",
    resource_type: "Microsoft.ContainerService/managedClusters",
    datasource_type: "Microsoft.ContainerService/managedClusters",
    set: DatasourceSet::Itself,
    snapshot_group: true,
    backup_type: "Incremental",
    stores: &[StoreBounds {
        store: DataStore::OperationalStore,
        retention_days: 1..=360,
        default_days: 7,
        rhythm: Some(Rhythm {
            periods: &[Every::Hours(4), Every::Hours(6), Every::Hours(8), Every::Hours(12), Every::Day],
            template: Schedule { every: Every::Hours(4), at: TimeOfDay::hour(9) },
        }),
        template: Period::days(7),
    }],
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
    claims: every_resource,
    unsupported,
};

/// Roles are given to identities; a cluster that uses a service principal has none.
fn unsupported(cluster: &Resource) -> Option<Unsupported> {
    ClusterIdentity::of(cluster).is_none().then(|| Unsupported {
        reason: "AKS backup needs a cluster with a managed identity; this one uses a service principal"
            .to_owned(),
        way_out: "run `az aks update --enable-managed-identity` on the cluster",
    })
}

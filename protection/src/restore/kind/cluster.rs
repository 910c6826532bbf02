//! What a Kubernetes cluster held, in the same or another cluster.

mod items;

use super::{Kind, LooksFor, There};
use crate::impossible::Impossible;
use crate::instance::BackupInstance;
use crate::restore::cluster_ground::ClusterGround;
use crate::restore::roles::{Missing, Need, unmet};
use crate::restore::{DesiredCluster, RestoreGround, RestoreInto};
use crate::workload::aks::{self, BackupExtension, TrustedAccessBinding};
use crate::workload::{Grantee, Preparation, RoleScope};
use crate::{Location, ResourceId, Workload};

pub(super) struct Cluster<'a> {
    pub(super) desired: &'a DesiredCluster,
}

impl Kind for Cluster<'_> {
    fn place(&self, source: &BackupInstance) -> Option<ResourceId> {
        Some(self.desired.cluster.clone().unwrap_or_else(|| source.datasource.clone()))
    }

    fn place_type(&self) -> (&'static str, &'static str) {
        (
            "Microsoft.ContainerService/managedClusters",
            "`cluster` has to be the ARM id of a Kubernetes cluster",
        )
    }

    fn absent(&self) -> (&'static str, &'static str, &'static str) {
        (
            "UserErrorAzureResourceNotFoundByPlugin",
            "cluster",
            "name another as `cluster`, or create it and install its backup extension",
        )
    }

    fn looks_for(&self, _place: &ResourceId) -> LooksFor {
        LooksFor::Cluster
    }

    fn request(&self, there: &There<'_>) -> Result<(RestoreInto, Location), Impossible> {
        there.in_region()?;
        Ok((items::items(self.desired, there.ground, there.seen, there.store)?, there.region.clone()))
    }

    fn missing(
        &self,
        ground: &RestoreGround,
        principal: &str,
        missing: Missing,
    ) -> Result<Missing, Impossible> {
        match &ground.cluster {
            Some(cluster) => in_cluster(cluster, ground, principal, missing),
            None => Ok(missing),
        }
    }

    fn notes(&self, _ground: &RestoreGround) -> Vec<String> {
        let note = "Azure does not clean up what a restore leaves in the staging account";
        self.desired.staging.as_ref().map(|_| note.to_owned()).into_iter().collect()
    }
}

/// What a cluster needs to take a restore: the same as to be backed up, with the target in place of the source.
fn in_cluster(
    cluster: &ClusterGround,
    ground: &RestoreGround,
    vault: &str,
    mut missing: Missing,
) -> Result<Missing, Impossible> {
    let id = &ground.place.id;
    let identity = cluster.ready(id)?;
    let extension = aks::working(id, cluster.extension.as_ref());
    let name = id.name();
    missing.holders.insert(identity.to_owned(), format!("cluster `{name}`"));
    if let Some(principal) = extension.as_ref().ok().and_then(|extension| extension.principal.as_ref()) {
        missing.holders.insert(principal.clone(), format!("the backup extension of cluster `{name}`"));
    }
    let needs = of_cluster(ground, vault, identity, extension.as_ref().ok().copied());
    missing.grants = unmet(needs, ground);
    if !cluster.access.iter().any(|access| access.lets_in(&ground.vault.id)) {
        let binding = TrustedAccessBinding::between(id, &ground.vault.id)
            .map_err(|error| Impossible::new("NameNotUsable", error.to_string(), "name another cluster"))?;
        missing.preparation = Some(Preparation::TrustedAccess(binding));
    }
    match extension {
        Ok(_) => Ok(missing),
        Err(unfit) => {
            let message = format!("{}{}", unfit.message, missing.besides(ground));
            Err(Impossible { message, way_out: format!("{}, then ask again", unfit.way_out), ..unfit })
        }
    }
}

fn of_cluster(
    ground: &RestoreGround,
    vault: &str,
    identity: &str,
    extension: Option<&BackupExtension>,
) -> Vec<Need> {
    let need = |need: &crate::workload::RoleNeed| {
        let scope = match need.on {
            RoleScope::Datasource => Some(&ground.place.id),
            RoleScope::SnapshotGroup => ground.source.snapshot_group.as_ref(),
            RoleScope::ExtensionAccount => extension.and_then(|extension| extension.account.as_ref()),
            RoleScope::DatasourceGroup | RoleScope::Parent | RoleScope::KeyVault => None,
        };
        let principal = match need.grantee {
            Grantee::Vault => Some(vault),
            Grantee::Cluster => Some(identity),
            Grantee::Extension => extension.and_then(|extension| extension.principal.as_deref()),
        };
        Some(Need { or: need.or, ..Need::new(need.role, scope?, principal?) })
    };
    Workload::Aks.manifest().roles.iter().filter_map(need).collect()
}

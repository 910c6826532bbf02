//! Kubernetes clusters: which namespaces, into which, with which volumes.

use crate::impossible::Impossible;
use crate::restore::ground::{RestoreGround, SeenPlace};
use crate::restore::{ClusterItems, Criterion, DesiredCluster, RestoreInto, TargetDatasource, names};
use crate::tier::DataStore;

pub(super) fn items(
    desired: &DesiredCluster,
    ground: &RestoreGround,
    seen: &SeenPlace,
    store: DataStore,
) -> Result<RestoreInto, Impossible> {
    check_lists(desired)?;
    check_namespaces(desired)?;
    let staging = match (store, &desired.staging) {
        (DataStore::OperationalStore, None) => None,
        (DataStore::VaultStore | DataStore::ArchiveStore, Some(staging)) => Some(staging.clone()),
        (DataStore::OperationalStore, Some(_)) => {
            return Err(Impossible::new(
                "StagingNotNeeded",
                "a point in the operational tier is restored without staging",
                "leave out `staging`, or choose the vault tier with `tier`",
            ));
        }
        (DataStore::VaultStore | DataStore::ArchiveStore, None) => {
            return Err(Impossible::new(
                "StagingMissing",
                "a point in the vault tier is restored through a staging resource group and storage account",
                "name both in `staging`; what is put there is not cleaned up by Azure",
            ));
        }
    };
    let id = ground.place.id.clone();
    let target = TargetDatasource {
        id: id.clone(),
        datasource_type: ground.source.datasource_type.clone(),
        location: seen.location.clone(),
        set: Some(id),
        secret: None,
    };
    let items = ClusterItems {
        cluster_scope: desired.cluster_scope,
        namespaces: desired.namespaces.clone(),
        without_namespaces: desired.without_namespaces.clone(),
        resource_types: desired.resource_types.clone(),
        without_resource_types: desired.without_resource_types.clone(),
        label_selectors: desired.label_selectors.clone(),
        volumes: desired.volumes,
        conflicts: desired.conflicts,
        namespace_mappings: desired.namespace_mappings.clone(),
        hooks: desired.hooks.clone(),
        resource_modifier: desired.resource_modifier.clone(),
        staging,
    };
    Ok(RestoreInto::Items { target, criteria: vec![Criterion::Cluster(Box::new(items))] })
}

fn check_lists(desired: &DesiredCluster) -> Result<(), Impossible> {
    let both = [
        ("namespaces", &desired.namespaces, &desired.without_namespaces),
        ("resource types", &desired.resource_types, &desired.without_resource_types),
    ];
    match both.into_iter().find(|(_, with, without)| !with.is_empty() && !without.is_empty()) {
        None => Ok(()),
        Some((what, _, _)) => Err(Impossible::new(
            "ScenarioPluginInvalidWorkflowDataRequest",
            format!("{what} are both included and excluded"),
            "name either those to restore or those to leave out",
        )),
    }
}

fn check_namespaces(desired: &DesiredCluster) -> Result<(), Impossible> {
    for name in desired.namespaces.iter().chain(desired.namespace_mappings.values()) {
        names::namespace(name)?;
    }
    let stray = desired.namespace_mappings.keys().find(|from| {
        desired.without_namespaces.contains(from)
            || (!desired.namespaces.is_empty() && !desired.namespaces.contains(from))
    });
    match stray {
        None => Ok(()),
        Some(name) => Err(Impossible::new(
            "UserErrorNamespaceNotFound",
            format!("namespace `{name}` is mapped but not restored"),
            "add it to `namespaces`, or leave out its mapping",
        )),
    }
}

//! Kubernetes clusters: which namespaces, into which, with which volumes.

use crate::impossible::Impossible;
use crate::restore::ground::{RestoreGround, SeenPlace};
use crate::restore::{ClusterItems, ClusterWish, Criterion, RestoreInto, TargetDatasource, names};
use crate::tier::DataStore;

pub(super) fn items(
    wish: &ClusterWish,
    ground: &RestoreGround,
    seen: &SeenPlace,
    store: DataStore,
) -> Result<RestoreInto, Impossible> {
    check_lists(wish)?;
    check_namespaces(wish)?;
    let staging = match (store, &wish.staging) {
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
        cluster_scope: wish.cluster_scope,
        namespaces: wish.namespaces.clone(),
        without_namespaces: wish.without_namespaces.clone(),
        resource_types: wish.resource_types.clone(),
        without_resource_types: wish.without_resource_types.clone(),
        label_selectors: wish.label_selectors.clone(),
        volumes: wish.volumes,
        conflicts: wish.conflicts,
        namespace_mappings: wish.namespace_mappings.clone(),
        hooks: wish.hooks.clone(),
        resource_modifier: wish.resource_modifier.clone(),
        staging,
    };
    Ok(RestoreInto::Items { target, criteria: vec![Criterion::Cluster(Box::new(items))] })
}

fn check_lists(wish: &ClusterWish) -> Result<(), Impossible> {
    let both = [
        ("namespaces", &wish.namespaces, &wish.without_namespaces),
        ("resource types", &wish.resource_types, &wish.without_resource_types),
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

fn check_namespaces(wish: &ClusterWish) -> Result<(), Impossible> {
    for name in wish.namespaces.iter().chain(wish.namespace_mappings.values()) {
        names::namespace(name)?;
    }
    let stray = wish.namespace_mappings.keys().find(|from| {
        wish.without_namespaces.contains(from)
            || (!wish.namespaces.is_empty() && !wish.namespaces.contains(from))
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

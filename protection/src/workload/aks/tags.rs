//! What a cluster's tags say of its backup.

use holdfast_evaluator::Resource;

use super::cluster::ClusterParameters;
use crate::impossible::Impossible;
use crate::workload::tag::{switch, tag, unusable};

/// Namespaces of a cluster to include, separated by commas.
pub const NAMESPACES_TAG: &str = "holdfast-namespaces";
/// Namespaces of a cluster to leave out, separated by commas.
pub const EXCLUDED_NAMESPACES_TAG: &str = "holdfast-excluded-namespaces";
/// Whether snapshots of a cluster's volumes are taken: `true` (as without the tag) or `false`.
pub const VOLUMES_TAG: &str = "holdfast-volumes";
/// Whether objects outside namespaces are included: `true` (as without the tag) or `false`.
pub const CLUSTER_SCOPE_TAG: &str = "holdfast-cluster-scope";

/// Namespaces that one instance may hold, by the AKS support matrix.
const MOST_NAMESPACES: usize = 800;

/// What a cluster's tags say of its backup; what they do not speak of is as in `unstated`.
pub(crate) fn parameters_by_tags(
    cluster: &Resource,
    unstated: ClusterParameters,
) -> Result<ClusterParameters, Impossible> {
    Ok(ClusterParameters {
        included_namespaces: namespaces(cluster, NAMESPACES_TAG)?.unwrap_or(unstated.included_namespaces),
        excluded_namespaces: namespaces(cluster, EXCLUDED_NAMESPACES_TAG)?
            .unwrap_or(unstated.excluded_namespaces),
        snapshot_volumes: switch(cluster, VOLUMES_TAG)?.unwrap_or(unstated.snapshot_volumes),
        cluster_scope: switch(cluster, CLUSTER_SCOPE_TAG)?.unwrap_or(unstated.cluster_scope),
    })
}

fn namespaces(cluster: &Resource, name: &str) -> Result<Option<Vec<String>>, Impossible> {
    let Some(text) = tag(cluster, name) else { return Ok(None) };
    let names: Vec<String> =
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let is_name = |name: &&String| {
        name.len() <= 63 && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    if let Some(strange) = names.iter().find(|name| !is_name(name)) {
        return Err(unusable(name, &format!("`{strange}` is not a name of a namespace")));
    }
    if names.len() > MOST_NAMESPACES {
        return Err(unusable(name, &format!("{} namespaces are more than {MOST_NAMESPACES}", names.len())));
    }
    Ok(Some(names))
}

//! What a datasource's own backup needs to be told, beyond vault and policy.
//!
//! Rules say what is the same for many: stores, containers, databases. What belongs to one resource and has no field in
//! a rule's answer, such as the secret of a database, is a tag of that resource: its owner knows it, and can change it
//! without a new rule set.

use holdfast_evaluator::{Protection, Resource, Tier};
use serde::{Deserialize, Serialize};

use crate::Workload;
use crate::cluster::{self, ClusterIdentity, ClusterParameters};
use crate::impossible::Impossible;
use crate::secret::SecretUri;

/// Identifier of the Key Vault secret that a database is dumped with.
pub const SECRET_TAG: &str = "holdfast-secret";
/// Namespaces of a cluster to include, separated by commas.
pub const NAMESPACES_TAG: &str = "holdfast-namespaces";
/// Namespaces of a cluster to leave out, separated by commas.
pub const EXCLUDED_NAMESPACES_TAG: &str = "holdfast-excluded-namespaces";
/// Whether snapshots of a cluster's volumes are taken: `true` (as without the tag) or `false`.
pub const VOLUMES_TAG: &str = "holdfast-volumes";
/// Whether objects outside namespaces are included: `true` (as without the tag) or `false`.
pub const CLUSTER_SCOPE_TAG: &str = "holdfast-cluster-scope";

/// Containers that one instance may hold, by the blob and Data Lake Storage support matrices.
pub const MOST_CONTAINERS: usize = 100;
/// Namespaces that one instance may hold, by the AKS support matrix.
const MOST_NAMESPACES: usize = 800;

/// What a datasource's own backup needs to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Details {
    /// Nothing.
    Nothing,
    /// Which containers go into the vault.
    Containers(Containers),
    /// The secret to dump a database with.
    Database {
        /// Where it lies.
        secret: SecretUri,
    },
    /// A cluster's identity, and what of it is backed up.
    Cluster {
        /// Who takes the snapshots.
        identity: ClusterIdentity,
        /// What is backed up.
        parameters: ClusterParameters,
    },
}

/// Which containers go into the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Containers {
    /// Those that the decision names.
    Named(Vec<String>),
    /// Every one that there is.
    Every,
}

impl Details {
    /// What a decision and the resource's own tags say.
    pub fn decided(workload: Workload, resource: &Resource, how: &Protection) -> Result<Self, Impossible> {
        match workload {
            Workload::AzureDisks | Workload::PostgresqlFlexible => Ok(Self::Nothing),
            Workload::AzureBlobs => {
                // A policy that is chosen by name may keep blobs in the vault as well.
                let vaulted =
                    how.tier == Some(Tier::Vault) || how.blob_containers.is_some() || how.policy.is_some();
                if vaulted { containers(how).map(Self::Containers) } else { Ok(Self::Nothing) }
            }
            Workload::DataLake => containers(how).map(Self::Containers),
            Workload::PostgresqlSingle => secret(resource).map(|secret| Self::Database { secret }),
            Workload::Aks => of_cluster(resource),
        }
    }
}

/// Why a decision leaves out a resource of a server, if it does.
pub fn left_out(workload: Workload, resource: &Resource, how: &Protection) -> Option<String> {
    let databases = how.databases.as_ref().filter(|_| workload == Workload::PostgresqlSingle)?;
    let named = databases.iter().any(|name| name.eq_ignore_ascii_case(&resource.name));
    (!named).then(|| format!("the rules include only these databases: {}", databases.join(", ")))
}

fn containers(how: &Protection) -> Result<Containers, Impossible> {
    let Some(named) = &how.blob_containers else { return Ok(Containers::Every) };
    let mut named = named.clone();
    named.sort_unstable();
    named.dedup();
    check_containers(&named)?;
    Ok(Containers::Named(named))
}

/// Whether one instance may hold these containers.
pub(crate) fn check_containers(containers: &[String]) -> Result<(), Impossible> {
    match containers.len() {
        0 => Err(Impossible::new(
            "NoContainers",
            "backup into the vault needs a blob container, and the rules name none",
            "name containers in `blob-containers`, or leave it out to back up all of them",
        )),
        1..=MOST_CONTAINERS => Ok(()),
        many => Err(Impossible::new(
            "ContainerBound",
            format!(
                "{many} containers are more than the {MOST_CONTAINERS} that one backup instance may hold (blob backup support matrix)"
            ),
            format!("let the rules name at most {MOST_CONTAINERS} of them in `blob-containers`"),
        )),
    }
}

fn tag<'r>(resource: &'r Resource, name: &str) -> Option<&'r str> {
    let mut tags = resource.tags.iter();
    tags.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// The secret that a database's tag names; `None` if no tag does.
pub(crate) fn named_secret(database: &Resource) -> Result<Option<SecretUri>, Impossible> {
    tag(database, SECRET_TAG).map(|_| secret(database)).transpose()
}

fn secret(database: &Resource) -> Result<SecretUri, Impossible> {
    let way_out = format!(
        "store the credentials in a key vault, and put the secret's identifier into the tag `{SECRET_TAG}` of the server"
    );
    let Some(text) = tag(database, SECRET_TAG) else {
        let message = format!(
            "database `{}` is dumped with a secret, and no tag `{SECRET_TAG}` names one",
            database.name
        );
        return Err(Impossible::new("SecretMissing", message, way_out));
    };
    SecretUri::try_from(text.to_owned()).map_err(|problem| {
        Impossible::new("SecretNotUsable", format!("tag `{SECRET_TAG}`: {problem}"), way_out)
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
    if cluster::is_stopped(cluster) {
        return Err(Impossible::new(
            "ClusterIsStopped",
            format!("cluster `{}` is stopped, and Azure Backup works inside the cluster", cluster.name),
            "start it; the next sweep tries again",
        ));
    }
    let unstated = ClusterParameters::default();
    Ok(Details::Cluster { identity, parameters: cluster_parameters(cluster, unstated)? })
}

/// What a cluster's tags say of its backup; what they do not speak of is as in `unstated`.
pub(crate) fn cluster_parameters(
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
        return Err(unusable(name, &format!("`{strange}` is no name of a namespace")));
    }
    if names.len() > MOST_NAMESPACES {
        return Err(unusable(name, &format!("{} namespaces are more than {MOST_NAMESPACES}", names.len())));
    }
    Ok(Some(names))
}

fn switch(cluster: &Resource, name: &str) -> Result<Option<bool>, Impossible> {
    match tag(cluster, name) {
        None => Ok(None),
        Some(word) if word.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(word) if word.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(word) => Err(unusable(name, &format!("`{word}` is neither `true` nor `false`"))),
    }
}

fn unusable(tag: &str, problem: &str) -> Impossible {
    Impossible::new("TagNotUsable", format!("tag `{tag}`: {problem}"), format!("correct the tag `{tag}`"))
}

#[cfg(test)]
mod tests;

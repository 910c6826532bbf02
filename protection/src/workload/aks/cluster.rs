//! Kubernetes clusters: what Azure Backup needs to find in them.

use std::collections::BTreeSet;
use std::fmt;

use holdfast_evaluator::Resource;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{ResourceId, ResourceIdError, shell};

/// The identity that a cluster acts with: object id of its principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClusterIdentity(pub String);

/// The backup extension of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupExtension {
    /// Its name in the cluster.
    pub name: String,
    /// `provisioningState`.
    pub state: String,
    /// Object id of its identity.
    pub principal: Option<String>,
    /// The storage account that it writes to.
    pub account: Option<ResourceId>,
    /// What it says is wrong with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
}

/// Leave that a cluster gives a resource outside to come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustedAccess {
    /// Who comes in.
    pub source: ResourceId,
    /// As what: `Microsoft.DataProtection/backupVaults/backup-operator` for a Backup vault.
    pub roles: Vec<String>,
}

/// The role in the cluster that a Backup vault needs.
pub const BACKUP_OPERATOR: &str = "Microsoft.DataProtection/backupVaults/backup-operator";

/// A trusted access binding that should exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustedAccessBinding {
    /// ARM id, below the cluster.
    pub id: ResourceId,
    /// The Backup vault that is let in.
    pub vault: ResourceId,
}

/// What of a cluster is backed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterParameters {
    /// Namespaces to include; none means every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included_namespaces: Vec<String>,
    /// Namespaces to leave out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded_namespaces: Vec<String>,
    /// Whether snapshots of volumes are taken.
    pub snapshot_volumes: bool,
    /// Whether objects outside namespaces are included.
    pub cluster_scope: bool,
}

impl Default for ClusterParameters {
    /// All of the cluster.
    fn default() -> Self {
        let (included_namespaces, excluded_namespaces) = (Vec::new(), Vec::new());
        Self { included_namespaces, excluded_namespaces, snapshot_volumes: true, cluster_scope: true }
    }
}

impl ClusterParameters {
    /// Whether both back up the same: the order of namespaces does not matter.
    pub fn means(&self, other: &Self) -> bool {
        let same = |one: &[String], other: &[String]| {
            let names = |list: &[String]| list.iter().cloned().collect::<BTreeSet<String>>();
            names(one) == names(other)
        };
        same(&self.included_namespaces, &other.included_namespaces)
            && same(&self.excluded_namespaces, &other.excluded_namespaces)
            && self.snapshot_volumes == other.snapshot_volumes
            && self.cluster_scope == other.cluster_scope
    }
}

impl fmt::Display for ClusterParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.included_namespaces.as_slice() {
            [] => f.write_str("every namespace")?,
            names => write!(f, "namespaces {}", names.join(", "))?,
        }
        if !self.excluded_namespaces.is_empty() {
            write!(f, " but for {}", self.excluded_namespaces.join(", "))?;
        }
        let with = |included: bool| if included { "with" } else { "without" };
        write!(f, ", {} volumes", with(self.snapshot_volumes))?;
        write!(f, ", {} objects outside namespaces", with(self.cluster_scope))
    }
}

impl ClusterIdentity {
    /// The system-assigned identity of a cluster, or its first user-assigned one; none with a service principal.
    pub fn of(cluster: &Resource) -> Option<Self> {
        let body: Value = serde_json::from_str(&cluster.body).ok()?;
        let identity = body.get("identity")?;
        let principal = |of: &Value| {
            let text = of.get("principalId").and_then(Value::as_str).filter(|text| !text.is_empty())?;
            Some(Self(text.to_owned()))
        };
        principal(identity)
            .or_else(|| identity.get("userAssignedIdentities")?.as_object()?.values().find_map(principal))
    }
}

/// Whether the cluster is stopped: it can then be neither validated nor backed up.
pub(crate) fn is_stopped(cluster: &Resource) -> bool {
    let body: Value = serde_json::from_str(&cluster.body).unwrap_or_default();
    let code = body.pointer("/properties/powerState/code").and_then(Value::as_str).unwrap_or_default();
    code.eq_ignore_ascii_case("Stopped")
}

impl BackupExtension {
    /// Whether it is installed and says nothing of errors.
    pub fn is_healthy(&self) -> bool {
        self.state.eq_ignore_ascii_case("Succeeded") && self.errors.is_empty()
    }

    /// Whether it is still being installed.
    pub fn is_being_made(&self) -> bool {
        ["Creating", "Updating", "Accepted"].iter().any(|state| self.state.eq_ignore_ascii_case(state))
    }
}

impl TrustedAccess {
    /// Whether it lets this Backup vault in.
    pub fn lets_in(&self, vault: &ResourceId) -> bool {
        self.source == *vault && self.roles.iter().any(|role| role.eq_ignore_ascii_case(BACKUP_OPERATOR))
    }
}

impl TrustedAccessBinding {
    /// The binding that lets `vault` into `cluster`, under the same name at every retry.
    pub fn between(cluster: &ResourceId, vault: &ResourceId) -> Result<Self, ResourceIdError> {
        // Azure allows 36 letters, digits and dashes.
        let tail = crate::digest::of(&Value::String(vault.key()));
        let id = cluster.child("trustedAccessRoleBindings", &format!("holdfast-{tail}"))?;
        Ok(Self { id, vault: vault.clone() })
    }

    fn cluster(&self) -> ResourceId {
        self.id.parent().unwrap_or_else(|| self.id.clone())
    }

    /// The command that makes it, for somebody who may.
    pub fn command(&self) -> String {
        let cluster = self.cluster();
        format!(
            "az aks trustedaccess rolebinding create --cluster-name {} --resource-group {} --name {} \
             --source-resource-id {} --roles {BACKUP_OPERATOR}",
            shell::word(cluster.name()),
            shell::word(cluster.resource_group().unwrap_or_default()),
            self.id.name(),
            shell::word(self.vault.as_str())
        )
    }

    /// What is missing without it.
    pub fn line(&self) -> String {
        format!("trusted access of {} to {}", self.vault, self.cluster())
    }

    /// The resource of a deployment template that gives it.
    pub fn template(&self) -> Value {
        json!({
            "type": "Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings",
            "apiVersion": "2024-05-01",
            "name": format!("{}/{}", self.cluster().name(), self.id.name()),
            "properties": { "sourceResourceId": self.vault, "roles": [BACKUP_OPERATOR] },
        })
    }
}

impl fmt::Display for TrustedAccessBinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "let Backup vault {} into cluster {}", self.vault.name(), self.cluster().name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn cluster(body: &Value) -> Resource {
        Resource {
            id: "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c"
                .to_owned(),
            resource_type: "Microsoft.ContainerService/managedClusters".to_owned(),
            name: "c".to_owned(),
            location: "westeurope".to_owned(),
            resource_group: "g".to_owned(),
            subscription: "s".to_owned(),
            tags: BTreeMap::new(),
            sku: None,
            kind: None,
            body: body.to_string(),
        }
    }

    #[test]
    fn a_cluster_acts_with_its_own_identity_or_one_that_it_was_given() {
        let identity = |body: Value| ClusterIdentity::of(&cluster(&body)).map(|identity| identity.0);
        let system = json!({ "identity": { "type": "SystemAssigned", "principalId": "p-1" } });
        assert_eq!(identity(system).as_deref(), Some("p-1"));
        let user = json!({ "identity": { "type": "UserAssigned",
            "userAssignedIdentities": { "/subscriptions/s/u": { "principalId": "p-2", "clientId": "c" } } } });
        assert_eq!(identity(user).as_deref(), Some("p-2"));
        assert_eq!(
            identity(json!({ "properties": { "servicePrincipalProfile": { "clientId": "x" } } })),
            None
        );
    }

    #[test]
    fn a_binding_has_one_short_name_for_each_vault() {
        let cluster: ResourceId = cluster(&Value::Null).id.parse().unwrap();
        let vault = |name: &str| -> ResourceId {
            format!(
                "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/{name}"
            )
            .parse()
            .unwrap()
        };
        let one = TrustedAccessBinding::between(&cluster, &vault("v")).unwrap();
        assert_eq!(one, TrustedAccessBinding::between(&cluster, &vault("V")).unwrap());
        assert_ne!(one.id, TrustedAccessBinding::between(&cluster, &vault("w")).unwrap().id);
        assert!(one.id.name().len() <= 36, "{}", one.id);
        let given = TrustedAccess { source: vault("V"), roles: vec![BACKUP_OPERATOR.to_lowercase()] };
        assert!(given.lets_in(&vault("v")) && !given.lets_in(&vault("w")));
    }
}

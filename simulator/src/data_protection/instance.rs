//! Backup instances: their state and their body.

mod change;
pub(super) mod configure;
pub(super) mod containers;
pub(super) mod deletion;
pub(super) mod health;
pub(super) mod index;
pub(super) mod protection;
pub(super) mod validate;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::user_error::generic_not_found;
use super::{State, policy};
use crate::wire::path::{key, name_of};
use crate::wire::{ArmError, json as body_json};
use crate::world::World;

/// Type of an instance as answers spell it.
pub(crate) const TYPE: &str = "Microsoft.DataProtection/backupVaults/backupInstances";

/// `currentProtectionState`, in the words of recorded answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProtectionState {
    ConfiguringProtection,
    UpdatingProtection,
    ProtectionConfigured,
    ProtectionError,
    ProtectionStopped,
    BackupsSuspended,
    SoftDeleting,
}

impl ProtectionState {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::ConfiguringProtection => "ConfiguringProtection",
            Self::UpdatingProtection => "UpdatingProtection",
            Self::ProtectionConfigured => "ProtectionConfigured",
            Self::ProtectionError => "ProtectionError",
            Self::ProtectionStopped => "ProtectionStopped",
            Self::BackupsSuspended => "BackupsSuspended",
            Self::SoftDeleting => "SoftDeleting",
        }
    }

    /// Whether backups were stopped or suspended on purpose.
    pub(crate) fn is_stopped(self) -> bool {
        matches!(self, Self::ProtectionStopped | Self::BackupsSuspended)
    }

    /// The word in `protectionStatus`, whose enum knows no `ProtectionError`.
    fn status_word(self) -> &'static str {
        match self {
            Self::ProtectionError => "ConfiguringProtectionFailed",
            other => other.word(),
        }
    }
}

/// A backup instance.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) tags: Option<Value>,
    /// What the caller described, in the service's shape: datasource, set, policy, credentials.
    pub(crate) described: Value,
    /// What the running update describes.
    pub(crate) pending: Option<Value>,
    pub(crate) state: ProtectionState,
    /// Whether the operation that wrote the instance has ended.
    pub(crate) provisioned: bool,
    /// The `UserFacingError` of a failed configuration.
    pub(crate) error: Option<Value>,
    /// Whether protection has ever come about.
    pub(crate) worked: bool,
    /// Grows with every configuration, so that an overtaken one does not settle.
    pub(crate) generation: u64,
    /// Oldest first.
    pub(crate) points: Vec<Value>,
    /// The containers that each point of a storage account holds.
    pub(crate) contents: BTreeMap<String, Vec<String>>,
}

impl Instance {
    /// The lower-cased id of the datasource.
    pub(crate) fn datasource(&self) -> String {
        key(body_json::text(&self.described, &["dataSourceInfo", "resourceID"]).unwrap_or_default())
    }

    /// Whether protection has ever come about.
    pub(crate) fn has_worked(&self) -> bool {
        self.worked
    }

    pub(crate) fn datasource_type(&self) -> &str {
        body_json::text(&self.described, &["dataSourceInfo", "datasourceType"]).unwrap_or_default()
    }

    pub(crate) fn policy_id(&self) -> &str {
        body_json::text(&self.described, &["policyInfo", "policyId"]).unwrap_or_default()
    }

    pub(crate) fn friendly_name(&self) -> &str {
        body_json::text(&self.described, &["friendlyName"]).unwrap_or_default()
    }

    /// The whole body, as GET shows it.
    pub(crate) fn body(&self) -> Value {
        let mut body = Map::new();
        if let Some(tags) = &self.tags {
            body.insert("tags".into(), tags.clone());
        }
        let mut properties = self.described.as_object().cloned().unwrap_or_default();
        let mut status = json!({ "status": self.state.status_word() });
        if let Some(error) = &self.error {
            body_json::set(&mut status, &["errorDetails"], error.clone());
            properties.insert("protectionErrorDetails".into(), error.clone());
        }
        properties.insert("protectionStatus".into(), status);
        properties.insert("currentProtectionState".into(), json!(self.state.word()));
        let provisioning = if self.provisioned { "Succeeded" } else { "Provisioning" };
        properties.insert("provisioningState".into(), json!(provisioning));
        properties.insert("objectType".into(), json!("BackupInstance"));
        let mut properties = Value::Object(properties);
        name_absent_parameters(&mut properties);
        body.insert("properties".into(), properties);
        body.insert("id".into(), json!(self.id));
        body.insert("name".into(), json!(crate::wire::path::name_of(&self.id)));
        body.insert("type".into(), json!(TYPE));
        Value::Object(body)
    }
}

/// What the service names of a cluster's parameters although it was not sent (recorded).
const CLUSTER_PARAMETERS: [&str; 6] = [
    "includedNamespaces",
    "excludedNamespaces",
    "includedResourceTypes",
    "excludedResourceTypes",
    "labelSelectors",
    "backupHookReferences",
];

/// Adds the parameters of a cluster that were not sent, as null.
fn name_absent_parameters(properties: &mut Value) {
    let path = "/policyInfo/policyParameters/backupDatasourceParametersList";
    let parameters = properties.pointer_mut(path).and_then(Value::as_array_mut).into_iter().flatten();
    for one in parameters.filter_map(Value::as_object_mut) {
        let kind = one.get("objectType").and_then(Value::as_str).unwrap_or_default();
        if kind == "KubernetesClusterBackupDatasourceParameters" {
            for name in CLUSTER_PARAMETERS {
                one.entry(name).or_insert(Value::Null);
            }
        }
    }
}

/// From this api-version on the service speaks of the automatic protection of containers.
const AUTO_PROTECTION_SINCE: &str = "2026-03-01";

/// Whether `parameter` is told of, and understood, in an api-version.
pub(crate) fn is_known(parameter: &Value, api_version: &str) -> bool {
    let kind = body_json::text(parameter, &["objectType"]).unwrap_or_default();
    api_version >= AUTO_PROTECTION_SINCE || !kind.ends_with("ForAutoProtection")
}

/// A body as callers of an api-version see it.
pub(crate) fn seen_in(mut body: Value, api_version: &str) -> Value {
    let path = "/properties/policyInfo/policyParameters/backupDatasourceParametersList";
    if let Some(parameters) = body.pointer_mut(path).and_then(Value::as_array_mut) {
        parameters.retain(|parameter| is_known(parameter, api_version));
    }
    body
}

/// The parts of `properties` that the service keeps, under the service's own names.
pub(crate) fn described(properties: &Value) -> Value {
    let mut kept = Map::new();
    for name in ["friendlyName", "validationType", "identityDetails"] {
        if let Some(value) = body_json::member(properties, name) {
            kept.insert(name.into(), value.clone());
        }
    }
    for (name, kind) in [("dataSourceInfo", "Datasource"), ("dataSourceSetInfo", "DatasourceSet")] {
        if let Some(source) = body_json::member(properties, name) {
            kept.insert(name.into(), datasource(source, kind));
        }
    }
    if let Some(policy) = body_json::member(properties, "policyInfo") {
        kept.insert("policyInfo".into(), body_json::without_nulls(policy));
    }
    if let Some(credentials) = body_json::member(properties, "datasourceAuthCredentials") {
        let mut credentials = credentials.clone();
        if body_json::member(&credentials, "secretStoreResource").is_some() {
            body_json::set(&mut credentials, &["secretStoreResource", "value"], Value::Null);
        }
        kept.insert("datasourceAuthCredentials".into(), credentials);
    }
    Value::Object(kept)
}

fn datasource(source: &Value, kind: &str) -> Value {
    let mut kept = Map::new();
    for name in [
        "resourceID",
        "resourceUri",
        "datasourceType",
        "resourceName",
        "resourceType",
        "resourceLocation",
        "resourceProperties",
    ] {
        if let Some(value) = body_json::member(source, name) {
            kept.insert(name.into(), value.clone());
        }
    }
    kept.insert("objectType".into(), json!(kind));
    Value::Object(kept)
}

/// The instance named by `name` in `vault`, or the service's 404.
pub(crate) fn find<'a>(world: &'a World, vault: &str, name: &str) -> Result<&'a Instance, ArmError> {
    let found =
        State::of(world).vaults.get(vault).and_then(|vault| vault.instances.get(&name.to_ascii_lowercase()));
    found.ok_or_else(generic_not_found)
}

/// For how many days an instance keeps the blobs of its account in the account itself.
pub(crate) fn operational_days(world: &World, vault: &str, instance: &Instance) -> Option<i64> {
    let policies = &State::of(world).vaults.get(vault)?.policies;
    policy::operational_days(policies.get(&name_of(instance.policy_id()).to_ascii_lowercase())?)
}

/// Every instance that is not soft-deleted and whose datasource is `datasource` (lower case), with its vault's id.
pub(crate) fn of_datasource<'a>(
    world: &'a World,
    datasource: &'a str,
) -> impl Iterator<Item = (&'a str, &'a Instance)> {
    State::of(world).vaults.values().flat_map(move |vault| {
        vault.instances.of_datasource(datasource).map(|instance| (vault.id.as_str(), instance))
    })
}

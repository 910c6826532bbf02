//! What we may not grant ourselves, and the template with which somebody else can.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::digest;
use crate::ledger::Entry;
use crate::roles::RoleGrant;
use crate::workload::Preparation;
use crate::{Location, ResourceId};

/// Permissions that are missing and that we were not allowed to give.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MissingPermissions {
    /// Role assignments.
    pub grants: Vec<RoleGrant>,
    /// A preparation that is a permission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<Preparation>,
    /// Region of the resource; a deployment is recorded in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// A deployment template that gives just what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionTemplate {
    /// Where the template lies in the ledger: the same for the same permissions.
    pub entry: Entry,
    /// The command that deploys it, once it is a local file `roles.json`.
    pub command: String,
}

const SUBSCRIPTION_SCHEMA: &str =
    "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#";
const GROUP_SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

/// Stands for a region that is not known. Whoever runs the command fills it in; a shell has no meaning of its own for it.
const TO_FILL_IN: &str = "REGION";

impl MissingPermissions {
    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.grants.is_empty() && self.binding.is_none()
    }

    /// One line for each, for people.
    pub fn lines(&self) -> Vec<String> {
        let grants = self
            .grants
            .iter()
            .map(|grant| format!("{} on {} for {}", grant.role.display_name(), grant.scope, grant.principal));
        grants.chain(self.binding.iter().map(Preparation::line)).collect()
    }

    /// The template for `datasource`, to be deployed to its subscription.
    ///
    /// One nested deployment for each resource group, because an assignment is made where its scope lies; literals
    /// only, so that a reader sees what it does.
    pub fn template(&self, datasource: &ResourceId) -> PermissionTemplate {
        let mut places: BTreeMap<String, (ResourceId, Vec<Value>)> = BTreeMap::new();
        let mut put = |at: &ResourceId, resource: Value| {
            let group = at.resource_group_id().unwrap_or_else(|| at.clone());
            places.entry(group.key()).or_insert_with(|| (group, Vec::new())).1.push(resource);
        };
        for grant in &self.grants {
            put(&grant.scope, assignment(grant));
        }
        if let Some(binding) = &self.binding
            && let Some(resource) = binding.template()
        {
            put(binding.id(), resource);
        }
        let location = self.location.as_ref().map_or_else(|| TO_FILL_IN.to_owned(), ToString::to_string);
        let nested: Vec<Value> =
            places.into_values().map(|(place, inner)| nested(&place, inner, &location)).collect();
        let body = json!({
            "$schema": SUBSCRIPTION_SCHEMA,
            "contentVersion": "1.0.0.0",
            "metadata": { "description": format!("What backing up {datasource} still needs, and nothing else.") },
            "resources": nested,
        });
        // The ids in it come in any case: the same template has the same name all the same.
        let name =
            format!("holdfast-roles-{}", digest::of(&Value::String(body.to_string().to_ascii_lowercase())));
        let command = format!(
            "az deployment sub create --subscription {} --location {location} --name {name} --template-file roles.json",
            datasource.subscription()
        );
        PermissionTemplate {
            entry: Entry::verbatim(format!("templates{}/{name}.json", datasource.key()), &body),
            command,
        }
    }
}

/// Resources of one resource group, or of a subscription itself.
fn nested(place: &ResourceId, resources: Vec<Value>, location: &str) -> Value {
    let schema = if place.resource_group().is_some() { GROUP_SCHEMA } else { SUBSCRIPTION_SCHEMA };
    let mut deployment = json!({
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2022-09-01",
        "name": format!("holdfast-roles-{}", digest::of(&Value::String(place.key()))),
        "subscriptionId": place.subscription(),
        "properties": {
            "mode": "Incremental",
            "template": { "$schema": schema, "contentVersion": "1.0.0.0", "resources": resources },
        },
    });
    let (key, value) = match place.resource_group() {
        Some(group) => ("resourceGroup", group),
        // A deployment to a subscription is recorded in a region.
        None => ("location", location),
    };
    if let Some(members) = deployment.as_object_mut() {
        members.insert(key.to_owned(), json!(value));
    }
    deployment
}

fn assignment(grant: &RoleGrant) -> Value {
    let RoleGrant { role, scope, principal } = grant;
    let definition = format!(
        "{}/providers/Microsoft.Authorization/roleDefinitions/{}",
        scope.subscription_id(),
        role.guid()
    );
    let extends = scope.resource_group_id().is_some_and(|group| group != *scope);
    let mut resource = Map::from_iter([
        ("type".to_owned(), json!("Microsoft.Authorization/roleAssignments")),
        ("apiVersion".to_owned(), json!("2022-04-01")),
        ("name".to_owned(), json!(grant.assignment_name())),
        (
            "properties".to_owned(),
            json!({
                "roleDefinitionId": definition,
                "principalId": principal,
                "principalType": "ServicePrincipal",
                "description": format!("{} for Azure Backup", role.display_name()),
            }),
        ),
    ]);
    if extends {
        resource.insert("scope".to_owned(), json!(scope));
    }
    Value::Object(resource)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::Role;
    use crate::workload::aks::TrustedAccessBinding;

    fn id(text: &str) -> ResourceId {
        text.parse().unwrap()
    }

    fn grant(role: Role, scope: &str) -> RoleGrant {
        RoleGrant { role, scope: id(scope), principal: "p".to_owned() }
    }

    #[test]
    fn a_role_on_the_subscription_is_deployed_to_the_subscription() {
        let disk = id("/subscriptions/s/resourceGroups/app/providers/Microsoft.Compute/disks/d");
        let missing = MissingPermissions {
            grants: vec![grant(Role::DiskBackupReader, "/subscriptions/s")],
            location: Some(Location::from("westeurope")),
            ..MissingPermissions::default()
        };
        let body: Value = serde_json::from_str(&missing.template(&disk).entry.body).unwrap();
        let nested = &body["resources"][0];
        assert_eq!((&nested["subscriptionId"], &nested["location"]), (&json!("s"), &json!("westeurope")));
        assert_eq!(nested.get("resourceGroup"), None);
        let template = &nested["properties"]["template"];
        assert_eq!(template["$schema"], SUBSCRIPTION_SCHEMA);
        assert_eq!(template["resources"][0].get("scope"), None, "it lies on the subscription");
    }

    #[test]
    fn the_case_of_ids_makes_no_other_template() {
        let of = |disk: &str, scope: &str| {
            let grants = vec![grant(Role::DiskBackupReader, scope)];
            MissingPermissions { grants, ..MissingPermissions::default() }.template(&id(disk)).entry.path
        };
        let disk = "/subscriptions/s/resourceGroups/App/providers/Microsoft.Compute/disks/D";
        assert_eq!(of(disk, disk), of(&disk.to_ascii_uppercase(), &disk.to_ascii_lowercase()));
    }

    #[test]
    fn a_region_that_is_not_known_is_nothing_that_a_shell_redirects() {
        let disk = id("/subscriptions/s/resourceGroups/app/providers/Microsoft.Compute/disks/d");
        let grants = vec![grant(Role::DiskBackupReader, "/subscriptions/s")];
        let template = MissingPermissions { grants, ..MissingPermissions::default() }.template(&disk);
        assert!(template.command.contains(" --location REGION --name "), "{}", template.command);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || " -._/".contains(c);
        assert!(template.command.chars().all(is_plain), "{}", template.command);
    }

    #[test]
    fn the_template_holds_what_is_missing_and_nothing_else() {
        let cluster =
            id("/subscriptions/s/resourceGroups/app/providers/Microsoft.ContainerService/managedClusters/c");
        let vault = id("/subscriptions/t/resourceGroups/b/providers/Microsoft.DataProtection/backupVaults/v");
        let missing = MissingPermissions {
            grants: vec![
                grant(Role::Reader, cluster.as_str()),
                grant(Role::Contributor, "/subscriptions/s/resourceGroups/snaps"),
                grant(
                    Role::StorageBlobDataContributor,
                    "/subscriptions/u/resourceGroups/APP/providers/Microsoft.Storage/storageAccounts/sa",
                ),
            ],
            binding: Some(Preparation::TrustedAccess(
                TrustedAccessBinding::between(&cluster, &vault).unwrap(),
            )),
            location: Some(Location::from("westeurope")),
        };
        let template = missing.template(&cluster);
        assert_eq!(template, missing.template(&cluster), "the same each time");
        let body: Value = serde_json::from_str(&template.entry.body).unwrap();
        let nested = body["resources"].as_array().unwrap();
        let places: Vec<String> = nested
            .iter()
            .map(|one| {
                format!(
                    "{}/{}",
                    one["subscriptionId"].as_str().unwrap(),
                    one["resourceGroup"].as_str().unwrap()
                )
            })
            .collect();
        assert_eq!(places, ["s/app", "s/snaps", "u/APP"]);
        let inner: Vec<&Value> = nested
            .iter()
            .flat_map(|one| one["properties"]["template"]["resources"].as_array().unwrap())
            .collect();
        assert_eq!(inner.len(), 4);
        let scopes: Vec<Option<&str>> = inner.iter().map(|one| one["scope"].as_str()).collect();
        assert_eq!(
            scopes[..3],
            [Some(cluster.as_str()), None, None],
            "a group's own assignment needs no scope"
        );
        assert_eq!(inner[1]["name"], format!("c/{}", missing.binding.as_ref().unwrap().id().name()));
        assert_eq!(
            inner[2]["name"],
            missing.grants[1].assignment_name().to_string(),
            "the name that we would give"
        );
        assert!(
            template.entry.path.starts_with("templates/subscriptions/s/resourcegroups/app/"),
            "{template:?}"
        );
        assert!(template.command.contains("az deployment sub create --subscription s --location westeurope"));
    }
}

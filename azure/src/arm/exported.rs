//! Rows of Resource Graph that somebody has exported to a file: no query of ours has given them columns.

use holdfast_evaluator::Resource;
use holdfast_protection::family::Family;
use holdfast_protection::instance::{BackupInstance, ProtectionState};
use holdfast_protection::policy::Policy;
use holdfast_protection::target::TargetProtection;
use holdfast_protection::vault_state::VaultState;
use holdfast_protection::{AzureError, Refusal, ResourceId};
use serde_json::Value;

use super::estate::resource;
use super::kql;
use super::refusal::ErrorLayer;
use super::resource_graph::{SUBSCRIPTIONS, each_page};
use super::transport::ArmClient;
use super::{backup_vault, recovery_services};

/// What an exported row shows.
#[derive(Debug)]
pub enum Exported {
    /// A resource.
    Resource(Box<Resource>),
    /// What protects a resource, by the resource's id in lower case.
    Instance {
        /// The resource.
        datasource: String,
        /// Its protection.
        protection: Box<TargetProtection>,
        /// The instance with all that it states, where the row has that.
        instance: Option<Box<BackupInstance>>,
    },
    /// A backup policy.
    Policy {
        /// Its vault.
        vault: ResourceId,
        /// What it says.
        policy: Box<Policy>,
    },
    /// A vault with its settings.
    Vault(Box<VaultState>),
    /// An assignment of Azure Policy, as Azure Resource Manager shows it.
    Assignment(Box<Value>),
    /// An initiative of Azure Policy.
    Initiative(Box<Value>),
    /// A subscription.
    Subscription {
        /// Its id.
        id: String,
        /// The management groups above it, by name.
        groups: Vec<String>,
    },
    /// Something else, or a row that cannot be read.
    Other,
}

/// Reads a row of `resources`, `recoveryservicesresources`, `policyresources` or `resourcecontainers`.
pub fn exported(row: Value) -> Exported {
    let kind = row.get("type").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    match kind.as_str() {
        "microsoft.dataprotection/backupvaults/backupinstances"
        | "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems" => {
            instance(row).unwrap_or(Exported::Other)
        }
        "microsoft.dataprotection/backupvaults/backuppolicies"
        | "microsoft.recoveryservices/vaults/backuppolicies" => policy(row).unwrap_or(Exported::Other),
        "microsoft.dataprotection/backupvaults" => vault(backup_vault::exported_vault(row)),
        "microsoft.recoveryservices/vaults" => vault(recovery_services::exported_vault(row)),
        "microsoft.authorization/policyassignments" => Exported::Assignment(Box::new(row)),
        "microsoft.authorization/policysetdefinitions" => Exported::Initiative(Box::new(row)),
        "microsoft.resources/subscriptions" => subscription(&row).unwrap_or(Exported::Other),
        _ => resource(row).map_or(Exported::Other, |found| Exported::Resource(Box::new(found))),
    }
}

/// What of `recoveryservicesresources` is compared with decisions.
const IN_VAULTS: [&str; 4] = [
    "microsoft.dataprotection/backupvaults/backupinstances",
    "microsoft.dataprotection/backupvaults/backuppolicies",
    "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems",
    "microsoft.recoveryservices/vaults/backuppolicies",
];

impl ArmClient {
    /// Hands over the instances and policies of all vaults, as an export would have them.
    ///
    /// # Errors
    ///
    /// When Resource Graph cannot be asked.
    pub async fn rows_in_vaults(
        &self,
        subscriptions: &[String],
        mut take: impl FnMut(Exported),
    ) -> Result<(), AzureError> {
        let action = "read backup instances and policies with Resource Graph";
        let query = format!(
            "recoveryservicesresources | where type in~ ({}) | project id, name, type, location, properties \
             | order by id asc",
            kql::texts(&IN_VAULTS)
        );
        for subscriptions in subscriptions.chunks(SUBSCRIPTIONS) {
            let rows = |rows: Vec<Value>| rows.into_iter().map(exported).for_each(&mut take);
            each_page(self, action, subscriptions, &query, rows).await?;
        }
        Ok(())
    }
}

fn vault(state: Option<VaultState>) -> Exported {
    state.map_or(Exported::Other, |state| Exported::Vault(Box::new(state)))
}

/// An instance, by the same properties as the query of a sweep reads.
fn instance(row: Value) -> Option<Exported> {
    let text = |pointers: [&str; 2]| {
        let found = pointers.iter().filter_map(|pointer| row.pointer(pointer).and_then(Value::as_str));
        found.map(str::to_owned).find(|text| !text.is_empty())
    };
    let source = text(["/properties/dataSourceInfo/resourceID", "/properties/sourceResourceId"])?;
    let state = text(["/properties/currentProtectionState", "/properties/protectionState"])?;
    let policy = text(["/properties/policyInfo/policyId", "/properties/policyId"]);
    let id: ResourceId = row.get("id").and_then(Value::as_str)?.parse().ok()?;
    let datasource = datasource(id.name(), &source).to_ascii_lowercase();
    let protection = TargetProtection {
        instance: id,
        policy: policy.and_then(|policy| policy.parse().ok()),
        state: ProtectionState::from(state),
        error: error(&row),
    };
    let instance = match Family::of(&protection.instance)? {
        Family::BackupVault => backup_vault::exported_instance(row),
        Family::RecoveryServices => recovery_services::exported_instance(row),
    };
    Some(Exported::Instance {
        datasource,
        protection: Box::new(protection),
        instance: instance.map(Box::new),
    })
}

/// Source of the chain: Resource Graph's sample queries of subscriptions (official).
fn subscription(row: &Value) -> Option<Exported> {
    let own = row.get("subscriptionId").and_then(Value::as_str);
    let id = own.or_else(|| row.get("id")?.as_str()?.strip_prefix("/subscriptions/"))?.to_owned();
    let chain = row.pointer("/properties/managementGroupAncestorsChain").and_then(Value::as_array);
    let name = |one: &Value| one.get("name").and_then(Value::as_str).map(str::to_owned);
    let groups = chain.into_iter().flatten().filter_map(name).collect();
    Some(Exported::Subscription { id, groups })
}

fn policy(row: Value) -> Option<Exported> {
    let id: ResourceId = row.get("id").and_then(Value::as_str)?.parse().ok()?;
    let policy = match Family::of(&id)? {
        Family::BackupVault => backup_vault::exported_policy(row),
        Family::RecoveryServices => recovery_services::exported_policy(row),
    }?;
    Some(Exported::Policy { vault: Family::vault_of(&id)?, policy: Box::new(policy) })
}

/// What protects a database of a machine names the machine; its own name tells the database.
fn datasource(name: &str, source: &str) -> String {
    let mut parts = name.split(';');
    let (kind, holder, database) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let collection = match kind.to_ascii_lowercase().as_str() {
        "sqldatabase" => "sqlInstances",
        "saphanadatabase" => "hanaSystems",
        _ => return source.to_owned(),
    };
    match holder.zip(database) {
        Some((holder, database)) => format!("{source}/{collection}/{holder}/databases/{database}"),
        None => source.to_owned(),
    }
}

fn error(row: &Value) -> Option<Refusal> {
    let details = row.pointer("/properties/protectionErrorDetails").filter(|details| details.is_object())?;
    let error: ErrorLayer = serde_json::from_value(details.clone()).ok()?;
    (!error.is_empty()).then(|| error.into_refusal(200))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_kind_of_row_is_known_in_whatever_case() {
        let group = "/subscriptions/s/resourceGroups/g/providers";
        let disk = format!("{group}/Microsoft.Compute/disks/D");
        let vault = format!("{group}/Microsoft.DataProtection/backupVaults/v");
        let row = json!({ "id": format!("{vault}/backupInstances/i"), "name": "i",
            "type": "Microsoft.DataProtection/backupVaults/backupInstances", "properties": {
                "dataSourceInfo": { "resourceID": disk }, "currentProtectionState": "ProtectionError",
                "policyInfo": { "policyId": format!("{vault}/backupPolicies/p") },
                "protectionErrorDetails": { "code": "UserErrorX", "message": "no", "recommendedAction": ["give it"] } } });
        let Exported::Instance { datasource, protection, .. } = exported(row) else { panic!("another kind") };
        assert_eq!(datasource, disk.to_ascii_lowercase());
        assert_eq!(
            protection.error.as_ref().map(|error| error.recommended_action.clone()),
            Some(vec!["give it".to_owned()])
        );
        assert_eq!(protection.error.map(|error| error.kind), Some(holdfast_protection::RefusalKind::User));
        let row = json!({ "id": disk, "type": "microsoft.compute/disks", "location": "westeurope" });
        assert!(matches!(exported(row), Exported::Resource(one) if one.name == "D"));
        let row = json!({ "id": vault, "type": "microsoft.dataprotection/backupvaults", "location": "westeurope",
            "properties": { "storageSettings": [{ "datastoreType": "VaultStore", "type": "GeoRedundant" }] } });
        assert!(
            matches!(exported(row), Exported::Vault(state) if state.redundancy.as_deref() == Some("GeoRedundant"))
        );
        let row = json!({ "id": "/subscriptions/s", "subscriptionId": "s", "name": "shop",
            "type": "microsoft.resources/subscriptions", "properties": { "managementGroupAncestorsChain":
                [{ "name": "shop", "displayName": "Shop" }, { "name": "root", "displayName": "Root" }] } });
        assert!(
            matches!(exported(row), Exported::Subscription { id, groups } if id == "s" && groups == ["shop", "root"])
        );
        assert!(matches!(exported(json!({ "id": 7 })), Exported::Other));
    }

    #[test]
    fn an_item_of_a_database_is_of_the_database() {
        let machine = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/m";
        assert_eq!(
            datasource("SQLDataBase;mssqlserver;orders", machine),
            format!("{machine}/sqlInstances/mssqlserver/databases/orders")
        );
        assert_eq!(datasource("VM;iaasvmcontainerv2;g;m", machine), machine);
    }
}

//! Changes of instances that are there: another policy, stopping, suspending, resuming, deleting, undeleting.

use azure_core::http::Method;
use holdfast_protection::family::Family;
use holdfast_protection::instance::BackupInstance;
use holdfast_protection::lifecycle::{LifecycleChange, PolicyMove};
use holdfast_protection::operation::Started;
use holdfast_protection::workload::BackupParameters;
use holdfast_protection::workload::aks::ClusterParameters;
use holdfast_protection::{AzureError, ResourceId, Workload};
use serde_json::{Map, Value, json};

use super::instances::{InstanceWire, backup_parameters, cluster_parameters, knowing};
use crate::arm::absence::or_absent;
use crate::arm::api_version::{CHANGE_VALIDATION, DATA_PROTECTION, DELETION, INSTANCES};
use crate::arm::guards::{self, Guarded};
use crate::arm::operation;
use crate::arm::transport::ArmClient;
use crate::arm::wire::read;

/// Starts `validateForModifyBackup` for an instance with another policy.
pub(super) async fn validate(arm: &ArmClient, change: &PolicyMove) -> Result<Started, AzureError> {
    let action = format!("validate the new policy of backup instance `{}`", change.instance.name());
    let (_, properties) = changed(arm, change).await?;
    let version = knowing(&properties).max(CHANGE_VALIDATION);
    let url = arm.url_of(&change.instance, "/validateForModifyBackup", version);
    let answer = arm.post(&action, url, &json!({ "backupInstance": properties })).await?;
    operation::started(&action, &answer)
}

/// Writes an instance again, as it is but for its policy: Azure has no call for less.
pub(super) async fn write(arm: &ArmClient, change: &PolicyMove) -> Result<Started, AzureError> {
    let action = format!("write backup instance `{}` again", change.instance.name());
    let (tags, properties) = changed(arm, change).await?;
    let url = arm.url_of(&change.instance, "", knowing(&properties));
    let mut body = json!({ "properties": properties });
    if let (Some(tags), Some(body)) = (tags, body.as_object_mut()) {
        body.insert("tags".to_owned(), tags);
    }
    let vault = vault_of(&change.instance, &action)?;
    let guarded = Guarded { vault: &vault, critical: guards::INSTANCE_WRITE };
    let answer = guards::write(arm, &action, (Method::Put, url), Some(body), guarded).await?;
    operation::started(&action, &answer)
}

/// Stops, suspends, resumes or deletes.
pub(super) async fn alter(
    arm: &ArmClient,
    instance: &ResourceId,
    lifecycle: LifecycleChange,
) -> Result<Started, AzureError> {
    let action = format!("{lifecycle} backup instance `{}`", instance.name());
    let vault = vault_of(instance, &action)?;
    let (below, critical) = match lifecycle {
        LifecycleChange::StopProtection => ("/stopProtection", Some(guards::INSTANCE_STOP)),
        LifecycleChange::SuspendBackups => ("/suspendBackups", Some(guards::INSTANCE_SUSPEND)),
        LifecycleChange::ResumeProtection => ("/resumeProtection", None),
        LifecycleChange::ResumeBackups => ("/resumeBackups", None),
        LifecycleChange::Delete => {
            let url = arm.url_of(instance, "", DELETION);
            let guarded = Guarded { vault: &vault, critical: guards::INSTANCE_DELETE };
            let answer = guards::delete(arm, &action, url, instance, guarded).await?;
            return operation::started(&action, &answer);
        }
    };
    let url = arm.url_of(instance, below, DATA_PROTECTION);
    let answer = match critical {
        Some(critical) => {
            let guarded = Guarded { vault: &vault, critical };
            guards::write(arm, &action, (Method::Post, url), None, guarded).await?
        }
        None => arm.call(&action, Method::Post, url).await?,
    };
    operation::started(&action, &answer)
}

fn vault_of(instance: &ResourceId, action: &str) -> Result<ResourceId, AzureError> {
    Family::vault_of(instance).ok_or_else(|| AzureError::Unsendable {
        action: action.to_owned(),
        detail: format!("`{instance}` does not lie in a vault"),
    })
}

/// Brings back an instance that was deleted softly; `None` if there is nothing to bring back.
pub(super) async fn undelete(arm: &ArmClient, instance: &ResourceId) -> Result<Option<Started>, AzureError> {
    let action = format!("undelete backup instance `{}`", instance.name());
    let unsendable = |detail: String| AzureError::Unsendable { action: action.clone(), detail };
    let vault = vault_of(instance, &action)?;
    let deleted = vault
        .child("deletedBackupInstances", instance.name())
        .map_err(|error| unsendable(error.to_string()))?;
    let url = arm.url_of(&deleted, "/undelete", DATA_PROTECTION);
    let answer = or_absent(arm.call(&action, Method::Post, url).await)?;
    answer.map(|answer| operation::started(&action, &answer)).transpose()
}

/// Instances of a vault that were deleted softly, by the ids that they had and get back.
pub(super) async fn deleted(arm: &ArmClient, vault: &ResourceId) -> Result<Vec<BackupInstance>, AzureError> {
    let action = format!("list the deleted backup instances of vault `{}`", vault.name());
    let url = arm.url_of(vault, "/deletedBackupInstances", DATA_PROTECTION);
    let listed = arm.list::<InstanceWire, _, _>(&action, url, BackupInstance::try_from).await;
    let as_before = |one: BackupInstance| match vault.child("backupInstances", one.id.name()) {
        Ok(id) => BackupInstance { id, ..one },
        Err(_) => one,
    };
    Ok(or_absent(listed)?.unwrap_or_default().into_iter().map(as_before).collect())
}

/// Tags and properties of the instance as it is, with the new policy and without what Azure alone writes.
async fn changed(
    arm: &ArmClient,
    change: &PolicyMove,
) -> Result<(Option<Value>, Map<String, Value>), AzureError> {
    let action = format!("read backup instance `{}`", change.instance.name());
    let answer = arm.get(&action, arm.url_of(&change.instance, "", INSTANCES)).await?;
    let mut shown: Map<String, Value> = read(&action, &answer)?;
    let tags = shown.remove("tags").filter(Value::is_object);
    let Some(Value::Object(properties)) = shown.remove("properties") else {
        return Err(AzureError::Unreadable { action, detail: "it has no `properties`".to_owned() });
    };
    Ok((tags, as_wanted(properties, change)))
}

/// What Azure alone writes.
const READ_ONLY: [&str; 4] =
    ["currentProtectionState", "protectionStatus", "protectionErrorDetails", "provisioningState"];

fn as_wanted(mut properties: Map<String, Value>, change: &PolicyMove) -> Map<String, Value> {
    properties.retain(|name, _| !READ_ONLY.contains(&name.as_str()));
    let workload = properties
        .get("dataSourceInfo")
        .and_then(|info| info.get("datasourceType")?.as_str())
        .and_then(Workload::of_datasource_type);
    let Some(info) = properties.get_mut("policyInfo").and_then(Value::as_object_mut) else {
        return properties;
    };
    info.remove("policyVersion");
    info.insert("policyId".to_owned(), json!(change.policy));
    if let Some(wanted) = change.restated.lists() {
        list(info, workload, wanted);
    }
    if let Some(wanted) = &change.restated.cluster {
        include(info, wanted);
    }
    if let Some(wanted) = &change.restated.secret
        && let Some(store) = properties
            .get_mut("datasourceAuthCredentials")
            .and_then(|credentials| credentials.get_mut("secretStoreResource")?.as_object_mut())
    {
        store.insert("uri".to_owned(), json!(wanted));
    }
    properties
}

/// Writes which containers are copied: where containers are listed, or else as a first protection lists them.
fn list(info: &mut Map<String, Value>, workload: Option<Workload>, wanted: &[String]) {
    let Some(parameters) = there(info, "policyParameters", json!({})).as_object_mut() else { return };
    let of = there(parameters, "backupDatasourceParametersList", json!([]));
    let Some(of) = of.as_array_mut() else { return };
    if let Some(listed) = of.iter_mut().find_map(|one| one.get_mut("containersList")) {
        *listed = json!(wanted);
        return;
    }
    // What another tool has stated instead is left to it.
    if let Some(workload) = workload.filter(|_| of.is_empty()) {
        of.push(backup_parameters(workload, &BackupParameters::Containers(wanted.to_vec())));
    }
}

/// A member, which is made if it is not there.
fn there<'m>(members: &'m mut Map<String, Value>, name: &str, made: Value) -> &'m mut Value {
    let member = members.entry(name).or_insert(Value::Null);
    if member.is_null() {
        *member = made;
    }
    member
}

/// Writes what of a cluster is backed up beside what other tools have set, such as hooks and labels.
fn include(info: &mut Map<String, Value>, wanted: &ClusterParameters) {
    let parameters = info.get_mut("policyParameters");
    let parameters = parameters.and_then(|of| of.get_mut("backupDatasourceParametersList")?.as_array_mut());
    let shown = parameters.into_iter().flatten().filter_map(Value::as_object_mut);
    let Value::Object(ours) = cluster_parameters(wanted) else { return };
    for one in shown.filter(|one| one.get("objectType") == ours.get("objectType")) {
        one.extend(ours.clone());
    }
}

#[cfg(test)]
mod tests {
    use holdfast_protection::workload::Restated;

    use super::*;

    #[test]
    fn everything_but_the_policy_is_written_as_it_was_read() {
        let vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";
        let rules = json!([{ "objectType": "BlobBackupAutoProtectionRule", "mode": "Exclude", "type": "Prefix", "pattern": "temp-" }]);
        let parameters = json!({ "backupDatasourceParametersList": [{
            "objectType": "BlobBackupDatasourceParametersForAutoProtection",
            "autoProtectionSettings": { "objectType": "BlobBackupRuleBasedAutoProtectionSettings", "enabled": true, "rules": rules } }] });
        let shown = json!({ "friendlyName": "a", "objectType": "BackupInstance", "provisioningState": "Succeeded",
            "currentProtectionState": "ProtectionConfigured", "protectionStatus": { "status": "x" },
            "policyInfo": { "policyId": format!("{vault}/backupPolicies/old"), "policyVersion": "3", "policyParameters": parameters } });
        let Value::Object(shown) = shown else { panic!() };
        let new: ResourceId = format!("{vault}/backupPolicies/new").parse().unwrap();
        let expected = json!({ "friendlyName": "a", "objectType": "BackupInstance",
            "policyInfo": { "policyId": new, "policyParameters": parameters } });
        let instance = format!("{vault}/backupInstances/i").parse().unwrap();
        assert_eq!(Value::Object(as_wanted(shown, &PolicyMove::to(instance, new))), expected);
    }

    #[test]
    fn containers_are_changed_where_they_are_listed() {
        let vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";
        let info = |containers: &[&str]| {
            json!({ "policyInfo": { "policyId": format!("{vault}/backupPolicies/p"), "policyParameters": {
                "backupDatasourceParametersList": [{ "objectType": "BlobBackupDatasourceParameters", "containersList": containers }] } } })
        };
        let Value::Object(shown) = info(&["a", "gone"]) else { panic!() };
        let policy = format!("{vault}/backupPolicies/p").parse().unwrap();
        let to = PolicyMove::to(format!("{vault}/backupInstances/i").parse().unwrap(), policy);
        let containers = Some(vec!["a".to_owned(), "b".to_owned()]);
        let change = PolicyMove { restated: Restated { containers, ..Restated::default() }, ..to };
        assert_eq!(Value::Object(as_wanted(shown, &change)), info(&["a", "b"]));
    }

    #[test]
    fn an_instance_that_lists_no_containers_is_given_a_list() {
        let vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";
        let policy: ResourceId = format!("{vault}/backupPolicies/p").parse().unwrap();
        let to = PolicyMove::to(format!("{vault}/backupInstances/i").parse().unwrap(), policy.clone());
        let listed = Some(vec!["a".to_owned()]);
        let change = PolicyMove { restated: Restated { listed, ..Restated::default() }, ..to };
        let blobs = json!({ "datasourceType": "Microsoft.Storage/storageAccounts/blobServices" });
        let written = |mut info: Value| {
            info["policyId"] = json!(policy);
            let shown = json!({ "dataSourceInfo": blobs, "policyInfo": info });
            let Value::Object(shown) = shown else { panic!() };
            as_wanted(shown, &change)["policyInfo"]["policyParameters"]["backupDatasourceParametersList"]
                .clone()
        };
        let list = json!([{ "objectType": "BlobBackupDatasourceParameters", "containersList": ["a"] }]);
        let lists = |lists: Value| json!({ "policyParameters": { "backupDatasourceParametersList": lists } });
        for without in [json!({}), json!({ "policyParameters": null }), lists(json!(null)), lists(json!([]))]
        {
            assert_eq!(written(without.clone()), list, "{without}");
        }
        assert_eq!(written(lists(list.clone())), list, "written twice, it is the same");
        let other = json!([{ "objectType": "BlobBackupDatasourceParametersOfTomorrow" }]);
        assert_eq!(written(lists(other.clone())), other);
    }
}

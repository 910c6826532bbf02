use super::*;

const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";

fn instance(state: &Value) -> BackupInstance {
    let mut body = json!({ "id": format!("{VAULT}/backupInstances/i"), "properties": {
        "dataSourceInfo": { "resourceID": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d" },
        "policyInfo": { "policyId": format!("{VAULT}/backupPolicies/p"), "policyParameters": { "new": [1] } } } });
    for (key, value) in state.as_object().unwrap() {
        body["properties"][key] = value.clone();
    }
    serde_json::from_value::<InstanceWire>(body).unwrap().try_into().unwrap()
}

#[test]
fn a_protection_error_is_found_in_either_place() {
    let error =
        json!({ "code": "UserErrorMissingDBPermissions", "message": "no", "recommendedAction": "grant" });
    let outer =
        instance(&json!({ "currentProtectionState": "ProtectionError", "protectionErrorDetails": error }));
    let inner =
        instance(&json!({ "currentProtectionState": "ProtectionError", "protectionErrorDetails": null,
        "protectionStatus": { "status": "ConfiguringProtectionFailed", "errorDetails": error } }));
    assert_eq!(outer.error, inner.error);
    let refusal = outer.error.unwrap();
    assert!(
        refusal.kind == holdfast_protection::RefusalKind::MissingPermission
            && refusal.recommended_action == ["grant"],
        "{refusal:?}"
    );
    assert_eq!(outer.state, ProtectionState::Error);
}

#[test]
fn containers_that_azure_protects_by_itself_are_recognised() {
    let shown = |enabled: bool, rules: Value| {
        let settings = json!({ "objectType": "BlobBackupRuleBasedAutoProtectionSettings", "enabled": enabled, "rules": rules });
        let automatic = json!({ "objectType": "AdlsBlobBackupDatasourceParametersForAutoProtection", "autoProtectionSettings": settings });
        let other = json!({ "objectType": "BlobBackupDatasourceParameters", "containersList": ["a"] });
        let parameters = json!({ "backupDatasourceParametersList": [other, automatic] });
        let policy =
            json!({ "policyId": format!("{VAULT}/backupPolicies/p"), "policyParameters": parameters });
        instance(&json!({ "policyInfo": policy }))
            .stated
            .auto_protection
            .map(|automatic| automatic.to_string())
    };
    let rule = |pattern| json!({ "objectType": "BlobBackupAutoProtectionRule", "mode": "Exclude", "type": "Prefix", "pattern": pattern });
    assert_eq!(
        shown(true, json!([rule("temp-"), rule("x")])).as_deref(),
        Some("Azure protects its containers by itself, but for those that begin with `temp-` or `x`")
    );
    assert_eq!(shown(true, json!(null)).as_deref(), Some("Azure protects its containers by itself"));
    assert_eq!(shown(false, json!([])), None);
}

#[test]
fn what_was_deleted_softly_says_when_and_until_when() {
    // As in Azure's published example.
    let info = json!({ "deletionTime": "2022-05-04T00:00:36.6660445Z",
        "scheduledPurgeTime": "2022-05-20T00:00:36.6660445Z", "deleteActivityID": "1e9ec790" });
    let deletion = instance(&json!({ "deletionInfo": info })).deletion.unwrap();
    assert_eq!(deletion.at, "2022-05-04T00:00:36.6660445Z".parse().ok());
    assert_eq!(deletion.purged, "2022-05-20T00:00:36.6660445Z".parse().ok());
    let unclear = instance(&json!({ "deletionInfo": { "scheduledPurgeTime": null } })).deletion;
    assert_eq!(unclear, Some(SoftDeletion::default()));
    assert_eq!(instance(&json!({ "deletionInfo": null })).deletion, None);
}

#[test]
fn a_state_nobody_knows_yet_is_kept() {
    let seen = instance(&json!({ "currentProtectionState": "Hibernating" }));
    assert_eq!(seen.state, ProtectionState::Other("Hibernating".to_owned()));
    let old = instance(&json!({ "protectionStatus": { "status": "ProtectionConfigured" } }));
    assert_eq!((old.state, old.error), (ProtectionState::Configured, None));
}

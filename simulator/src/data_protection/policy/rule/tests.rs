use serde_json::json;

use super::*;

fn disk_policy() -> Value {
    json!({
        "objectType": "BackupPolicy",
        "datasourceTypes": ["Microsoft.Compute/disks"],
        "policyRules": [
            {
                "objectType": "AzureBackupRule", "name": "BackupHourly",
                "backupParameters": {"objectType": "AzureBackupParams", "backupType": "Incremental"},
                "dataStore": {"dataStoreType": "OperationalStore", "objectType": "DataStoreInfoBase"},
                "trigger": {
                    "objectType": "ScheduleBasedTriggerContext",
                    "schedule": {"repeatingTimeIntervals": ["R/2020-04-05T13:00:00+00:00/PT4H"]},
                    "taggingCriteria": [{"isDefault": true, "taggingPriority": 99, "tagInfo": {"tagName": "Default", "id": "Default_"}}]
                }
            },
            {
                "objectType": "AzureRetentionRule", "name": "Default", "isDefault": true,
                "lifecycles": [{"deleteAfter": {"objectType": "AbsoluteDeleteOption", "duration": "P7D"},
                                "sourceDataStore": {"dataStoreType": "OperationalStore", "objectType": "DataStoreInfoBase"}}]
            }
        ]
    })
}

/// The refusal after the value at `pointer` became `value`.
fn refusal(pointer: &str, value: Value) -> String {
    let mut policy = disk_policy();
    *policy.pointer_mut(pointer).unwrap() = value;
    check(&policy).unwrap_err()
}

#[test]
fn a_usual_disk_policy_passes() {
    assert_eq!(check(&disk_policy()), Ok(()));
}

#[test]
fn each_refusal_names_its_field() {
    assert!(refusal("/datasourceTypes", json!(["a", "b"])).contains("exactly one type"));
    let criteria = "/policyRules/0/trigger/taggingCriteria";
    assert!(refusal(&format!("{criteria}/0/isDefault"), json!(false)).contains("exactly one default tag"));
    assert!(
        refusal(&format!("{criteria}/0/tagInfo/tagName"), json!("Weekly"))
            .contains("'Weekly' has no retention rule")
    );
    assert!(refusal("/policyRules/1/isDefault", json!(false)).contains("no default"));
    assert!(
        refusal(
            "/policyRules/0/trigger/schedule/repeatingTimeIntervals/0",
            json!("R/2020-04-05T13:00:00+00:00/PT3H")
        )
        .contains("PT3H")
    );
    assert!(
        refusal("/policyRules/1/lifecycles/0/deleteAfter/duration", json!("P90D"))
            .contains("540 recovery points")
    );
    assert!(
        refusal("/policyRules/1/lifecycles/0/deleteAfter/duration", json!("7 days")).contains("no period")
    );
    assert!(
        refusal("/policyRules/0/dataStore/dataStoreType", json!("VaultStore")).contains("OperationalStore")
    );
}

#[test]
fn a_retention_rule_needs_its_tag() {
    let mut policy = disk_policy();
    let mut weekly = policy.pointer("/policyRules/1").unwrap().clone();
    body_json::set(&mut weekly, &["name"], json!("Weekly"));
    body_json::set(&mut weekly, &["isDefault"], json!(false));
    policy.pointer_mut("/policyRules").unwrap().as_array_mut().unwrap().push(weekly);
    assert!(check(&policy).unwrap_err().contains("'Weekly' is a retention rule without a tag"));
}

#[test]
fn default_rules_of_two_stores_have_two_names() {
    let default = |name: &str, store: &str| {
        json!({ "objectType": "AzureRetentionRule", "name": name, "isDefault": true,
            "lifecycles": [{ "deleteAfter": { "duration": "P14D" }, "sourceDataStore": { "dataStoreType": store } }] })
    };
    let both = |operational: &str, vault: &str| {
        let schedule = json!({ "objectType": "AzureBackupRule", "name": "BackupDaily",
            "backupParameters": { "backupType": "Discrete" }, "dataStore": { "dataStoreType": "VaultStore" },
            "trigger": { "schedule": { "repeatingTimeIntervals": ["R/2026-10-04T03:00:00+00:00/P1D"] },
                "taggingCriteria": [{ "isDefault": true, "taggingPriority": 99, "tagInfo": { "tagName": "Default" } }] } });
        check(&json!({ "objectType": "BackupPolicy",
            "datasourceTypes": ["Microsoft.Storage/storageAccounts/blobServices"],
            "policyRules": [default(operational, "OperationalStore"), schedule, default(vault, "VaultStore")] }))
    };
    assert_eq!(both("Default_OperationalStore", "Default"), Ok(()));
    for (operational, vault) in
        [("Default", "Default"), ("Default", "Default_OperationalStore"), ("Mine", "Default")]
    {
        assert!(both(operational, vault).unwrap_err().contains("Default"), "{operational} {vault}");
    }
}

#[test]
fn operational_blob_policies_have_no_schedule() {
    let policy = json!({
        "objectType": "BackupPolicy",
        "datasourceTypes": ["Microsoft.Storage/storageAccounts/blobServices"],
        "policyRules": [{
            "objectType": "AzureRetentionRule", "name": "Default", "isDefault": true,
            "lifecycles": [{"deleteAfter": {"objectType": "AbsoluteDeleteOption", "duration": "P30D"},
                            "sourceDataStore": {"dataStoreType": "OperationalStore", "objectType": "DataStoreInfoBase"}}]
        }]
    });
    assert_eq!(check(&policy), Ok(()));
}

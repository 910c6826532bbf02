//! Backup vaults and the calls beside them.

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::{Value, json};

use crate::azure::{Azure, GROUP, SUBSCRIPTION, VAULT, disk_policy, estate, granted, protect};

fn vault(soft_delete: &str) -> Value {
    json!({
        "location": "westeurope",
        "properties": {
            "storageSettings": [{ "datastoreType": "VaultStore", "type": "LocallyRedundant" }],
            "securitySettings": { "softDeleteSettings": { "state": soft_delete, "retentionDurationInDays": 14.0 } },
        },
    })
}

/// Official: a link leads on to the next page.
#[tokio::test]
async fn long_lists_come_in_pages() -> Result<()> {
    let mut estate = estate();
    let policy =
        |number: u32| json!({ "vault": "bv1", "name": format!("p{number}"), "properties": disk_policy() });
    estate["policies"] = (0..201).map(policy).collect();
    let azure = Azure::frozen(estate).await?;
    let first = azure.get(&format!("{VAULT}/backupPolicies")).await?.expect(200)?.body;
    assert_eq!(first["value"].as_array().map(Vec::len), Some(200));
    let second = azure.get(first["nextLink"].as_str().context("no link")?).await?.expect(200)?.body;
    assert_eq!(second["value"].as_array().map(Vec::len), Some(1));
    assert!(second.get("nextLink").is_none());

    // What has been told and goes hides nothing that is still to be told; what comes before it is not told twice.
    azure.delete(&format!("{VAULT}/backupPolicies/p0")).await?.expect(200)?;
    azure
        .put(&format!("{VAULT}/backupPolicies/a0"), json!({ "properties": disk_policy() }))
        .await?
        .expect(200)?;
    azure
        .put(&format!("{VAULT}/backupPolicies/a1"), json!({ "properties": disk_policy() }))
        .await?
        .expect(200)?;
    let again = azure.get(first["nextLink"].as_str().context("no link")?).await?.expect(200)?.body;
    assert_eq!(again["value"], second["value"]);
    Ok(())
}

#[tokio::test]
async fn vaults_are_listed_by_group_and_by_subscription() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    for scope in [GROUP.to_owned(), format!("/subscriptions/{SUBSCRIPTION}")] {
        let list = azure
            .get(&format!("{scope}/providers/Microsoft.DataProtection/backupVaults"))
            .await?
            .expect(200)?
            .body;
        assert_eq!(list["value"].as_array().map(Vec::len), Some(1), "{scope}");
    }
    Ok(())
}

#[tokio::test]
async fn a_patch_keeps_what_it_does_not_name() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    let before = azure.get(VAULT).await?.body;
    let patched = azure
        .call(Method::PATCH, VAULT, Some(json!({ "tags": { "owner": "platform" } })))
        .await?
        .expect(200)?
        .body;
    assert_eq!(patched["tags"], json!({ "owner": "platform" }));
    assert_eq!(patched["identity"], before["identity"]);
    let storage = json!({ "properties": { "storageSettings": [] } });
    azure.call(Method::PATCH, VAULT, Some(storage)).await?.expect(400)?;
    Ok(())
}

#[tokio::test]
async fn an_update_keeps_the_identity_and_shows_what_the_vault_is_to_become() -> Result<()> {
    let azure = Azure::start(10.0, estate()).await?;
    let principal = azure.get(VAULT).await?.body["identity"]["principalId"].clone();
    let mut wanted = vault("On");
    wanted["identity"] = json!({ "type": "SystemAssigned" });
    wanted["tags"] = json!({ "new": "yes" });
    let started = azure.put(VAULT, wanted).await?.expect(201)?;
    assert_eq!(started.body["properties"]["provisioningState"], "Updating");
    assert_eq!(started.body["tags"], json!({ "new": "yes" }));
    azure.follow(&started).await?;
    let after = azure.get(VAULT).await?.body;
    assert_eq!((&after["tags"]["new"], &after["identity"]["principalId"]), (&json!("yes"), &principal));
    Ok(())
}

#[tokio::test]
async fn an_update_that_fails_leaves_the_vault_as_it_was() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let before = azure.get(VAULT).await?.body;
    azure.running.fault(json!({ "method": "PUT", "path": "/backupVaults/bv1$", "operation": { "fail": "CloudInternalError" } }))?;
    let mut wanted = vault("AlwaysOn");
    wanted["properties"]["monitoringSettings"] =
        json!({ "azureMonitorAlertSettings": { "alertsForAllJobFailures": "Disabled" } });
    let shown = azure.put(VAULT, wanted.clone()).await?.expect(201)?.body;
    for path in ["securitySettings", "monitoringSettings"] {
        assert_eq!(shown["properties"][path], wanted["properties"][path], "{path}");
    }
    azure.running.advance(60.0);
    let after = azure.get(VAULT).await?.body;
    assert_eq!(after["properties"]["provisioningState"], "Failed");
    assert_eq!(after["properties"]["securitySettings"], before["properties"]["securitySettings"]);
    Ok(())
}

#[tokio::test]
async fn the_key_of_a_vault_changes_when_the_update_ends() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let with_key = |key: &str| {
        let mut body = vault("On");
        body["properties"]["securitySettings"]["encryptionSettings"] =
            json!({ "state": "Enabled", "keyVaultProperties": { "keyUri": key } });
        body
    };
    let shown = |body: &Value| {
        body["properties"]["securitySettings"]["encryptionSettings"]["keyVaultProperties"]["keyUri"].clone()
    };
    azure.put(VAULT, with_key("https://kv.vault.azure.net/keys/one/1")).await?.expect(201)?;
    azure.running.advance(60.0);
    let second = "https://kv.vault.azure.net/keys/two/2";
    let started = azure.put(VAULT, with_key(second)).await?.expect(201)?;
    assert_ne!(shown(&started.body), second);
    azure.running.advance(60.0);
    assert_eq!(shown(&azure.get(VAULT).await?.body), second);
    Ok(())
}

#[tokio::test]
async fn a_vault_is_rated_by_its_soft_delete_and_its_immutability() -> Result<()> {
    let azure =
        Azure::frozen(json!({ "resourceGroups": [{ "id": GROUP, "location": "westeurope" }] })).await?;
    let rated = [
        ("Off", None, "None", "Poor"),
        ("Off", Some("Unlocked"), "None", "Poor"),
        ("On", None, "None", "Poor"),
        ("On", Some("Unlocked"), "Minimum", "Fair"),
        ("On", Some("Locked"), "Adequate", "Good"),
        ("AlwaysOn", Some("Disabled"), "Adequate", "Good"),
        ("AlwaysOn", Some("Unlocked"), "Adequate", "Good"),
        ("AlwaysOn", Some("Locked"), "Adequate", "Good"),
    ];
    for (number, (soft_delete, immutability, score, level)) in rated.into_iter().enumerate() {
        let mut body = vault(soft_delete);
        if let Some(state) = immutability {
            body["properties"]["securitySettings"]["immutabilitySettings"] = json!({ "state": state });
        }
        let shown = azure.put(&VAULT.replace("/bv1", &format!("/bv{number}")), body).await?.expect(201)?.body;
        let seen = (&shown["properties"]["secureScore"], &shown["properties"]["bcdrSecurityLevel"]);
        assert_eq!(seen, (&json!(score), &json!(level)), "{soft_delete} {immutability:?}");
    }
    Ok(())
}

#[tokio::test]
async fn newer_versions_make_no_vault_whose_soft_delete_can_be_switched_off() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let made = |version: &str| format!("{}?api-version={version}", VAULT.replace("/bv1", "/bv2"));
    for state in ["Off", "On"] {
        let refused = azure.put(&made("2025-09-01"), vault(state)).await?.expect(400)?;
        assert_eq!(refused.code(), "BMSUserErrorSoftDeleteStateNotSetToAlwaysON", "{state}");
    }
    azure.put(&made("2025-07-01"), vault("Off")).await?.expect(201)?;
    azure.running.advance(60.0);
    azure.put(&made("2026-03-01"), vault("AlwaysOn")).await?.expect(201)?;
    Ok(())
}

#[tokio::test]
async fn one_way_doors_stay_shut() -> Result<()> {
    let azure = Azure::start(1000.0, estate()).await?;
    let newest = format!("{VAULT}?api-version=2026-06-01");
    let refused = azure.put(&newest, vault("Off")).await?.expect(400)?;
    assert_eq!(refused.code(), "BMSUserErrorDisablingSoftDeleteStateNotAllowed");
    let started = azure.put(VAULT, vault("AlwaysOn")).await?.expect(201)?;
    azure.follow(&started).await?;
    for state in ["On", "Off"] {
        let refused = azure.put(VAULT, vault(state)).await?.expect(400)?;
        assert_eq!(refused.code(), "UserErrorDisableSoftDeleteNotAllowed", "{state}");
    }
    let immutable = |state: &str| {
        let mut body = vault("AlwaysOn");
        body["properties"]["securitySettings"]["immutabilitySettings"] = json!({ "state": state });
        body
    };
    let started = azure.put(VAULT, immutable("Locked")).await?.expect(201)?;
    azure.follow(&started).await?;
    for state in ["Unlocked", "Disabled"] {
        let refused = azure.put(VAULT, immutable(state)).await?.expect(400)?;
        assert_eq!(refused.code(), "UserErrorUnsupportedVaultImmutabilityStateChange", "{state}");
        let info = &refused.body["error"]["additionalInfo"][0]["info"];
        assert_eq!(info["innerError"], Value::Null, "{info}");
    }
    assert_eq!(azure.put(VAULT, vault("Enabled")).await?.expect(400)?.code(), "BMSUserErrorInvalidInput");
    Ok(())
}

#[tokio::test]
async fn settings_must_fit_together() -> Result<()> {
    let azure = Azure::frozen(estate()).await?;
    let with = |pointer: &str, value: Value| {
        let mut body = vault("On");
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut place = &mut body;
        for segment in parent.split('/').filter(|segment| !segment.is_empty()) {
            place = &mut place[segment];
        }
        place[name] = value;
        body
    };
    let made = |name: &str| VAULT.replace("/bv1", &format!("/{name}"));
    for (name, body, detail) in [
        (
            "bv2",
            with("/properties/featureSettings/crossRegionRestoreSettings/state", json!("Enabled")),
            "GeoRedundant",
        ),
        (
            "bv2",
            with("/properties/featureSettings/crossSubscriptionRestoreSettings/state", json!("On")),
            "PermanentlyDisabled",
        ),
        (
            "bv2",
            with("/properties/securitySettings/softDeleteSettings/retentionDurationInDays", json!(181)),
            "14 and 180",
        ),
        ("bv2", with("/identity/type", json!("SystemAsigned")), "SystemAsigned"),
        ("bv2", with("/identity/type", json!("UserAssigned")), "names no identity"),
        ("bv_2", vault("On"), "bv_2"),
    ] {
        let refused = azure.put(&made(name), body).await?.expect(400)?;
        assert!(refused.body.to_string().contains(detail), "{detail}: {refused:?}");
    }
    let moved = with("/location", json!("northeurope"));
    assert_eq!(azure.put(VAULT, moved).await?.expect(409)?.code(), "InvalidResourceLocation");
    let mut geo = with("/properties/featureSettings/crossRegionRestoreSettings/state", json!("Enabled"));
    geo["properties"]["storageSettings"][0]["type"] = json!("GeoRedundant");
    azure.put(&made("bv2"), geo.clone()).await?.expect(201)?;
    azure.running.advance(60.0);
    geo["properties"]["featureSettings"]["crossRegionRestoreSettings"]["state"] = json!("Disabled");
    let refused = azure.put(&made("bv2"), geo).await?.expect(400)?;
    assert_eq!(refused.code(), "UserErrorCrossRegionRestoreStateChangeNotAllowed");
    Ok(())
}

#[tokio::test]
async fn a_vault_with_instances_cannot_go() -> Result<()> {
    let azure = Azure::start(100.0, granted()).await?;
    protect(&azure).await?;
    azure.delete(VAULT).await?.expect(400)?;
    azure.get(VAULT).await?.expect(200)?;
    Ok(())
}

#[tokio::test]
async fn names_and_features_can_be_asked_for() -> Result<()> {
    let azure = Azure::start(1.0, estate()).await?;
    let names =
        format!("{GROUP}/providers/Microsoft.DataProtection/locations/westeurope/checkNameAvailability");
    for (name, free) in [("bv1", false), ("bv2", true)] {
        let body = json!({ "name": name, "type": "Microsoft.DataProtection/BackupVaults" });
        assert_eq!(azure.post(&names, body).await?.expect(200)?.body["nameAvailable"], free, "{name}");
    }
    let features = format!(
        "/subscriptions/{SUBSCRIPTION}/providers/Microsoft.DataProtection/locations/westeurope/checkFeatureSupport"
    );
    let body = json!({ "objectType": "FeatureValidationRequest", "featureType": "DataSourceType", "featureName": "Microsoft.Compute/disks" });
    let answer = azure.post(&features, body).await?.expect(200)?.body;
    assert_eq!(answer["features"][0]["featureName"], "Microsoft.Compute/disks");
    Ok(())
}

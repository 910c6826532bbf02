//! Backup vaults and the calls beside them.

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};

use crate::azure::{Azure, GROUP, SUBSCRIPTION, VAULT, estate, granted, protect};

fn vault(soft_delete: &str) -> Value {
    json!({
        "location": "westeurope",
        "properties": {
            "storageSettings": [{ "datastoreType": "VaultStore", "type": "LocallyRedundant" }],
            "securitySettings": { "softDeleteSettings": { "state": soft_delete, "retentionDurationInDays": 14.0 } },
        },
    })
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
async fn an_update_keeps_the_identity_and_shows_the_old_vault_meanwhile() -> Result<()> {
    let azure = Azure::start(10.0, estate()).await?;
    let principal = azure.get(VAULT).await?.body["identity"]["principalId"].clone();
    let mut wanted = vault("On");
    wanted["identity"] = json!({ "type": "SystemAssigned" });
    wanted["tags"] = json!({ "new": "yes" });
    let started = azure.put(VAULT, wanted).await?.expect(201)?;
    assert_eq!(started.body["properties"]["provisioningState"], "Updating");
    assert_ne!(started.body["tags"], json!({ "new": "yes" }));
    azure.follow(&started).await?;
    let after = azure.get(VAULT).await?.body;
    assert_eq!((&after["tags"]["new"], &after["identity"]["principalId"]), (&json!("yes"), &principal));
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
    azure.put(VAULT, vault("On")).await?.expect(400)?;
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
    azure.put(&made("bv2"), geo).await?.expect(400)?;
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

//! The vaults: those that the shipped rules ask for.

use anyhow::{Context as _, Result};
use holdfast_tests::SUBSCRIPTION;
use serde_json::json;

use super::{Azure, read};

#[tokio::test]
async fn the_vaults_have_the_names_that_the_shipped_rules_ask_for() -> Result<()> {
    let azure = Azure::start().await?;
    let made = azure.main("defaults").await?;
    let rules = read("rules/ruleset.toml")?;
    for (setting, output) in [("vault", "vaultId"), ("recovery-services-vault", "recoveryServicesVaultId")] {
        let begins = format!("{setting} = \"");
        let line = rules.lines().find_map(|line| line.strip_prefix(&begins)).context(setting)?;
        let name = line.trim_end_matches('"').replace("{location}", "westeurope");
        let vault = azure.get(made.output(output)).await?;
        assert_eq!(vault["name"], name);
        assert_eq!(vault["location"], "westeurope");
        assert_eq!(vault["identity"]["type"], "SystemAssigned");
        let alerts = &vault["properties"]["monitoringSettings"]["azureMonitorAlertSettings"];
        assert_eq!(alerts["alertsForAllJobFailures"], "Enabled");
    }
    Ok(())
}

/// By the same parameters as the Backup vault; soft delete is always on, as Azure has it for new ones.
#[tokio::test]
async fn the_recovery_services_vault_is_made_as_the_parameters_say() -> Result<()> {
    for (file, redundancy, days) in [("defaults", "ZoneRedundant", 14), ("everything", "GeoRedundant", 30)] {
        let azure = Azure::start().await?;
        let made = azure.main(file).await?;
        let vault = azure.get(made.output("recoveryServicesVaultId")).await?;
        let properties = &vault["properties"];
        assert_eq!(properties["redundancySettings"]["standardTierStorageRedundancy"], redundancy, "{file}");
        let soft_delete = &properties["securitySettings"]["softDeleteSettings"];
        assert_eq!(soft_delete["softDeleteState"], "AlwaysON", "{file}");
        assert_eq!(soft_delete["softDeleteRetentionPeriodInDays"], days, "{file}");
    }
    Ok(())
}

/// What a deployment does not say, cross-region restore among it, stays as somebody has set it.
#[tokio::test]
async fn deploying_again_leaves_a_vault_what_it_was_given_since() -> Result<()> {
    let azure = Azure::start().await?;
    let made = azure.main("everything").await?;
    let vault = format!("{}?api-version=2024-04-01", made.output("recoveryServicesVaultId"));
    let change = json!({ "properties": {
        "redundancySettings": { "crossRegionRestore": "Enabled" },
        "securitySettings": { "immutabilitySettings": { "state": "Unlocked" } },
    } });
    let (status, body) = azure.call("PATCH", &vault, Some(&change)).await?;
    assert_eq!(status, 200, "{body}");
    let again = azure.main("everything").await?;
    assert_eq!(made.outputs, again.outputs);
    let shown = azure.get(again.output("recoveryServicesVaultId")).await?;
    let properties = &shown["properties"];
    assert_eq!(properties["redundancySettings"]["crossRegionRestore"], "Enabled");
    assert_eq!(properties["securitySettings"]["immutabilitySettings"]["state"], "Unlocked");
    Ok(())
}

/// One that opens the owner's key would be missed: the vault could not be used without it.
#[tokio::test]
async fn deploying_again_leaves_vaults_the_identities_that_it_names() -> Result<()> {
    let azure = Azure::start().await?;
    let identity = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-net/providers/Microsoft.ManagedIdentity/userAssignedIdentities/keys"
    );
    let named = json!({ "parameters": { "vaultIdentities": { "value": { (identity.as_str()): {} } } } });
    let mut shown = Vec::new();
    for parameters in [json!({ "parameters": {} }), named.clone(), named] {
        let made = azure.deploy("main", SUBSCRIPTION, &parameters).await?;
        let made = made.map_err(|refused| anyhow::anyhow!("{refused:#}"))?;
        for output in ["vaultId", "recoveryServicesVaultId"] {
            shown.push(azure.get(made.output(output)).await?["identity"].clone());
        }
    }
    for (at, identities) in shown.iter().enumerate() {
        assert_eq!(identities["principalId"], shown[at % 2]["principalId"], "its own stays the same");
        let kinds = if at < 2 { "SystemAssigned" } else { "SystemAssigned, UserAssigned" };
        assert_eq!(identities["type"], kinds);
        assert_eq!(identities["userAssignedIdentities"][&identity].is_object(), at >= 2, "{identities}");
    }
    Ok(())
}

#[tokio::test]
async fn a_recovery_services_vault_is_left_out_or_called_otherwise() -> Result<()> {
    for (name, count) in [("", 0), ("contoso-machines", 1)] {
        let azure = Azure::start().await?;
        let parameters = json!({ "parameters": { "recoveryServicesVault": { "value": name } } });
        let made = azure.deploy("main", SUBSCRIPTION, &parameters).await?;
        let made = made.map_err(|refused| anyhow::anyhow!("{refused:#}"))?;
        let vaults = made.of("Microsoft.RecoveryServices/vaults");
        // The vault, and its diagnostic settings.
        assert_eq!(vaults.len(), 2 * count, "{vaults:?}");
        assert_eq!(made.of("Microsoft.Insights/diagnosticSettings").len(), 4 + count);
        assert!(made.output("recoveryServicesVaultId").ends_with(name));
        assert_eq!(made.output("recoveryServicesVaultId").is_empty(), name.is_empty());
    }
    Ok(())
}

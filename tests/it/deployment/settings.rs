//! The app's settings: those of the template, and those of whoever deploys.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use holdfast_tests::SUBSCRIPTION;
use serde_json::Value;

use super::{Azure, Deployed, read};
use crate::documents::blocks;

/// Settings of the app that was deployed, by name.
pub(super) async fn of(azure: &Azure, made: &Deployed) -> Result<BTreeMap<String, String>> {
    let site = azure.get(made.one("Microsoft.Web/sites", made.output("functionAppName"))?).await?;
    let listed = site["properties"]["siteConfig"]["appSettings"].as_array().context("no settings")?;
    let mut found = BTreeMap::new();
    for one in listed {
        let (name, value) = (one["name"].as_str(), one["value"].as_str());
        let (name, value) = name.zip(value).with_context(|| format!("{one} is not a setting"))?;
        assert_eq!(found.insert(name.to_owned(), value.to_owned()), None, "{name} is set twice");
    }
    Ok(found)
}

/// The settings of a parameter file.
fn given(parameters: &Value) -> Result<&serde_json::Map<String, Value>> {
    let given = parameters["parameters"]["settings"]["value"].as_object();
    given.context("the parameter file has no settings")
}

/// The names of what is deployed here are the template's; for all else it has only defaults.
#[tokio::test]
async fn what_is_given_is_there_after_each_deployment() -> Result<()> {
    const DEPLOYED: [&str; 3] =
        ["HOLDFAST_CLIENT_ID", "HOLDFAST_LEDGER__accountName", "HOLDFAST_SUBSCRIPTIONS"];
    let azure = Azure::start().await?;
    let without = of(&azure, &azure.main("defaults").await?).await?;
    let parameters: Value = serde_json::from_str(&read("tests/deployments/settings.json")?)?;
    let given = given(&parameters)?;
    for _ in 0..2 {
        let found = of(&azure, &azure.main("settings").await?).await?;
        for (name, value) in given {
            match DEPLOYED.contains(&name.as_str()) {
                true => assert_eq!(found[name], without[name], "{name}"),
                false => assert_eq!(found[name], value.as_str().unwrap_or_default(), "{name}"),
            }
        }
        assert!(without.keys().all(|name| found.contains_key(name)), "{found:#?}");
        assert_ne!(found["HOLDFAST_RULES"], without["HOLDFAST_RULES"]);
    }
    assert_eq!(of(&azure, &azure.main("defaults").await?).await?, without, "what is not given is not there");
    Ok(())
}

/// A setting that refers to a key vault is read with an identity that the app has.
#[tokio::test]
async fn references_to_a_key_vault_are_read_with_the_identity_of_the_app() -> Result<()> {
    let azure = Azure::start().await?;
    let made = azure.main("settings").await?;
    let app = made.output("functionAppName");
    let site = azure.get(made.one("Microsoft.Web/sites", app)?).await?;
    let identity = made.one("Microsoft.ManagedIdentity/userAssignedIdentities", app)?;
    let read_with = site["properties"]["keyVaultReferenceIdentity"].as_str().unwrap_or_default();
    assert!(read_with.eq_ignore_ascii_case(identity), "{read_with}");
    Ok(())
}

/// What `docs/deploy.md` has its readers write is taken, with every setting in it.
#[tokio::test]
async fn the_parameter_file_of_the_documents_is_deployed() -> Result<()> {
    let is_it = |block: &blocks::Block| block.document == "docs/deploy.md" && block.language == "json";
    let block = blocks::every()?.into_iter().find(is_it).context("docs/deploy.md has no parameter file")?;
    let parameters: Value = serde_json::from_str(&block.text)?;
    let azure = Azure::start().await?;
    let made = azure.deploy("main", SUBSCRIPTION, &parameters).await?;
    let made = made.map_err(|refused| anyhow::anyhow!("{refused:#}"))?;
    let found = of(&azure, &made).await?;
    for (name, value) in given(&parameters)? {
        assert_eq!(found.get(name).map(String::as_str), value.as_str(), "{name}");
    }
    Ok(())
}

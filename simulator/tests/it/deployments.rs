//! Deployments of templates: carried out whole, as their deployer, and told like any other write.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::azure::{Azure, DISK, GROUP, SUBSCRIPTION, estate};

const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const SOMEBODY: &str = "9f1d4c52-2b0a-4a64-8f3c-1d5f0b6c7a88";
const NAME: &str = "3f0a1b2c-0000-4000-8000-000000000001";

fn template(resources: &Value) -> Value {
    json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": resources,
    })
}

fn reader(scope: Option<&str>) -> Value {
    let mut assignment = json!({
        "type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01", "name": NAME,
        "properties": {
            "roleDefinitionId": format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{READER}"),
            "principalId": SOMEBODY, "principalType": "ServicePrincipal",
        },
    });
    if let Some(scope) = scope {
        assignment["scope"] = json!(scope);
    }
    assignment
}

fn deployment(template: &Value) -> Value {
    json!({ "properties": { "mode": "Incremental", "template": template } })
}

fn at(scope: &str, name: &str) -> String {
    format!("{scope}/providers/Microsoft.Resources/deployments/{name}")
}

#[tokio::test]
async fn a_template_is_carried_out_at_the_scopes_that_it_names() -> Result<()> {
    let azure = Azure::start(200.0, estate()).await?;
    let wanted = deployment(&template(&json!([reader(Some(DISK))])));
    azure.post(&format!("{}/validate", at(GROUP, "roles")), wanted.clone()).await?.expect(200)?;
    let begun = azure.put(&at(GROUP, "roles"), wanted).await?.expect(201)?;
    assert!(begun.header("azure-asyncoperation").is_some(), "{begun:?}");
    let ended = azure.until(&at(GROUP, "roles"), "/properties/provisioningState", "Succeeded").await?;
    let id = ended["properties"]["outputResources"][0]["id"].as_str().context("no output")?.to_owned();
    assert!(id.starts_with(DISK), "{id}");
    assert_eq!(azure.get(&id).await?.expect(200)?.body["properties"]["scope"], DISK);
    Ok(())
}

#[tokio::test]
async fn a_subscription_deployment_nests_one_per_group() -> Result<()> {
    let azure = Azure::start(200.0, estate()).await?;
    let inner = template(&json!([reader(None)]));
    let nested = json!({
        "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inner", "resourceGroup": "rg-app",
        "properties": { "mode": "Incremental", "template": inner },
    });
    let mut wanted = deployment(&template(&json!([nested])));
    let path = at(&format!("/subscriptions/{SUBSCRIPTION}"), "outer");
    assert_eq!(azure.put(&path, wanted.clone()).await?.expect(400)?.code(), "LocationRequired");
    wanted["location"] = json!("westeurope");
    azure.put(&path, wanted).await?.expect(201)?;
    let ended = azure.until(&path, "/properties/provisioningState", "Succeeded").await?;
    let id = ended["properties"]["outputResources"][0]["id"].as_str().context("no output")?.to_owned();
    assert!(id.starts_with(GROUP), "{id}");
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_carried_out_is_refused_or_fails_with_the_inner_reason() -> Result<()> {
    let mut estate = estate();
    estate["denyRoleAssignments"] =
        json!([{ "scope": GROUP, "principals": ["00000000-0000-0000-0000-000000000000"] }]);
    let azure = Azure::start(200.0, estate).await?;
    let refused = |resource: Value| deployment(&template(&json!([resource])));
    let mut expression = reader(Some(DISK));
    expression["name"] = json!("[newGuid()]");
    let elsewhere = reader(Some(&DISK.replace("rg-app", "rg-other")));
    for (resource, word) in
        [(expression, "the function 'newGuid'"), (elsewhere, "outside"), (json!({ "name": "x" }), "'type'")]
    {
        let answer = azure.put(&at(GROUP, "bad"), refused(resource)).await?.expect(400)?;
        assert_eq!(answer.code(), "InvalidTemplate");
        assert!(answer.body.to_string().contains(word), "{answer:?}");
    }
    azure.put(&at(GROUP, "denied"), refused(reader(Some(DISK)))).await?.expect(201)?;
    let ended = azure.until(&at(GROUP, "denied"), "/properties/provisioningState", "Failed").await?;
    assert_eq!(ended["properties"]["error"]["details"][0]["code"], "AuthorizationFailed", "{ended}");
    Ok(())
}

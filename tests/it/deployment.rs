//! The templates of `infra/`, deployed to the simulated Azure, which evaluates them by itself; and what came out.

mod lost;
mod management_group;
mod settings;
mod vaults;

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdfast_simulator::{Config, Estate, Running, Simulator};
use holdfast_tests::SUBSCRIPTION;
use serde_json::{Value, json};

const OTHER: &str = "6c1e5b0f-1d3a-4b5e-9d53-0d2f7c3e9a11";

/// A subscription that is in no management group.
const OUTSIDE: &str = "9d1b7c52-64f0-4a0e-8a55-3c8e0f6a2d77";

/// An Azure whose clock is moved by hand, with what the parameter files name.
struct Azure {
    running: Running,
    client: reqwest::Client,
}

/// A deployment that succeeded.
struct Deployed {
    outputs: Value,
    resources: Vec<String>,
}

impl Deployed {
    fn output(&self, name: &str) -> &str {
        self.outputs[name]["value"].as_str().unwrap_or_default()
    }

    /// Ids of this type.
    fn of(&self, kind: &str) -> Vec<&str> {
        let kind = format!("/providers/{kind}/").to_lowercase();
        self.resources.iter().map(String::as_str).filter(|id| id.to_lowercase().contains(&kind)).collect()
    }

    fn one(&self, kind: &str, name: &str) -> Result<&str> {
        let found = self.of(kind).into_iter().find(|id| id.ends_with(&format!("/{name}")));
        found.with_context(|| format!("{kind} {name} was not deployed: {:#?}", self.resources))
    }
}

impl Azure {
    async fn start() -> Result<Self> {
        let group = |name: &str| json!({ "id": format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}"), "location": "westeurope" });
        let registry = format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-registry/providers/Microsoft.ContainerRegistry/registries/contoso"
        );
        let estate = json!({
            "subscriptions": [SUBSCRIPTION, OTHER, OUTSIDE],
            "managementGroups": { "platform": [SUBSCRIPTION, OTHER] },
            "resourceGroups": [group("rg-net"), group("rg-registry"), group("rg-app")],
            "resources": [{ "id": registry, "location": "westeurope" }],
            "delivery": { "copies": 1, "duplicateProbability": 0, "reorderSeconds": 0, "delaySeconds": 0 },
        });
        let estate = Some(Estate::parse(&estate.to_string())?);
        let running = Simulator::start(Config { estate, ..Config::frozen() }).await?;
        Ok(Self { running, client: reqwest::Client::new() })
    }

    async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, Value)> {
        let url = format!("{}{path}", self.running.http_url);
        let mut request = self.client.request(method.parse()?, url).bearer_auth("owner");
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        Ok((answer.status().as_u16(), answer.json().await.unwrap_or_default()))
    }

    async fn get(&self, id: &str) -> Result<Value> {
        let is_vault = id.contains("Microsoft.DataProtection") || id.contains("Microsoft.RecoveryServices");
        let version = if is_vault { "2024-04-01" } else { "2022-04-01" };
        let (status, body) = self.call("GET", &format!("{id}?api-version={version}"), None).await?;
        ensure!(status == 200, "GET {id}: {status} {body}");
        Ok(body)
    }

    /// Deploys a template to a subscription; the refusal or failure, if it comes to that.
    async fn deploy(&self, template: &str, to: &str, parameters: &Value) -> Result<Result<Deployed, Value>> {
        self.deploy_at(template, &format!("/subscriptions/{to}"), parameters).await
    }

    /// Deploys a template to a subscription or a management group.
    async fn deploy_at(
        &self,
        template: &str,
        scope: &str,
        parameters: &Value,
    ) -> Result<Result<Deployed, Value>> {
        let template: Value = serde_json::from_str(&read(&format!("infra/{template}.json"))?)?;
        let id = format!("{scope}/providers/Microsoft.Resources/deployments/holdfast?api-version=2022-09-01");
        let body = json!({ "location": "westeurope", "properties": {
            "mode": "Incremental", "template": template, "parameters": parameters["parameters"],
        } });
        let (status, refused) = self.call("PUT", &id, Some(&body)).await?;
        if status >= 300 {
            return Ok(Err(refused));
        }
        self.running.advance(60.0);
        let (_, ended) = self.call("GET", &id, None).await?;
        let properties = &ended["properties"];
        if properties["provisioningState"] != "Succeeded" {
            return Ok(Err(properties["error"].clone()));
        }
        let made = properties["outputResources"].as_array().into_iter().flatten();
        let resources = made.filter_map(|one| one["id"].as_str()).map(str::to_owned).collect();
        Ok(Ok(Deployed { outputs: properties["outputs"].clone(), resources }))
    }

    /// Deploys `main.json` with one of the parameter files.
    async fn main(&self, parameters: &str) -> Result<Deployed> {
        let parameters = serde_json::from_str(&read(&format!("tests/deployments/{parameters}.json"))?)?;
        let deployed = self.deploy("main", SUBSCRIPTION, &parameters).await?;
        deployed.map_err(|refused| anyhow::anyhow!("{refused:#}"))
    }
}

fn read(name: &str) -> Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    std::fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// Actions of the role that the app acts by.
async fn operator(azure: &Azure, deployed: &Deployed) -> Result<Vec<String>> {
    for id in deployed.of("Microsoft.Authorization/roleDefinitions") {
        let role = azure.get(id).await?;
        if role["properties"]["roleName"].as_str().is_some_and(|name| name.starts_with("Holdfast operator")) {
            let actions = role["properties"]["permissions"][0]["actions"].as_array();
            return Ok(actions.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect());
        }
    }
    anyhow::bail!("there is no operator role")
}

#[tokio::test]
async fn the_defaults_make_an_app_that_protects_and_no_more() -> Result<()> {
    let azure = Azure::start().await?;
    let made = azure.main("defaults").await?;
    let app = made.output("functionAppName");
    assert!(app.starts_with("holdfast-"), "{app}");
    let vault = azure.get(made.output("vaultId")).await?;
    assert_eq!(vault["properties"]["storageSettings"][0]["type"], "ZoneRedundant");
    let site = azure.get(made.one("Microsoft.Web/sites", app)?).await?;
    let config = &site["properties"]["functionAppConfig"];
    assert_eq!(config["runtime"], json!({ "name": "custom", "version": "1.0" }));
    assert_eq!(config["scaleAndConcurrency"]["instanceMemoryMB"], 2048);
    let package =
        format!("https://{}.blob.core.windows.net/holdfast-package", made.output("storageAccountName"));
    assert_eq!(config["deployment"]["storage"]["value"], package);
    let settings = settings::of(&azure, &made).await?;
    assert_eq!(settings["HOLDFAST_SUBSCRIPTIONS"], SUBSCRIPTION);
    let identity = azure.get(made.one("Microsoft.ManagedIdentity/userAssignedIdentities", app)?).await?;
    assert_eq!(made.output("principalId"), identity["properties"]["principalId"]);
    let actions = operator(&azure, &made).await?;
    assert!(actions.iter().any(|one| one.ends_with("/backupInstances/write")));
    for closed in ["/backupVaults/write", "/restore/action", "/backupInstances/delete"] {
        assert!(!actions.iter().any(|one| one.ends_with(closed)), "{closed}");
    }
    assert!(!made.resources.iter().any(|id| id.contains("/eventSubscriptions/")));
    assert!(made.of("Microsoft.Network/privateEndpoints").is_empty());
    assert!(made.of("Microsoft.Insights/actionGroups").is_empty());
    assert_eq!(made.of("Microsoft.Insights/diagnosticSettings").len(), 5);
    let ledger =
        azure.get(made.one("Microsoft.Storage/storageAccounts", made.output("ledgerAccountName"))?).await?;
    assert_eq!(ledger["properties"]["allowSharedKeyAccess"], false);
    assert_eq!(ledger["sku"]["name"], "Standard_ZRS");
    Ok(())
}

#[tokio::test]
async fn deploying_again_changes_nothing_and_doubles_nothing() -> Result<()> {
    let azure = Azure::start().await?;
    let first = azure.main("defaults").await?;
    let assignments = azure.running.state()["roleAssignments"].as_array().map_or(0, Vec::len);
    let second = azure.main("defaults").await?;
    assert_eq!(first.outputs, second.outputs);
    assert_eq!(first.resources, second.resources);
    assert_eq!(azure.running.state()["roleAssignments"].as_array().map_or(0, Vec::len), assignments);
    Ok(())
}

#[tokio::test]
async fn events_come_to_the_queue_that_was_deployed_by_the_identity_that_was_deployed() -> Result<()> {
    let azure = Azure::start().await?;
    let made = azure.main("queue").await?;
    made.one("Microsoft.EventGrid/systemTopics", "contoso-backup")?;
    assert!(made.resources.iter().all(|id| !id.contains("/resourceGroups/rg-holdfast/")));
    assert_eq!(made.resources.iter().filter(|id| id.contains("/eventSubscriptions/")).count(), 2);
    made.one("Microsoft.Storage/storageAccounts", made.output("storageAccountName"))?;
    // Role assignments take their time.
    azure.running.advance(1_800.0);
    assert!(azure.running.storage.create_queue("holdfast-events"));
    let disk = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app/providers/Microsoft.Compute/disks/first"
    );
    let body = json!({ "location": "westeurope", "properties": {} });
    let (status, _) = azure.call("PUT", &format!("{disk}?api-version=2023-04-02"), Some(&body)).await?;
    assert_eq!(status, 201);
    for _ in 0..1_000 {
        if let Some(message) = azure.running.storage.messages("holdfast-events").first() {
            let event: Value = serde_json::from_slice(&STANDARD.decode(&message.text)?)?;
            assert_eq!(event["subject"].as_str().map(str::to_lowercase), Some(disk.to_lowercase()));
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    anyhow::bail!("no event came: {:#}", azure.running.state()["events"])
}

#[tokio::test]
async fn a_closed_network_leaves_no_account_open() -> Result<()> {
    let azure = Azure::start().await?;
    let made = azure.main("closed").await?;
    assert_eq!(
        made.of("Microsoft.Network/privateEndpoints")
            .iter()
            .filter(|id| !id.contains("/privateDnsZoneGroups/"))
            .count(),
        3
    );
    // The zone of queues was not named: a policy registers those.
    assert_eq!(made.resources.iter().filter(|id| id.contains("/privateDnsZoneGroups/")).count(), 2);
    for account in ["storageAccountName", "ledgerAccountName"] {
        let account = azure.get(made.one("Microsoft.Storage/storageAccounts", made.output(account))?).await?;
        let properties = &account["properties"];
        assert_eq!(properties["publicNetworkAccess"], "Disabled");
        assert_eq!(properties["networkAcls"]["defaultAction"], "Deny");
        assert_eq!(properties["networkAcls"]["ipRules"], json!([{ "value": "203.0.113.0/24" }]));
        let subnet = properties["networkAcls"]["virtualNetworkRules"][0]["id"].as_str();
        assert!(subnet.is_some_and(|id| id.ends_with("/subnets/app")));
    }
    assert!(made.of("Microsoft.Insights/diagnosticSettings").is_empty());
    assert!(operator(&azure, &made).await.is_err(), "a management group gives the rights");
    assert_eq!(made.resources.iter().filter(|id| id.contains("/managementPolicies/")).count(), 1);
    Ok(())
}

#[tokio::test]
async fn every_allowance_adds_its_actions_and_another_region_is_another_vault() -> Result<()> {
    let azure = Azure::start().await?;
    let made = azure.main("everything").await?;
    assert!(made.output("vaultId").ends_with("/backupVaults/bv-northeurope"));
    let vault = azure.get(made.output("vaultId")).await?;
    assert_eq!(vault["properties"]["storageSettings"][0]["type"], "GeoRedundant");
    let days = &vault["properties"]["securitySettings"]["softDeleteSettings"]["retentionDurationInDays"];
    assert_eq!(days.as_f64(), Some(30.0));
    let actions = operator(&azure, &made).await?;
    for open in ["/backupVaults/write", "/backupInstances/restore/action", "/backupInstances/delete"] {
        assert!(actions.iter().any(|one| one.ends_with(open)), "{open}");
    }
    let site = azure.get(made.one("Microsoft.Web/sites", made.output("functionAppName"))?).await?;
    let settings = settings::of(&azure, &made).await?;
    assert_eq!(settings["HOLDFAST_SUBSCRIPTIONS"], format!("{SUBSCRIPTION},{OTHER}"));
    assert_eq!(site["properties"]["functionAppConfig"]["siteUpdateStrategy"]["type"], "Recreate");
    assert!(
        made.resources
            .iter()
            .any(|id| id.contains("/registries/contoso/providers/Microsoft.Authorization/roleAssignments/"))
    );
    Ok(())
}

#[tokio::test]
async fn a_further_subscription_gets_its_rights_and_its_topic() -> Result<()> {
    let azure = Azure::start().await?;
    let main = azure.main("queue").await?;
    let value = |value: &str| json!({ "value": value });
    let parameters = json!({ "parameters": {
        "existingFunctionApp": value(main.output("functionAppName")),
        "existingFunctionAppGroup": value("rg-queue"),
        "existingFunctionAppSubscription": value(SUBSCRIPTION),
        "existingDeadLetterAccount": value(main.output("deadLetterAccountName")),
        "existingStorageAccount": value(main.output("storageAccountName")),
        "existingEventsIdentity": value(main.output("eventsIdentityId")),
        "principalId": value(main.output("principalId")),
        "eventDelivery": value("Queue"),
    } });
    let made = azure.deploy("subscription", OTHER, &parameters).await?;
    let made = made.map_err(|refused| anyhow::anyhow!("{refused:#}"))?;
    assert!(made.resources.iter().all(|id| id.starts_with(&format!("/subscriptions/{OTHER}/"))));
    assert_eq!(made.resources.iter().filter(|id| id.contains("/eventSubscriptions/")).count(), 2);
    assert!(!operator(&azure, &made).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_the_template_does_not_allow_is_refused_before_anything_is_made() -> Result<()> {
    let azure = Azure::start().await?;
    for (name, value, told) in [
        ("storageSku", json!("Premium_LRS"), "not among the allowed"),
        ("softDeleteDays", json!(7), "at least 14"),
        ("allowDelete", json!("yes"), "is no bool"),
        ("colour", json!("red"), "no parameter 'colour'"),
    ] {
        let parameters = json!({ "parameters": { name: { "value": value } } });
        let refused = azure.deploy("main", SUBSCRIPTION, &parameters).await?.err().context(name)?;
        assert_eq!(refused["error"]["code"], "InvalidTemplate", "{refused}");
        assert!(refused.to_string().contains(told), "{refused}");
    }
    Ok(())
}

/// Events for a queue that Event Grid is not let into would be lost one by one.
#[tokio::test]
async fn events_are_not_routed_to_the_queue_of_a_closed_account() -> Result<()> {
    let azure = Azure::start().await?;
    let mut closed: Value = serde_json::from_str(&read("tests/deployments/closed.json")?)?;
    for (name, value) in [("eventDelivery", json!("Queue")), ("subscribeToEvents", json!(true))] {
        closed["parameters"][name] = json!({ "value": value });
    }
    let refused = azure.deploy("main", SUBSCRIPTION, &closed).await?.err().context("it was subscribed")?;
    let told = "the parameter 'eventDelivery' is not among the allowed ones";
    assert!(refused.to_string().contains(told), "{refused:#}");
    Ok(())
}

/// Event Grid proves a function before it subscribes, hence the order that the documents give.
#[tokio::test]
async fn a_function_that_is_not_there_cannot_be_subscribed() -> Result<()> {
    let azure = Azure::start().await?;
    let parameters = json!({ "parameters": { "subscribeToEvents": { "value": true } } });
    let failed = azure.deploy("main", SUBSCRIPTION, &parameters).await?.err().context("it was subscribed")?;
    let told = &failed["details"][0];
    assert!(told.to_string().contains("ResourceChanged"), "{failed:#}");
    Ok(())
}

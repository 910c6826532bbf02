//! What a resource's tags say is heeded after its protection as before.

use holdfast_protection::ResourceId;
use holdfast_protection::work::Occasion;
use serde_json::{Value, json};

use super::run::Run;
use super::worlds::{Case, cases, granted};

fn case(name: &str) -> Case {
    cases().into_iter().find(|case| case.name == name).unwrap()
}

async fn owner(run: &Run, method: &str, path: &str, version: &str, body: Option<&Value>) -> Value {
    let url = format!("{}{path}?api-version={version}", run.azure.http_url);
    let mut request = reqwest::Client::new().request(method.parse().unwrap(), &url).bearer_auth("owner");
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{method} {url}: {status} {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

async fn tag(run: &Run, id: &str, tags: Value) {
    owner(run, "PATCH", id, "2023-04-02", Some(&json!({ "tags": tags }))).await;
    run.azure.advance(60.0);
}

/// The properties of the only backup instance.
async fn instance(run: &Run) -> Value {
    let id = run.azure.instances()[0]["id"].as_str().unwrap().to_owned();
    owner(run, "GET", &id, "2024-04-01", None).await["properties"].clone()
}

async fn steps(run: &Run, resource: &str) -> Vec<String> {
    let occasion = Occasion::question(run.azure.now());
    let preview =
        run.reconciler().preview(&resource.parse::<ResourceId>().unwrap(), &occasion).await.unwrap();
    preview.plan.map(|plan| plan.steps.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_clusters_tags_say_later_is_written_into_its_instance() {
    let case = case("aks");
    let mut run = Run::of(granted(case.estate.clone())).await;
    run.tell(&case.resource);
    run.work_off().await;
    tag(
        &run,
        &case.resource,
        json!({ "env": "prod", "holdfast-namespaces": "shop,pay", "holdfast-volumes": "false" }),
    )
    .await;
    let planned = steps(&run, &case.resource).await;
    assert!(matches!(planned.as_slice(), [only] if only.contains("pay")), "{planned:?}");
    run.tell(&case.resource);
    run.work_off().await;
    run.assert_sound(std::slice::from_ref(&case.resource), "tagged");
    let parameters =
        &instance(&run).await["policyInfo"]["policyParameters"]["backupDatasourceParametersList"][0];
    assert_eq!(parameters["includedNamespaces"], json!(["shop", "pay"]), "{parameters}");
    assert_eq!(parameters["snapshotVolumes"], json!(false), "{parameters}");
    assert_eq!(parameters["objectType"], "KubernetesClusterBackupDatasourceParameters");
    assert_eq!(steps(&run, &case.resource).await, Vec::<String>::new(), "once");

    tag(&run, &case.resource, json!({ "holdfast-namespaces": "", "holdfast-volumes": "true" })).await;
    run.tell(&case.resource);
    run.work_off().await;
    let parameters =
        &instance(&run).await["policyInfo"]["policyParameters"]["backupDatasourceParametersList"][0];
    assert!(parameters["includedNamespaces"].as_array().is_none_or(Vec::is_empty), "{parameters}");
    assert_eq!(parameters["snapshotVolumes"], json!(true), "{parameters}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_secret_is_written_into_the_instance_and_may_be_read() {
    let case = case("postgresql-single");
    let mut estate = case.estate.clone();
    let vault = estate[2]["id"].as_str().unwrap().replace("kv-legacy", "kv-new");
    estate.push(
        json!({ "id": vault, "location": "westeurope", "properties": { "enableRbacAuthorization": true } }),
    );
    estate.push(json!({ "id": format!("{vault}/secrets/ledger-2") }));
    let server = estate[0]["id"].as_str().unwrap().to_owned();
    let mut run = Run::of(super::worlds::ungranted(estate, 20.0)).await;
    run.tell(&case.resource);
    run.work_off().await;
    run.assert_sound(std::slice::from_ref(&case.resource), "first");
    let renamed = "https://kv-new.vault.azure.net/secrets/ledger-2";
    tag(&run, &server, json!({ "env": "prod", "holdfast-secret": renamed })).await;
    run.tell(&case.resource);
    run.work_off().await;
    run.assert_sound(std::slice::from_ref(&case.resource), "renamed");
    let shown = instance(&run).await;
    assert_eq!(shown["datasourceAuthCredentials"]["secretStoreResource"]["uri"], renamed, "{shown}");
    assert_eq!(steps(&run, &case.resource).await, Vec::<String>::new());
}

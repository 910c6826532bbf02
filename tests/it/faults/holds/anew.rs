//! What is protected anew while a person holds its policy.

use holdfast_tests::disks;
use serde_json::{Value, json};

use super::{Case, EAGER, Pass, cases, changes, done, granted, happen, rules_with, shown};
use crate::faults::run::Run;

/// A policy that copies blobs into the vault.
fn copies() -> Value {
    let text = disks::daily(90).to_string();
    let of_blobs = [
        ("OperationalStore", "VaultStore"),
        ("Incremental", "Discrete"),
        ("Microsoft.Compute/disks", "Microsoft.Storage/storageAccounts/blobServices"),
    ];
    let text = of_blobs.into_iter().fold(text, |text, (disk, blobs)| text.replace(disk, blobs));
    json!({ "vault": "bv-westeurope", "name": "copies", "properties": serde_json::from_str::<Value>(&text).unwrap() })
}

/// Somebody deletes the one instance for good, elsewhere.
async fn somebody_deletes(run: &Run) {
    let instance = run.azure.instances()[0]["id"].as_str().unwrap().to_owned();
    let url = format!("{}{instance}?api-version=2024-04-01", run.azure.http_url);
    let sent = reqwest::Client::new().delete(url).bearer_auth("owner").send().await.unwrap();
    assert!(sent.status().is_success(), "{sent:?}");
    run.azure.advance(300.0);
}

/// Blobs that the rules want kept in the account, where no container is listed, under a held policy that copies them.
async fn held_under_copies() -> (Run, String) {
    let Case { resource, mut estate, .. } =
        cases().into_iter().find(|case| case.name == "azure-blobs").unwrap();
    estate.push(json!({ "id": format!("{resource}/blobServices/default/containers/orders") }));
    let mut world = granted(estate);
    for vault in world["vaults"].as_array_mut().unwrap() {
        vault["softDelete"] = json!("Off");
    }
    world["policies"] = json!([copies()]);
    let mut run = Run::of(world).await;
    run.evaluator = rules_with(EAGER);
    happen(&mut run, &resource, Pass::Event).await;
    done(&run, &resource, "act", json!({ "action": "change-policy", "policy": "copies" }), None).await;
    (run, resource)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_protected_anew_lists_the_containers_of_the_held_policy() {
    let (mut run, resource) = held_under_copies().await;
    somebody_deletes(&run).await;
    assert_eq!(shown(&run), None);
    happen(&mut run, &resource, Pass::Event).await;
    let under_copies = Some(("ProtectionConfigured".to_owned(), "copies".to_owned()));
    assert_eq!(shown(&run), under_copies, "{:?}", run.end_of(&resource));
}

/// Containers that the one instance copies into the vault.
fn copied(run: &Run) -> Vec<String> {
    let instances = run.azure.instances();
    let containers = instances[0]["containers"].as_array().unwrap().iter();
    containers.map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_has_copied_takes_up_containers_that_come_later() {
    let (mut run, resource) = held_under_copies().await;
    let before = copied(&run);
    assert!(before.contains(&"orders".to_owned()), "{before:?}");
    let url = format!(
        "{}{resource}/blobServices/default/containers/later?api-version=2023-01-01",
        run.azure.http_url
    );
    let sent = reqwest::Client::new().put(url).bearer_auth("owner").json(&json!({})).send().await.unwrap();
    assert!(sent.status().is_success(), "{sent:?}");
    run.azure.advance(60.0);
    happen(&mut run, &resource, Pass::Event).await;
    let (mut after, mut wanted) = (copied(&run), before);
    wanted.push("later".to_owned());
    after.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(after, wanted, "{:?}", run.end_of(&resource));
    let under_copies = Some(("ProtectionConfigured".to_owned(), "copies".to_owned()));
    assert_eq!(shown(&run), under_copies);
    let before = changes(&run);
    happen(&mut run, &resource, Pass::Event).await;
    assert_eq!(changes(&run), before, "nothing is left to do");
}

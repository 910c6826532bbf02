use std::collections::BTreeMap;

use holdfast_evaluator::{Items, Protection, Resource, Tier};
use serde_json::json;

use super::*;
use crate::Workload;
use crate::impossible::Impossible;
use crate::workload::aks::{NAMESPACES_TAG, VOLUMES_TAG};

fn resource(kind: &str, tags: &[(&str, &str)]) -> Resource {
    Resource {
        id: format!("/subscriptions/s/resourceGroups/g/providers/{kind}/thing"),
        resource_type: kind.to_owned(),
        name: "thing".to_owned(),
        location: "westeurope".to_owned(),
        resource_group: "g".to_owned(),
        subscription: "s".to_owned(),
        tags: tags
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        sku: None,
        kind: None,
        body: json!({ "identity": { "principalId": "p" } }).to_string(),
    }
}

fn account(how: &Protection) -> Result<Details, String> {
    let account = resource("Microsoft.Storage/storageAccounts", &[]);
    Workload::AzureBlobs.details(&account, how).map_err(|impossible| impossible.code)
}

fn cluster(tags: &[(&str, &str)]) -> Result<Details, Impossible> {
    let cluster = resource("Microsoft.ContainerService/managedClusters", tags);
    Workload::Aks.details(&cluster, &Protection::default())
}

#[test]
fn blobs_in_the_account_alone_need_no_containers() {
    assert_eq!(account(&Protection::default()), Ok(Details::Nothing));
    let vault = Protection { tier: Some(Tier::Vault), ..Protection::default() };
    assert_eq!(account(&vault), Ok(Details::Containers(Containers::All)));
    let named = |names: &[&str]| Protection {
        blob_containers: Some(Items::Named(names.iter().map(|&name| name.to_owned()).collect())),
        ..Protection::default()
    };
    let two = Containers::Named(vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(account(&named(&["b", "a", "b"])), Ok(Details::Containers(two)));
    assert_eq!(account(&named(&[])), Err("NoContainers".to_owned()));
    let all_but =
        Protection { blob_containers: Some(Items::AllBut(vec!["logs".to_owned()])), ..Protection::default() };
    assert_eq!(account(&all_but), Err("ContainersLeftOut".to_owned()));
    let many: Vec<String> = (0..101).map(|number| format!("c{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(account(&named(&many)), Err("ContainerBound".to_owned()));
}

#[test]
fn a_database_is_dumped_with_the_secret_that_a_tag_names() {
    let database = |tags: &[(&str, &str)]| {
        let database = resource("Microsoft.DBforPostgreSQL/servers/databases", tags);
        Workload::PostgresqlSingle.details(&database, &Protection::default())
    };
    let missing = database(&[]).unwrap_err();
    assert!(
        missing.message.contains("`holdfast-secret`") && missing.way_out.contains("key vault"),
        "{missing}"
    );
    assert_eq!(database(&[("holdfast-secret", "hunter2")]).unwrap_err().code, "SecretNotUsable");
    let found = database(&[("Holdfast-Secret", "https://kv.vault.azure.net/secrets/pg")]).unwrap();
    assert!(matches!(found, Details::Database { secret } if secret.vault() == "kv"));
}

#[test]
fn a_decision_may_name_the_databases_that_it_means() {
    let database = resource("Microsoft.DBforPostgreSQL/servers/databases", &[]);
    let chosen = |items| {
        let how = Protection { databases: Some(items), ..Protection::default() };
        Workload::PostgresqlSingle.left_out(&database, &how)
    };
    let names = |name: &str| vec![name.to_owned()];
    for included in [Items::All, Items::Named(names("THING")), Items::AllBut(names("orders"))] {
        assert_eq!(chosen(included), None);
    }
    assert!(chosen(Items::Named(names("orders"))).is_some_and(|reason| reason.contains("orders")));
    assert!(chosen(Items::AllBut(names("Thing"))).is_some_and(|reason| reason.contains("leave out")));
}

#[test]
fn a_cluster_is_backed_up_whole_unless_its_tags_say_otherwise() {
    let Ok(Details::Cluster { parameters: whole, .. }) = cluster(&[]) else { panic!("{:?}", cluster(&[])) };
    assert!(whole.snapshot_volumes && whole.cluster_scope && whole.included_namespaces.is_empty());
    let tags = [(NAMESPACES_TAG, "shop, billing"), (VOLUMES_TAG, "False")];
    let Ok(Details::Cluster { parameters: part, .. }) = cluster(&tags) else {
        panic!("{:?}", cluster(&tags))
    };
    assert_eq!(part.included_namespaces, ["shop", "billing"]);
    assert!(!part.snapshot_volumes && part.cluster_scope);
    assert_eq!(cluster(&[(VOLUMES_TAG, "maybe")]).unwrap_err().code, "TagNotUsable");
    assert_eq!(cluster(&[(NAMESPACES_TAG, "Shop")]).unwrap_err().code, "TagNotUsable");
}

#[test]
fn a_stopped_cluster_is_not_asked() {
    let mut stopped = resource("Microsoft.ContainerService/managedClusters", &[]);
    stopped.body =
        json!({ "identity": { "principalId": "p" }, "properties": { "powerState": { "code": "Stopped" } } })
            .to_string();
    let refused = Workload::Aks.details(&stopped, &Protection::default()).unwrap_err();
    assert_eq!(refused.code, "ClusterIsStopped");
}

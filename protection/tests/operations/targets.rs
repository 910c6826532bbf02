//! What rules are told of a target: which workload of the resource, what it belongs to, and its labels.

use std::collections::BTreeMap;

use holdfast_evaluator::{Resource, TargetWorkload};
use holdfast_protection::decide::{self, Decided};
use holdfast_protection::outcome::Outcome;
use holdfast_protection::work::Occasion;
use holdfast_protection::{ResourceId, Workload, ledger};
use serde_json::json;

use crate::azure::described;
use crate::stage::{Stage, ask, disk, id};

fn tags(env: &str) -> BTreeMap<String, String> {
    [("env".to_owned(), env.to_owned())].into()
}

/// What has neither region nor tags of its own.
fn bare(id: &ResourceId) -> Resource {
    Resource { location: String::new(), ..described(id) }
}

async fn decided(stage: &Stage, id: &ResourceId, workload: Option<Workload>) -> Decided {
    let occasion = Occasion::question(stage.now());
    decide::decide(&stage.world, &stage.operations.evaluator, id, workload, &occasion).await.unwrap()
}

#[tokio::test]
async fn a_decision_is_about_a_workload_and_knows_what_the_resource_belongs_to() {
    let server = id("rg-app/providers/Microsoft.DBforPostgreSQL/servers/legacy");
    let account = id("rg-app/providers/Microsoft.Storage/storageAccounts/files");
    let service = account.child("fileServices", "default").unwrap();
    for (resource, above, name) in [
        (server.child("databases", "orders").unwrap(), vec![], "postgresql-single"),
        (service.child("shares", "team").unwrap(), vec![service], "azure-files"),
    ] {
        let stage = Stage::new();
        let owner = if name == "azure-files" { &account } else { &server };
        stage.world.with(|state| {
            state.shown = above.iter().chain([&resource]).map(bare).collect();
            state.shown.push(Resource { tags: tags("prod"), ..described(owner) });
        });
        let Decided::ByRules { request, parent_tags, others, .. } = decided(&stage, &resource, None).await
        else {
            panic!("{resource} is not decided about")
        };
        let record = TargetWorkload { name: name.to_owned(), first: true };
        assert_eq!((request.workload, others), (Some(record), Vec::new()));
        assert_eq!((&request.resource.tags, &parent_tags), (&tags("prod"), &tags("prod")));
        assert_eq!(request.resource.location, "westeurope");
    }
}

#[tokio::test]
async fn a_resource_without_the_workload_that_is_asked_about_is_not_decided_about() {
    let stage = Stage::new();
    let same = decided(&stage, &disk(), Some(Workload::AzureDisks)).await;
    assert!(matches!(same, Decided::ByRules { workload: Workload::AzureDisks, .. }), "{same:?}");
    let other = decided(&stage, &disk(), Some(Workload::AzureVm)).await;
    assert!(matches!(other, Decided::NotAsked(Outcome::Ignored { .. })), "{other:?}");
}

#[tokio::test]
async fn a_review_is_told_the_labels_of_the_last_decision() {
    let mut inputs = Vec::new();
    for labels in [json!({}), json!({ "class": "gold" }), json!({ "class": "gold" })] {
        let stage = Stage::new();
        let record = json!({ "entry": "decided", "request": { "resource": described(&disk()) },
            "decision": { "labels": labels } });
        let path = format!("{}20260301T000000.000000Z-1-decided-aa.json", ledger::prefix_of(&disk()));
        stage.world.with(|state| state.documents.insert(path, record));
        let asked = stage.ask_as(&ask("key", json!({ "action": "backup" }))).await.unwrap().asked;
        inputs.push(asked.judgement.record.digests.input);
    }
    assert_ne!(inputs[0], inputs[1], "the labels are part of what is judged");
    assert_eq!(inputs[1], inputs[2]);
}

//! What a later version asked for before the handler was rolled back is passed over, and stands in nobody's way.

use holdfast_protection::ledger::Entry;
use holdfast_protection::operations::OperationId;
use holdfast_protection::ports::Ledger;
use serde_json::json;

use super::{FREE, HOUR, Run, Shelf, awaited, rules_with, state, sweep, tagged, waiting, withdrawn};

/// An ending of the same disk, of which nothing but the pointers can be read.
async fn of_a_later_version(run: &Run) {
    let id = OperationId::of_key("holdfast", "of a later version");
    let pointers = run.ledger().list("endings/of/").await.unwrap();
    let (folder, _) = pointers[0].rsplit_once('/').unwrap();
    for pointer in ["approvals/awaited", folder] {
        let path = format!("{pointer}/20991231T000000Z-{id}.json");
        run.ledger().append(&Entry::of(path, &json!({ "operation": id }))).await.unwrap();
    }
    let asked = Entry::verbatim(format!("operations/{id}/asked.json"), &json!({ "format": 9 }));
    run.ledger().append(&asked).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_comes_to_its_end_though_an_operation_that_waits_cannot_be_read() {
    let (mut run, disk, id) = waiting().await;
    of_a_later_version(&run).await;
    tagged(&run, &disk, json!({ "backup": "on" })).await;
    sweep(&mut run, &Shelf::default()).await;
    assert!(withdrawn(&run, id).await.contains("protect the resource again"));
    assert_eq!(awaited(&run).await, []);
    assert_eq!(state(&run), "ProtectionConfigured");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_comes_to_its_end_though_an_operation_on_the_same_resource_cannot_be_read() {
    let (mut run, disk, id) = waiting().await;
    of_a_later_version(&run).await;
    run.evaluator = rules_with(FREE);
    run.azure.advance(HOUR);
    run.reconciler().reconcile(run.item(&disk)).await.unwrap();
    assert!(withdrawn(&run, id).await.contains("allow this protection to end"));
}

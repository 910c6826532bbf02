//! Work that the host called poison and events that Event Grid gave up are drained by the sweep.

use std::time::Duration;

use anyhow::{Context, Result};
use holdfast_tests::{Knobs, Stage};
use serde_json::json;

use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_puts_what_was_given_up_to_work_once_and_records_the_rest() -> Result<()> {
    let [poisoned, undelivered] = ["poisoned", "undelivered"].map(|name| world::disk("rg-app", name));
    let mut estate = world::granted();
    let disk = |id: &String| {
        json!({ "id": id, "location": "westeurope", "tags": { "env": "prod" },
        "sku": { "name": "Premium_LRS" }, "properties": { "diskSizeGB": 32 } })
    };
    estate["resources"] = json!([disk(&poisoned), disk(&undelivered)]);
    // No sweep finds them by itself: the graph does not show them yet.
    estate["graphLagSeconds"] = json!(1_000_000.0);
    let stage = Stage::set(Knobs { estate, ..Knobs::default() }).await?;

    let item = |resource: &str, revived: u32| {
        json!({ "format": "holdfast.work/1", "resource": resource,
        "cause": { "kind": "event", "id": "e-1" }, "at": "2026-01-14T09:26:53Z", "revived": revived })
    };
    let storage = &stage.azure.storage;
    for text in [item(&poisoned, 0).to_string(), item(&poisoned, 1).to_string(), "{\"half\":".to_owned()] {
        assert!(storage.put_message("holdfast-work-poison", text));
    }
    let event = |kind: &str| {
        json!({ "id": "e-2", "topic": "/subscriptions/x", "subject": undelivered,
        "eventType": kind, "eventTime": "2026-01-14T09:26:53Z", "dataVersion": "2", "metadataVersion": "1",
        "data": { "resourceUri": undelivered }, "deadLetterReason": "MaxDeliveryAttemptsExceeded",
        "deliveryAttempts": 30, "lastDeliveryOutcome": "GenericError" })
    };
    let letter = json!([event("Microsoft.Resources.ResourceWriteSuccess"), event("Contoso.Odd.Kind")]);
    let path = "HOLDFAST/2026/1/14/9/letter.json";
    assert!(storage.put_blob("holdfast-deadletter", path, letter.to_string(), "application/json"));

    let (status, answer) = stage.functions("POST", "/admin/functions/Sweep", Some(&json!({}))).await?;
    assert_eq!(status, 202, "{answer}");
    let ids = [poisoned, undelivered];
    let story = stage.until_ended(&ids, Duration::from_secs(60)).await?;
    for id in &ids {
        assert_eq!(story.end_of(id).context("no end")?["outcome"], "protected", "{id}");
        assert_eq!(stage.protection_states(id).await?, ["ProtectionConfigured"], "{id}");
    }
    assert_eq!(story.rejected("poison").len(), 2, "{:?}", story.rejected("poison"));
    assert_eq!(story.rejected("dead-letter").len(), 1);
    let revived = story.0.keys().filter(|path| path.starts_with("revived/")).count();
    assert_eq!(revived, 2);
    assert_eq!(storage.blob_names("holdfast-deadletter"), Vec::<String>::new());
    assert!(storage.messages("holdfast-work-poison").is_empty());
    Ok(())
}

//! Work that the host called poison and events that Event Grid gave up are put to work once more.

use std::time::Duration;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdfast_tests::{Knobs, Stage};
use serde_json::json;

use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_is_put_to_work_once_and_the_rest_is_recorded() -> Result<()> {
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

    let (status, answer) = stage.functions("POST", "/admin/functions/Undelivered", Some(&json!({}))).await?;
    assert_eq!(status, 202, "{answer}");
    let ids = [poisoned, undelivered];
    let story = stage.until_ended(&ids, Duration::from_secs(120)).await?;
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

/// Event Grid can deliver to a queue, and writes Base64 there.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_comes_by_a_queue_too_and_is_worked_on_even_when_the_host_gave_it_up() -> Result<()> {
    let ids = ["queued", "given-up"].map(|name| world::disk("rg-app", name));
    let mut estate = world::granted();
    let disk = |id: &String| {
        json!({ "id": id, "location": "westeurope", "tags": { "env": "prod" },
        "sku": { "name": "Premium_LRS" }, "properties": { "diskSizeGB": 32 } })
    };
    estate["resources"] = json!([disk(&ids[0]), disk(&ids[1])]);
    estate["graphLagSeconds"] = json!(1_000_000.0);
    let stage = Stage::set(Knobs { estate, ..Knobs::default() }).await?;

    for (id, queue) in ids.iter().zip(["holdfast-events", "holdfast-events-poison"]) {
        let event = json!({ "id": "e-1", "topic": "/subscriptions/x", "subject": id,
        "eventType": "Microsoft.Resources.ResourceWriteSuccess", "eventTime": "2026-01-14T09:26:53Z",
        "dataVersion": "2", "metadataVersion": "1", "data": { "resourceUri": id } });
        assert!(stage.azure.storage.put_message(queue, STANDARD.encode(event.to_string())));
    }
    let (status, answer) = stage.functions("POST", "/admin/functions/Undelivered", Some(&json!({}))).await?;
    assert_eq!(status, 202, "{answer}");
    let story = stage.until_ended(&ids, Duration::from_secs(120)).await?;
    for id in &ids {
        assert_eq!(story.end_of(id).context("no end")?["outcome"], "protected", "{id}");
    }
    assert!(stage.azure.storage.messages("holdfast-events-poison").is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_cannot_be_read_and_a_sweep_that_cannot_run_hold_up_no_other() -> Result<()> {
    let undelivered = world::disk("rg-app", "undelivered");
    let mut estate = world::granted();
    estate["resources"] = json!([{ "id": undelivered, "location": "westeurope", "tags": { "env": "prod" },
        "sku": { "name": "Premium_LRS" }, "properties": { "diskSizeGB": 32 } }]);
    let settings = vec![("HOLDFAST_SUBSCRIPTIONS".to_owned(), String::new())];
    let stage = Stage::set(Knobs { estate, settings, ..Knobs::default() }).await?;
    let storage = &stage.azure.storage;
    let letter = json!([{ "id": "e-2", "topic": "/subscriptions/x", "subject": undelivered,
        "eventType": "Microsoft.Resources.ResourceWriteSuccess", "eventTime": "2026-01-14T09:26:53Z",
        "dataVersion": "2", "metadataVersion": "1", "data": { "resourceUri": undelivered } }]);
    let put =
        |path: &str| storage.put_blob("holdfast-deadletter", path, letter.to_string(), "application/json");
    let unreadable: Vec<String> = (0..40).map(|number| format!("A/{number:02}.json")).collect();
    for path in &unreadable {
        assert!(put(path));
        storage.archive("holdfast-deadletter", path);
    }
    assert!(put("Z/readable.json"));

    for function in ["Sweep", "Undelivered"] {
        let path = format!("/admin/functions/{function}");
        assert_eq!(stage.functions("POST", &path, Some(&json!({}))).await?.0, 202);
    }
    let ids = [undelivered];
    let story = stage.until_ended(&ids, Duration::from_secs(120)).await?;
    assert_eq!(story.end_of(&ids[0]).context("no end")?["outcome"], "protected");
    assert_eq!(storage.blob_names("holdfast-deadletter"), unreadable);
    Ok(())
}

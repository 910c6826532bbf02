//! Input that cannot work: answered rightly, recorded, and nothing else suffers.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use holdfast_tests::{Knobs, Stage};
use serde_json::{Value, json};

use crate::world;

const WEBHOOK: &str = "/runtime/webhooks/eventgrid?functionName=ResourceChanged";

async fn deliver(stage: &Stage, event: &Value) -> Result<u16> {
    let client = reqwest::Client::new();
    let url = format!("{}{WEBHOOK}", stage.host.url());
    let answer =
        client.post(url).header("aeg-event-type", "Notification").json(&json!([event])).send().await?;
    Ok(answer.status().as_u16())
}

fn event(kind: &str, subject: &str) -> Value {
    json!({ "id": "e-1", "topic": "/subscriptions/s", "subject": subject, "eventType": kind,
        "eventTime": "2026-01-14T09:26:53.5897932Z", "dataVersion": "2", "metadataVersion": "1", "data": { "resourceUri": subject } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_event_is_acknowledged_and_recorded_and_others_go_on() -> Result<()> {
    let stage = Stage::set(Knobs { estate: world::granted(), ..Knobs::default() }).await?;
    let written = "Microsoft.Resources.ResourceWriteSuccess";
    let huge = format!("{}{}", world::disk("rg-app", "d"), "x".repeat(3000));
    for bad in [
        json!({ "hello": "world" }),
        event("Contoso.Items.ItemReceived", &world::disk("rg-app", "d")),
        event(written, "no-id"),
        event(written, &huge),
        json!({ "specversion": "2.0", "type": written, "id": "e", "subject": world::disk("rg-app", "d") }),
    ] {
        assert_eq!(deliver(&stage, &bad).await?, 202, "{bad}");
    }
    let gone = world::disk("rg-app", "gone");
    assert_eq!(deliver(&stage, &event(written, &gone)).await?, 202);
    let good = world::disk("rg-app", "good");
    world::create_disk(&stage, &good).await?;
    let story = stage.until_ended(&[good.clone(), gone.clone()], Duration::from_secs(120)).await?;
    assert_eq!(story.rejected("event").len(), 5, "{:?}", story.rejected("event"));
    assert_eq!(story.end_of(&gone).unwrap()["outcome"], "gone");
    assert_eq!(story.end_of(&good).unwrap()["outcome"], "protected");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_not_ours_is_recorded_and_does_not_block_the_queue() -> Result<()> {
    let stage = Stage::set(Knobs { estate: world::granted(), ..Knobs::default() }).await?;
    for text in ["hello", "{\"format\":\"holdfast.work/9\"}", "aGVsbG8="] {
        stage.azure.storage.put_message("holdfast-work", text);
    }
    let disk = world::disk("rg-app", "after");
    world::create_disk(&stage, &disk).await?;
    let story = stage.until_ended(&[disk], Duration::from_secs(120)).await?;
    assert_eq!(story.rejected("message").len(), 3, "{:?}", story.rejected("message"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn azure_may_answer_anything_once_and_the_disk_is_protected_all_the_same() -> Result<()> {
    let faults = [
        json!({ "status": 401 }),
        json!({ "status": 404 }),
        json!({ "status": 409 }),
        json!({ "status": 429, "retryAfter": 40 }),
        json!({ "status": 500 }),
        json!({ "status": 503, "retryAfter": 40 }),
        json!({ "status": 200, "body": "{\"value\": [" }),
        json!({ "reset": true }),
    ];
    // A stage mostly waits.
    let (some, others) = faults.split_at(faults.len() / 2);
    tokio::try_join!(protected_despite(some), protected_despite(others))?;
    Ok(())
}

/// Meets one fault after another, each on a stage of its own.
async fn protected_despite(faults: &[Value]) -> Result<()> {
    for fault in faults {
        let stage = Stage::set(Knobs { estate: world::granted(), ..Knobs::default() }).await?;
        let mut once = json!({ "method": "GET", "path": "backupPolicies", "times": 1 });
        once.as_object_mut().context("no object")?.extend(fault.as_object().cloned().unwrap_or_default());
        stage.azure("POST", "/_simulator/faults", Some(&once)).await?;
        let disk = world::disk("rg-app", "tried");
        world::create_disk(&stage, &disk).await?;
        let story = stage.until_ended(std::slice::from_ref(&disk), Duration::from_secs(120)).await;
        let story = story.with_context(|| fault.to_string())?;
        let outcome = &story.end_of(&disk).context("no end")?["outcome"];
        ensure!(outcome == "protected", "{fault}: {story:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_that_fails_does_not_start_the_work_anew() -> Result<()> {
    let stage = Stage::set(Knobs { estate: world::granted(), ..Knobs::default() }).await?;
    let fault =
        json!({ "method": "GET", "path": "operationStatus", "times": 4, "status": 503, "retryAfter": 30 });
    stage.azure("POST", "/_simulator/faults", Some(&fault)).await?;
    let disk = world::disk("rg-app", "polled");
    world::create_disk(&stage, &disk).await?;
    let story = stage.until_ended(std::slice::from_ref(&disk), Duration::from_secs(120)).await?;
    assert_eq!(story.end_of(&disk).unwrap()["outcome"], "protected");
    let calls = stage.azure("GET", "/_simulator/calls", None).await?;
    let told: Vec<&str> =
        calls["calls"].as_array().unwrap().iter().filter_map(|call| call["path"].as_str()).collect();
    let validations = told.iter().filter(|path| path.ends_with("/validateForBackup")).count();
    assert_eq!(validations, 1, "{told:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_good_is_recorded_with_the_way_out() -> Result<()> {
    let stage = Stage::set(Knobs { estate: world::granted(), ..Knobs::default() }).await?;
    let refusal = json!({ "error": { "code": "AuthorizationFailed", "message": "no read" } });
    let fault = json!({ "method": "GET", "path": "disks/refused$", "times": 100,
        "status": 403, "body": refusal });
    stage.azure("POST", "/_simulator/faults", Some(&fault)).await?;
    let disk = world::disk("rg-app", "refused");
    world::create_disk(&stage, &disk).await?;
    let story = stage.until_ended(std::slice::from_ref(&disk), Duration::from_secs(120)).await?;
    let end = story.end_of(&disk).unwrap();
    assert_eq!((&end["outcome"], &end["code"]), (&json!("failed"), &json!("AuthorizationFailed")));
    assert!(end["wayOut"].as_str().unwrap().contains("infra/README.md"), "{end}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_set_that_cannot_be_loaded_is_said_in_every_answer_without_a_crash_loop() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("ruleset.toml");
    std::fs::write(&path, "revision = \"one\"\n")?;
    let settings = vec![("HOLDFAST_RULES".to_owned(), path.display().to_string())];
    let stage = Stage::set(Knobs { estate: world::granted(), settings, ..Knobs::default() }).await?;
    let disk = world::disk("rg-app", "d");
    let (status, body) = stage.functions("GET", &format!("/api/decide?resource={disk}"), None).await?;
    assert_eq!(status, 503);
    let message = body["error"]["message"].as_str().unwrap();
    assert!(message.contains("HOLDFAST_RULES") && message.contains("revision"), "{message}");
    // An event is refused for now, so that Event Grid sends it again when the rules are mended.
    let written = event("Microsoft.Resources.ResourceWriteSuccess", &disk);
    assert_eq!(deliver(&stage, &written).await?, 500);
    assert_eq!(stage.host.restarts(), 0);
    Ok(())
}

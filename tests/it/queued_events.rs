//! Event Grid delivers to a queue, which the app reads: what `eventDelivery=Queue` deploys.

use std::time::Duration;

use anyhow::Result;
use holdfast_tests::{Events, Knobs, Stage};
use serde_json::json;

use crate::world;

const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_fed_by_a_queue_protects_what_comes() -> Result<()> {
    let knobs = Knobs { estate: world::granted(), events: Events::ToQueue, ..Knobs::default() };
    let stage = Stage::set(knobs).await?;
    let disks: Vec<String> = (0..3).map(|n| world::disk("rg-app", &format!("queued-{n}"))).collect();
    for disk in &disks {
        world::create_disk(&stage, disk).await?;
    }
    let story = stage.until_ended(&disks, PATIENCE).await?;
    for disk in &disks {
        assert_eq!(story.end_of(disk).unwrap()["outcome"], "protected", "{disk}");
        assert_eq!(stage.protection_states(disk).await?, ["ProtectionConfigured"], "{disk}");
    }
    stage.until_quiet(PATIENCE).await?;
    assert!(stage.story()?.rejected("event").is_empty(), "each message was understood");
    assert!(stage.azure.storage.messages("holdfast-events-poison").is_empty());
    let events = stage.azure("GET", "/_simulator/events", None).await?;
    assert_eq!(events["summary"]["dead"], json!([]));
    assert!(events["summary"]["delivered"].as_u64() >= Some(3));
    Ok(())
}

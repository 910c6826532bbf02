//! The handler is killed with `kill -9` after each single call of a disk's protection.

use std::time::Duration;

use anyhow::{Context, Result};
use holdfast_tests::{Knobs, Stage};
use serde_json::json;

use crate::world;

/// More calls than an undisturbed protection makes; the loop ends when a kill no longer finds one.
const MOST_CALLS: u32 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_after_any_call_of_a_disks_protection_changes_nothing_of_the_end() -> Result<()> {
    let mut kills = 0;
    for number in 0..MOST_CALLS {
        if !killed_after(number).await? {
            break;
        }
        kills += 1;
    }
    println!("killed after each of {kills} calls: one instance each time, nothing lost");
    assert!((8..MOST_CALLS).contains(&kills), "{kills} kills");
    Ok(())
}

/// Protects a disk by a handler that dies of its call after so many others; false if it made fewer.
async fn killed_after(number: u32) -> Result<bool> {
    let stage = Stage::set(Knobs { estate: world::granted(), speed: 100.0, ..Knobs::default() }).await?;
    let disk = world::disk("rg-app", "data");
    world::create_disk(&stage, &disk).await?;
    // The call takes effect, and then hangs until its sender is dead.
    let fault = json!({ "after": number, "apply": true, "hangSeconds": 20, "path": "^/subscriptions/" });
    stage.azure("POST", "/_simulator/faults", Some(&fault)).await?;
    let mut struck = false;
    for _ in 0..600 {
        let armed = stage.azure("GET", "/_simulator/faults", None).await?;
        struck = armed["armed"].as_array().is_some_and(Vec::is_empty);
        if struck || stage.story()?.end_of(&disk).is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    if struck {
        // Its call has taken effect by then.
        tokio::time::sleep(Duration::from_millis(50)).await;
        stage.host.kill_handler().await;
    }
    // It would strike our own questions.
    stage.azure("DELETE", "/_simulator/faults", None).await?;
    let ids = [disk];
    let story = stage.until_ended(&ids, Duration::from_secs(90)).await?;
    let [disk] = &ids;
    assert_eq!(story.end_of(disk).context("no end")?["outcome"], "protected", "killed after call {number}");
    assert_eq!(stage.protection_states(disk).await?, ["ProtectionConfigured"], "killed after call {number}");
    Ok(struck)
}

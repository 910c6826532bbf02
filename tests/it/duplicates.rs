//! Events come more than once and in any order.

use std::time::Duration;

use anyhow::Result;
use holdfast_tests::{Knobs, Stage};
use serde_json::json;

use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn every_event_three_times_in_random_order_ends_with_one_instance_each() -> Result<()> {
    let stage = Stage::set(Knobs { estate: world::granted(), ..Knobs::default() }).await?;
    let thrice = json!({ "copies": 3, "shuffle": true });
    stage.azure("POST", "/_simulator/events", Some(&thrice)).await?;
    let disks: Vec<String> = (0..6)
        .map(|n| world::disk(if n % 2 == 0 { "rg-app" } else { "rg-other" }, &format!("data-{}", n / 2)))
        .collect();
    for disk in &disks {
        world::create_disk(&stage, disk).await?;
    }
    let story = stage.until_ended(&disks, Duration::from_secs(120)).await?;
    for disk in &disks {
        assert_eq!(story.end_of(disk).unwrap()["outcome"], "protected", "{disk}");
    }
    // The copies that are still under way must not make a second one.
    stage.until_quiet(Duration::from_secs(60)).await?;
    for disk in &disks {
        assert_eq!(stage.protection_states(disk).await?, ["ProtectionConfigured"], "{disk}");
    }
    let story = stage.story()?;
    for disk in &disks {
        let ends = story.about(disk).filter(|(path, _)| path.contains("-3-ended-")).count();
        assert_eq!(ends, 1, "copies of one event end once in the ledger: {disk}");
    }
    let assignments = stage.azure("GET", "/_simulator/state", None).await?;
    let made = assignments["roleAssignments"].as_array().map_or(0, Vec::len);
    assert_eq!(made, 5, "the roles were there: none is assigned again");
    Ok(())
}

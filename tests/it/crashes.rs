//! The handler is killed at any moment; the end is the same.

use std::time::Duration;

use anyhow::Result;
use holdfast_tests::{Knobs, Stage};

use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn killing_the_handler_again_and_again_loses_and_doubles_nothing() -> Result<()> {
    let stage = Stage::set(Knobs { estate: world::vaults(), speed: 60.0, ..Knobs::default() }).await?;
    let disks: Vec<String> = (0..4).map(|n| world::disk("rg-app", &format!("crash-{n}"))).collect();
    for disk in &disks {
        world::create_disk(&stage, disk).await?;
    }
    for calls in [3, 5, 1, 8, 2] {
        stage.until_calls(calls, Duration::from_secs(60)).await?;
        assert!(stage.host.kill_handler().await, "the handler that made the calls was running");
    }
    let story = stage.until_ended(&disks, Duration::from_secs(120)).await?;
    for disk in &disks {
        assert_eq!(story.end_of(disk).unwrap()["outcome"], "protected", "{disk}");
        assert_eq!(stage.protection_states(disk).await?, ["ProtectionConfigured"], "{disk}");
    }
    Ok(())
}

//! The handler is killed with `kill -9` after each single call of each workload's protection.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use holdfast_tests::{Knobs, Stage};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::faults::{Case, cases, granted};

/// More calls than an undisturbed protection makes; the loop ends when a kill no longer finds one.
const MOST_CALLS: u32 = 40;
/// Most of the time is spent waiting.
const AT_ONCE: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_after_any_call_of_any_workloads_protection_changes_nothing_of_the_end() -> Result<()> {
    let (at_once, mut workloads) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
    for case in cases() {
        let at_once = Arc::clone(&at_once);
        workloads.spawn(async move {
            let _turn = at_once.acquire().await?;
            let kills = killed_after_each_call(&case).await.context(case.name)?;
            println!(
                "{}: killed after each of {kills} calls: one instance each time, nothing lost",
                case.name
            );
            ensure!((8..MOST_CALLS).contains(&kills), "{}: {kills} kills", case.name);
            anyhow::Ok(())
        });
    }
    workloads.join_all().await.into_iter().collect()
}

async fn killed_after_each_call(case: &Case) -> Result<u32> {
    for number in 0..MOST_CALLS {
        let told = || format!("killed after call {number}");
        if !killed_after(case, number).await.with_context(told)? {
            return Ok(number);
        }
    }
    Ok(MOST_CALLS)
}

/// Protects a resource by a handler that dies of its call after so many others; false if it made fewer.
async fn killed_after(case: &Case, number: u32) -> Result<bool> {
    let (created, around): (Vec<Value>, Vec<Value>) =
        case.estate.iter().cloned().partition(|body| body["id"] == case.resource);
    let stage = Stage::set(Knobs { estate: granted(around), speed: 100.0, ..Knobs::default() }).await?;
    let path = format!("{}?api-version=2023-01-01", case.resource);
    stage.azure("PUT", &path, created.first()).await?;
    // The call takes effect, and then hangs until its sender is dead.
    let fault = json!({ "after": number, "apply": true, "hangSeconds": 20, "path": "^/subscriptions/" });
    stage.azure("POST", "/_simulator/faults", Some(&fault)).await?;
    let mut struck = false;
    for _ in 0..600 {
        let armed = stage.azure("GET", "/_simulator/faults", None).await?;
        struck = armed["armed"].as_array().is_some_and(Vec::is_empty);
        if struck || stage.story()?.end_of(&case.resource).is_some() {
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
    let story = stage.until_ended(std::slice::from_ref(&case.resource), Duration::from_secs(90)).await?;
    let end = story.end_of(&case.resource).context("no end")?;
    ensure!(end["outcome"] == "protected", "ended as {end}");
    let states = stage.protection_states(&case.resource).await?;
    ensure!(states == ["ProtectionConfigured"], "Azure says {states:?}");
    Ok(struck)
}

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
/// The fewest calls and the most. Every call of every workload dies in `faults/deaths.rs`, in virtual time; here the
/// process does. `HOLDFAST_KILLS=all` takes all workloads.
const USUAL: [&str; 2] = ["azure-disks", "aks"];
/// How long a handler may take for a call or for the whole; only a hanging one takes so long.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// What became of a fault that waits for a call.
enum Met {
    /// The call has taken effect, and its sender waits for the answer.
    Call,
    /// The resource was protected without so many calls.
    End,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_after_any_call_of_a_workloads_protection_changes_nothing_of_the_end() -> Result<()> {
    let all = std::env::var_os("HOLDFAST_KILLS").is_some_and(|which| which == "all");
    let chosen: Vec<Case> = cases().into_iter().filter(|case| all || USUAL.contains(&case.name)).collect();
    ensure!(chosen.len() >= USUAL.len(), "a workload has another name: {USUAL:?}");
    let (at_once, mut workloads) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
    for case in chosen {
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
        if !killed_after(case, number).await.with_context(|| format!("killed after call {number}"))? {
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
    // The call takes effect, and its answer is held back until the sender is dead.
    let fault = json!({ "after": number, "apply": true, "hold": "kill", "path": "^/subscriptions/" });
    stage.azure("POST", "/_simulator/faults", Some(&fault)).await?;
    let met = met(&stage, &case.resource).await?;
    if matches!(met, Met::Call) {
        stage.host.kill_handler().await;
    }
    // It would strike our own questions.
    stage.azure("DELETE", "/_simulator/faults", None).await?;
    stage.azure("POST", "/_simulator/faults/release", Some(&json!({ "hold": "kill" }))).await?;
    let story = stage.until_ended(std::slice::from_ref(&case.resource), TIME_LIMIT).await?;
    let end = story.end_of(&case.resource).context("no end")?;
    ensure!(end["outcome"] == "protected", "ended as {end}");
    let states = stage.protection_states(&case.resource).await?;
    ensure!(states == ["ProtectionConfigured"], "Azure says {states:?}");
    Ok(matches!(met, Met::Call))
}

/// Waits until the fault holds a call, or the resource has its end without one.
async fn met(stage: &Stage, resource: &str) -> Result<Met> {
    let waiting = async {
        loop {
            let faults = stage.azure("GET", "/_simulator/faults", None).await?;
            if faults["holding"].as_array().is_some_and(|held| !held.is_empty()) {
                return anyhow::Ok(Met::Call);
            }
            // Asked in this order: an end that came after the question above may have held a call before.
            let armed = faults["armed"].as_array().is_some_and(|armed| !armed.is_empty());
            if armed && stage.story()?.end_of(resource).is_some() {
                return Ok(Met::End);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(TIME_LIMIT, waiting).await.context(
        "the handler made neither so many calls nor an end: it hangs, or the machine is far too slow",
    )?
}

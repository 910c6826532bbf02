//! A tag that changes while Azure still carries out what the tag before asked for: the last word counts.

use holdfast_protection::outcome::Outcome;
use serde_json::json;

use super::held::{patched, state};
use super::rules::rules_with;
use super::run::Run;
use super::worlds::{cases, granted};
use crate::world;

/// Seconds after the call at which the tag changes: Azure takes forty, and is asked how far it is every fifteen.
const LATER: [f64; 4] = [0.0, 20.0, 39.0, 50.0];

/// What is decided while Azure is at it.
#[derive(Debug, Clone, Copy)]
struct Turn {
    rules: &'static str,
    /// What the tag `backup` says before, and what it says then.
    tags: [&'static str; 2],
    /// State before Azure has done what the first one asks for; none where that is no matter.
    before: Option<&'static str>,
    /// State at the end.
    end: &'static str,
}

const SUSPEND: &str = "[ending]\nexcluded = \"suspend\"";

const TURNS: [Turn; 4] = [
    Turn {
        rules: SUSPEND,
        tags: ["off", "on"],
        before: Some("ProtectionConfigured"),
        end: "ProtectionConfigured",
    },
    Turn {
        rules: "[ending]\nexcluded = \"retain\"",
        tags: ["off", "on"],
        before: Some("ProtectionConfigured"),
        end: "ProtectionConfigured",
    },
    Turn {
        rules: "[ending]\nexcluded = \"delete\"",
        tags: ["off", "on"],
        before: None,
        end: "ProtectionConfigured",
    },
    Turn { rules: SUSPEND, tags: ["on", "off"], before: Some("BackupsSuspended"), end: "BackupsSuspended" },
];

async fn run() -> Run {
    let case = cases().into_iter().find(|case| case.name == "azure-disks").unwrap();
    Run::of(granted(case.estate)).await
}

async fn backup(run: &Run, disk: &str, word: &str) {
    patched(run, disk, json!({ "tags": { "backup": word } })).await;
}

impl Turn {
    /// Takes the turn from the beginning; the process dies of the call of this number, if it does. Calls from the turn on.
    async fn taken(&self, run: &mut Run, later: f64, death: Option<u32>) -> u32 {
        let disk = world::disk("rg-app", "data");
        run.begin_anew();
        run.evaluator = rules_with(self.rules);
        run.tell(&disk);
        run.work_off().await;
        let [first, then] = self.tags;
        if first == "on" {
            backup(run, &disk, "off").await;
            run.tell(&disk);
            run.work_off().await;
            run.azure.advance(120.0);
        }
        backup(run, &disk, first).await;
        run.tell(&disk);
        let (seen, message) = run.next().unwrap();
        run.wait_until(seen);
        run.offer(message).await;
        let told = format!("{self:?} {later} s later, death {death:?}");
        if let Some(before) = self.before {
            assert_eq!(state(run), before, "{told}: Azure is at it");
        }
        run.azure.advance(later);
        let calls = run.line.calls();
        if let Some(number) = death {
            run.line.die_at(calls + number);
        }
        backup(run, &disk, then).await;
        run.tell(&disk);
        run.work_off().await;
        run.azure.advance(120.0);
        let states: Vec<String> = run.azure.instances().as_array().unwrap().iter().map(word).collect();
        assert_eq!(states, [self.end], "{told}: {:?}", run.end_of(&disk));
        run.line.calls() - calls
    }
}

fn word(instance: &serde_json::Value) -> String {
    instance["currentProtectionState"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_changes_while_azure_carries_out_the_last_one_has_the_last_word() {
    let mut run = run().await;
    for turn in TURNS {
        for later in LATER {
            turn.taken(&mut run, later, None).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_word_counts_whatever_call_the_process_dies_of() {
    let mut run = run().await;
    for turn in TURNS.into_iter().filter(|turn| turn.before.is_some()) {
        let calls = turn.taken(&mut run, 20.0, None).await;
        for number in 1..=calls {
            turn.taken(&mut run, 20.0, Some(number)).await;
        }
        println!("{turn:?}: {calls} deaths");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_azure_has_ended_is_told_though_the_disk_cannot_be_read_any_more() {
    let (mut run, disk) = (run().await, world::disk("rg-app", "data"));
    run.evaluator = rules_with(SUSPEND);
    run.tell(&disk);
    run.work_off().await;
    backup(&run, &disk, "off").await;
    run.tell(&disk);
    let (seen, message) = run.next().unwrap();
    run.wait_until(seen);
    run.offer(message).await;
    assert_eq!(state(&run), "ProtectionConfigured", "Azure is at it");
    let refused = json!({ "method": "GET", "path": "/disks/data$", "status": 403, "code": "AuthorizationFailed", "times": 100 });
    run.azure.fault(refused).unwrap();
    run.work_off().await;
    let end = run.end_of(&disk);
    assert!(matches!(end, Some(Outcome::Unprotected { .. })), "{end:?}");
}

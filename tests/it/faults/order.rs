//! Who stopped a protection is told by what came last. The cause of a pass may be older than what came before it: a
//! sweep's is the beginning of its day, and events come late.

use std::time::Duration;

use holdfast_protection::outcome::Outcome;
use holdfast_protection::ports::Ledger;
use holdfast_protection::work::{Cause, WorkItem};
use jiff::Timestamp;
use serde_json::json;

use super::held::{somebody_suspends, state, tagged};
use super::rules::rules_with;
use super::run::Run;
use super::worlds::{cases, granted};

const ON: &str = "on";
const OFF: &str = "off";

/// A disk under rules that suspend what is excluded, and the beginning of its day.
struct Day {
    run: Run,
    disk: String,
    begins: Timestamp,
}

impl Day {
    /// The disk is protected by an event.
    async fn begun() -> Self {
        let case = cases().into_iter().find(|case| case.name == "azure-disks").unwrap();
        let mut run = Run::of(granted(case.estate)).await;
        run.evaluator = rules_with("[ending]\nexcluded = \"suspend\"");
        let begins = run.azure.now();
        run.azure.advance(3600.0);
        let mut day = Self { run, disk: case.resource, begins };
        day.event().await;
        day.is("ProtectionConfigured");
        day
    }

    async fn event(&mut self) {
        let item = self.run.item(&self.disk);
        self.work(item).await;
    }

    async fn sweep(&mut self) {
        let item = WorkItem::new(self.disk.parse().unwrap(), Cause::Sweep, self.begins);
        self.work(item).await;
    }

    async fn work(&mut self, item: WorkItem) {
        self.run.queue.put(&item, self.run.azure.now(), Duration::ZERO);
        self.run.work_off().await;
        self.run.azure.advance(120.0);
    }

    /// Somebody switches backup on or off; no event tells of it.
    async fn backup(&self, word: &str) {
        tagged(&self.run, &self.disk, json!({ "backup": word })).await;
    }

    /// Paths of the ends that are recorded.
    async fn ends(&self) -> Vec<String> {
        let paths = self.run.ledger().list("").await.unwrap().into_iter();
        paths.filter(|path| path.contains("-3-ended-")).collect()
    }

    fn is(&self, wanted: &str) {
        assert_eq!(state(&self.run), wanted, "{:?}", self.run.end_of(&self.disk));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_sweep_ended_on_the_day_of_an_event_is_resumed_when_it_is_protected_again() {
    let mut day = Day::begun().await;
    day.backup(OFF).await;
    day.sweep().await;
    day.is("BackupsSuspended");
    day.backup(ON).await;
    day.event().await;
    day.is("ProtectionConfigured");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_stops_after_a_sweep_resumed_it_on_the_day_of_its_end_is_left_stopped() {
    let mut day = Day::begun().await;
    day.backup(OFF).await;
    day.event().await;
    day.is("BackupsSuspended");
    day.backup(ON).await;
    day.sweep().await;
    day.is("ProtectionConfigured");
    let known = day.ends().await;
    day.sweep().await;
    assert_eq!(day.ends().await, known, "a sweep that finds the same records no end");
    somebody_suspends(&day.run).await;
    for _ in 0..2 {
        day.event().await;
        day.is("BackupsSuspended");
        let end = day.run.end_of(&day.disk);
        assert!(matches!(end, Some(Outcome::LeftAlone { .. })), "{end:?}");
        day.sweep().await;
        day.is("BackupsSuspended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_late_event_ended_is_resumed_when_it_is_protected_again() {
    let mut day = Day::begun().await;
    let late = day.run.item(&day.disk);
    day.run.azure.advance(60.0);
    day.event().await;
    day.backup(OFF).await;
    day.work(late).await;
    day.is("BackupsSuspended");
    day.backup(ON).await;
    day.event().await;
    day.is("ProtectionConfigured");
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_way_a_day_goes_the_last_one_to_act_is_known() {
    let mut day = Day::begun().await;
    for by_sweep in [false, true, true, false, true] {
        for (word, wanted) in [(OFF, "BackupsSuspended"), (ON, "ProtectionConfigured")] {
            day.backup(word).await;
            match by_sweep {
                true => day.sweep().await,
                false => day.event().await,
            }
            day.is(wanted);
        }
    }
    somebody_suspends(&day.run).await;
    day.event().await;
    day.is("BackupsSuspended");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_what_is_protected_already_lists_nothing() {
    let mut day = Day::begun().await;
    let before = day.run.ledger().listings();
    day.event().await;
    day.is("ProtectionConfigured");
    assert_eq!(day.run.ledger().listings(), before);
}

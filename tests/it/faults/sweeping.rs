//! The sweep in virtual time: it finds exactly what events missed, in pages of any size, whenever its process dies.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use holdfast_protection::hold;
use holdfast_protection::outcome::Outcome;
use holdfast_protection::ports::{Part, StorageError};
use holdfast_protection::sweep::{
    self, Begun, Counts, Judge, Run as SweepRun, Step, SweepShelf, Sweeper, Taken, Version, Why,
};
use holdfast_tests::SUBSCRIPTION;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::run::Run;
use crate::world;

/// The sweep's store in memory.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<Stored>);

#[derive(Debug, Default)]
struct Stored {
    run: Option<SweepRun>,
    version: u64,
    pages: BTreeMap<(String, u32), String>,
}

#[async_trait]
impl SweepShelf for Shelf {
    async fn run(&self) -> Result<Option<(SweepRun, Version)>, StorageError> {
        let stored = self.0.lock().unwrap();
        Ok(stored.run.clone().map(|run| (run, Version(stored.version.to_string()))))
    }

    async fn put_run(&self, run: &SweepRun, version: Option<&Version>) -> Result<bool, StorageError> {
        let mut stored = self.0.lock().unwrap();
        let known = version.map(|version| version.0.clone());
        if known != stored.run.as_ref().map(|_| stored.version.to_string()) {
            return Ok(false);
        }
        stored.version += 1;
        // As it is stored: what a later version could not read would show here.
        stored.run = Some(serde_json::from_value(json!(run)).unwrap());
        Ok(true)
    }

    async fn put_page(&self, run: &str, number: u32, text: String) -> Result<(), StorageError> {
        self.0.lock().unwrap().pages.insert((run.to_owned(), number), text);
        Ok(())
    }

    async fn page(&self, run: &str, number: u32) -> Result<Option<String>, StorageError> {
        Ok(self.0.lock().unwrap().pages.get(&(run.to_owned(), number)).cloned())
    }

    async fn put_summary(&self, _: &str, _: String) -> Result<(), StorageError> {
        Ok(())
    }
}

/// Takes one run to its end, in pages of `top` rows; gives what it came to, and how many items it put on the queue.
pub(super) async fn sweep_once(run: &mut Run, shelf: &Shelf, top: usize) -> (Counts, usize) {
    let (before, version) = shelf.run().await.unwrap().unzip();
    let hours = u64::try_from(run.azure.now().as_second() / 3600).unwrap();
    let Begun::New(begun) = sweep::begin(before, run.azure.now(), hours) else {
        panic!("a run is under way")
    };
    assert!(shelf.put_run(&begun, version.as_ref()).await.unwrap());
    let (mut next, mut put) = (begun.step, 0);
    let mut counts = Counts::default();
    while let Some(step) = next {
        let (stored, version) = shelf.run().await.unwrap().unwrap();
        let Some(Taken { done, next: follows, work }) = taken(run, shelf, &stored, step.clone(), top).await
        else {
            // Its process died: the host offers the step again.
            run.deaths += 1;
            run.restart();
            next = Some(Step::read(&step.text()).unwrap());
            continue;
        };
        put += work.len();
        work.iter().for_each(|item| run.queue.put(item, run.azure.now(), Duration::ZERO));
        let moved = stored.after(&done, follows.clone(), run.azure.now());
        assert!(shelf.put_run(&moved, Some(&version)).await.unwrap());
        (next, counts) = (follows, done.counts);
    }
    (counts, put)
}

async fn taken(run: &Run, shelf: &Shelf, stored: &SweepRun, step: Step, top: usize) -> Option<Taken> {
    let (reconciler, line) = (run.reconciler(), run.line.clone());
    let holds = hold::open(run.ledger(), run.azure.now()).await.unwrap();
    let at = run.azure.now().to_zoned(TimeZone::UTC).start_of_day().unwrap().timestamp();
    let judge = Judge { evaluator: &reconciler.evaluator, holds: &holds, turn: step.turn, at };
    let (arm, subscriptions) = (run.arm(), [SUBSCRIPTION.to_owned()]);
    let sweeper = Sweeper {
        pages: &arm,
        azure: reconciler.azure.as_ref(),
        shelf,
        judge,
        subscriptions: &subscriptions,
        top,
        threads: NonZeroUsize::MIN,
    };
    tokio::select! {
        biased;
        taken = sweeper.take(stored, step) => Some(taken.unwrap()),
        () = line.death() => None,
    }
}

/// Disks of which every fourth opts out.
fn estate(disks: usize) -> (Value, Vec<String>) {
    let mut estate = world::granted();
    let ids: Vec<String> =
        (0..disks).map(|number| world::disk("rg-app", &format!("disk-{number:03}"))).collect();
    let disk = |(number, id): (usize, &String)| {
        let tags =
            if number.is_multiple_of(4) { json!({ "backup": "off" }) } else { json!({ "env": "prod" }) };
        json!({ "id": id, "location": "westeurope", "tags": tags, "sku": { "name": "Premium_LRS" },
            "properties": { "diskSizeGB": 32 } })
    };
    estate["resources"] = ids.iter().enumerate().map(disk).collect();
    (estate, ids)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_finds_what_no_event_told_of_and_the_next_one_nothing() {
    let (estate, disks) = estate(20);
    for top in [1, 7, Part::TOP] {
        let mut run = Run::of(estate.clone()).await;
        let shelf = Shelf::default();
        let (counts, put) = sweep_once(&mut run, &shelf, top).await;
        assert_eq!((counts.seen, put), (20, 20), "top {top}: {counts:?}");
        assert_eq!(counts.queued, BTreeMap::from([(Why::Unprotected, 15), (Why::Changed, 5)]), "top {top}");
        run.work_off().await;
        let ends: Vec<Option<&Outcome>> = disks.iter().map(|id| run.end_of(id)).collect();
        let protected = ends.iter().filter(|end| matches!(end, Some(Outcome::Protected { .. }))).count();
        let excluded = ends.iter().filter(|end| matches!(end, Some(Outcome::Excluded { .. }))).count();
        assert_eq!((protected, excluded), (15, 5), "top {top}");
        run.azure.advance(24.0 * 3600.0);
        let before = run.azure.calls()["total"].as_u64().unwrap();
        let (counts, _) = sweep_once(&mut run, &shelf, top).await;
        let calls = run.azure.calls()["total"].as_u64().unwrap() - before;
        let beyond_turn: u64 =
            counts.queued.iter().filter(|(why, _)| **why != Why::InTurn).map(|(_, count)| count).sum();
        assert_eq!(beyond_turn, 0, "top {top}: {counts:?}");
        let pages = u64::from(counts.pages);
        assert!(
            calls <= pages + 1,
            "top {top}: {calls} calls for {pages} pages: nothing but the graph is asked"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_after_any_call_of_a_run_leaves_nothing_out() {
    let (estate, disks) = estate(12);
    let mut run = Run::of(estate).await;
    let mut deaths = 0;
    for number in 1_u32.. {
        run.begin_anew();
        run.line.die_at(run.line.calls() + number);
        let (counts, _) = sweep_once(&mut run, &Shelf::default(), 5).await;
        let queued: BTreeSet<String> = run.queue.resources();
        assert_eq!(queued.len(), disks.len(), "death {number}: {counts:?}");
        assert_eq!(counts.seen, disks.len() as u64, "death {number}");
        if run.deaths == 0 {
            break;
        }
        deaths += run.deaths;
    }
    assert!(deaths >= 3, "{deaths} deaths");
}

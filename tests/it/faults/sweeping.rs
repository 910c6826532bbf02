//! The sweep in virtual time: it finds exactly what events missed, in pages of any size, whenever its process dies.

mod deaths;
mod fuse;
mod memory;
mod refusing;
mod trouble;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use holdfast_evaluator::Resource;
use holdfast_protection::hold;
use holdfast_protection::outcome::Outcome;
use holdfast_protection::ports::{Ledger as _, PageOf, Part, StorageError, WorkQueue};
use holdfast_protection::sweep::{
    self, Begun, Carried, Carrier, Counts, Judge, Line, RowPage, Run as SweepRun, Step, Summary, SweepError,
    SweepPages, SweepQueue, SweepShelf, Sweeper, Taken, Version, Why,
};
use holdfast_protection::target::Target;
use holdfast_protection::work::WorkItem;
use holdfast_protection::{AzureError, Refusal, RefusalKind, ResourceId, Retry};
use holdfast_tests::SUBSCRIPTION;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use fuse::{Fuse, Fused};
use memory::Steps;
pub(super) use memory::{Shelf, Work};
use refusing::Refusing;

use super::run::Run;
use crate::world;

/// The timer: a run begins.
async fn begun(run: &Run, shelf: &dyn SweepShelf) -> Step {
    let (before, version) = shelf.run().await.unwrap().unzip();
    let hours = u64::try_from(run.azure.now().as_second() / 3600).unwrap();
    let Begun::New(begun) = sweep::begin(before, run.azure.now(), hours) else {
        panic!("a run is under way")
    };
    assert!(shelf.put_run(&begun, version.as_ref()).await.unwrap());
    begun.step.unwrap()
}

/// Takes one run to its end, in pages of `top` rows; gives what it came to, and how many items it put on the queue.
pub(super) async fn sweep_once(run: &mut Run, shelf: &Shelf, top: usize) -> (Counts, usize) {
    let arm = run.arm();
    sweep_through(run, &arm, shelf, top).await
}

/// The same, with pages from elsewhere.
async fn sweep_through(run: &mut Run, pages: &dyn SweepPages, shelf: &Shelf, top: usize) -> (Counts, usize) {
    let (steps, work) = (Steps::default(), Work::default());
    steps.put(&begun(run, shelf).await, Duration::ZERO).await.unwrap();
    let mut counts = Counts::default();
    while let Some(step) = steps.take() {
        let carrier =
            Carrier { shelf, steps: &steps, work: &work, ledger: run.ledger(), now: run.azure.now() };
        let line = run.line.clone();
        let carried = tokio::select! {
            biased;
            carried = carrier.carry(step.clone(), async |stored: &SweepRun, step| taken(run, pages, shelf, stored, step, top).await) => Some(carried.unwrap()),
            () = line.death() => None,
        };
        match carried {
            Some(Carried::On(done) | Carried::Over { done, .. }) => counts = done.counts,
            Some(other) => panic!("{other:?}"),
            None => {
                // Its process died: the host offers the step again.
                run.deaths += 1;
                run.restart();
                steps.0.lock().unwrap().insert(0, step);
            }
        }
    }
    let work = work.0.into_inner().unwrap();
    work.iter().for_each(|item| run.queue.put(item, run.azure.now(), Duration::ZERO));
    (counts, work.len())
}

async fn taken(
    run: &Run,
    pages: &dyn SweepPages,
    shelf: &dyn SweepShelf,
    stored: &SweepRun,
    step: Step,
    top: usize,
) -> Result<Taken, SweepError> {
    let reconciler = run.reconciler();
    let holds = hold::open(run.ledger(), run.azure.now()).await.unwrap();
    let at = run.azure.now().to_zoned(TimeZone::UTC).start_of_day().unwrap().timestamp();
    let judge = Judge { evaluator: &reconciler.evaluator, holds: &holds, turn: step.turn, at };
    let subscriptions = [SUBSCRIPTION.to_owned()];
    let sweeper = Sweeper {
        pages,
        azure: reconciler.azure.as_ref(),
        shelf,
        judge,
        subscriptions: &subscriptions,
        top,
        threads: NonZeroUsize::MIN,
    };
    sweeper.take(stored, step).await
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

/// How many of them the rules protect.
fn to_protect(disks: &[String]) -> usize {
    disks.len() - disks.len().div_ceil(4)
}

async fn entries(run: &Run) -> Vec<String> {
    run.ledger().list("").await.unwrap()
}

/// Resources of which the ledger says that the rules exclude them; each is recorded once.
async fn excluded_in(run: &Run) -> BTreeSet<String> {
    let mut excluded = BTreeSet::new();
    for path in entries(run).await {
        let document = run.ledger().read(&path).await.unwrap().unwrap();
        if document["decision"]["outcome"] == "exclude" {
            let resource = document["resource"].as_str().unwrap().to_ascii_lowercase();
            assert!(excluded.insert(resource), "recorded twice: {path}");
        }
    }
    excluded
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_finds_what_no_event_told_of_and_the_next_one_nothing() {
    let (estate, disks) = estate(20);
    for top in [1, 7, Part::TOP] {
        let mut run = Run::of(estate.clone()).await;
        let shelf = Shelf::default();
        let (counts, put) = sweep_once(&mut run, &shelf, top).await;
        assert_eq!((counts.seen, put), (20, 15), "top {top}: {counts:?}");
        assert_eq!(counts.queued, BTreeMap::from([(Why::Unprotected, 15)]), "top {top}");
        // What is left out costs one record, and no pass.
        let excluded = excluded_in(&run).await;
        assert_eq!(
            excluded,
            disks.iter().step_by(4).map(|id| id.to_ascii_lowercase()).collect(),
            "top {top}"
        );
        run.work_off().await;
        let ends: Vec<Option<&Outcome>> = disks.iter().map(|id| run.end_of(id)).collect();
        let protected = ends.iter().filter(|end| matches!(end, Some(Outcome::Protected { .. }))).count();
        assert_eq!((protected, ends.iter().flatten().count()), (15, 15), "top {top}");
        let records = entries(&run).await.len();
        run.azure.advance(24.0 * 3600.0);
        let before = run.azure.calls()["total"].as_u64().unwrap();
        let (counts, _) = sweep_once(&mut run, &shelf, top).await;
        let calls = run.azure.calls()["total"].as_u64().unwrap() - before;
        let beyond_turn: u64 =
            counts.queued.iter().filter(|(why, _)| **why != Why::InTurn).map(|(_, count)| count).sum();
        assert_eq!(beyond_turn, 0, "top {top}: {counts:?}");
        assert_eq!(entries(&run).await.len(), records, "top {top}: nothing is recorded again");
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
        assert_eq!(queued.len(), to_protect(&disks), "death {number}: {counts:?}");
        assert_eq!(counts.seen, disks.len() as u64, "death {number}");
        if run.deaths == 0 {
            break;
        }
        deaths += run.deaths;
    }
    assert!(deaths >= 3, "{deaths} deaths");
}

/// So many disks that Resource Graph makes from their numbers, of which every hundredth was forgotten.
fn numbered(count: u64, forgotten_every: u64) -> Value {
    json!({ "subscription": SUBSCRIPTION, "count": count, "vault": world::vault(),
        "policy": "holdfast-disks-p1d-0200-14d", "unprotectedEvery": forgotten_every })
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_events_the_lost_ones_are_found_and_no_others() {
    const DISKS: u64 = 5_000;
    let mut estate = world::granted();
    estate["numberedDisks"] = numbered(DISKS, 100);
    let mut run = Run::of(estate).await;
    let shelf = Shelf::default();
    let (counts, put) = sweep_once(&mut run, &shelf, Part::TOP).await;
    assert_eq!(
        (counts.seen, counts.queued.get(&Why::Unprotected)),
        (DISKS, Some(&(DISKS / 100))),
        "{counts:?}"
    );
    let in_turn = counts.queued.get(&Why::InTurn).copied().unwrap_or_default();
    assert_eq!(put as u64, DISKS / 100 + in_turn, "{counts:?}");
    let lost: BTreeSet<String> = run.queue.resources().into_iter().filter(|id| id.ends_with("99")).collect();
    assert_eq!(lost.len() as u64, DISKS / 100, "every number that ends with 99 was lost");
    // What a step carries does not grow with what was seen.
    let largest = shelf.largest_step();
    assert!(largest < 2_000, "a step of {largest} bytes");
    // They are protected by now: the next run leaves them alone.
    let settings = json!({ "numberedDisks": numbered(DISKS, 0) });
    let url = format!("{}/_simulator/settings", run.azure.http_url);
    reqwest::Client::new().post(url).json(&settings).send().await.unwrap().error_for_status().unwrap();
    run.azure.advance(24.0 * 3600.0);
    let (counts, put) = sweep_once(&mut run, &shelf, Part::TOP).await;
    let in_turn = counts.queued.get(&Why::InTurn).copied().unwrap_or_default();
    assert_eq!((counts.seen, put as u64), (DISKS, in_turn), "{counts:?}");
}

/// Ids that Azure spells otherwise from call to call are the same ids.
#[tokio::test(flavor = "multi_thread")]
async fn odd_casing_makes_nothing_new() {
    let (mut estate, disks) = estate(20);
    estate["oddCasing"] = json!(true);
    let mut run = Run::of(estate).await;
    let shelf = Shelf::default();
    let (counts, _) = sweep_once(&mut run, &shelf, 7).await;
    assert_eq!(counts.seen, disks.len() as u64);
    run.work_off().await;
    for _ in 0..3 {
        run.azure.advance(24.0 * 3600.0);
        let (counts, _) = sweep_once(&mut run, &shelf, 7).await;
        let news: u64 =
            counts.queued.iter().filter(|(why, _)| **why != Why::InTurn).map(|(_, count)| count).sum();
        assert_eq!((counts.seen, news), (disks.len() as u64, 0), "{counts:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_has_expired_begins_the_run_anew() {
    let (estate, disks) = estate(12);
    for at in [0, 1] {
        let mut run = Run::of(estate.clone()).await;
        let pages = Refusing { arm: run.arm(), left: Mutex::new(at), of_token: true, for_ever: false };
        let (counts, _) = sweep_through(&mut run, &pages, &Shelf::default(), 5).await;
        assert_eq!((counts.seen, counts.pages), (disks.len() as u64, 4), "{counts:?}");
        assert_eq!(run.queue.resources().len(), to_protect(&disks));
        assert!(counts.refused.is_empty(), "{counts:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_behind_every_token_is_told_and_ends_the_run() {
    let (estate, _) = estate(12);
    let mut run = Run::of(estate).await;
    let pages = Refusing { arm: run.arm(), left: Mutex::new(0), of_token: true, for_ever: true };
    let (counts, _) = sweep_through(&mut run, &pages, &Shelf::default(), 5).await;
    assert_eq!((counts.seen, counts.restarts), (5, 3), "{counts:?}");
    assert_eq!(counts.refused, BTreeMap::from([("BadRequest".to_owned(), 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_refuses_is_told_and_is_not_taken_for_empty() {
    let (estate, disks) = estate(6);
    let mut run = Run::of(estate).await;
    let shelf = Shelf::default();
    let (counts, _) = sweep_once(&mut run, &shelf, Part::TOP).await;
    assert_eq!(counts.seen, disks.len() as u64);
    run.work_off().await;
    run.azure.advance(24.0 * 3600.0);
    let pages = Refusing { arm: run.arm(), left: Mutex::new(0), of_token: false, for_ever: false };
    let (counts, put) = sweep_through(&mut run, &pages, &shelf, Part::TOP).await;
    assert_eq!((counts.seen, put), (0, 0), "{counts:?}");
    assert_eq!(counts.refused, BTreeMap::from([("AccessDenied".to_owned(), 1)]));
    // The run before it is still what the next one compares with.
    run.azure.advance(24.0 * 3600.0);
    let (counts, _) = sweep_once(&mut run, &shelf, Part::TOP).await;
    let news: u64 =
        counts.queued.iter().filter(|(why, _)| **why != Why::InTurn).map(|(_, count)| count).sum();
    assert_eq!((counts.seen, news), (disks.len() as u64, 0), "{counts:?}");
}

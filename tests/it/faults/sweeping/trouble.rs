//! A run in bad weather: a graph that throttles, a queue that is full, two timers at once, a row about which a rule cannot
//! decide.

use std::path::Path;

use holdfast_evaluator::{Digest, Evaluator, RuleSet};
use holdfast_protection::ledger::Entry;
use holdfast_protection::ports::{Ledger, Written};
use jiff::SignedDuration;

use super::*;

/// Takes a run to its end as the host does: a step that fails is offered again, later. Gives what it put to work.
async fn carried(
    run: &Run,
    shelf: &Shelf,
    (steps, work): (&Steps, &dyn WorkQueue),
    top: usize,
) -> (u32, Vec<Carried>) {
    let arm = run.arm();
    let (mut failures, mut all) = (0, Vec::new());
    while let Some(step) = steps.take() {
        assert!(failures < 60 && all.len() < 60, "the run never ends");
        let carrier = Carrier { shelf, steps, work, ledger: run.ledger(), now: run.azure.now() };
        let taken = carrier
            .carry(step.clone(), async |stored: &SweepRun, step| {
                taken(run, &arm, shelf, stored, step, top).await
            })
            .await;
        match taken {
            Ok(Carried::Waits) => {
                all.push(Carried::Waits);
                run.azure.advance(60.0);
            }
            Ok(carried) => all.push(carried),
            Err(_) => {
                failures += 1;
                run.azure.advance(30.0);
                steps.put(&step, Duration::ZERO).await.unwrap();
            }
        }
    }
    (failures, all)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graph_that_throttles_at_any_page_delays_the_run_and_leaves_nothing_out() {
    let (estate, disks) = estate(12);
    let mut run = Run::of(estate).await;
    let mut delayed = 0;
    for after in 0..6 {
        run.begin_anew();
        let fault = json!({ "path": "Microsoft.ResourceGraph", "status": 429, "code": "RateLimiting",
            "retryAfter": 5, "times": 4, "after": after });
        run.azure.fault(fault).unwrap();
        let (shelf, steps, work) = (Shelf::default(), Steps::default(), Work::default());
        steps.put(&begun(&run, &shelf).await, Duration::ZERO).await.unwrap();
        let (failures, all) = carried(&run, &shelf, (&steps, &work), 5).await;
        let Some(Carried::Over { done, .. }) = all.last() else { panic!("after {after}: {all:?}") };
        assert_eq!((done.counts.seen, done.counts.restarts), (disks.len() as u64, 0), "after {after}");
        assert!(done.counts.refused.is_empty(), "after {after}: throttling is no refusal: {:?}", done.counts);
        let put = work.0.into_inner().unwrap();
        let different: BTreeSet<String> = put.iter().map(|item| item.resource.key()).collect();
        assert_eq!((put.len(), different.len()), (to_protect(&disks), to_protect(&disks)), "after {after}");
        delayed += failures;
    }
    assert!(delayed >= 3, "only {delayed} steps were throttled");
}

/// A work queue that is full when it is asked for the first few times.
struct Full {
    work: Work,
    times: Mutex<u32>,
}

#[async_trait]
impl WorkQueue for Full {
    async fn put(&self, item: &WorkItem, delay: Duration) -> Result<(), StorageError> {
        self.work.put(item, delay).await
    }

    async fn waiting(&self) -> Result<u64, StorageError> {
        let is_full = {
            let mut times = self.times.lock().unwrap();
            let is_full = *times > 0;
            *times = times.saturating_sub(1);
            is_full
        };
        if is_full { Ok(1_000_000) } else { self.work.waiting().await }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_waits_while_the_queue_is_full_and_is_not_taken_for_broken_off() {
    let (estate, disks) = estate(12);
    let run = Run::of(estate).await;
    let (shelf, steps) = (Shelf::default(), Steps::default());
    let full = Full { work: Work::default(), times: Mutex::new(45) };
    let first = begun(&run, &shelf).await;
    steps.put(&first, Duration::ZERO).await.unwrap();
    let (failures, all) = carried(&run, &shelf, (&steps, &full), 5).await;
    let waits = all.iter().filter(|carried| **carried == Carried::Waits).count();
    assert_eq!((failures, waits), (0, 45));
    // It waited for longer than a run that stands still is taken for alive, and moved with each wait.
    let (stored, _) = shelf.run().await.unwrap().unwrap();
    let ended = stored.last.map(|last| last.ended);
    assert!(ended.is_some_and(|ended| ended == run.azure.now()), "{ended:?}");
    assert_eq!(full.work.0.into_inner().unwrap().len(), to_protect(&disks));
    assert!(matches!(all.last(), Some(Carried::Over { .. })), "{all:?}");
}

/// A ledger that does not list what waits for a person.
struct Unlisted<'a>(&'a dyn Ledger);

#[async_trait]
impl Ledger for Unlisted<'_> {
    async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
        self.0.append(entry).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        if prefix == "approvals/awaited/" {
            return Err(StorageError { action: "list".to_owned(), detail: "the server is busy".to_owned() });
        }
        self.0.list(prefix).await
    }

    async fn read(&self, path: &str) -> Result<Option<Value>, StorageError> {
        self.0.read(path).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_over_though_what_waits_for_a_person_cannot_be_listed_and_tells_it() {
    let (estate, disks) = estate(12);
    let run = Run::of(estate).await;
    let (arm, ledger) = (run.arm(), Unlisted(run.ledger()));
    let (shelf, steps, work) = (Shelf::default(), Steps::default(), Work::default());
    steps.put(&begun(&run, &shelf).await, Duration::ZERO).await.unwrap();
    let mut last = None;
    while let Some(step) = steps.take() {
        let carrier =
            Carrier { shelf: &shelf, steps: &steps, work: &work, ledger: &ledger, now: run.azure.now() };
        let carried = carrier
            .carry(step, async |stored: &SweepRun, step| taken(&run, &arm, &shelf, stored, step, 5).await)
            .await;
        last = Some(carried.unwrap());
    }
    let Some(Carried::Over { unseen: Some(error), .. }) = last else { panic!("{last:?}") };
    assert_eq!(error.detail, "the server is busy");
    assert_eq!(work.0.into_inner().unwrap().len(), to_protect(&disks));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_run_waits_for_the_queue_no_timer_begins_another() {
    let (estate, _) = estate(4);
    let run = Run::of(estate).await;
    let (shelf, steps) = (Shelf::default(), Steps::default());
    let full = Full { work: Work::default(), times: Mutex::new(u32::MAX) };
    let step = begun(&run, &shelf).await;
    let arm = run.arm();
    for _ in 0..4 {
        run.azure.advance(20.0 * 60.0);
        let carrier =
            Carrier { shelf: &shelf, steps: &steps, work: &full, ledger: run.ledger(), now: run.azure.now() };
        let carried = carrier
            .carry(step.clone(), async |stored: &SweepRun, step| {
                taken(&run, &arm, &shelf, stored, step, 5).await
            })
            .await;
        assert_eq!(carried.unwrap(), Carried::Waits);
        let (stored, _) = shelf.run().await.unwrap().unwrap();
        let now = run.azure.now() + SignedDuration::from_mins(10);
        assert!(matches!(sweep::begin(Some(stored), now, 7), Begun::UnderWay(_)));
    }
}

/// Both read where the sweep is before either writes: one begins a run, or goes on with one, and the other does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_timers_at_once_one_begins_a_run() {
    let (estate, disks) = estate(12);
    let run = Run::of(estate).await;
    let (shelf, steps, work) = (Shelf::default(), Steps::default(), Work::default());
    for is_resumed in [false, true] {
        let (before, version) = shelf.run().await.unwrap().unzip();
        let mut began = 0;
        for _ in 0..2 {
            let (Begun::New(begun) | Begun::Resumed(begun)) =
                sweep::begin(before.clone(), run.azure.now(), 7)
            else {
                panic!("a run is under way")
            };
            if shelf.put_run(&begun, version.as_ref()).await.unwrap() {
                steps.put(begun.step.as_ref().unwrap(), Duration::ZERO).await.unwrap();
                began += 1;
            }
        }
        assert_eq!(began, 1, "resumed: {is_resumed}");
        // The message of the first run is lost, and nothing moves it for an hour.
        if !is_resumed {
            steps.take().unwrap();
            run.azure.advance(3600.0);
        }
    }
    carried(&run, &shelf, (&steps, &work), 5).await;
    assert_eq!(work.0.into_inner().unwrap().len(), to_protect(&disks));
    let (stored, _) = shelf.run().await.unwrap().unwrap();
    assert!(stored.step.is_none(), "{stored:?}");
}

/// Rules of which one contradicts itself about some disks, and then decides as `on-error` says.
fn contradictory(on_error: &str) -> Evaluator {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/rules/rego.wasm");
    let module = std::fs::read(&shipped).unwrap_or_else(|error| panic!("{error}; run `cargo xtask rules`"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rego.wasm"), &module).unwrap();
    let text = format!(
        r#"revision = 1
[[layer]]
name = "organisation"
[[rule]]
id = "torn"
module = "rego.wasm"
digest = "{}"
layer = "organisation"
types = ["Microsoft.Compute/disks"]
on-error = "{on_error}"
[rule.settings]
language = "rego"
policy = '''
package holdfast
opinion := {{"verdict": "exclude", "exclude": {{"kind": "opted-out"}}, "reasons": [{{"code": "tag", "message": "opted out"}}]}} if input.target.tags.backup == "off"
opinion := {{"verdict": "exclude", "exclude": {{"kind": "protected-elsewhere"}}, "reasons": [{{"code": "tag", "message": "protected elsewhere"}}]}} if input.target.tags.torn == "yes"
'''
"#,
        Digest::of(&module)
    );
    let path = folder.path().join("ruleset.toml");
    std::fs::write(&path, text).unwrap();
    Evaluator::new(RuleSet::load(&path).unwrap_or_else(|error| panic!("{error}"))).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_a_rule_cannot_decide_is_told_and_hides_no_other() {
    let (mut estate, disks) = estate(12);
    // Disks 0, 4 and 8 opt out, and 4 is torn as well.
    estate["resources"][4]["tags"]["torn"] = json!("yes");
    let mut run = Run::of(estate).await;
    run.evaluator = contradictory("hold");
    let shelf = Shelf::default();
    for round in 0..3 {
        let (counts, put) = sweep_once(&mut run, &shelf, 5).await;
        assert_eq!(counts.seen, disks.len() as u64);
        let outcomes: Vec<(&str, u64)> =
            counts.outcomes.iter().map(|(outcome, count)| (outcome.as_str(), *count)).collect();
        assert_eq!(outcomes, [("excluded", 2), ("failed", 1), ("ignored", 9)], "{counts:?}");
        // It is told once, and not each time.
        assert_eq!(put, usize::from(round == 0), "round {round}: {counts:?}");
        run.work_off().await;
        assert!(matches!(run.end_of(&disks[4]), Some(Outcome::Failed { .. })), "{:?}", run.end_of(&disks[4]));
        run.azure.advance(24.0 * 3600.0);
    }
    let others = [&disks[0], &disks[8]].map(|id| id.to_ascii_lowercase());
    assert_eq!(excluded_in(&run).await, BTreeSet::from(others));
}

//! Lists of operations: newest first, in pages, narrowed down, and asking Azure nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use holdfast_evaluator::OperationKind;
use holdfast_protection::ledger::Entry;
use holdfast_protection::operations::{
    Operation, OperationFilter, OperationId, OperationPage, OperationStatus,
};
use holdfast_protection::ports::{Ledger, StorageError, Written};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::stage::{Stage, ask, disk, id, missing_permission, person, restore};
use crate::world::{Fault, World};

const HOUR: i64 = 3600;

async fn begun(stage: &Stage, key: &str, action: Value) -> Operation {
    stage.ask_as(&ask(key, action)).await.unwrap()
}

async fn list(stage: &Stage, filter: OperationFilter) -> Vec<OperationId> {
    ids(&page(stage, &filter, 100, None).await)
}

async fn page(
    stage: &Stage,
    filter: &OperationFilter,
    top: usize,
    after: Option<&OperationPage>,
) -> OperationPage {
    let after = after.and_then(|page| page.next);
    stage.operations.list(filter, |_| true, top, after, stage.now()).await.unwrap()
}

fn ids(page: &OperationPage) -> Vec<OperationId> {
    page.operations.iter().map(|operation| operation.asked.id).collect()
}

/// Several hours apart, so that they lie on several days of two months.
async fn ten(stage: &Stage) -> Vec<OperationId> {
    stage.world.with(|state| state.now = "2026-01-30T18:00:00Z".parse().unwrap());
    let mut asked = Vec::new();
    for number in 0..10 {
        asked.push(begun(stage, &number.to_string(), restore(&format!("copy-{number}"))).await.asked.id);
        stage.pass(5 * HOUR);
    }
    asked.reverse();
    asked
}

#[tokio::test]
async fn pages_of_any_size_hold_everything_once_newest_first() {
    let stage = Stage::new();
    let newest_first = ten(&stage).await;
    for top in [1, 2, 3, 9, 10, 11] {
        let (mut found, mut last) = (Vec::new(), None);
        loop {
            let next = page(&stage, &OperationFilter::default(), top, last.as_ref()).await;
            assert!(next.operations.len() <= top && !next.operations.is_empty());
            found.extend(ids(&next));
            if next.next.is_none() {
                break;
            }
            last = Some(next);
        }
        assert_eq!(found, newest_first, "in pages of {top}");
    }
}

#[tokio::test]
async fn a_filter_leaves_what_it_names_and_nothing_else() {
    let stage = Stage::new();
    let restores = ten(&stage).await;
    let backup = begun(&stage, "backup", json!({ "action": "backup" })).await.asked.id;
    let of_kind = |kind| OperationFilter { kind: Some(kind), ..OperationFilter::default() };
    assert_eq!(list(&stage, of_kind(OperationKind::Backup)).await, [backup]);
    assert_eq!(list(&stage, of_kind(OperationKind::Restore)).await, restores);
    assert!(list(&stage, of_kind(OperationKind::Resume)).await.is_empty());

    let about = |resource| OperationFilter { resource: Some(resource), ..OperationFilter::default() };
    assert_eq!(list(&stage, about(disk())).await.len(), 11);
    assert!(list(&stage, about(id("rg-app/providers/Microsoft.Compute/disks/other"))).await.is_empty());

    let asker = stage.operations.show(backup, stage.now()).await.unwrap().asked.by;
    for by in [asker.id.to_uppercase(), asker.name] {
        let filter = OperationFilter { by: Some(by), ..OperationFilter::default() };
        assert_eq!(list(&stage, filter).await.len(), 11);
    }
    let nobody = OperationFilter { by: Some("nobody".to_owned()), ..OperationFilter::default() };
    assert!(list(&stage, nobody).await.is_empty());

    let third: Timestamp = stage.operations.show(restores[2], stage.now()).await.unwrap().asked.at;
    let since = |since| OperationFilter { since: Some(since), ..OperationFilter::default() };
    assert_eq!(list(&stage, since(third)).await, [&[backup], &restores[..3]].concat());
    // What is older than a month is listed for anyone who asks for it.
    stage.pass(40 * 24 * HOUR);
    assert!(list(&stage, OperationFilter::default()).await.is_empty());
    assert_eq!(list(&stage, since("2026-01-01T00:00:00Z".parse().unwrap())).await.len(), 11);
}

#[tokio::test]
async fn a_list_from_the_beginning_of_time_or_from_its_end_comes_to_an_end() {
    let stage = Stage::new();
    let newest_first = ten(&stage).await;
    let filter = OperationFilter { since: Some(Timestamp::MIN), ..OperationFilter::default() };
    assert_eq!(list(&stage, filter.clone()).await, newest_first);
    let last = format!("9999-12-30T00:00:00Z {}", newest_first[0]).parse().unwrap();
    let page = stage.operations.list(&filter, |_| true, 100, Some(last), stage.now()).await.unwrap();
    assert_eq!(ids(&page), newest_first);
}

#[tokio::test]
async fn how_far_each_is_is_what_the_ledger_says() {
    let stage = Stage::with_rules(
        "[review]\napprover-roles = [\"admin\"]\n[review.operations]\nsuspend = \"needs-approval\"\nrestore = \"allow\"\n",
    );
    let backup = begun(&stage, "backup", json!({ "action": "backup" })).await.asked.id;
    stage.pass(60);
    stage.world.with(|state| state.validations = vec![missing_permission()]);
    let mut waits = begun(&stage, "restore", restore("copy")).await;
    while waits.status == OperationStatus::Validating {
        stage.pass(i64::try_from(waits.retry_after.unwrap()).unwrap());
        waits = stage.operations.advance(waits.asked.id, stage.now()).await.unwrap();
    }
    stage.pass(60);
    let rejected = begun(&stage, "suspend", json!({ "action": "suspend" })).await.asked.id;
    stage.answer(rejected, person("frank", "admin"), false).await.unwrap();
    let calls = stage.world.with(|state| state.calls.len());

    let found = page(&stage, &OperationFilter::default(), 10, None).await;
    assert_eq!(ids(&found), [rejected, waits.asked.id, backup]);
    let statuses: Vec<&OperationStatus> =
        found.operations.iter().map(|operation| &operation.status).collect();
    assert!(matches!(statuses[0], OperationStatus::Rejected { .. }), "{statuses:?}");
    // The same as a caller that follows it is told.
    assert_eq!(*statuses[1], waits.status, "{statuses:?}");
    assert!(matches!(statuses[1], OperationStatus::AwaitsPermissions { .. }), "{statuses:?}");
    assert!(matches!(statuses[2], OperationStatus::Running { .. }), "{statuses:?}");
    assert_eq!(stage.world.with(|state| state.calls.len()), calls, "a list changes nothing");

    let open = stage
        .operations
        .list(&OperationFilter::default(), |status| !status.is_over(), 1, None, stage.now())
        .await
        .unwrap();
    assert_eq!(ids(&open), [waits.asked.id]);
    let rest = stage
        .operations
        .list(&OperationFilter::default(), |status| !status.is_over(), 1, open.next, stage.now())
        .await
        .unwrap();
    assert_eq!((ids(&rest), rest.next), (vec![backup], None));
}

#[tokio::test]
async fn an_operation_of_which_a_document_cannot_be_read_hides_no_other() {
    let stage = Stage::with_rules(
        "[review]\napprover-roles = [\"admin\"]\n[review.operations]\nsuspend = \"needs-approval\"\n",
    );
    let suspended = begun(&stage, "suspend", json!({ "action": "suspend" })).await.asked.id;
    stage.pass(60);
    let again = begun(&stage, "again", json!({ "action": "suspend" })).await.asked.id;
    stage.pass(60);
    let last = begun(&stage, "last", json!({ "action": "suspend" })).await.asked.id;
    stage.answer(last, person("frank", "admin"), false).await.unwrap();
    let newer = |path: String| {
        stage.world.with(|state| state.documents.insert(path, json!({ "format": 9 }))).unwrap();
    };
    newer(format!("operations/{again}/asked.json"));
    newer(format!("operations/{last}/answered.json"));
    let found = page(&stage, &OperationFilter::default(), 10, None).await;
    assert_eq!(ids(&found), [suspended]);
    let unread: Vec<OperationId> = found.unread.iter().map(|one| one.id).collect();
    assert!(unread.len() == 2 && unread.contains(&again) && unread.contains(&last), "{:?}", found.unread);
    assert!(found.unread.iter().all(|one| one.why.to_string().contains("update the handler")));

    let waiting = stage.operations.awaiting_approval(stage.now()).await.unwrap();
    assert_eq!(ids(&waiting), [suspended]);
    assert!(waiting.unread.iter().any(|one| one.id == again), "{:?}", waiting.unread);
    // Nobody acts on what cannot be read.
    assert!(stage.answer(again, person("frank", "admin"), true).await.is_err());
    assert!(stage.world.with(|state| state.calls.is_empty()));
}

/// A suspension that waits for a person. Whoever asked first died behind the pointers, and it was asked for again in the next
/// minute, on the next day.
async fn asked_again() -> (Stage, OperationId) {
    let stage = Stage::with_rules(
        "[review]\napprover-roles = [\"admin\"]\n[review.operations]\nsuspend = \"needs-approval\"\n",
    );
    stage.world.with(|state| {
        state.now = "2026-01-30T23:59:30Z".parse().unwrap();
        // Behind the entry of the index and the pointer to what waits.
        state.fault = Some((state.exchanges + 2, Fault::Before));
    });
    stage.ask(json!({ "action": "suspend" })).await.unwrap_err();
    stage.pass(60);
    let again = begun(&stage, "key", json!({ "action": "suspend" })).await.asked.id;
    let waiting = |path: &&String| path.starts_with("approvals/awaited/");
    assert_eq!(stage.world.with(|state| state.documents.keys().filter(waiting).count()), 2);
    (stage, again)
}

#[tokio::test]
async fn what_waits_is_listed_once_however_often_it_was_begun_to_be_asked_for() {
    let (stage, id) = asked_again().await;
    assert_eq!(ids(&stage.operations.awaiting_approval(stage.now()).await.unwrap()), [id]);
}

#[tokio::test]
async fn what_was_begun_to_be_asked_for_on_another_day_is_listed_on_the_day_of_its_asking_alone() {
    let (stage, id) = asked_again().await;
    assert_eq!(list(&stage, OperationFilter::default()).await, [id]);
}

/// A ledger that gives way at each read, and counts how many are under way at the same time.
struct Yielding {
    world: World,
    reading: AtomicUsize,
    most: AtomicUsize,
}

#[async_trait]
impl Ledger for Yielding {
    async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
        self.world.append(entry).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        self.world.list(prefix).await
    }

    async fn read(&self, path: &str) -> Result<Option<Value>, StorageError> {
        let reading = self.reading.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(reading, Ordering::SeqCst);
        tokio::task::yield_now().await;
        let document = self.world.read(path).await;
        self.reading.fetch_sub(1, Ordering::SeqCst);
        document
    }
}

#[tokio::test]
async fn of_thousands_that_wait_several_are_read_at_the_same_time() {
    let mut stage = Stage::with_rules("[review.operations]\nsuspend = \"needs-approval\"\n");
    let mut asked = Vec::new();
    for key in ["one", "two", "three"] {
        asked.push(begun(&stage, key, json!({ "action": "suspend" })).await.asked.id);
        stage.pass(HOUR);
    }
    let (reading, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let ledger = Arc::new(Yielding { world: stage.world.clone(), reading, most });
    stage.operations.ledger = ledger.clone();
    let waiting = stage.operations.awaiting_approval(stage.now()).await.unwrap();
    assert_eq!(ids(&waiting), asked, "the most urgent first");
    assert_eq!(ledger.most.load(Ordering::SeqCst), asked.len());
}

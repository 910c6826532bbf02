//! Endings that wait for a person are withdrawn when nobody wants them any more: once, whoever looks, answers or dies
//! meanwhile.

mod unreadable;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use holdfast_evaluator::{Caller, Digest, Evaluator};
use holdfast_protection::ResourceId;
use holdfast_protection::ledger::Entry;
use holdfast_protection::operations::{Answer, OperationError, OperationId, OperationStatus};
use holdfast_protection::outcome::Outcome;
use holdfast_protection::ports::{Ledger, Part, StorageError, Written};
use holdfast_protection::protect::Protector;
use holdfast_protection::sweep::Why;
use holdfast_protection::work::{Cause, WorkItem};
use serde_json::{Value, json};

use super::held::{HOUR, answered, awaited, excluded, excluded_by, patched, reconcile, state, tagged};
use super::rules::{built, rules_where, rules_with};
use super::run::Run;
use super::sweeping::{Shelf, sweep_once};

/// Rules that suspend what they exclude, and ask nobody.
const FREE: &str = "[ending]\nexcluded = \"suspend\"";

/// A disk whose ending waits for a person, and the operation.
async fn waiting() -> (Run, String, OperationId) {
    let (run, disk) = excluded().await;
    let id = awaited(&run).await[0].asked.id;
    (run, disk, id)
}

/// The word of a person who agrees.
fn approval(run: &Run) -> Answer {
    let by = Caller { id: "frank-id".to_owned(), name: "frank".to_owned(), roles: vec!["admin".to_owned()] };
    Answer { approved: true, by, at: run.azure.now(), why: None }
}

/// Why an operation was withdrawn.
async fn withdrawn(run: &Run, id: OperationId) -> String {
    let status = run.operations().show(id, run.azure.now()).await.unwrap().status;
    status.withdrawn().unwrap_or_else(|| panic!("{status:?}")).to_owned()
}

/// How often Azure was asked to suspend.
fn suspended(run: &Run) -> usize {
    let is_one = |(method, path, _): &&(String, String, u64)| {
        method == "POST" && path.to_ascii_lowercase().contains("/suspendbackups")
    };
    run.calls().iter().filter(is_one).count()
}

/// So many other disks that a run of the sweep does not look at every protected one.
async fn crowded(run: &Run) {
    let client = reqwest::Client::new();
    for n in 0..600 {
        let disk = crate::world::disk("rg-app", &format!("other-{n}"));
        let body = json!({ "location": "westeurope", "tags": { "backup": "off" }, "sku": { "name": "Premium_LRS" },
            "properties": { "creationData": { "createOption": "Empty" }, "diskSizeGB": 4 } });
        let url = format!("{}{disk}?api-version=2023-04-02", run.azure.http_url);
        let put = client.put(url).bearer_auth("owner").json(&body).send().await.unwrap();
        assert!(put.status().is_success(), "{}", put.status());
    }
}

/// Gives how many were looked at because their ending waits.
async fn sweep(run: &mut Run, shelf: &Shelf) -> Option<u64> {
    run.azure.advance(HOUR);
    let (counts, _) = sweep_once(run, shelf, Part::TOP).await;
    run.work_off().await;
    counts.queued.get(&Why::EndingWaits).copied()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_withdrawn_after_an_event_found_it_protected_again_and_asked_for_anew_later() {
    let (mut run, disk, id) = waiting().await;
    tagged(&run, &disk, json!({ "backup": "on" })).await;
    reconcile(&mut run, &disk).await;
    for _ in 0..2 {
        run.operations().advance_all(run.azure.now()).await.unwrap();
    }
    assert!(withdrawn(&run, id).await.contains("protect the resource again"));
    assert_eq!(awaited(&run).await, []);
    assert_eq!(state(&run), "ProtectionConfigured");
    let ended = run.ledger().read(&format!("operations/{id}/ended.json")).await.unwrap();
    assert!(ended.is_some(), "it is over");
    let refused = run.operations().answer(id, approval(&run)).await.unwrap_err();
    assert!(
        matches!(&refused, OperationError::NotAnswerable { code, message }
            if *code == "AnsweredAlready" && message.contains("was withdrawn")),
        "{refused:?}"
    );

    tagged(&run, &disk, json!({ "backup": "off" })).await;
    reconcile(&mut run, &disk).await;
    let anew = awaited(&run).await;
    assert_eq!(anew.len(), 1, "{anew:?}");
    assert_ne!(anew[0].asked.id, id);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_withdrawn_by_the_sweep_that_finds_it_protected_again() {
    let (mut run, disk, id) = waiting().await;
    let shelf = Shelf::default();
    sweep(&mut run, &shelf).await;
    assert_eq!(awaited(&run).await.len(), 1);
    tagged(&run, &disk, json!({ "backup": "on" })).await;
    sweep(&mut run, &shelf).await;
    assert!(withdrawn(&run, id).await.contains("protect the resource again"));
    assert_eq!(awaited(&run).await, []);
    assert_eq!(state(&run), "ProtectionConfigured");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_for_and_taken_back_between_two_sweeps_is_withdrawn_by_the_second() {
    let (mut run, disk, _) = waiting().await;
    crowded(&run).await;
    let shelf = Shelf::default();
    tagged(&run, &disk, json!({ "backup": "on" })).await;
    sweep(&mut run, &shelf).await;
    tagged(&run, &disk, json!({ "backup": "off" })).await;
    reconcile(&mut run, &disk).await;
    let id = awaited(&run).await[0].asked.id;
    tagged(&run, &disk, json!({ "backup": "on" })).await;
    assert_eq!(sweep(&mut run, &shelf).await, Some(1), "it is counted why it was looked at");
    assert!(withdrawn(&run, id).await.contains("protect the resource again"));
    assert_eq!(awaited(&run).await, []);
    assert_eq!(sweep(&mut run, &shelf).await, None, "nothing waits any more");
    assert_eq!(state(&run), "ProtectionConfigured");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_withdrawn_by_the_sweep_once_the_rule_set_leaves_it() {
    let (mut run, _, id) = waiting().await;
    let shelf = Shelf::default();
    sweep(&mut run, &shelf).await;
    run.evaluator = rules_where(|text| format!("{text}\n[ending]\nexcluded = \"leave\"\n"));
    sweep(&mut run, &shelf).await;
    assert!(withdrawn(&run, id).await.contains("nothing of this protection is to end"));
    assert_eq!(state(&run), "ProtectionConfigured");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_approved_once_the_rule_set_leaves_it_is_not_ended() {
    let (mut run, _, id) = waiting().await;
    run.evaluator = rules_where(|text| format!("{text}\n[ending]\nexcluded = \"leave\"\n"));
    let status = answered(&run, id, true).await.status;
    assert!(matches!(&status, OperationStatus::Failed { code, .. } if code == "EndingLeft"), "{status:?}");
    run.azure.advance(120.0);
    assert_eq!((state(&run).as_str(), suspended(&run)), ("ProtectionConfigured", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_approved_to_be_deleted_once_the_rule_set_keeps_it_is_not_deleted() {
    let rules = |end: &str| rules_where(|text| format!("{text}\n[ending]\nexcluded = \"{end}\"\n"));
    let (mut run, _) = excluded_by(rules("delete")).await;
    let id = awaited(&run).await[0].asked.id;
    run.evaluator = rules("retain");
    let status = answered(&run, id, true).await.status;
    assert!(matches!(&status, OperationStatus::Failed { code, .. } if code == "EndingLeft"), "{status:?}");
    run.azure.advance(600.0);
    assert_eq!(state(&run), "ProtectionConfigured");
}

/// Rules that suspend what they exclude, where a rule for operations has too little fuel to say anything.
fn rules_that_fail() -> Evaluator {
    let module = std::fs::read(built().join("guard.wasm")).unwrap();
    rules_where(|text| {
        format!(
            "{text}\n{FREE}\n[[rule]]\nid = \"guard\"\nmodule = \"guard.wasm\"\ndigest = \"{}\"\n\
             layer = \"platform\"\npriority = 100\nlimits = {{ fuel = 100 }}\n[[rule.settings.clauses]]\n\
             operations = [\"suspend\"]\nruling = \"allow\"\nbecause = \"it may\"\n",
            Digest::of(&module)
        )
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_fails_withdraws_nothing() {
    let (mut run, disk, id) = waiting().await;
    run.evaluator = rules_that_fail();
    run.azure.advance(HOUR);
    reconcile(&mut run, &disk).await;
    let end = format!("{:?}", run.end_of(&disk));
    assert!(end.contains("failed"), "{end}");
    assert_eq!(awaited(&run).await.iter().map(|one| one.asked.id).collect::<Vec<_>>(), [id]);
    run.evaluator = rules_where(|text| format!("{text}\n{FREE}\n"));
    reconcile(&mut run, &disk).await;
    assert_eq!(awaited(&run).await.iter().map(|one| one.asked.id).collect::<Vec<_>>(), [id]);
    assert_eq!(suspended(&run), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rules_allow_by_now_is_done_without_a_person() {
    let (mut run, disk, id) = waiting().await;
    run.evaluator = rules_with(FREE);
    run.azure.advance(HOUR);
    reconcile(&mut run, &disk).await;
    run.azure.advance(120.0);
    assert_eq!(state(&run), "BackupsSuspended", "{:?}", run.end_of(&disk));
    assert!(withdrawn(&run, id).await.contains("allow this protection to end"));
    assert_eq!((awaited(&run).await, suspended(&run)), (Vec::new(), 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rules_forbid_by_now_is_not_waited_for() {
    let (mut run, disk, id) = waiting().await;
    run.evaluator = rules_where(|text| {
        let denying = text.replacen("[review]\n", "[review]\ndefault = \"deny\"\n", 1);
        format!("{denying}\n{FREE}\n")
    });
    run.azure.advance(HOUR);
    reconcile(&mut run, &disk).await;
    assert!(withdrawn(&run, id).await.contains("forbid"));
    assert_eq!(state(&run), "ProtectionConfigured");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_before_the_rules_allowed_it_is_carried_out_once() {
    let (mut run, disk, id) = waiting().await;
    let begun = answered(&run, id, true).await;
    assert!(matches!(begun.status, OperationStatus::Running { .. }), "{:?}", begun.status);
    run.evaluator = rules_with(FREE);
    reconcile(&mut run, &disk).await;
    assert!(
        matches!(run.end_of(&disk), Some(Outcome::Held { way_out, .. }) if way_out.contains("is being carried out")),
        "{:?}",
        run.end_of(&disk)
    );
    for _ in 0..20 {
        run.azure.advance(30.0);
        run.operations().advance_all(run.azure.now()).await.unwrap();
    }
    let status = run.operations().show(id, run.azure.now()).await.unwrap().status;
    assert!(matches!(status, OperationStatus::Succeeded { .. }), "{status:?}");
    assert_eq!((state(&run).as_str(), suspended(&run)), ("BackupsSuspended", 1));
}

/// An approval for one cause says nothing about another.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_one_cause_is_asked_for_anew_for_another() {
    let (mut run, disk, id) = waiting().await;
    tagged(&run, &disk, json!({ "backup": "on", "env": "sandbox" })).await;
    reconcile(&mut run, &disk).await;
    let waiting = awaited(&run).await;
    let [anew] = waiting.as_slice() else { panic!("{waiting:?}") };
    assert_ne!(anew.asked.id, id);
    assert!(withdrawn(&run, id).await.contains(&anew.asked.id.to_string()));
    assert_eq!((state(&run).as_str(), suspended(&run)), ("ProtectionConfigured", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_carried_out_for_one_cause_is_not_asked_for_again_for_another() {
    let (mut run, disk, id) = waiting().await;
    let begun = answered(&run, id, true).await;
    assert!(matches!(begun.status, OperationStatus::Running { .. }), "{:?}", begun.status);
    patched(&run, &disk, json!({ "tags": { "backup": "on", "env": "sandbox" } })).await;
    reconcile(&mut run, &disk).await;
    assert!(
        matches!(run.end_of(&disk), Some(Outcome::Held { way_out, .. })
            if way_out.contains(&id.to_string()) && way_out.contains("is being carried out")),
        "{:?}",
        run.end_of(&disk)
    );
    assert_eq!(awaited(&run).await, []);
    for _ in 0..20 {
        run.azure.advance(30.0);
        run.operations().advance_all(run.azure.now()).await.unwrap();
    }
    reconcile(&mut run, &disk).await;
    assert_eq!(awaited(&run).await, []);
    assert_eq!((state(&run).as_str(), suspended(&run)), ("BackupsSuspended", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_passes_and_an_approval_at_once_one_answers() {
    let (run, disk, id) = waiting().await;
    tagged(&run, &disk, json!({ "backup": "on" })).await;
    let item = WorkItem::new(disk.parse::<ResourceId>().unwrap(), Cause::Sweep, run.azure.now());
    let answer = approval(&run);
    let (one, other, operations) = (run.reconciler(), run.reconciler(), run.operations());
    let (first, second, answered) = tokio::join!(
        one.reconcile(item.clone()),
        other.reconcile(item.clone()),
        operations.answer(id, answer)
    );
    first.unwrap();
    second.unwrap();
    let status = run.operations().advance(id, run.azure.now()).await.unwrap().status;
    match answered {
        Ok(_) => assert!(
            matches!(&status, OperationStatus::Failed { code, .. } if code == "ProtectedAgain"),
            "{status:?}"
        ),
        Err(_) => assert!(status.withdrawn().is_some(), "{status:?}"),
    }
    assert_eq!((state(&run).as_str(), suspended(&run)), ("ProtectionConfigured", 0));
}

/// A ledger whose writer dies at one of its writes: before it, or after it.
struct Dying {
    ledger: Arc<dyn Ledger>,
    left: AtomicUsize,
    is_written: bool,
}

#[async_trait]
impl Ledger for Dying {
    async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
        let left = self.left.fetch_sub(1, Ordering::SeqCst);
        if left != 0 {
            return self.ledger.append(entry).await;
        }
        if self.is_written {
            self.ledger.append(entry).await?;
        }
        Err(StorageError { action: "write".to_owned(), detail: "the process died".to_owned() })
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        self.ledger.list(prefix).await
    }

    async fn read(&self, path: &str) -> Result<Option<Value>, StorageError> {
        self.ledger.read(path).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_dies_between_the_withdrawal_and_the_ending_is_followed_by_one_ending() {
    for is_written in [false, true] {
        let mut deaths = 0;
        loop {
            let (mut run, disk, id) = waiting().await;
            run.evaluator = rules_with(FREE);
            run.azure.advance(HOUR);
            let (item, whole) = (run.item(&disk), run.reconciler());
            let ledger =
                Arc::new(Dying { ledger: whole.ledger.clone(), left: AtomicUsize::new(deaths), is_written });
            if (Protector { ledger, ..whole }).reconcile(item.clone()).await.is_ok() {
                break;
            }
            deaths += 1;
            // What a dead process had in work is given to another when its time with it is over.
            run.azure.advance(120.0);
            run.queue.put(&item, run.azure.now(), std::time::Duration::ZERO);
            run.work_off().await;
            run.operations().advance_all(run.azure.now()).await.unwrap();
            let told = format!("death {deaths}, written: {is_written}");
            assert_eq!((state(&run).as_str(), suspended(&run)), ("BackupsSuspended", 1), "{told}");
            assert!(withdrawn(&run, id).await.contains("allow"), "{told}");
            assert_eq!(awaited(&run).await, [], "{told}");
        }
        assert!(deaths >= 3, "withdrawal, decision and review are written: {deaths}");
    }
}

/// A ledger in whose time of writing what is asked for the tag of the disk comes back.
struct Overtaken {
    ledger: Arc<dyn Ledger>,
    disk: String,
}

#[async_trait]
impl Ledger for Overtaken {
    async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
        if entry.path.ends_with("/asked.json") {
            let change = json!({ "tags": { "backup": "on" } });
            let request = reqwest::Client::new().patch(&self.disk).bearer_auth("owner").json(&change);
            assert!(request.send().await.unwrap().status().is_success());
        }
        self.ledger.append(entry).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        self.ledger.list(prefix).await
    }

    async fn read(&self, path: &str) -> Result<Option<Value>, StorageError> {
        self.ledger.read(path).await
    }
}

/// The pass that finds it protected again has no operation to withdraw yet, and does not look again.
#[tokio::test(flavor = "multi_thread")]
async fn who_asks_while_the_resource_is_protected_again_withdraws_it() {
    let (run, disk, _) = waiting().await;
    run.azure.advance(25.0 * HOUR);
    let (item, whole) = (run.item(&disk), run.reconciler());
    let url = format!("{}{disk}?api-version=2023-04-02", run.azure.http_url);
    let ledger = Arc::new(Overtaken { ledger: whole.ledger.clone(), disk: url });
    (Protector { ledger, ..whole }).reconcile(item).await.unwrap();
    let written = run.ledger().list("operations/").await.unwrap();
    let asked = written.iter().filter(|path| path.ends_with("/asked.json")).count();
    assert_eq!(asked, 2, "the first was not answered in time: {written:?}");
    assert_eq!(awaited(&run).await, []);
    assert_eq!(state(&run), "ProtectionConfigured");
}

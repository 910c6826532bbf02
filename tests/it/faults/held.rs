//! Ends of protections that a person has to agree to: asked for once, listed, approved, refused, forgotten.

use std::time::Duration;

use holdfast_evaluator::{Caller, Evaluator};
use holdfast_protection::ResourceId;
use holdfast_protection::operations::{Answer, Operation, OperationId, OperationStatus};
use holdfast_protection::outcome::Outcome;
use holdfast_protection::ports::Ledger;
use serde_json::{Value, json};

use super::rules::rules_where;
use super::run::Run;
use super::worlds::{cases, granted};
use crate::world;

pub(super) const HOUR: f64 = 3600.0;

/// Rules that suspend what they exclude, once somebody with this role has agreed.
fn approved_by(role: &str) -> Evaluator {
    let named = format!("approver-roles = [\"{role}\"]");
    rules_where(|text| {
        let text = text.replace("approver-roles = [\"admin\"]", &named);
        assert!(text.contains(&named), "{text}");
        format!("{text}\n[ending]\nexcluded = \"suspend\"\n")
    })
}

/// A disk that was protected and is excluded since.
pub(super) async fn excluded() -> (Run, String) {
    excluded_by(approved_by("admin")).await
}

/// The same by these rules.
pub(super) async fn excluded_by(rules: Evaluator) -> (Run, String) {
    let case = cases().into_iter().find(|case| case.name == "azure-disks").unwrap();
    assert_eq!(case.resource, world::disk("rg-app", "data"));
    let mut run = Run::of(granted(case.estate)).await;
    run.evaluator = rules;
    reconcile(&mut run, &case.resource).await;
    tagged(&run, &case.resource, json!({ "backup": "off" })).await;
    reconcile(&mut run, &case.resource).await;
    (run, case.resource)
}

pub(super) async fn reconcile(run: &mut Run, disk: &str) {
    run.tell(disk);
    run.work_off().await;
}

/// Somebody gives a disk other tags.
pub(super) async fn tagged(run: &Run, disk: &str, tags: Value) {
    changed(run, disk, json!({ "tags": tags })).await;
}

/// Somebody changes a disk.
async fn changed(run: &Run, disk: &str, change: Value) {
    patched(run, disk, change).await;
    run.azure.advance(60.0);
}

/// The same, and no time passes.
pub(super) async fn patched(run: &Run, disk: &str, change: Value) {
    let url = format!("{}{disk}?api-version=2023-04-02", run.azure.http_url);
    let request = reqwest::Client::new().patch(url).bearer_auth("owner").json(&change);
    assert!(request.send().await.unwrap().status().is_success());
}

/// Somebody suspends the backups of the one instance, elsewhere.
pub(super) async fn somebody_suspends(run: &Run) {
    let instance = run.azure.instances()[0]["id"].as_str().unwrap().to_owned();
    let url = format!("{}{instance}/suspendBackups?api-version=2024-04-01", run.azure.http_url);
    let request = reqwest::Client::new().post(url).bearer_auth("owner").json(&json!({}));
    assert!(request.send().await.unwrap().status().is_success());
    run.azure.advance(120.0);
}

pub(super) async fn awaited(run: &Run) -> Vec<Operation> {
    run.operations().awaiting_approval(run.azure.now()).await.unwrap().operations
}

pub(super) async fn answered(run: &Run, id: OperationId, approved: bool) -> Operation {
    let by = Caller { id: "frank-id".to_owned(), name: "frank".to_owned(), roles: vec!["admin".to_owned()] };
    let answer = Answer { approved, by, at: run.azure.now(), why: Some("we keep it".to_owned()) };
    run.operations().answer(id, answer).await.unwrap()
}

/// The same, followed to its end.
async fn answer(run: &Run, id: OperationId, approved: bool) -> Operation {
    let mut operation = answered(run, id, approved).await;
    while !operation.status.is_over() {
        run.azure.advance(30.0);
        operation = run.operations().advance(id, run.azure.now()).await.unwrap();
    }
    operation
}

fn way_out(run: &Run, disk: &str) -> String {
    match run.end_of(disk) {
        Some(Outcome::Held { way_out, .. }) => way_out.clone(),
        other => panic!("{other:?}"),
    }
}

pub(super) fn state(run: &Run) -> String {
    run.azure.instances()[0]["currentProtectionState"].as_str().unwrap().to_owned()
}

/// An ending that is given up, because the rules protect the resource again by then.
fn stays_protected(run: &Run, status: &OperationStatus) {
    assert!(matches!(status, OperationStatus::Failed { code, .. } if code == "ProtectedAgain"), "{status:?}");
    assert_eq!(state(run), "ProtectionConfigured");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_ending_is_one_operation_that_can_be_approved() {
    let (mut run, disk) = excluded().await;
    for _ in 0..3 {
        run.azure.advance(HOUR);
        reconcile(&mut run, &disk).await;
    }
    let waiting = awaited(&run).await;
    let [operation] = waiting.as_slice() else { panic!("{waiting:?}") };
    let id = operation.asked.id;
    assert_eq!(
        (operation.asked.by.id.as_str(), operation.asked.resource.as_str()),
        ("holdfast", disk.as_str())
    );
    assert!(
        way_out(&run, &disk).contains(&format!("POST /api/approvals/{id}/approve")),
        "{}",
        way_out(&run, &disk)
    );
    let ended = answer(&run, id, true).await;
    assert!(matches!(ended.status, OperationStatus::Succeeded { .. }), "{:?}", ended.status);
    run.azure.advance(120.0);
    assert_eq!(state(&run), "BackupsSuspended");
    reconcile(&mut run, &disk).await;
    assert!(matches!(run.end_of(&disk), Some(Outcome::Excluded { .. })), "{:?}", run.end_of(&disk));
    assert_eq!(awaited(&run).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_ending_that_was_refused_is_not_asked_for_again() {
    let (mut run, disk) = excluded().await;
    let id = awaited(&run).await[0].asked.id;
    answer(&run, id, false).await;
    run.azure.advance(30.0 * HOUR);
    reconcile(&mut run, &disk).await;
    assert_eq!(awaited(&run).await, []);
    let told = way_out(&run, &disk);
    assert!(told.contains("frank refused") && told.contains("we keep it"), "{told}");
    assert_eq!(state(&run), "ProtectionConfigured");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_ending_that_nobody_answers_is_asked_for_again() {
    let (mut run, disk) = excluded().await;
    let first = awaited(&run).await[0].asked.id;
    run.azure.advance(25.0 * HOUR);
    assert_eq!(awaited(&run).await, [], "it is too late");
    reconcile(&mut run, &disk).await;
    let second = awaited(&run).await[0].asked.id;
    assert_ne!(first, second);
    assert!(way_out(&run, &disk).contains(&second.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_ending_that_nobody_can_approve_is_asked_for_anew_once_somebody_can() {
    let (mut run, disk) = excluded_by(approved_by("lead")).await;
    run.azure.advance(HOUR);
    reconcile(&mut run, &disk).await;
    let waiting = awaited(&run).await;
    let [vain] = waiting.as_slice() else { panic!("{waiting:?}") };
    let told = way_out(&run, &disk);
    assert!(
        told.contains("no caller can have the role `lead`") && told.contains("`approver-roles`"),
        "{told}"
    );
    run.evaluator = approved_by("admin");
    run.azure.advance(HOUR);
    reconcile(&mut run, &disk).await;
    let waiting = awaited(&run).await;
    let [anew] = waiting.as_slice() else { panic!("{waiting:?}") };
    let id = anew.asked.id;
    assert_ne!(id, vain.asked.id);
    let gave_way = run.operations().advance(vain.asked.id, run.azure.now()).await.unwrap().status;
    assert!(
        matches!(&gave_way, OperationStatus::Rejected { why: Some(why), .. } if why.contains(&id.to_string())),
        "{gave_way:?}"
    );
    assert!(way_out(&run, &disk).contains(&format!("`holdfast approve {id}`")), "{}", way_out(&run, &disk));
    let ended = answer(&run, id, true).await;
    assert!(matches!(ended.status, OperationStatus::Succeeded { .. }), "{:?}", ended.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_protected_again_is_not_ended_by_a_late_approval() {
    let (run, disk) = excluded().await;
    let id = awaited(&run).await[0].asked.id;
    tagged(&run, &disk, json!({ "backup": "on" })).await;
    let ended = answer(&run, id, true).await;
    stays_protected(&run, &ended.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_changed_is_not_ended_before_the_rules_can_be_asked_about_it() {
    let (run, disk) = excluded().await;
    let id = awaited(&run).await[0].asked.id;
    let provisioning = |state: &str| json!({ "provisioningState": state });
    changed(&run, &disk, json!({ "tags": { "backup": "on" }, "properties": provisioning("Updating") })).await;
    let begun = answered(&run, id, true).await;
    assert!(matches!(begun.status, OperationStatus::Running { .. }), "{:?}", begun.status);
    changed(&run, &disk, json!({ "properties": provisioning("Succeeded") })).await;
    let ended = run.operations().advance(id, run.azure.now()).await.unwrap();
    stays_protected(&run, &ended.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_agreed_to_end_is_resumed_when_the_rules_protect_it_again() {
    let (mut run, disk) = excluded().await;
    run.azure.advance(HOUR);
    let id = awaited(&run).await[0].asked.id;
    answer(&run, id, true).await;
    run.azure.advance(120.0);
    reconcile(&mut run, &disk).await;
    assert_eq!(state(&run), "BackupsSuspended");
    tagged(&run, &disk, json!({ "backup": "on" })).await;
    reconcile(&mut run, &disk).await;
    run.azure.advance(120.0);
    assert_eq!(state(&run), "ProtectionConfigured", "{:?}", run.end_of(&disk));

    somebody_suspends(&run).await;
    reconcile(&mut run, &disk).await;
    assert_eq!(state(&run), "BackupsSuspended", "somebody did that elsewhere");
    assert!(matches!(run.end_of(&disk), Some(Outcome::LeftAlone { .. })), "{:?}", run.end_of(&disk));
}

/// The tag comes back while Azure suspends: its event finds the disk protected still, and has nothing to do.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_protected_again_while_an_approved_ending_is_carried_out_is_resumed() {
    let (mut run, disk) = excluded().await;
    let id = awaited(&run).await[0].asked.id;
    let begun = answered(&run, id, true).await;
    assert!(matches!(begun.status, OperationStatus::Running { .. }), "{:?}", begun.status);
    patched(&run, &disk, json!({ "tags": { "backup": "on" } })).await;
    reconcile(&mut run, &disk).await;
    assert_eq!(state(&run), "ProtectionConfigured", "Azure is at it");
    for _ in 0..20 {
        run.azure.advance(30.0);
        run.operations().advance_all(run.azure.now()).await.unwrap();
    }
    assert_eq!(state(&run), "ProtectionConfigured");
    // It is known who stops it later.
    somebody_suspends(&run).await;
    reconcile(&mut run, &disk).await;
    assert_eq!(state(&run), "BackupsSuspended", "{:?}", run.end_of(&disk));
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_whether_a_protection_would_end_asks_nobody_to_agree() {
    let (run, disk) = excluded().await;
    let before = run.ledger().list("").await.unwrap();
    let occasion =
        holdfast_protection::work::Occasion::question(run.azure.now() + Duration::from_secs(200_000));
    run.reconciler().preview(&disk.parse::<ResourceId>().unwrap(), &occasion).await.unwrap();
    assert_eq!(run.ledger().list("").await.unwrap(), before);
}

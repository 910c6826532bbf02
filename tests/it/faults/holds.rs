//! What a person decided is not undone: every kind of pass meets every kind of hold, against the real simulator in
//! virtual time.

mod anew;
mod meanwhile;

use holdfast_evaluator::Caller;
use holdfast_protection::ResourceId;
use holdfast_protection::family::Family;
use holdfast_protection::hold::{self, Hold};
use holdfast_protection::operations::{Action, Ask, Operation, OperationId, OperationStatus};
use holdfast_protection::outcome::Outcome;
use holdfast_protection::ports::{Ledger, Part};
use holdfast_protection::undelivered::{self, Remedy};
use holdfast_protection::work::{Pending, WorkItem};
use holdfast_tests::disks;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::held::tagged;
use super::rules::rules_with;
use super::run::Run;
use super::sweeping::{self, Shelf};
use super::worlds::{Case, cases, granted};

const DAY: f64 = 24.0 * 3600.0;

/// Rules under which every pass has a mind of its own: stopped protections are resumed, excluded ones deleted.
const EAGER: &str =
    "[instances]\nstopped = \"resume\"\n[ending]\nexcluded = \"delete\"\nnot-covered = \"delete\"\n";
/// The shipped rules.
const USUAL: &str = "";

/// An act of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    StopAndRetain,
    StopAndDelete,
    Suspend,
    ChangePolicy,
}

const ACTS: [Act; 4] = [Act::StopAndRetain, Act::StopAndDelete, Act::Suspend, Act::ChangePolicy];

impl Act {
    fn action(self) -> Value {
        match self {
            Self::StopAndRetain => json!({ "action": "stop-and-retain" }),
            Self::StopAndDelete => json!({ "action": "stop-and-delete" }),
            Self::Suspend => json!({ "action": "suspend" }),
            Self::ChangePolicy => json!({ "action": "change-policy", "policy": "ninety" }),
        }
    }

    /// State and policy as the act leaves them; none where there is no instance.
    fn leaves(self) -> Option<(&'static str, Option<&'static str>)> {
        match self {
            Self::StopAndRetain => Some(("ProtectionStopped", None)),
            Self::StopAndDelete => None,
            Self::Suspend => Some(("BackupsSuspended", None)),
            Self::ChangePolicy => Some(("ProtectionConfigured", Some("ninety"))),
        }
    }
}

/// Something that has a target looked at.
#[derive(Debug, Clone, Copy)]
enum Pass {
    Event,
    Sweep,
    /// Work that was being done when the act came, or was given up.
    Retry,
    Revived,
    /// The tags of the disk are others, and Event Grid tells so.
    Tag(&'static str),
    /// Another rule set comes into force.
    Rules(&'static str),
    Hours(u8),
}

fn pass() -> impl Strategy<Value = Pass> {
    prop_oneof![
        Just(Pass::Event),
        Just(Pass::Sweep),
        Just(Pass::Retry),
        Just(Pass::Revived),
        prop_oneof![Just("gold"), Just("bronze")].prop_map(Pass::Tag),
        prop_oneof![Just(EAGER), Just(USUAL)].prop_map(Pass::Rules),
        (1_u8..48).prop_map(Pass::Hours),
    ]
}

fn case() -> Case {
    cases().into_iter().find(|case| case.name == "azure-disks").unwrap()
}

/// A disk that is protected, and a second policy that the rules would not choose.
async fn protected() -> (Run, String) {
    let Case { resource, estate, .. } = case();
    let mut world = granted(estate);
    world["policies"] = json!([ninety()]);
    let mut run = Run::of(world).await;
    run.evaluator = rules_with(EAGER);
    run.tell(&resource);
    run.work_off().await;
    assert!(matches!(run.end_of(&resource), Some(Outcome::Protected { .. })), "{:?}", run.end_of(&resource));
    (run, resource)
}

fn ninety() -> Value {
    json!({ "vault": "bv-westeurope", "name": "ninety", "properties": disks::daily(90) })
}

fn asked(disk: &str, key: &str, action: Value, until: Option<&str>) -> Ask {
    let caller =
        Caller { id: "olga-id".to_owned(), name: "olga".to_owned(), roles: vec!["operator".to_owned()] };
    Ask {
        id: OperationId::of_key(&caller.id, key),
        resource: disk.parse().unwrap(),
        workload: None,
        action: serde_json::from_value::<Action>(action).unwrap(),
        why: Some("the audit".to_owned()),
        until: until.map(|until| until.parse().unwrap()),
        dry_run: false,
        caller,
    }
}

/// Carries an operation to its end, as its caller would.
async fn done(run: &Run, disk: &str, key: &str, action: Value, until: Option<&str>) -> Operation {
    let ask = asked(disk, key, action, until);
    let mut operation = run.operations().ask(ask, run.azure.now()).await.unwrap();
    while !operation.status.is_over() {
        run.azure.advance(30.0);
        operation = run.operations().advance(operation.asked.id, run.azure.now()).await.unwrap();
    }
    assert!(matches!(operation.status, OperationStatus::Succeeded { .. }), "{:?}", operation.status);
    run.azure.advance(120.0);
    operation
}

async fn held(run: &Run, disk: &str) -> Option<Hold> {
    run.operations().hold(&disk.parse::<ResourceId>().unwrap(), run.azure.now()).await.unwrap()
}

/// A run of the sweep that has seen nothing before; gives how many items it put on the queue.
async fn sweep_once(run: &mut Run) -> usize {
    sweeping::sweep_once(run, &Shelf::default(), Part::TOP).await.1
}

async fn happen(run: &mut Run, disk: &str, pass: Pass) {
    match pass {
        Pass::Event => run.tell(disk),
        Pass::Sweep => drop(sweep_once(run).await),
        Pass::Retry => {
            let item = WorkItem { pending: Some(in_flight(run, disk)), passes: 3, ..run.item(disk) };
            run.queue.put(&item, run.azure.now(), std::time::Duration::ZERO);
        }
        Pass::Revived => {
            let item = WorkItem { pending: Some(in_flight(run, disk)), ..run.item(disk) };
            match undelivered::of_message(&item.message().unwrap().text, run.azure.now()) {
                Remedy::Work(item) => run.queue.put(&item, run.azure.now(), std::time::Duration::ZERO),
                other => panic!("{other:?}"),
            }
        }
        Pass::Tag(tier) => {
            tagged(run, disk, json!({ "tier": tier })).await;
            run.tell(disk);
        }
        Pass::Rules(tables) => run.evaluator = rules_with(tables),
        Pass::Hours(hours) => run.azure.advance(f64::from(hours) * 3600.0),
    }
    run.work_off().await;
}

/// The wait that can do the most harm: an undelete that was announced before the act.
fn in_flight(run: &Run, disk: &str) -> Pending {
    let vault = run.azure.state()["vaults"][0]["id"].as_str().unwrap().parse().unwrap();
    Pending::Undelete { instance: Family::BackupVault.instance(&vault, &disk.parse().unwrap()).unwrap() }
}

/// State and name of the policy of the one instance, if there is one.
fn shown(run: &Run) -> Option<(String, String)> {
    let instances = run.azure.instances();
    let [instance] = instances.as_array().unwrap().as_slice() else { return None };
    let policy = instance["policyId"].as_str().unwrap_or_default().rsplit('/').next().unwrap();
    Some((instance["currentProtectionState"].as_str().unwrap().to_owned(), policy.to_owned()))
}

/// Calls that change something about a protection.
fn changes(run: &Run) -> Vec<String> {
    let of_backup = |path: &str| {
        path.to_ascii_lowercase().contains("/backupinstances/") || path.contains("/deletedBackupInstances/")
    };
    let calls = run.calls().into_iter().filter(|(method, path, _)| method != "GET" && of_backup(path));
    calls.map(|(method, path, _)| format!("{method} {path}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_does_not_undo_what_two_people_agreed_to() {
    let (mut run, disk) = protected().await;
    done(&run, &disk, "stop", Act::StopAndDelete.action(), None).await;
    run.azure.forget_calls();
    sweep_once(&mut run).await;
    run.work_off().await;
    assert_eq!((shown(&run), changes(&run)), (None, Vec::new()), "{:?}", run.end_of(&disk));
}

#[test]
fn with_a_hold_any_sequence_of_passes_leaves_the_target_as_the_act_left_it() {
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut count = 0;
    for act in ACTS {
        let passes = proptest::collection::vec(pass(), 1..10);
        runner
            .run(&passes, |passes| {
                runtime.block_on(async {
                    let (mut run, disk) = protected().await;
                    done(&run, &disk, "act", act.action(), Some(&in_days(&run, 60.0))).await;
                    let left = shown(&run);
                    let expected = act.leaves();
                    assert_eq!(left.as_ref().map(|left| left.0.as_str()), expected.map(|one| one.0));
                    run.azure.forget_calls();
                    for pass in &passes {
                        happen(&mut run, &disk, *pass).await;
                    }
                    assert_eq!(changes(&run), [""; 0], "{act:?} {passes:?}: {:?}", run.ends);
                    assert_eq!(shown(&run), left, "{act:?} {passes:?}");
                    assert!(held(&run, &disk).await.is_some(), "{act:?} {passes:?}");
                });
                Ok(())
            })
            .unwrap();
        count += 12;
    }
    println!("{count} sequences of passes, none changed a held target");
}

fn in_days(run: &Run, days: f64) -> String {
    let later = run.azure.now() + std::time::Duration::from_secs_f64(days * DAY);
    later.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hold_keeps_from_happening_is_recorded_once_and_not_queued_again() {
    for act in ACTS {
        let (mut run, disk) = protected().await;
        done(&run, &disk, "act", act.action(), None).await;
        // The change of a policy is looked at in its turn: containers and the like are followed meanwhile.
        for _ in 0..5 {
            run.azure.advance(DAY);
            let queued = sweep_once(&mut run).await;
            assert!(act == Act::ChangePolicy || queued == 0, "{act:?}: {queued} queued");
            run.work_off().await;
        }
        let told: Vec<String> = run.ledger().list("resources/").await.unwrap();
        let told: Vec<&String> = told.iter().filter(|path| path.contains("-3-ended-held-")).collect();
        assert_eq!(told.len(), 1, "{act:?}: {told:?}");
        let entry = run.ledger().read(told[0]).await.unwrap().unwrap();
        let reason = entry["outcome"]["reason"].as_str().unwrap();
        assert!(
            reason.contains("olga decided") && reason.contains("the rules decide otherwise: protect"),
            "{reason}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_hold_is_over_the_rules_are_followed_and_say_so() {
    for act in ACTS {
        for tables in [EAGER, USUAL] {
            let (mut run, disk) = protected().await;
            run.evaluator = rules_with(tables);
            let before = shown(&run);
            done(&run, &disk, "act", act.action(), Some(&in_days(&run, 7.0))).await;
            run.azure.advance(6.9 * DAY);
            sweep_once(&mut run).await;
            run.work_off().await;
            assert_ne!(shown(&run), before, "{act:?}: its time is not over");
            run.azure.advance(0.2 * DAY);
            assert_eq!(sweep_once(&mut run).await, 1, "{act:?}");
            run.work_off().await;
            assert_eq!(shown(&run), before, "{act:?} {tables}: {:?}", run.end_of(&disk));
            let Some(Outcome::Protected { note: Some(note), .. }) = run.end_of(&disk) else {
                panic!("{act:?}: {:?}", run.end_of(&disk))
            };
            assert!(note.contains("the hold is over: olga decided"), "{act:?}: {note}");
            let open = hold::open(run.ledger(), run.azure.now()).await.unwrap();
            assert_eq!((open.over.len(), held(&run, &disk).await), (0, None), "{act:?}: it is settled");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn resuming_ends_a_hold_and_the_next_sweep_does_what_the_rules_say() {
    for act in ACTS {
        let (mut run, disk) = protected().await;
        let before = shown(&run);
        done(&run, &disk, "act", act.action(), None).await;
        done(&run, &disk, "back", json!({ "action": "resume" }), None).await;
        assert_eq!(held(&run, &disk).await, None, "{act:?}");
        sweep_once(&mut run).await;
        run.work_off().await;
        assert_eq!(shown(&run), before, "{act:?}: {:?}", run.end_of(&disk));
        assert_eq!(hold::open(run.ledger(), run.azure.now()).await.unwrap().over, [], "{act:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_that_are_deleted_for_good_stay_deleted() {
    let Case { resource, estate, .. } = cases().into_iter().find(|case| case.name == "azure-blobs").unwrap();
    let mut run = Run::of(granted(estate)).await;
    run.evaluator = rules_with(EAGER);
    run.tell(&resource);
    run.work_off().await;
    done(&run, &resource, "act", Act::StopAndDelete.action(), None).await;
    run.azure.forget_calls();
    for pass in [Pass::Event, Pass::Sweep, Pass::Hours(30), Pass::Sweep] {
        happen(&mut run, &resource, pass).await;
    }
    assert_eq!((shown(&run), changes(&run)), (None, Vec::new()));
    done(&run, &resource, "back", json!({ "action": "resume" }), None).await;
    sweep_once(&mut run).await;
    run.work_off().await;
    assert!(matches!(run.end_of(&resource), Some(Outcome::Protected { .. })), "{:?}", run.end_of(&resource));
}

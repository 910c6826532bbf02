//! An operator's act that the rules could undo is held: when, on which terms, and until when.

use std::sync::Arc;

use holdfast_evaluator::Evaluator;
use holdfast_protection::Workload;
use holdfast_protection::hold::{self, Act, Hold};
use holdfast_protection::instance::ProtectionState;
use holdfast_protection::ledger::About;
use holdfast_protection::operations::{Ask, Operation, OperationError, OperationId, OperationStatus};
use serde_json::{Value, json};

use crate::stage::{Stage, ask, choosing, disk, id, ours, person, protecting, refusal};
use crate::world::Fault;

const FREE: &str = "[review]\ndefault = \"allow\"\n";
const ENDING: &str = "[review]\ndefault = \"allow\"\n[ending]\nnot-covered = \"retain\"\n";

/// A disk that the rules protect with policy `daily`, under an instance of ours.
fn protected() -> Stage {
    Stage::protecting(FREE).with_instance(ours(ProtectionState::Configured))
}

fn action(word: &str) -> Value {
    json!({ "action": word })
}

async fn hold(stage: &Stage) -> Option<Hold> {
    stage.operations.hold(&disk(), stage.now()).await.unwrap()
}

async fn done(stage: &Stage, ask: &Ask) -> Operation {
    let asked = stage.ask_as(ask).await.unwrap();
    let ended = stage.follow(asked.asked.id).await;
    assert!(matches!(ended.status, OperationStatus::Succeeded { .. }), "{:?}", ended.status);
    ended
}

async fn code_of(stage: &Stage, ask: &Ask) -> String {
    match stage.ask_as(ask).await {
        Err(OperationError::Impossible(impossible)) => impossible.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_holds_of_a_machine_are_those_of_all_its_workloads_and_of_its_databases() {
    let stage = protected();
    let machine = id("rg-app/providers/Microsoft.Compute/virtualMachines/erp");
    let database =
        id("rg-app/providers/Microsoft.Compute/virtualMachines/erp/sqlInstances/main/databases/sales");
    let neighbour = id("rg-app/providers/Microsoft.Compute/virtualMachines/erp-2");
    let ledger = stage.operations.ledger.as_ref();
    for (resource, workload, until) in [
        (&database, None, "2026-04-01T00:00:00Z"),
        (&machine, Some(Workload::SqlInVm), "2026-04-01T00:00:00Z"),
        (&machine, Some(Workload::HanaInVm), "2026-03-10T12:00:00Z"),
        (&machine, None, "2026-04-01T00:00:00Z"),
        (&neighbour, None, "2026-04-01T00:00:00Z"),
    ] {
        let key = format!("{resource} {workload:?}");
        let held = Hold {
            resource: resource.clone(),
            workload,
            instance: ours(ProtectionState::Stopped).id,
            act: Act::Suspend,
            policy: None,
            by: person("dana", "operator"),
            why: None,
            since: "2026-03-01T00:00:00Z".parse().unwrap(),
            until: until.parse().unwrap(),
            operation: OperationId::of_key("dana-id", &key),
            decided: "protect".to_owned(),
        };
        hold::take(ledger, &held).await.unwrap();
    }
    let found = hold::within(ledger, &machine, stage.now()).await.unwrap();
    let targets: Vec<_> = found.holds.iter().map(|held| (held.resource.name(), held.workload)).collect();
    assert_eq!(targets, [("erp", None), ("erp", Some(Workload::SqlInVm)), ("sales", None)]);
    assert!(found.unread.is_empty());

    // A document that cannot be read hides no other hold, and is held against whoever wants to act on it.
    let folder = format!("holds/of{}/sql-in-vm/", machine.key());
    stage.world.with(|state| {
        let of_sql = state.documents.iter_mut().filter(|(path, _)| path.starts_with(&folder));
        of_sql.for_each(|(_, document)| *document = json!({ "format": 9 }));
    });
    let found = hold::within(ledger, &machine, stage.now()).await.unwrap();
    assert_eq!(found.holds.iter().map(|held| held.resource.name()).collect::<Vec<_>>(), ["erp", "sales"]);
    assert_eq!(found.unread.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), [folder.as_str()]);
    let of_sql = About { resource: &machine, workload: Some(Workload::SqlInVm) };
    assert!(hold::find(ledger, of_sql, stage.now()).await.is_err());
}

#[tokio::test]
async fn each_act_against_the_rules_is_held_and_told_before() {
    for (act, action) in [
        (Act::StopAndRetain, action("stop-and-retain")),
        (Act::StopAndDelete, action("stop-and-delete")),
        (Act::Suspend, action("suspend")),
        (Act::ChangePolicy, json!({ "action": "change-policy", "policy": "hourly" })),
    ] {
        let stage = protected();
        let rehearsal = Ask { dry_run: true, ..ask("dry", action.clone()) };
        let rehearsed = stage.follow(stage.ask_as(&rehearsal).await.unwrap().asked.id).await;
        assert_eq!(hold(&stage).await, None, "{act}: a dry run holds nothing");
        let stage = protected();
        let ended = done(&stage, &ask("key", action)).await;
        for operation in [&rehearsed, &ended] {
            let said = operation.asked.plan.notes.join("; ");
            let terms = operation.asked.hold.as_ref().unwrap();
            assert_eq!(terms.until.to_string(), "2026-04-09T12:00:00Z", "{act}");
            for word in ["the rules decide otherwise", "protect", "policy daily", "2026-04-09T12:00:00Z"] {
                assert!(said.contains(word), "{act}: `{word}` is not in {said}");
            }
        }
        let held = hold(&stage).await.unwrap();
        assert_eq!((held.act, held.operation), (act, ended.asked.id));
        assert_eq!((held.by.name.as_str(), held.why.as_deref()), ("dana", Some("ticket 4711")));
        assert_eq!(
            held.policy.map(|policy| policy.name().to_owned()),
            (act == Act::ChangePolicy).then(|| "hourly".to_owned())
        );
        let record = recorded(&stage, "-3-ended-held-");
        assert_eq!(record.len(), 1, "{act}: {record:?}");
        assert!(
            record[0]["outcome"]["reason"].as_str().unwrap().contains("policy daily"),
            "{act}: {record:?}"
        );
        stage.pass(31 * 24 * 3600);
        assert_eq!(hold(&stage).await, None, "{act}: not for ever");
    }
}

fn recorded(stage: &Stage, kind: &str) -> Vec<Value> {
    let of_kind = |(path, body): (&String, &Value)| path.contains(kind).then(|| body.clone());
    stage.world.with(|state| state.documents.iter().filter_map(of_kind).collect())
}

#[tokio::test]
async fn where_the_rules_agree_nothing_is_held() {
    // No rule speaks of the disk, and nothing ends by itself.
    for word in ["stop-and-retain", "stop-and-delete", "suspend"] {
        let stage = Stage::with_rules(FREE);
        let ended = done(&stage, &ask("key", action(word))).await;
        assert_eq!((ended.asked.hold, hold(&stage).await), (None, None), "{word}");
    }
    // The rules would stop it themselves; to suspend it is another matter.
    for (word, is_held) in [("stop-and-retain", false), ("suspend", true)] {
        let stage = Stage::with_rules(ENDING).with_instance(ours(ProtectionState::Configured));
        done(&stage, &ask("key", action(word))).await;
        assert_eq!(hold(&stage).await.is_some(), is_held, "{word}");
    }
    // Back to what is decided.
    let stage = protected().with_instance(in_policy("hourly"));
    done(&stage, &ask("key", json!({ "action": "change-policy", "policy": "daily" }))).await;
    assert_eq!(hold(&stage).await, None);
}

/// Rules that cannot have their way now have it as soon as they, or the vault, change.
#[tokio::test]
async fn a_policy_is_held_against_rules_that_cannot_have_theirs() {
    // The vault has no `weekly`, and `blobs` is for another datasource.
    for theirs in ["weekly", "blobs"] {
        let mut stage = protected();
        stage.operations.evaluator = Arc::new(choosing(theirs, FREE));
        let asked = ask("key", json!({ "action": "change-policy", "policy": "hourly" }));
        let ended = done(&stage, &asked).await;
        let terms = ended.asked.hold.unwrap();
        assert!(terms.decided.ends_with(&format!("; policy {theirs}")), "{}", terms.decided);
        let held = hold(&stage).await.unwrap();
        assert_eq!(held.act, Act::ChangePolicy, "{theirs}");
        assert_eq!(held.policy.unwrap().name(), "hourly", "{theirs}");
    }
}

fn in_policy(policy: &str) -> holdfast_protection::instance::BackupInstance {
    let mut instance = ours(ProtectionState::Configured);
    instance.policy = instance.vault.child("backupPolicies", policy).ok();
    instance
}

/// Nobody knows any more who stopped it: the ledger was lost, or it was done in the portal.
#[tokio::test]
async fn stopping_what_is_stopped_already_is_a_hold_and_no_call() {
    for (word, state, act) in [
        ("stop-and-retain", ProtectionState::Stopped, Act::StopAndRetain),
        ("suspend", ProtectionState::Suspended, Act::Suspend),
    ] {
        let stage = Stage::protecting(FREE).with_instance(ours(state.clone()));
        let rehearsal = Ask { dry_run: true, ..ask("dry", action(word)) };
        stage.follow(stage.ask_as(&rehearsal).await.unwrap().asked.id).await;
        assert_eq!(hold(&stage).await, None, "{word}: a dry run holds nothing");
        let ended = done(&stage, &ask("key", action(word))).await;
        assert!(ended.asked.plan.notes.concat().contains("Azure is asked for nothing"), "{ended:?}");
        let held = hold(&stage).await.unwrap();
        assert_eq!((held.act, held.until.to_string().as_str()), (act, "2026-04-09T12:00:00Z"), "{word}");
        assert_eq!(stage.world.with(|state| state.calls.clone()), [""; 0], "{word}");
        assert_eq!(recorded(&stage, "-3-ended-held-").len(), 1, "{word}");
        stage.pass(60);
        // The same again says nothing new.
        assert_eq!(code_of(&stage, &ask("again", action(word))).await, "NothingToDo", "{word}");
        // A later one replaces it.
        let longer = Ask { until: Some("2026-05-01".parse().unwrap()), ..ask("longer", action(word)) };
        done(&stage, &longer).await;
        assert_eq!(hold(&stage).await.unwrap().until.to_string(), "2026-05-02T00:00:00Z", "{word}");
        // Where the rules agree, there is nothing to hold.
        let stage = Stage::with_rules(FREE).with_instance(ours(state));
        assert_eq!(code_of(&stage, &ask("key", action(word))).await, "NothingToDo", "{word}");
    }
}

#[tokio::test]
async fn what_is_stopped_already_is_held_only_when_a_second_person_agrees() {
    let stage =
        Stage::protecting("[review]\nwithin-hours = 24\n").with_instance(ours(ProtectionState::Stopped));
    let asked = stage.ask(action("stop-and-retain")).await.unwrap();
    assert_eq!(hold(&stage).await, None);
    stage.answer(asked.asked.id, person("frank", "admin"), true).await.unwrap();
    assert_eq!(hold(&stage).await.unwrap().act, Act::StopAndRetain);
}

#[tokio::test]
async fn what_is_resumed_against_the_rules_is_held_too() {
    let stage = Stage::with_rules(ENDING).with_instance(ours(ProtectionState::Stopped));
    done(&stage, &ask("key", action("resume"))).await;
    assert_eq!(hold(&stage).await.unwrap().act, Act::Resume);
}

#[tokio::test]
async fn a_later_act_replaces_what_was_held_and_resuming_ends_it() {
    let stage = protected();
    done(&stage, &ask("one", json!({ "action": "change-policy", "policy": "hourly" }))).await;
    stage.pass(60);
    done(&stage, &ask("two", action("suspend"))).await;
    assert_eq!(hold(&stage).await.unwrap().act, Act::Suspend);
    stage.pass(60);
    done(&stage, &ask("three", action("resume"))).await;
    assert_eq!(hold(&stage).await, None);
    assert_eq!(code_of(&stage, &ask("four", action("resume"))).await, "NothingToDo");
}

#[tokio::test]
async fn resuming_ends_a_hold_that_needs_no_call() {
    let stage = protected();
    done(&stage, &ask("one", json!({ "action": "change-policy", "policy": "hourly" }))).await;
    stage.pass(60);
    let calls = stage.world.with(|state| state.calls.len());
    let ended = done(&stage, &ask("two", action("resume"))).await;
    assert_eq!((hold(&stage).await, stage.world.with(|state| state.calls.len())), (None, calls));
    assert!(ended.asked.plan.notes.concat().contains("the hold ends"), "{:?}", ended.asked.plan.notes);
    // What was deleted for good has no instance to resume.
    let stage = protected();
    done(&stage, &ask("one", action("stop-and-delete"))).await;
    stage.world.with(|state| state.instances.clear());
    stage.pass(60);
    done(&stage, &ask("two", action("resume"))).await;
    assert_eq!(hold(&stage).await, None);
    assert_eq!(code_of(&stage, &ask("three", action("resume"))).await, "NotProtected");
}

#[tokio::test]
async fn the_end_is_as_asked_and_an_unusable_one_is_refused() {
    let until =
        |key: &str, text: &str| Ask { until: Some(text.parse().unwrap()), ..ask(key, action("suspend")) };
    let stage = protected();
    for text in ["2026-03-10T12:00:00Z", "2025-12-24", "2027-06-01"] {
        assert_eq!(code_of(&stage, &until(text, text)).await, "UntilNotUsable", "{text}");
    }
    assert!(stage.world.with(|state| state.calls.is_empty()));
    let asked = done(&stage, &until("key", "2026-03-15")).await;
    assert_eq!(hold(&stage).await.unwrap().until.to_string(), "2026-03-16T00:00:00Z");
    // The same request again is the same operation, another end under the same key is not.
    stage.pass(9 * 24 * 3600);
    let again = stage.ask_as(&until("key", "2026-03-15")).await.unwrap();
    assert_eq!(again.asked.id, asked.asked.id);
    let other = stage.ask_as(&until("key", "2026-03-25")).await;
    assert!(matches!(other, Err(OperationError::KeyReused(_))), "{other:?}");
}

#[tokio::test]
async fn a_second_person_sees_the_hold_and_it_counts_from_the_word_of_the_first() {
    let stage =
        Stage::protecting("[review]\nwithin-hours = 720\n").with_instance(ours(ProtectionState::Configured));
    let asked = stage.ask(action("stop-and-delete")).await.unwrap();
    assert!(
        asked.asked.plan.notes.concat().contains("this holds until 2026-04-09"),
        "{:?}",
        asked.asked.plan
    );
    assert_eq!(hold(&stage).await, None, "nobody has agreed");
    stage.pass(3600);
    stage.answer(asked.asked.id, person("frank", "admin"), true).await.unwrap();
    let held = hold(&stage).await.unwrap();
    assert_eq!((held.by.name.as_str(), held.until.to_string().as_str()), ("dana", "2026-04-09T12:00:00Z"));
}

#[tokio::test]
async fn a_hold_whose_time_is_over_before_anybody_agrees_is_not_begun() {
    let stage =
        Stage::protecting("[review]\nwithin-hours = 720\n").with_instance(ours(ProtectionState::Configured));
    let asked = Ask { until: Some("2026-03-11".parse().unwrap()), ..ask("key", action("suspend")) };
    let id = stage.ask_as(&asked).await.unwrap().asked.id;
    stage.pass(3 * 24 * 3600);
    stage.answer(id, person("frank", "admin"), true).await.unwrap();
    let ended = stage.follow(id).await;
    assert_eq!(crate::stage::code(&ended.status), "HoldIsOver");
    assert!(stage.world.with(|state| state.calls.is_empty()));
}

#[tokio::test]
async fn the_rules_may_change_before_a_second_person_agrees() {
    let mut stage =
        Stage::with_rules("[review]\nwithin-hours = 24\n").with_instance(ours(ProtectionState::Configured));
    let asked = stage.ask(action("suspend")).await.unwrap();
    assert_eq!(asked.asked.hold, None);
    stage.operations.evaluator = Arc::new(Evaluator::clone(&protecting("[review]\nwithin-hours = 24\n")));
    stage.answer(asked.asked.id, person("frank", "admin"), true).await.unwrap();
    assert!(matches!(stage.follow(asked.asked.id).await.status, OperationStatus::Succeeded { .. }));
    assert_eq!(hold(&stage).await.unwrap().act, Act::Suspend);
}

#[tokio::test]
async fn an_act_that_azure_refuses_holds_nothing() {
    let stage = protected();
    stage.world.with(|state| state.lifecycle_changes_refused = vec![refusal("UserErrorNo")]);
    let id = stage.ask(action("suspend")).await.unwrap().asked.id;
    assert_eq!(crate::stage::code(&stage.follow(id).await.status), "UserErrorNo");
    assert_eq!(hold(&stage).await, None);
}

/// On some vaults an act is a job.
#[tokio::test]
async fn an_act_whose_job_fails_holds_nothing() {
    let stage = protected();
    stage.world.with(|state| (state.lifecycle_jobs, state.job_fails) = (true, Some(refusal("UserErrorNo"))));
    let id = stage.ask(action("stop-and-delete")).await.unwrap().asked.id;
    assert_eq!(crate::stage::code(&stage.follow(id).await.status), "UserErrorNo");
    assert_eq!(hold(&stage).await, None);
}

/// An act that Azure refuses at once, which it would take the next time.
fn refused_once() -> Stage {
    let stage = protected();
    stage.world.with(|state| state.refused_at_once = vec![refusal("UserErrorNo")]);
    stage
}

/// At no time is the disk suspended and not held.
async fn must_be_held(stage: &Stage, lost: &str) {
    if stage
        .world
        .with(|state| state.instances.first().is_some_and(|one| one.state == ProtectionState::Suspended))
    {
        assert!(hold(stage).await.is_some(), "{lost}: suspended, and not held");
    }
}

/// The caller until it is answered, then the timer alone.
async fn suspend_by_all_means(stage: &Stage, lost: &str) -> OperationId {
    while stage.ask(action("suspend")).await.is_err() {
        must_be_held(stage, lost).await;
        stage.pass(10);
    }
    for _ in 0..10 {
        let _ = stage.operations.advance_all(stage.now()).await;
        must_be_held(stage, lost).await;
        stage.pass(60);
    }
    OperationId::of_key("dana-id", "key")
}

#[tokio::test]
async fn a_hold_ends_behind_the_end_of_its_operation_whatever_exchange_is_lost() {
    let whole = refused_once();
    suspend_by_all_means(&whole, "nothing").await;
    let exchanges = whole.world.with(|state| state.exchanges);
    assert!(exchanges > 6, "{exchanges}");
    for at in 0..exchanges {
        for fault in [Fault::Before, Fault::After] {
            let stage = refused_once();
            stage.world.with(|state| state.fault = Some((at, fault)));
            let lost = format!("{at} {fault:?}");
            let id = suspend_by_all_means(&stage, &lost).await;
            let status = stage.operations.show(id, stage.now()).await.unwrap().status;
            let is_done = match &status {
                OperationStatus::Succeeded { .. } => true,
                OperationStatus::Failed { .. } => false,
                other => panic!("{lost}: {other:?}"),
            };
            assert_eq!(hold(&stage).await.is_some(), is_done, "{lost}: {status:?}");
            assert_eq!(stage.world.count("suspend") > 0, is_done, "{lost}: {status:?}");
        }
    }
}

#[tokio::test]
async fn the_hold_is_durable_before_the_act_whatever_exchange_is_lost() {
    let whole = protected();
    done(&whole, &ask("key", action("stop-and-delete"))).await;
    let exchanges = whole.world.with(|state| state.exchanges);
    for at in 0..exchanges {
        for fault in [Fault::Before, Fault::After] {
            let stage = protected();
            stage.world.with(|state| state.fault = Some((at, fault)));
            for _ in 0..20 {
                let asked = stage.ask(action("stop-and-delete")).await;
                if stage.world.count("delete") > 0 {
                    assert!(hold(&stage).await.is_some(), "{at} {fault:?}: deleted, and not held");
                }
                if asked.is_ok() {
                    break;
                }
                stage.pass(10);
            }
            let id = OperationId::of_key("dana-id", "key");
            assert!(
                matches!(stage.follow(id).await.status, OperationStatus::Succeeded { .. }),
                "{at} {fault:?}"
            );
            assert!(hold(&stage).await.is_some(), "{at} {fault:?}");
            assert_eq!(stage.world.count("delete"), 1, "{at} {fault:?}");
        }
    }
    eprintln!("{} lost exchanges, each act held", exchanges * 2);
}

#[tokio::test]
async fn the_rules_for_operations_see_the_hold() {
    let stage = protected();
    let asked = done(&stage, &ask("key", action("suspend"))).await;
    let inputs = asked.asked.judgement.record.digests.input;
    let other = protected();
    let later = Ask { until: Some("2026-03-15".parse().unwrap()), ..ask("key", action("suspend")) };
    assert_ne!(done(&other, &later).await.asked.judgement.record.digests.input, inputs);
}

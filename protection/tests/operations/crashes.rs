//! Whatever exchange with the outside is lost, before or after it was done: one restore, and an end.

use holdfast_protection::operations::{Operation, OperationStatus};

use crate::stage::{Stage, account, ask, dump, id, restore, with_a_server};
use crate::world::Fault;

/// Asks as a caller that repeats its request until it is answered, then follows.
async fn persist(stage: &Stage) -> Operation {
    for _ in 0..50 {
        if let Ok(operation) = stage.ask(restore("copy")).await {
            return stage.follow(operation.asked.id).await;
        }
        stage.pass(10);
    }
    panic!("it is never taken")
}

#[tokio::test]
async fn every_lost_exchange_ends_in_one_restore() {
    let whole = Stage::new();
    assert!(matches!(persist(&whole).await.status, OperationStatus::Succeeded { .. }));
    let exchanges = whole.world.with(|state| state.exchanges);
    assert!(exchanges > 15, "{exchanges}");
    for at in 0..exchanges {
        for fault in [Fault::Before, Fault::After] {
            let stage = Stage::new();
            stage.world.with(|state| state.fault = Some((at, fault)));
            let ended = persist(&stage).await;
            assert!(
                matches!(ended.status, OperationStatus::Succeeded { job: Some(_), .. }),
                "{at} {fault:?}: {:?}",
                ended.status
            );
            assert_eq!(stage.world.count("restore"), 1, "{at} {fault:?}");
        }
    }
    eprintln!("{} lost exchanges, one restore each", exchanges * 2);
}

#[tokio::test]
async fn a_restore_whose_call_was_lost_is_not_taken_for_done_because_another_was() {
    for at in 0..30 {
        let stage = Stage::new();
        stage.world.with(|state| state.fault = Some((at, Fault::Before)));
        let Ok(one) = stage.ask(restore("copy")).await else { continue };
        for _ in 0..8 {
            let _ = stage.operations.advance(one.asked.id, stage.now()).await;
            stage.pass(5);
        }
        let other = ask("other key", restore("other"));
        let two = match stage.ask_as(&other).await {
            Ok(two) => two,
            Err(_) => stage.ask_as(&other).await.unwrap(),
        };
        for operation in [two, one] {
            let ended = stage.follow(operation.asked.id).await;
            assert!(matches!(ended.status, OperationStatus::Succeeded { .. }), "{at}: {:?}", ended.status);
        }
        for name in ["copy", "other"] {
            let target = id(&format!("rg-restored/providers/Microsoft.Compute/disks/{name}"));
            assert_eq!(stage.world.count(&format!("restore to {target}")), 1, "{at}: {name}");
        }
    }
}

#[tokio::test]
async fn a_dump_whose_call_was_lost_is_not_taken_for_done_because_one_under_another_prefix_was() {
    for at in 0..30 {
        let stage = with_a_server();
        stage.world.with(|state| state.fault = Some((at, Fault::Before)));
        let Ok(one) = stage.ask_as(&dump("one")).await else { continue };
        for _ in 0..8 {
            let _ = stage.operations.advance(one.asked.id, stage.now()).await;
            stage.pass(5);
        }
        let two = match stage.ask_as(&dump("two")).await {
            Ok(two) => two,
            Err(_) => stage.ask_as(&dump("two")).await.unwrap(),
        };
        for operation in [two, one] {
            let ended = stage.follow(operation.asked.id).await;
            assert!(matches!(ended.status, OperationStatus::Succeeded { .. }), "{at}: {:?}", ended.status);
        }
        let container =
            account().child("blobServices", "default").unwrap().child("containers", "dumps").unwrap();
        for prefix in ["one", "two"] {
            assert_eq!(
                stage.world.count(&format!("restore to {container} under {prefix}")),
                1,
                "{at}: {prefix}"
            );
        }
    }
}

#[tokio::test]
async fn every_lost_exchange_of_a_backup_ends_in_one_backup() {
    let backup = serde_json::json!({ "action": "backup" });
    for at in 0..20 {
        for fault in [Fault::Before, Fault::After] {
            let stage = Stage::new();
            stage.world.with(|state| state.fault = Some((at, fault)));
            let mut asked = stage.ask(backup.clone()).await;
            while asked.is_err() {
                stage.pass(10);
                asked = stage.ask(backup.clone()).await;
            }
            let ended = stage.follow(asked.unwrap().asked.id).await;
            assert!(
                matches!(ended.status, OperationStatus::Succeeded { .. }),
                "{at} {fault:?}: {:?}",
                ended.status
            );
            assert_eq!(stage.world.count("backup"), 1, "{at} {fault:?}");
        }
    }
}

/// Jobs of machines and shares do not say in lists who asked for them (recorded): what was begun is found all the same.
#[tokio::test]
async fn a_lost_answer_is_no_second_call_where_lists_do_not_say_who_asked() {
    let backup = serde_json::json!({ "action": "backup" });
    for (asked, call) in [(restore("copy"), "restore"), (backup, "backup")] {
        for at in 0..30 {
            let stage = Stage::new();
            stage.world.with(|state| (state.fault, state.quiet) = (Some((at, Fault::After)), true));
            let mut answer = stage.ask(asked.clone()).await;
            while answer.is_err() {
                stage.pass(10);
                answer = stage.ask(asked.clone()).await;
            }
            let ended = stage.follow(answer.unwrap().asked.id).await;
            let shown = format!("{call} {at}: {:?}", ended.status);
            assert!(matches!(ended.status, OperationStatus::Succeeded { job: Some(_), .. }), "{shown}");
            assert_eq!(stage.world.count(call), 1, "{shown}");
        }
    }
}

#[tokio::test]
async fn several_that_go_on_at_once_make_one_restore() {
    let stage = Stage::new();
    let id = stage.ask(restore("copy")).await.unwrap().asked.id;
    for _ in 0..40 {
        let (one, two, three) = tokio::join!(
            stage.operations.advance(id, stage.now()),
            stage.operations.advance(id, stage.now()),
            stage.operations.ask(ask("key", restore("copy")), stage.now())
        );
        for operation in [one, two, three] {
            operation.unwrap();
        }
        stage.pass(15);
    }
    assert_eq!(stage.world.count("restore"), 1);
    assert!(matches!(stage.follow(id).await.status, OperationStatus::Succeeded { .. }));
}

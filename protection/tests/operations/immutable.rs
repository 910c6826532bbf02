//! What an immutable vault keeps from being deleted, and what it does not.

use holdfast_protection::instance::{BackupInstance, ProtectionState};
use holdfast_protection::operations::{OperationError, OperationStatus};
use holdfast_protection::points::{PointCopy, RecoveryPoint};
use holdfast_protection::tier::DataStore;
use holdfast_protection::vault::Immutability;
use holdfast_protection::{Workload, observe};
use jiff::Timestamp;
use serde_json::json;

use crate::stage::{Stage, instance, point};
use crate::world::World;

const FREE: &str = "[review]\ndefault = \"allow\"\n";

const IMMUTABLE: [Immutability; 2] = [Immutability::Unlocked, Immutability::Locked];

const NOW: &str = "2026-03-10T12:00:00Z";
const EARLIER: Option<&str> = Some("2026-03-10T11:30:00Z");
const LATER: Option<&str> = Some("2026-03-10T12:30:00Z");

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A recovery point with its copies, and when each of them goes.
fn lies(copies: &[(DataStore, Option<&str>)]) -> RecoveryPoint {
    let copy = |&(store, expires): &(DataStore, Option<&str>)| PointCopy {
        store,
        created: None,
        expires: expires.map(at),
        rehydration: None,
    };
    RecoveryPoint { copies: copies.iter().map(copy).collect(), ..point() }
}

async fn kept(workload: Workload, immutability: Immutability, points: Vec<RecoveryPoint>) -> bool {
    let world = World::default();
    world.with(|state| {
        state.immutability = immutability;
        state.points = Some(points);
    });
    let datasource_type = workload.datasource_type().to_owned();
    let instance = BackupInstance { datasource_type, ..instance(ProtectionState::Configured) };
    let kept = observe::kept_by_vault(&world, &instance, at(NOW)).await.unwrap();
    assert!(kept.is_none_or(|found| found == immutability));
    kept.is_some()
}

/// Official: immutability is not for operational backups.
#[tokio::test]
async fn of_each_workload_an_immutable_vault_keeps_what_lies_in_it() {
    use DataStore::{ArchiveStore, OperationalStore, VaultStore};
    let operational = [Workload::AzureDisks, Workload::AzureBlobs, Workload::AzureFiles, Workload::Aks];
    let in_vault: [&[(DataStore, Option<&str>)]; 4] = [
        &[(VaultStore, None)],
        &[(ArchiveStore, None)],
        &[(OperationalStore, None), (VaultStore, LATER)],
        // It is not said where this one lies.
        &[],
    ];
    for workload in Workload::ALL {
        let beside = || vec![lies(&[(OperationalStore, None)])];
        for immutability in IMMUTABLE {
            let is_kept = kept(workload, immutability, beside()).await;
            assert_eq!(is_kept, !operational.contains(&workload), "{workload:?}");
            for copies in in_vault {
                let points = [beside(), vec![lies(copies)]].concat();
                assert!(kept(workload, immutability, points).await, "{workload:?} {copies:?}");
            }
            assert!(!kept(workload, immutability, Vec::new()).await, "{workload:?}");
        }
        assert!(!kept(workload, Immutability::Disabled, vec![lies(&[(VaultStore, None)])]).await);
    }
}

/// Official: recovery points are not deleted before their respective expiry dates.
#[tokio::test]
async fn what_is_over_in_the_vault_is_not_kept() {
    use DataStore::{OperationalStore, VaultStore};
    let until = |expires: Option<&str>, copies: &[(DataStore, Option<&str>)]| RecoveryPoint {
        expires: expires.map(at),
        ..lies(copies)
    };
    for workload in Workload::ALL {
        let over = until(EARLIER, &[(VaultStore, EARLIER)]);
        assert!(!kept(workload, Immutability::Locked, vec![over.clone()]).await, "{workload:?}");
        let kept_still = until(LATER, &[(VaultStore, LATER)]);
        assert!(kept(workload, Immutability::Locked, vec![over, kept_still]).await, "{workload:?}");
    }
    let only_beside = until(LATER, &[(OperationalStore, LATER), (VaultStore, EARLIER)]);
    assert!(!kept(Workload::AzureBlobs, Immutability::Locked, vec![only_beside]).await);
}

#[tokio::test]
async fn in_an_immutable_vault_only_what_lies_beside_the_resource_is_stopped_and_deleted() {
    for immutability in IMMUTABLE {
        let stage = Stage::with_rules(FREE);
        stage.world.with(|state| state.immutability = immutability);
        let asked = stage.ask(json!({ "action": "stop-and-delete" })).await.unwrap().asked;
        assert!(matches!(stage.follow(asked.id).await.status, OperationStatus::Succeeded { .. }));
        assert_eq!(stage.world.with(|state| state.calls.clone()), ["delete bi"]);

        let stage = Stage::with_rules(FREE);
        stage.world.with(|state| {
            state.immutability = immutability;
            state.copied = true;
        });
        let OperationError::Impossible(refused) =
            stage.ask(json!({ "action": "stop-and-delete" })).await.unwrap_err()
        else {
            panic!("it is refused by Azure")
        };
        assert_eq!(refused.code, "VaultImmutable");
        assert!(refused.message.ends_with("deletes no recovery point before its time"), "{refused}");
        assert!(stage.world.with(|state| state.calls.is_empty()));
    }
}

//! The shipped rule `guard` sees of a resource what decisions see of it, even after it was deleted.

use std::sync::Arc;

use async_trait::async_trait;
use holdfast_evaluator::Resource;
use holdfast_protection::ResourceId;
use holdfast_protection::instance::{BackupInstance, ProtectionState};
use holdfast_protection::ledger::{self, Entry};
use holdfast_protection::operations::{Ask, Operation, OperationError, OperationStatus};
use holdfast_protection::ports::{Ledger, StorageError, Written};
use serde_json::{Value, json};

use crate::azure::described;
use crate::stage::{Stage, ask, disk, id, instance};
use crate::world::World;

const KEEP_PRODUCTION: &str = r#"
    [[rule.settings.clauses]]
    operations = ["stop-and-delete"]
    tags = { env = ["prod"] }
    ruling = "deny"
    because = "production backups are never deleted by hand"
"#;

const SERVER: &str = "rg-app/providers/Microsoft.DBforPostgreSQL/servers/legacy";

fn tagged(id: &ResourceId, env: &str) -> Resource {
    Resource { tags: [("env".to_owned(), env.to_owned())].into(), ..described(id) }
}

async fn delete(stage: &Stage, resource: ResourceId) -> Result<Operation, OperationError> {
    stage.ask_as(&Ask { resource, ..ask("key", json!({ "action": "stop-and-delete" })) }).await
}

/// What the rules said to the person.
fn denial(operation: &Operation) -> &str {
    match &operation.status {
        OperationStatus::Denied { reasons } => reasons.first().map(|one| one.message.as_str()).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// A stage on which the disk is deleted, after these decisions about it were recorded.
fn deleted(decisions: &[(&str, Value)]) -> Stage {
    let stage = Stage::guarded(KEEP_PRODUCTION);
    stage.world.with(|state| {
        state.gone = vec![disk()];
        for (name, body) in decisions {
            state.documents.insert(format!("{}{name}", ledger::prefix_of(&disk())), body.clone());
        }
    });
    stage
}

fn decided(env: &str) -> Value {
    json!({ "entry": "decided", "request": { "resource": tagged(&disk(), env) } })
}

#[tokio::test]
async fn a_database_is_judged_by_the_tags_of_its_server() {
    for (env, is_denied) in [("prod", true), ("test", false)] {
        let stage = Stage::guarded(KEEP_PRODUCTION);
        let database = id(&format!("{SERVER}/databases/orders"));
        stage.world.with(|state| {
            let bare = Resource { location: String::new(), ..described(&database) };
            state.shown = vec![bare, tagged(&id(SERVER), env)];
            let one = instance(ProtectionState::Configured);
            state.instances = vec![BackupInstance { datasource: database.clone(), ..one }];
        });
        let asked = delete(&stage, database).await.unwrap();
        assert_eq!(matches!(asked.status, OperationStatus::Denied { .. }), is_denied, "{env}: {asked:?}");
    }
}

#[tokio::test]
async fn a_deleted_resource_is_judged_by_what_was_last_recorded_of_it() {
    const EARLY: &str = "20260301T000000.000000Z-1-decided-aa.json";
    const LATE: &str = "20260302T000000.000000Z-1-decided-bb.json";
    let last = deleted(&[(EARLY, decided("test")), (LATE, decided("prod"))]);
    assert_eq!(denial(&delete(&last, disk()).await.unwrap()), "production backups are never deleted by hand");
    let moved = deleted(&[(EARLY, decided("prod")), (LATE, decided("test"))]);
    let asked = delete(&moved, disk()).await.unwrap();
    assert!(matches!(asked.status, OperationStatus::AwaitsApproval { .. }), "{:?}", asked.status);
    let unreadable = deleted(&[(EARLY, decided("prod")), (LATE, json!({ "entry": "decided" }))]);
    denial(&delete(&unreadable, disk()).await.unwrap());
}

#[tokio::test]
async fn a_deleted_resource_that_nobody_remembers_counts_as_production() {
    let of_another = format!("snapshots/s/{}", "20260301T000000.000000Z-1-decided-aa.json");
    let waited = ("20260301T000000.000000Z-2-waiting-vault-aa.json", json!({ "entry": "waiting" }));
    for records in [vec![], vec![waited], vec![(of_another.as_str(), decided("test"))]] {
        let stage = deleted(&records);
        let asked = delete(&stage, disk()).await.unwrap();
        let said = denial(&asked);
        assert!(said.contains("tags of this deleted resource are unknown"), "{said}");
    }
}

/// A ledger that cannot list.
struct Blind(World);

#[async_trait]
impl Ledger for Blind {
    async fn append(&self, entry: &Entry) -> Result<Written, StorageError> {
        self.0.append(entry).await
    }
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        Err(StorageError { action: format!("list {prefix}"), detail: "503".to_owned() })
    }
    async fn read(&self, path: &str) -> Result<Option<Value>, StorageError> {
        self.0.read(path).await
    }
}

#[tokio::test]
async fn where_the_ledger_does_not_answer_nothing_is_asked_of_the_rules() {
    let mut stage = deleted(&[]);
    stage.operations.ledger = Arc::new(Blind(stage.world.clone()));
    let refused = delete(&stage, disk()).await;
    assert!(matches!(refused, Err(OperationError::Ledger(_))), "{refused:?}");
    assert!(stage.world.with(|state| state.documents.is_empty() && state.calls.is_empty()));
}

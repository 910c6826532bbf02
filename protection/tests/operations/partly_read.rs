//! Where a part of what protects a resource cannot be read: it is shown without that part, and nothing is done.

use async_trait::async_trait;
use holdfast_protection::AzureError;
use holdfast_protection::instance::{BackupInstance, ProtectionState};
use holdfast_protection::operations::OperationError;
use holdfast_protection::ports::{PageOf, Part, TargetPages};
use holdfast_protection::target::{Target, TargetName, TargetState};
use holdfast_protection::targets::{self, TargetFilter};
use serde_json::json;

use crate::stage::{Stage, disk, id, instance, vault};

/// Azure's index names two instances of the disk, which its provider does not list, and one of them may not be read.
fn half_shut() -> Stage {
    let stage = Stage::new();
    let unlisted = |name: &str| {
        let one = instance(ProtectionState::Configured);
        let datasource = id("rg-app/providers/Microsoft.Compute/disks/unlisted");
        let id = vault().child("backupInstances", name).unwrap();
        BackupInstance { id, datasource, ..one }
    };
    let (open, shut) = (unlisted("open"), unlisted("shut"));
    stage.world.with(|state| {
        state.indexed = vec![shut.id.clone(), open.id.clone()];
        state.shut = vec![shut.id.clone()];
        state.instances = vec![open, shut];
    });
    stage
}

#[tokio::test]
async fn an_instance_that_cannot_be_read_hides_no_other_from_who_looks() {
    let stage = half_shut();
    let read = stage.operations.readable_instances_of(&disk()).await.unwrap();
    assert_eq!(read.instances.iter().map(|one| one.id.name()).collect::<Vec<_>>(), ["open"]);
    let [unread] = read.unread.as_slice() else { panic!("{:?}", read.unread) };
    assert_eq!((unread.what.as_str(), unread.target.name()), ("backup instance `shut`", "shut"));
    assert_eq!(unread.why.code(), "AuthorizationFailed");
}

#[tokio::test]
async fn what_can_be_read_is_not_taken_for_all_by_an_operation() {
    let stage = half_shut();
    assert!(stage.operations.instances_of(&disk()).await.is_err());
    match stage.ask(json!({ "action": "stop-and-retain" })).await {
        Err(OperationError::Azure(AzureError::Refused { refusal, .. })) => {
            assert_eq!(refusal.code, "AuthorizationFailed");
        }
        other => panic!("{other:?}"),
    }
    assert!(stage.world.with(|state| state.calls.is_empty()));
}

#[tokio::test]
async fn a_vault_whose_deleted_instances_cannot_be_read_is_named_and_nothing_is_resumed() {
    let stage = Stage::new();
    stage.world.with(|state| {
        state.instances.clear();
        state.shut = vec![vault()];
    });
    let read = stage.operations.readable_instances_of(&disk()).await.unwrap();
    assert!(read.instances.is_empty() && !read.unread.is_empty());
    assert!(read.unread.iter().all(|one| one.target == vault()), "{:?}", read.unread);
    assert!(matches!(stage.ask(json!({ "action": "resume" })).await, Err(OperationError::Azure(_))));
    assert!(stage.world.with(|state| state.calls.is_empty()));
}

/// An index in which nothing is.
struct Empty;

#[async_trait]
impl TargetPages for Empty {
    async fn with_instance(
        &self,
        _: &Part<'_>,
        _: Option<&TargetName>,
        _: Option<TargetState>,
    ) -> Result<PageOf<Target>, AzureError> {
        Ok(PageOf { rows: Vec::new(), next: None })
    }

    async fn without_instance(
        &self,
        _: &Part<'_>,
        _: &[&str],
        _: Option<&TargetName>,
    ) -> Result<PageOf<Target>, AzureError> {
        Ok(PageOf { rows: Vec::new(), next: None })
    }
}

#[tokio::test]
async fn a_vault_that_cannot_be_read_hides_no_target_of_another() {
    let stage = Stage::new();
    let shut = id("rg-backup/providers/Microsoft.DataProtection/backupVaults/a-shut");
    stage.world.with(|state| {
        state.vaults = vec![shut.clone(), vault()];
        state.shut = vec![shut.clone()];
        state.deleted = vec![instance(ProtectionState::SoftDeleted)];
    });
    let filter = TargetFilter { name: None, state: Some(TargetState::SoftDeleted) };
    let ports = (&Empty as &dyn TargetPages, stage.operations.azure.as_ref());
    let page = targets::list(ports, &["s".to_owned()], &filter, 10, None).await.unwrap();
    assert_eq!(page.targets.iter().map(|one| one.resource.clone()).collect::<Vec<_>>(), [disk()]);
    assert!(page.next.is_none());
    assert_eq!(page.unread.iter().map(|one| one.target.clone()).collect::<Vec<_>>(), [shut]);
}

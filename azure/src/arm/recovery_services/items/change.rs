//! Changes of items that are there: another policy, stopping, suspending, resuming, deleting, undeleting.
//!
//! All but deleting are the same call: the item is written with what it is to be.

use azure_core::http::Method;
use holdfast_protection::family::Family;
use holdfast_protection::instance::ProtectionState;
use holdfast_protection::lifecycle::{LifecycleChange, PolicyMove};
use holdfast_protection::operation::Started;
use holdfast_protection::{AzureError, ResourceId};
use serde_json::{Map, Value, json};

use super::body::chosen;
use super::wire::ItemWire;
use super::{BACKUP, shown};
use crate::arm::guards::{self, Guarded};
use crate::arm::operation;
use crate::arm::transport::ArmClient;

/// Has an item follow a policy; what else of it is not written stays as it is.
pub(in crate::arm::recovery_services) async fn follow(
    arm: &ArmClient,
    change: &PolicyMove,
) -> Result<Started, AzureError> {
    let action = format!("write protected item `{}` again", change.instance.name());
    let mut more = json!({ "policyId": change.policy });
    if let (Some(disks), Some(more)) = (&change.restated.disks, more.as_object_mut()) {
        more.insert("extendedProperties".to_owned(), chosen(disks));
    }
    write(arm, &action, &change.instance, more, guards::ITEM_WRITE).await
}

/// Stops, suspends, resumes or deletes.
pub(in crate::arm::recovery_services) async fn alter(
    arm: &ArmClient,
    item: &ResourceId,
    lifecycle: LifecycleChange,
) -> Result<Started, AzureError> {
    let action = format!("{lifecycle} protected item `{}`", item.name());
    match lifecycle {
        LifecycleChange::StopProtection => {
            let more = json!({ "policyId": "", "protectionState": "ProtectionStopped" });
            write(arm, &action, item, more, guards::ITEM_STOP).await
        }
        LifecycleChange::SuspendBackups => {
            let more = json!({ "policyId": "", "protectionState": "BackupsSuspended" });
            write(arm, &action, item, more, guards::ITEM_STOP).await
        }
        LifecycleChange::ResumeProtection | LifecycleChange::ResumeBackups => {
            resume(arm, &action, item).await
        }
        LifecycleChange::Delete => {
            let Some(vault) = Family::vault_of(item) else { return gone(&action) };
            let guarded = Guarded { vault: &vault, critical: guards::ITEM_DELETE };
            let answer = guards::delete(arm, &action, arm.url_of(item, "", BACKUP), item, guarded).await?;
            operation::started(&action, &answer)
        }
    }
}

/// An item that was stopped follows no policy: which one it is to follow is decided, never guessed.
async fn resume(arm: &ArmClient, action: &str, item: &ResourceId) -> Result<Started, AzureError> {
    let shown = there(arm, action, item).await?;
    let policy = shown.properties.policy_id.clone();
    if policy.is_empty() {
        return Err(AzureError::Unsendable {
            action: action.to_owned(),
            detail: "it follows no policy since it was stopped: change its policy instead, which resumes it"
                .to_owned(),
        });
    }
    put(arm, action, &shown, json!({ "policyId": policy }), guards::ITEM_WRITE).await
}

/// Brings back an item that was deleted softly, stopped as it then is; `None` if there is nothing to bring back.
pub(in crate::arm::recovery_services) async fn undelete(
    arm: &ArmClient,
    item: &ResourceId,
) -> Result<Option<Started>, AzureError> {
    let action = format!("undelete protected item `{}`", item.name());
    let Some(shown) = shown(arm, item).await? else { return Ok(None) };
    let more = json!({ "policyId": "", "protectionState": "ProtectionStopped", "isRehydrate": true });
    match put(arm, &action, &shown, more, guards::ITEM_WRITE).await {
        Err(error) if is_there_again(arm, item, &error).await => Ok(None),
        asked => asked.map(Some),
    }
}

/// Whether it was brought back meanwhile, as by a call whose answer was lost: Azure then says that the input is wrong.
async fn is_there_again(arm: &ArmClient, item: &ResourceId, error: &AzureError) -> bool {
    let AzureError::Refused { refusal, .. } = error else { return false };
    let looked = refusal.is("BMSUserErrorInvalidInput").then(|| super::get(arm, item));
    let Some(looked) = looked else { return false };
    matches!(looked.await, Ok(Some(now)) if now.state != ProtectionState::SoftDeleted)
}

async fn write(
    arm: &ArmClient,
    action: &str,
    item: &ResourceId,
    more: Value,
    critical: &'static str,
) -> Result<Started, AzureError> {
    let shown = there(arm, action, item).await?;
    put(arm, action, &shown, more, critical).await
}

async fn there(arm: &ArmClient, action: &str, item: &ResourceId) -> Result<ItemWire, AzureError> {
    match shown(arm, item).await? {
        Some(item) => Ok(item),
        None => gone(action),
    }
}

fn gone<T>(action: &str) -> Result<T, AzureError> {
    Err(AzureError::Unsendable { action: action.to_owned(), detail: "it is gone".to_owned() })
}

async fn put(
    arm: &ArmClient,
    action: &str,
    shown: &ItemWire,
    more: Value,
    critical: &'static str,
) -> Result<Started, AzureError> {
    let mut properties = Map::new();
    properties.insert("protectedItemType".to_owned(), json!(shown.properties.protected_item_type));
    properties.insert("sourceResourceId".to_owned(), json!(shown.properties.source_resource_id));
    if let Value::Object(more) = more {
        properties.extend(more);
    }
    let body = json!({ "properties": properties });
    let Some(vault) = Family::vault_of(&shown.id) else { return gone(action) };
    let to = (Method::Put, arm.url_of(&shown.id, "", BACKUP));
    let guarded = Guarded { vault: &vault, critical };
    operation::started(action, &guards::write(arm, action, to, Some(body), guarded).await?)
}

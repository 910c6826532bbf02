//! Resource guards of vaults: what they guard, whether their owner lets us in, and calls with their consent.
//!
//! A call is made without consent first, because hardly a vault has a guard. Where Azure misses it, the guard's request is
//! read and the call is made again with it (official: `resourceGuardOperationRequests`, `unlockDelete`).

use azure_core::http::{Method, Url};
use holdfast_protection::family::Family;
use holdfast_protection::guard::{GUARD_ROLE, Guard, GuardedAct};
use holdfast_protection::{AzureError, Refusal, RefusalKind, ResourceId};
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;

use super::absence::or_absent;
use super::api_version::DATA_PROTECTION;
use super::transport::{Answer, ArmClient};
use super::wire::or_default;

/// Both families have had proxies since before this version.
const PROXIES: &str = "2024-04-01";

/// A vault and what is done to it, in the words that its guard has for it.
#[derive(Clone, Copy)]
pub(super) struct Guarded<'a> {
    pub(super) vault: &'a ResourceId,
    pub(super) critical: &'static str,
}

/// The tie between a vault and its guard.
struct Proxy {
    id: ResourceId,
    guard: ResourceId,
    /// What is guarded, in lower case, and the request to send along.
    requests: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct ProxyWire {
    id: ResourceId,
    properties: PropertiesWire,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PropertiesWire {
    resource_guard_resource_id: ResourceId,
    #[serde(default, deserialize_with = "or_default")]
    resource_guard_operation_details: Vec<DetailWire>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DetailWire {
    #[serde(deserialize_with = "or_default")]
    vault_critical_operation: String,
    #[serde(deserialize_with = "or_default")]
    default_resource_request: String,
}

/// What a family calls the acts that a guard can guard.
fn critical(family: Family, act: GuardedAct) -> &'static str {
    match (family, act) {
        (Family::RecoveryServices, GuardedAct::Delete) => ITEM_DELETE,
        (Family::RecoveryServices, GuardedAct::Stop) => ITEM_STOP,
        (Family::RecoveryServices, GuardedAct::ChangePolicy) => ITEM_WRITE,
        (Family::RecoveryServices, GuardedAct::Restore) => ITEM_RESTORE,
        (Family::BackupVault, GuardedAct::Delete) => INSTANCE_DELETE,
        (Family::BackupVault, GuardedAct::Stop) => INSTANCE_STOP,
        (Family::BackupVault, GuardedAct::ChangePolicy) => INSTANCE_WRITE,
        (Family::BackupVault, GuardedAct::Restore) => INSTANCE_RESTORE,
    }
}

pub(super) const ITEM_DELETE: &str = "protecteditems/delete";
pub(super) const ITEM_STOP: &str = "protecteditems/write#stopprotectionwithretaindata";
pub(super) const ITEM_WRITE: &str = "protecteditems/write";
pub(super) const ITEM_RESTORE: &str = "recoverypoints/restore/action";
pub(super) const INSTANCE_DELETE: &str = "backupinstances/delete";
pub(super) const INSTANCE_STOP: &str = "backupinstances/stopprotection/action";
pub(super) const INSTANCE_SUSPEND: &str = "backupinstances/suspendbackups/action";
pub(super) const INSTANCE_WRITE: &str = "backupinstances/write";
pub(super) const INSTANCE_RESTORE: &str = "backupinstances/restore/action";

/// The guard of a vault, if it has one, as it is for us.
pub(super) async fn guard(
    arm: &ArmClient,
    family: Family,
    vault: &ResourceId,
) -> Result<Option<Guard>, AzureError> {
    let Some(proxy) = proxy(arm, vault).await? else { return Ok(None) };
    let all = [GuardedAct::Delete, GuardedAct::Stop, GuardedAct::ChangePolicy, GuardedAct::Restore];
    let acts = all.into_iter().filter(|act| !proxy.requests_for(critical(family, *act)).is_empty()).collect();
    let action = format!("read resource guard `{}`", proxy.guard.name());
    let is_open = match arm.get(&action, arm.url_of(&proxy.guard, "", DATA_PROTECTION)).await {
        Ok(_) => true,
        Err(AzureError::Refused { refusal, .. }) if matches!(refusal.status, 403 | 404) => false,
        Err(error) => return Err(error),
    };
    Ok(Some(Guard { id: proxy.guard, acts, is_open }))
}

async fn proxy(arm: &ArmClient, vault: &ResourceId) -> Result<Option<Proxy>, AzureError> {
    let action = format!("read the resource guard of vault `{}`", vault.name());
    let url = arm.url_of(vault, "/backupResourceGuardProxies", PROXIES);
    let listed = arm.list(&action, url, |wire: ProxyWire| Ok::<_, Infallible>(Proxy::from(wire))).await;
    Ok(or_absent(listed)?.and_then(|proxies| proxies.into_iter().next()))
}

/// Makes a call with a body; with the guard's consent where Azure wants it.
pub(super) async fn write(
    arm: &ArmClient,
    action: &str,
    (method, url): (Method, Url),
    body: Option<Value>,
    guarded: Guarded<'_>,
) -> Result<Answer, AzureError> {
    match send(arm, action, method, url.clone(), body.as_ref()).await {
        Err(AzureError::Refused { action: refused, refusal }) if refusal.is_of_a_guard() => {
            let Some(proxy) = proxy(arm, guarded.vault).await? else {
                return Err(AzureError::Refused { action: refused, refusal });
            };
            let body = with(body, &proxy.requests_for(guarded.critical));
            send(arm, action, method, url, Some(&body)).await.map_err(|error| proxy.explained(error))
        }
        other => other,
    }
}

/// Deletes; what a guard guards is unlocked first where Azure wants it.
pub(super) async fn delete(
    arm: &ArmClient,
    action: &str,
    url: Url,
    target: &ResourceId,
    guarded: Guarded<'_>,
) -> Result<Answer, AzureError> {
    match arm.call(action, Method::Delete, url.clone()).await {
        Err(AzureError::Refused { action: refused, refusal }) if refusal.is_of_a_guard() => {
            let Some(proxy) = proxy(arm, guarded.vault).await? else {
                return Err(AzureError::Refused { action: refused, refusal });
            };
            let unlock = json!({
                "resourceGuardOperationRequests": proxy.requests_for(guarded.critical),
                "resourceToBeDeleted": target,
            });
            let at = arm.url_of(&proxy.id, "/unlockDelete", PROXIES);
            arm.post(action, at, &unlock).await.map_err(|error| proxy.explained(error))?;
            arm.call(action, Method::Delete, url).await.map_err(|error| proxy.explained(error))
        }
        other => other,
    }
}

async fn send(
    arm: &ArmClient,
    action: &str,
    method: Method,
    url: Url,
    body: Option<&Value>,
) -> Result<Answer, AzureError> {
    match (method, body) {
        (Method::Put, Some(body)) => arm.put(action, url, body).await,
        (_, Some(body)) => arm.post(action, url, body).await,
        (method, None) => arm.call(action, method, url).await,
    }
}

/// The body with the guard's requests: beside what describes the thing, or at the top of a plain request.
fn with(body: Option<Value>, requests: &[&str]) -> Value {
    let mut body = body.unwrap_or_else(|| json!({}));
    // The latter two are what a restore in the paired region is described by, in either family (official).
    let within = ["properties", "restoreRequest", "restoreRequestObject"]
        .into_iter()
        .find(|name| body.get(name).is_some_and(Value::is_object));
    let place = match within {
        Some(name) => body.get_mut(name),
        None => Some(&mut body),
    };
    if let Some(place) = place.and_then(Value::as_object_mut) {
        place.insert("resourceGuardOperationRequests".to_owned(), json!(requests));
    }
    body
}

impl From<ProxyWire> for Proxy {
    fn from(wire: ProxyWire) -> Self {
        let details = wire.properties.resource_guard_operation_details.into_iter();
        let request = |one: DetailWire| {
            (one.vault_critical_operation.to_ascii_lowercase(), one.default_resource_request)
        };
        Self {
            id: wire.id,
            guard: wire.properties.resource_guard_resource_id,
            requests: details.map(request).collect(),
        }
    }
}

impl Proxy {
    fn requests_for(&self, critical: &str) -> Vec<&str> {
        let of = |(operation, _): &&(String, String)| operation.ends_with(critical);
        self.requests.iter().filter(of).map(|(_, request)| request.as_str()).collect()
    }

    /// A refusal by which the guard's owner has not let us in.
    fn explained(&self, error: AzureError) -> AzureError {
        let AzureError::Refused { action, refusal } = error else { return error };
        if refusal.status != 403 {
            return AzureError::Refused { action, refusal };
        }
        let advice = format!(
            "resource guard `{}` guards this: its owner has to give `{GUARD_ROLE}` on it to Holdfast's identity",
            self.guard
        );
        let refusal = Refusal { kind: RefusalKind::Guarded, advice: Some(advice.into()), ..refusal };
        AzureError::Refused { action, refusal }
    }
}

#[test]
fn requests_go_where_the_body_describes_the_thing() {
    let requests = ["/r/default"];
    let nested = with(Some(json!({ "properties": { "policyId": "" } })), &requests);
    assert_eq!(nested.pointer("/properties/resourceGuardOperationRequests/0"), Some(&json!("/r/default")));
    let abroad =
        json!({ "crossRegionRestoreAccessDetails": {}, "restoreRequest": { "region": "northeurope" } });
    let abroad = with(Some(abroad), &requests);
    assert_eq!(
        abroad.pointer("/restoreRequest/resourceGuardOperationRequests/0"),
        Some(&json!("/r/default"))
    );
    let abroad =
        with(Some(json!({ "restoreRequestObject": {}, "crossRegionRestoreDetails": {} })), &requests);
    let sent = abroad.pointer("/restoreRequestObject/resourceGuardOperationRequests");
    assert_eq!(sent, Some(&json!(["/r/default"])));
    assert_eq!(with(None, &requests), json!({ "resourceGuardOperationRequests": ["/r/default"] }));
}

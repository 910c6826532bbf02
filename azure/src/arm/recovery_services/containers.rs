//! Storage accounts in a vault: registering them, and finding out which shares they have.

use holdfast_protection::family::Family;
use holdfast_protection::operation::Started;
use holdfast_protection::workload::azure_files::{account, container_of};
use holdfast_protection::workload::{Protectable, Registration};
use holdfast_protection::{AzureError, Refusal, RefusalKind, ResourceId};
use serde::Deserialize;
use serde_json::json;

use super::vaults;
use super::version::BACKUP;
use crate::arm::absence::or_absent;
use crate::arm::operation;
use crate::arm::transport::ArmClient;
use crate::arm::wire::{or_default, read};

#[derive(Default, Deserialize)]
#[serde(default)]
struct ContainerWire {
    #[serde(deserialize_with = "or_default")]
    properties: RegistrationWire,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RegistrationWire {
    #[serde(deserialize_with = "or_default")]
    registration_status: String,
}

#[derive(Deserialize)]
struct ProtectableWire {
    name: String,
    properties: ShareWire,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShareWire {
    #[serde(default, deserialize_with = "or_default")]
    friendly_name: String,
    #[serde(default, deserialize_with = "or_default")]
    parent_container_fabric_id: String,
}

/// Has a vault know a storage account; Azure works on it for minutes.
pub(super) async fn register(arm: &ArmClient, registration: &Registration) -> Result<Started, AzureError> {
    let account = &registration.account;
    let action = format!("register storage account `{}` with the vault", account.name());
    let lock = if registration.lock { "Acquire" } else { "NotAcquire" };
    let body = json!({ "properties": {
        "backupManagementType": "AzureStorage",
        "containerType": "StorageContainer",
        "sourceResourceId": account,
        "friendlyName": account.name(),
        "acquireStorageAccountLock": lock,
    } });
    match arm.put(&action, arm.url_of(&registration.container, "", BACKUP), &body).await {
        Ok(answer) => operation::started(&action, &answer),
        Err(error) => Err(explained(arm, registration, error).await),
    }
}

/// The same error, but told which vault has the account already: Azure says no more than that the input is wrong.
async fn explained(arm: &ArmClient, registration: &Registration, error: AzureError) -> AzureError {
    let AzureError::Refused { action, refusal } = error else { return error };
    let is_vague = refusal.is("BMSUserErrorInvalidInput");
    let holder = if is_vague { holder(arm, registration).await } else { None };
    let Some(vault) = holder else { return AzureError::Refused { action, refusal } };
    let message =
        format!("{} The account is registered with {}.", refusal.message, Family::vault_in_words(&vault));
    let advice = Some(REGISTERED_ELSEWHERE.into());
    AzureError::Refused { action, refusal: Refusal { message, advice, kind: RefusalKind::User, ..refusal } }
}

const REGISTERED_ELSEWHERE: &str = "all shares of an account are protected in one vault: let the rules choose that vault, or unregister \
     the account there";

/// Another vault of the subscription with which the account is registered, as far as can be told.
async fn holder(arm: &ArmClient, registration: &Registration) -> Option<ResourceId> {
    let vaults = vaults::list(arm, registration.vault.subscription()).await.ok()?;
    for vault in vaults.into_iter().filter(|vault| vault.id != registration.vault) {
        let Ok(container) = container_of(&vault.id, &registration.account) else { continue };
        if is_registered(arm, &container).await.unwrap_or(false) {
            return Some(vault.id);
        }
    }
    None
}

async fn is_registered(arm: &ArmClient, container: &ResourceId) -> Result<bool, AzureError> {
    let action = format!("read the registration of `{}`", container.name());
    let answer = or_absent(arm.get(&action, arm.url_of(container, "", BACKUP)).await)?;
    let shown: Option<ContainerWire> = answer.map(|answer| read(&action, &answer)).transpose()?;
    Ok(shown.is_some_and(|shown| shown.properties.registration_status.eq_ignore_ascii_case("Registered")))
}

/// Has Azure look for shares that came since the account was registered.
pub(super) async fn inquire(arm: &ArmClient, container: &ResourceId) -> Result<Started, AzureError> {
    let action = format!("look for shares of `{}`", container.name());
    let mut url = arm.url_of(container, "/inquire", BACKUP);
    url.query_pairs_mut().append_pair("$filter", "workloadType eq 'AzureFileShare'");
    let answer = arm.call(&action, azure_core::http::Method::Post, url).await?;
    operation::started(&action, &answer)
}

/// What a vault knows of a share.
///
/// Azure's filter does not find one share; its names are compared here.
pub(super) async fn protectable(
    arm: &ArmClient,
    vault: &ResourceId,
    datasource: &ResourceId,
) -> Result<Protectable, AzureError> {
    let unsendable = |detail: String| AzureError::Unsendable {
        action: format!("find `{}` in vault `{}`", datasource.name(), vault.name()),
        detail,
    };
    let account =
        account(datasource).ok_or_else(|| unsendable(format!("`{datasource}` lies in no account")))?;
    let container = container_of(vault, &account).map_err(|error| unsendable(error.to_string()))?;
    let share = datasource.name();
    if !is_registered(arm, &container).await? {
        return Ok(Protectable::NotRegistered);
    }
    let action = format!("list what vault `{}` could protect", vault.name());
    let mut url = arm.url_of(vault, "/backupProtectableItems", BACKUP);
    url.query_pairs_mut().append_pair("$filter", "backupManagementType eq 'AzureStorage'");
    let named = |wire: ProtectableWire| {
        let of_account =
            wire.properties.parent_container_fabric_id.parse::<ResourceId>().is_ok_and(|id| id == account);
        // Names of shares are in lower case; Azure shows them as they are.
        let is_it = of_account && wire.properties.friendly_name.eq_ignore_ascii_case(share);
        Ok::<_, std::convert::Infallible>(is_it.then_some(wire.name))
    };
    let found = arm.list(&action, url, named).await?;
    let name = found.into_iter().flatten().next();
    let system = name.and_then(|name| name.split_once(';').map(|(_, system)| system.to_owned()));
    Ok(system.map_or(Protectable::NotFound, Protectable::Item))
}

/// What is registered with a vault and has to be unregistered before the vault can go. Machines are registered by their items.
const REGISTERED: [&str; 3] = ["AzureStorage", "AzureWorkload", "MAB"];

/// Ids of the containers that are registered with a vault.
pub(super) async fn registered(arm: &ArmClient, vault: &ResourceId) -> Result<Vec<String>, AzureError> {
    let action = format!("list what is registered with vault `{}`", vault.name());
    let mut found = Vec::new();
    for kind in REGISTERED {
        let mut url = arm.url_of(vault, "/backupProtectionContainers", BACKUP);
        url.query_pairs_mut().append_pair("$filter", &format!("backupManagementType eq '{kind}'"));
        let listed =
            arm.list(&action, url, |wire: NamedWire| Ok::<_, std::convert::Infallible>(wire.id)).await;
        found.extend(or_absent(listed)?.unwrap_or_default());
    }
    Ok(found)
}

#[derive(Deserialize)]
struct NamedWire {
    id: String,
}

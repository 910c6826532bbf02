//! Protection intents: what is to be protected by itself, instances and availability groups of SQL Server with every database
//! that is or comes there (recorded), or a virtual machine (official).

mod follow;

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) use follow::{follow, looks};

use super::database::protectable::auto_protectable;
use super::effect::Effect;
use super::filter::Filter;
use super::item::Item;
use super::item::write::{self, Place};
use super::kind::Kind;
use super::refusal::{invalid_input, no_item};
use super::vault::Vault;
use super::{State, machine, page, policy, vault};
use crate::authorization::permission;
use crate::wire::path::{key, name_of, within};
use crate::wire::{Answer, ArmError, Call, Reply, json as body_json};
use crate::world::World;

/// Type of an intent as answers spell it.
const TYPE: &str = "Microsoft.RecoveryServices/vaults/backupProtectionIntent";

/// The service looks soon after an intent is made, and then every eight hours (documentation).
const FIRST_SECONDS: f64 = 60.0;

/// Names that intents may be filtered by (field).
const FILTERS: [&str; 5] = ["backupManagementType", "itemType", "itemName", "parentName", "policyName"];

/// The intents of a vault, by lower-cased name.
pub(super) type Intents = BTreeMap<String, Intent>;

/// An intent.
#[derive(Debug, Clone)]
pub(super) struct Intent {
    id: String,
    kind: String,
    policy: String,
    of: Of,
    /// When the service looks for it next. An intent that is made anew begins anew.
    looks: Timestamp,
}

/// What it is about.
#[derive(Debug, Clone)]
enum Of {
    /// An instance or an availability group.
    Databases { container: String, parent: String },
    /// The item of a virtual machine, and the machine.
    Machine { item: String, machine: String },
}

impl Intent {
    fn body(&self, vault: &Vault) -> Value {
        let mut properties = json!({ "protectionIntentItemType": self.kind, "policyId": self.policy });
        let more = match &self.of {
            Of::Databases { container, parent } => {
                // Names lose their first words (recorded).
                let short = container.split_once(';').map_or(container.as_str(), |(_, tail)| tail);
                let place = format!("{}/backupFabrics/Azure/protectionContainers/{short}", vault.id);
                json!({
                    "backupManagementType": "AzureWorkload",
                    "sourceResourceId": place,
                    "itemId": format!("{place}/protectableItems/{parent}"),
                    "protectionState": "NotProtected",
                })
            }
            Of::Machine { item, machine } => json!({
                "backupManagementType": "AzureIaasVM",
                "sourceResourceId": machine,
                "protectionState": if vault.items.contains_key(item) { "Protected" } else { "Protecting" },
            }),
        };
        body_json::merge(&mut properties, &more);
        json!({ "id": self.id, "name": name_of(&self.id), "type": TYPE, "properties": properties })
    }

    fn is_admitted(&self, filter: &Filter) -> bool {
        let same = |wanted: &str, own: &str| wanted.replace("%3B", ";").eq_ignore_ascii_case(own);
        match &self.of {
            Of::Databases { container, parent } => {
                let short = container.split_once(';').map_or(container.as_str(), |(_, tail)| tail);
                let in_group = container.to_ascii_lowercase().starts_with("sqlag");
                let kind = if in_group { "SQLAvailabilityGroupContainer" } else { "SQLInstance" };
                filter.admits("backupManagementType", "AzureWorkload")
                    && filter.admits("itemType", kind)
                    && filter.get("itemName").is_none_or(|wanted| same(wanted, parent))
                    && filter
                        .get("parentName")
                        .is_none_or(|wanted| same(wanted, container) || same(wanted, short))
            }
            Of::Machine { machine, .. } => {
                filter.admits("backupManagementType", "AzureIaasVM")
                    && filter.admits("itemType", "VM")
                    && filter.admits("itemName", name_of(machine))
            }
        }
    }
}

/// Whether the databases of `parent` in the container with this id are protected by themselves.
pub(super) fn is_on(vault: &Vault, container: &str, parent: &str) -> bool {
    vault.intents.values().any(|intent| match &intent.of {
        Of::Databases { container: own, parent: instance } => {
            own.eq_ignore_ascii_case(name_of(container)) && instance.eq_ignore_ascii_case(parent)
        }
        Of::Machine { .. } => false,
    })
}

/// The intents of a container that is gone go with it.
pub(super) fn container_gone(world: &mut World, vault: &str, name: &str) {
    let Some(vault) = State::of_mut(world).vaults.get_mut(vault) else { return };
    vault.intents.retain(|_, intent| match &intent.of {
        Of::Databases { container, .. } => !container.eq_ignore_ascii_case(name),
        Of::Machine { .. } => true,
    });
}

/// `GET {vault}/backupProtectionIntents`.
pub(super) fn list(world: &World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let filter = Filter::of(call, &FILTERS)?;
    let Some(found) = State::of(world).vaults.get(&vault) else { return Err(no_item()) };
    let page = page::asked(call)?;
    let kept = page.rest(&found.intents).filter(|(_, intent)| intent.is_admitted(&filter));
    Ok(page.of(kept, |intent| intent.body(found)))
}

/// Calls on `{fabric}/backupProtectionIntent/{name}`.
pub(super) fn handle(world: &mut World, call: &Call) -> Answer {
    let vault = vault::named(world, &call.path)?;
    let name = call.path.segment(5).unwrap_or_default().to_ascii_lowercase();
    match call.method {
        Method::GET => {
            let found = State::of(world).vaults.get(&vault).ok_or_else(no_item)?;
            let intent = found.intents.get(&name).ok_or_else(no_item)?;
            Ok(Reply::ok(intent.body(found)))
        }
        Method::PUT => put(world, call, &vault),
        Method::DELETE => {
            if let Some(found) = State::of_mut(world).vaults.get_mut(&vault) {
                found.intents.remove(&name);
            }
            Ok(Reply::empty(StatusCode::NO_CONTENT))
        }
        _ => Err(ArmError::method_not_allowed(&call.method)),
    }
}

fn put(world: &mut World, call: &Call, vault: &str) -> Answer {
    let properties = body_json::member(call.object()?, "properties").cloned().ok_or_else(invalid_input)?;
    let text = |name: &str| body_json::text(&properties, &[name]).filter(|text| !text.is_empty());
    let kind = text("protectionIntentItemType").ok_or_else(invalid_input)?;
    let policy = text("policyId").ok_or_else(invalid_input)?;
    let own = match kind {
        "AzureResourceItem" => "AzureIaasVM",
        "RecoveryServiceVaultItem"
        | "AzureWorkloadSQLAutoProtectionIntent"
        | "AzureWorkloadContainerAutoProtectionIntent" => "AzureWorkload",
        _ => return Err(invalid_input()),
    };
    let wanted = policy::named_by(world, vault, policy).ok_or_else(invalid_input)?;
    let is_for = |name: &str, word: &str| {
        body_json::text(wanted, &["properties", name]).is_some_and(|own| own.eq_ignore_ascii_case(word))
    };
    // Only databases of SQL Server are protected by themselves.
    let fits = is_for("backupManagementType", own)
        && (own == "AzureIaasVM" || is_for("workLoadType", "SQLDataBase"))
        && within(policy, vault);
    if !fits {
        return Err(invalid_input());
    }
    let of = if own == "AzureIaasVM" {
        let machine = text("sourceResourceId").or_else(|| text("itemId")).ok_or_else(invalid_input)?;
        of_machine(world, call, vault, machine, policy)?
    } else {
        let item = text("itemId").ok_or_else(invalid_input)?;
        let (container, parent) = auto_protectable(world, vault, item).ok_or_else(invalid_input)?;
        Of::Databases { container, parent }
    };
    let root = State::of(world).vaults.get(vault).map(|vault| vault.id.clone()).unwrap_or_default();
    let name = call.path.segment(5).unwrap_or_default();
    let looks = world.after(FIRST_SECONDS);
    let intent = Intent {
        id: format!("{root}/backupFabrics/Azure/backupProtectionIntent/{name}"),
        kind: kind.to_owned(),
        policy: policy.to_owned(),
        of,
        looks,
    };
    let Some(found) = State::of_mut(world).vaults.get_mut(vault) else { return Err(no_item()) };
    let body = intent.body(found);
    found.intents.insert(name.to_ascii_lowercase(), intent);
    let effect = Effect::IntentLooks { vault: vault.to_owned(), intent: name.to_ascii_lowercase() };
    world.schedule(looks, effect);
    Ok(Reply::ok(body))
}

/// The intent for a virtual machine protects it at once, unless it is so already; that another vault has it only the job tells
/// (field).
fn of_machine(
    world: &mut World,
    call: &Call,
    vault: &str,
    machine: &str,
    policy: &str,
) -> Result<Of, ArmError> {
    permission::linked_to(world, call, machine, "write")?;
    machine::readiness::admitted(world, vault, machine)?;
    let source = machine::source(world, machine);
    let tail = format!(
        "iaasvmcontainerv2;{};{}",
        crate::wire::path::group_of(machine).unwrap_or_default(),
        name_of(machine)
    );
    let root = State::of(world).vaults.get(vault).map(|vault| vault.id.clone()).unwrap_or_default();
    let id = format!(
        "{root}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{tail}/protectedItems/VM;{tail}"
    );
    let place =
        Place::at(vault, &id).filter(|place| place.kind == Kind::Machine).ok_or_else(invalid_input)?;
    let item = place.key();
    let Some(found) = State::of(world).vaults.get(vault) else { return Err(no_item()) };
    let follows = |own: &Item| {
        own.state.is_on()
            && own.deleted.is_none()
            && own.policy.as_deref().is_some_and(|own| key(own) == key(policy))
    };
    let done = found.changing.contains_key(&item) || found.items.get(&item).is_some_and(follows);
    if !done {
        write::by_service(world, place, source, policy);
    }
    Ok(Of::Machine { item, machine: machine.to_owned() })
}

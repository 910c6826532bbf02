//! What a `PUT` of an item is refused for at once.

use super::request::{Request, Wish};
use super::write::{Place, Source};
use super::{Item, Protection};
use crate::authorization::permission;
use crate::recovery_services::guard::{self, Guarded};
use crate::recovery_services::kind::Kind;
use crate::recovery_services::name::Holder;
use crate::recovery_services::refusal::{
    bad_request, busy, invalid_configuration, invalid_input, lower_retention, no_item,
};
use crate::recovery_services::{State, container, database, machine, policy, share};
use crate::wire::path::{key, within};
use crate::wire::{ArmError, Call, json as body_json};
use crate::world::World;

/// Refuses what cannot be; otherwise what is to be protected.
pub(super) fn admitted(
    world: &World,
    call: &Call,
    place: &Place,
    request: &Request,
) -> Result<Source, ArmError> {
    let kind = place.kind;
    let own = match (&request.source, kind) {
        (Some(source), _) => place.container.is_of(source) || place.container.holder == Holder::Group,
        (None, Kind::Database(_)) => true,
        (None, Kind::Machine | Kind::Share) => false,
    };
    if !request.item_type.eq_ignore_ascii_case(kind.item_type()) || !own {
        return Err(invalid_configuration());
    }
    let source = source(world, call, place, request)?;
    let Some(vault) = State::of(world).vaults.get(&place.vault) else { return Err(no_item()) };
    if vault.changing.contains_key(&place.key()) {
        return Err(busy());
    }
    let existing = vault.items.get(&place.key());
    same_source(existing, &source)?;
    match &request.wish {
        Wish::Protect { policy, .. } => {
            existing.map_or(Ok(()), Item::brought_back)?;
            fitting_policy(world, &place.vault, kind, policy)?;
            let other =
                existing.and_then(|item| item.policy.as_ref()).is_some_and(|own| key(own) != key(policy));
            if let Some(item) = existing {
                not_back(world, &place.vault, item, policy)?;
            }
            if other {
                not_less(world, &place.vault, existing, policy)?;
                guard::check(world, call, &place.vault, Guarded::ChangeItem)?;
            }
            room(world, place, existing)?;
        }
        Wish::End(state) => {
            existing.ok_or_else(no_item)?.brought_back()?;
            suspendable(&vault.body, *state)?;
            guard::check(world, call, &place.vault, Guarded::StopItem)?;
        }
        Wish::Undelete => {
            if existing.ok_or_else(no_item)?.deleted.is_none() {
                return Err(invalid_input());
            }
        }
    }
    Ok(source)
}

/// The caller must be able to write what is protected (documentation).
fn source(world: &World, call: &Call, place: &Place, request: &Request) -> Result<Source, ArmError> {
    let source = request.source.as_deref().unwrap_or_default();
    match place.kind {
        Kind::Machine => {
            if matches!(request.wish, Wish::Protect { .. }) {
                permission::linked_to(world, call, source, "write")?;
                machine::readiness::admitted(world, &place.vault, source)?;
            }
            Ok(machine::source(world, source))
        }
        Kind::Share => {
            if container::found(world, &place.vault, &place.container.key()).is_none() {
                return Err(invalid_configuration());
            }
            let system = place.id.rsplit(';').next().unwrap_or_default();
            Ok(share::source(world, &place.vault, &place.container, source, system))
        }
        Kind::Database(_) => {
            let found = database::source(world, place).ok_or_else(invalid_configuration)?;
            if matches!(request.wish, Wish::Protect { .. }) {
                permission::linked_to(world, call, &found.resource, "write")?;
            }
            Ok(found)
        }
    }
}

/// Names hold no subscription: an item may be that of another machine of the same name (code: official, of validation).
fn same_source(existing: Option<&Item>, source: &Source) -> Result<(), ArmError> {
    match existing.filter(|item| key(&item.source_resource) != key(&source.resource)) {
        Some(_) => {
            let message = "Virtual machine with same name and same resource group is already protected. Please select `Disable' choice above for backup and go to backup item corresponding to this VM in the vault";
            Err(bad_request("VirtualMachineAlreadyProtected", message))
        }
        None => Ok(()),
    }
}

/// A policy of the same vault, for the same kind (code of another workload's: field).
fn fitting_policy(world: &World, vault: &str, kind: Kind, id: &str) -> Result<(), ArmError> {
    if !within(id, vault) {
        return Err(invalid_input());
    }
    let policy = policy::named_by(world, vault, id).ok_or_else(invalid_input)?;
    let text = |name: &str| body_json::text(policy, &["properties", name]).unwrap_or_default();
    let same_workload = match kind {
        Kind::Machine | Kind::Share => true,
        Kind::Database(_) => text("workLoadType").eq_ignore_ascii_case(kind.workload()),
    };
    if same_workload && text("backupManagementType").eq_ignore_ascii_case(kind.management()) {
        return Ok(());
    }
    let message = "Backup policy is not valid for the given provider. Please select a policy of the workload that is protected.";
    Err(bad_request("BMSUserErrorInvalidPolicyForGivenProvider", message))
}

/// An item does not go back from an enhanced policy, nor from one that copies to the vault (documentation; the code is the general
/// one). Of a share that follows none, the copies tell.
fn not_back(world: &World, vault: &str, item: &Item, wanted: &str) -> Result<(), ArmError> {
    let properties = |id: &str| body_json::member(policy::named_by(world, vault, id)?, "properties");
    let Some(wanted) = properties(wanted) else { return Ok(()) };
    let goes_back = match item.policy.as_deref() {
        Some(own) => properties(own).is_some_and(|own| policy::is_backward(own, wanted)),
        None => item.kind == Kind::Share && item.has_copies() && !policy::is_vaulted(wanted),
    };
    if goes_back { Err(invalid_input()) } else { Ok(()) }
}

/// In an immutable vault, an item goes to no policy that keeps less there (official).
fn not_less(world: &World, vault: &str, existing: Option<&Item>, wanted: &str) -> Result<(), ArmError> {
    let properties = |id: &str| body_json::member(policy::named_by(world, vault, id)?, "properties");
    let before = existing.and_then(|item| item.policy.as_deref()).and_then(properties);
    let is_immutable = State::of(world).vaults.get(vault).is_some_and(|vault| is_immutable(&vault.body));
    match before.zip(properties(wanted)) {
        Some((before, wanted)) if is_immutable && policy::keeps_less(wanted, before) => {
            Err(lower_retention())
        }
        _ => Ok(()),
    }
}

/// A vault takes only so many items (documentation: that, not the code).
fn room(world: &World, place: &Place, existing: Option<&Item>) -> Result<(), ArmError> {
    let items = State::of(world).vaults.get(&place.vault).map_or(0, |vault| {
        let coming = vault.changing.keys().filter(|item| !vault.items.contains_key(*item));
        vault.items.len() + coming.count()
    });
    let limit = world.settings.instances_of(&place.vault).min(match place.kind {
        Kind::Machine => 1000,
        Kind::Share | Kind::Database(_) => 2000,
    });
    if existing.is_some() || items < limit {
        return Ok(());
    }
    let message = format!("The vault protects {items} items, which is the most that it takes.");
    Err(bad_request("UserErrorMaximumProtectedItemsReached", &message))
}

/// Only an immutable vault suspends; the message says the opposite (field).
fn suspendable(vault: &serde_json::Value, state: Protection) -> Result<(), ArmError> {
    if state != Protection::Suspended || is_immutable(vault) {
        return Ok(());
    }
    let message = "This operation is not allowed because the vault is immutable.";
    Err(bad_request("UserErrorOperationDeniedOnImmutableItem", message))
}

/// Whether what a vault keeps cannot be deleted before its time.
pub(in crate::recovery_services) fn is_immutable(vault: &serde_json::Value) -> bool {
    let path = ["properties", "securitySettings", "immutabilitySettings", "state"];
    matches!(body_json::text(vault, &path), Some("Unlocked" | "Locked"))
}

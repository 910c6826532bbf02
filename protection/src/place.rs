//! Place: which Backup vault protects a resource, one that is there or one to create.

mod capacity;
mod creation;

use std::cmp::Reverse;

use holdfast_evaluator::{Creation, Placement, Protection, Resource, VaultChoice};

pub use capacity::Capacity;

use crate::family::Family;
use crate::impossible::Impossible;
use crate::policy::chosen_vault;
use crate::vault::{Vault, VaultSpec, carries};
use crate::{Location, ResourceId, Workload};

/// Code of an outcome: what could protect it has no room.
const FULL: &str = "VaultFull";
/// Code of an outcome: several fit.
const AMBIGUOUS: &str = "VaultAmbiguous";

/// Where a resource is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a vault that is there.
    There(Vault),
    /// In a vault that has to be created first.
    ToCreate(VaultSpec),
}

/// What can be chosen from.
#[derive(Debug, Clone, Copy)]
pub struct Vaults<'a> {
    /// Subscriptions that are looked at, one after the other; a new vault is made in the first.
    pub subscriptions: &'a [String],
    /// Every vault of theirs.
    pub all: &'a [Vault],
    /// How full they are.
    pub capacity: &'a Capacity,
}

/// Chooses the vault that the decision names, in the resource's region; one that is missing is created if the rule set
/// allows it.
///
/// Without a choice in the decision, the region must have exactly one vault with room: guessing between several would
/// hide a choice. Vaults that are chosen by their tags are filled one after the other.
pub fn place(
    resource: &Resource,
    how: &Protection,
    family: Family,
    vaults: Vaults<'_>,
    allowed: &Creation,
) -> Result<Place, Impossible> {
    let choice = chosen_vault(how);
    let mut found = vaults.subscriptions.iter().map(|subscription| {
        let is_here = |vault: &&Vault| vault.id.subscription().eq_ignore_ascii_case(subscription);
        let here: Vec<&Vault> = vaults.all.iter().filter(is_here).collect();
        existing(resource, choice.as_ref(), family, &here, vaults.capacity)
    });
    let first = found.next().unwrap_or(Ok(Found::None(nowhere(resource, family))));
    // What the first ones lack or have in another region, or have no room for, the next one may have.
    let further = |found: &Result<Found<'_>, Impossible>| match found {
        Ok(Found::None(_)) => true,
        Err(impossible) => impossible.code != AMBIGUOUS,
        Ok(Found::One(_)) => false,
    };
    let usable = if further(&first) { found.find(|found| !further(found)) } else { None };
    let is_own = |one: &String| one.eq_ignore_ascii_case(&resource.subscription);
    match usable.unwrap_or(first)? {
        Found::One(vault) => Ok(Place::There(vault.clone())),
        Found::None(missing) => match &allowed.vaults {
            Some(creation) => {
                let home =
                    vaults.subscriptions.first().map_or(resource.subscription.as_str(), String::as_str);
                creation::spec(resource, how, creation, (family, home)).map(Place::ToCreate)
            }
            None if vaults.subscriptions.iter().all(is_own) => Err(missing),
            None => {
                let looked_at = vaults.subscriptions.join(", ");
                Err(Impossible {
                    message: format!("{} (looked for in subscription {looked_at})", missing.message),
                    ..missing
                })
            }
        },
    }
}

/// Subscriptions whose vaults are looked at for a resource: that of a vault or a policy that is named by its id, or those
/// of the rule set.
///
/// # Errors
///
/// Where none of them may protect a resource of this workload.
pub fn subscriptions(
    resource: &Resource,
    how: &Protection,
    workload: Workload,
    placement: &Placement,
) -> Result<Vec<String>, Impossible> {
    let choice = chosen_vault(how);
    let own = resource.subscription.as_str();
    let named = match &choice {
        Some(VaultChoice::Named(name)) => name.parse::<ResourceId>().ok(),
        Some(VaultChoice::Selector(_)) | None => None,
    };
    let mut stated = match &named {
        Some(id) => vec![id.subscription()],
        None => placement.subscriptions_for(own),
    };
    stated.retain(|one| workload.crosses_subscriptions() || one.eq_ignore_ascii_case(own));
    if stated.is_empty() {
        return Err(Impossible::new(
            "VaultInOtherSubscription",
            format!(
                "the vault for `{}` is to be in another subscription, which Azure does not take for a {}",
                resource.name,
                workload.noun()
            ),
            "let the rules name a vault of its own subscription, or state `own` in `[placement]` of the rule set as well",
        ));
    }
    Ok(stated.into_iter().map(str::to_owned).collect())
}

fn nowhere(resource: &Resource, family: Family) -> Impossible {
    Impossible::new(
        "VaultNotFound",
        format!(
            "no subscription is stated in which a {} for `{}` could be",
            family.vault_noun(),
            resource.name
        ),
        "state one in `[placement]` of the rule set",
    )
}

/// Whether more than one vault fits, so that it matters how full they are.
pub fn has_choice(resource: &Resource, how: &Protection, vaults: &[Vault]) -> bool {
    let region = Location::from(resource.location.as_str());
    let choice = chosen_vault(how);
    let fits = |vault: &&Vault| {
        vault.location == region
            && match &choice {
                Some(VaultChoice::Named(_)) => false,
                Some(VaultChoice::Selector(chosen)) => carries(&vault.tags, chosen),
                None => true,
            }
    };
    vaults.iter().filter(fits).count() > 1
}

/// Whether the vault that is desired is there.
enum Found<'v> {
    One(&'v Vault),
    None(Impossible),
}

fn existing<'v>(
    resource: &Resource,
    choice: Option<&VaultChoice>,
    family: Family,
    vaults: &[&'v Vault],
    capacity: &Capacity,
) -> Result<Found<'v>, Impossible> {
    let region = Location::from(resource.location.as_str());
    match choice {
        Some(VaultChoice::Named(name)) => match named(name, &region, family, vaults)? {
            Found::One(vault) if !capacity.has_room(vault) => Err(no_room(&[vault], family, capacity)),
            found => Ok(found),
        },
        Some(VaultChoice::Selector(tags)) => {
            let desired =
                || tags.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ");
            let fits: Vec<&Vault> = vaults
                .iter()
                .copied()
                .filter(|vault| vault.location == region && carries(&vault.tags, tags))
                .collect();
            match fullest(&fits, capacity) {
                Some(vault) => Ok(Found::One(vault)),
                None => only(&region, &fits, capacity, family, &format!("tagged {}", desired())),
            }
        }
        None => {
            let fits: Vec<&Vault> = vaults.iter().copied().filter(|vault| vault.location == region).collect();
            only(&region, &fits, capacity, family, "at all")
        }
    }
}

/// Of the vaults with room the fullest: one is filled after the other, in the order of their ids.
fn fullest<'v>(fits: &[&'v Vault], capacity: &Capacity) -> Option<&'v Vault> {
    let with_room = fits.iter().copied().filter(|vault| capacity.has_room(vault));
    with_room.min_by_key(|vault| (Reverse(capacity.held(vault)), vault.id.key()))
}

fn no_room(vaults: &[&Vault], family: Family, capacity: &Capacity) -> Impossible {
    let names: Vec<&str> = vaults.iter().map(|vault| vault.id.name()).collect();
    let (noun, most) = (family.vault_noun(), capacity.most());
    let message =
        format!("no room is left in {noun} {}: one takes {most} backup instances", names.join(", "));
    let way_out = "let the rules choose another vault, or select vaults by a tag that further vaults can carry as well; \
         or delete backup instances that nobody needs";
    Impossible::new(FULL, message, way_out)
}

fn named<'v>(
    name: &str,
    region: &Location,
    family: Family,
    vaults: &[&'v Vault],
) -> Result<Found<'v>, Impossible> {
    let noun = family.vault_noun();
    let namesakes: Vec<&'v Vault> = vaults.iter().copied().filter(|vault| vault.id.is_called(name)).collect();
    let in_region: Vec<&'v Vault> =
        namesakes.iter().copied().filter(|vault| vault.location == *region).collect();
    match (in_region.as_slice(), namesakes.as_slice()) {
        ([vault], _) => Ok(Found::One(vault)),
        ([], []) => Ok(Found::None(Impossible::new(
            "VaultNotFound",
            format!("the rules choose {noun} `{name}`, which is not there"),
            format!(
                "create {noun} `{name}` in {region} (or restore it, if it was deleted), \
                 let the rule set create it (`[create.vaults]`), or let the rules choose another"
            ),
        ))),
        ([], elsewhere) => {
            let elsewhere: Vec<String> = elsewhere.iter().map(|vault| vault.location.to_string()).collect();
            Err(Impossible::new(
                "VaultInOtherRegion",
                format!(
                    "{noun} `{name}` is in {}; a resource in {region} needs a vault there",
                    elsewhere.join(", ")
                ),
                format!("let the rules choose a vault in {region}"),
            ))
        }
        (several, _) => Err(Impossible::new(
            AMBIGUOUS,
            format!("{} {noun}s in {region} are called `{name}`", several.len()),
            "let the rules name the vault by its ARM id".to_owned(),
        )),
    }
}

fn only<'v>(
    region: &Location,
    fits: &[&'v Vault],
    capacity: &Capacity,
    family: Family,
    desired: &str,
) -> Result<Found<'v>, Impossible> {
    let noun = family.vault_noun();
    let found: Vec<&Vault> = fits.iter().copied().filter(|vault| capacity.has_room(vault)).collect();
    match found.as_slice() {
        [vault] => Ok(Found::One(vault)),
        [] if !fits.is_empty() => Err(no_room(fits, family, capacity)),
        [] => Ok(Found::None(Impossible::new(
            "VaultNotFound",
            format!("no {noun} {desired} is in {region}"),
            format!(
                "create one in {region}, let the rule set create it (`[create.vaults]`), or let the rules name a vault"
            ),
        ))),
        several => Err(Impossible::new(
            AMBIGUOUS,
            format!(
                "{region} has {} {noun}s {desired}: {}",
                several.len(),
                several.iter().map(|vault| vault.id.name()).collect::<Vec<_>>().join(", ")
            ),
            "let the rules name one of them".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests;

//! Place: which Backup vault protects a resource, one that is there or one to create.

mod capacity;
mod creation;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use holdfast_evaluator::{Creation, Protection, Resource, VaultChoice};

pub use capacity::Capacity;

use crate::Location;
use crate::family::Family;
use crate::impossible::Impossible;
use crate::policy::NamedPolicy;
use crate::vault::{Vault, VaultSpec};

/// Where a resource is protected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a vault that is there.
    There(Vault),
    /// In a vault that has to be created first.
    ToCreate(VaultSpec),
}

/// Chooses the vault that the decision names, in the resource's region; one that is missing is created if `allowed`.
///
/// Without a choice in the decision, the region must have exactly one vault with room: guessing between several would
/// hide a choice. Vaults that are chosen by their tags are filled one after the other.
pub fn place(
    resource: &Resource,
    how: &Protection,
    family: Family,
    vaults: &[Vault],
    capacity: &Capacity,
    allowed: &Creation,
) -> Result<Place, Impossible> {
    let choice = how.vault.clone().or_else(|| vault_of_policy(how));
    match existing(resource, choice.as_ref(), family, vaults, capacity) {
        Ok(Found::One(vault)) => Ok(Place::There(vault.clone())),
        Ok(Found::None(missing)) => match &allowed.vaults {
            Some(creation) => creation::spec(resource, how, creation, family).map(Place::ToCreate),
            None => Err(missing),
        },
        Err(impossible) => Err(impossible),
    }
}

/// Whether more than one vault fits, so that it matters how full they are.
pub fn has_choice(resource: &Resource, how: &Protection, vaults: &[Vault]) -> bool {
    let region = Location::from(resource.location.as_str());
    let fits = |vault: &&Vault| {
        vault.location == region
            && match &how.vault {
                None if vault_of_policy(how).is_some() => false,
                Some(VaultChoice::Named(_)) => false,
                Some(VaultChoice::Selector(tags)) => carries(vault, tags),
                None => true,
            }
    };
    vaults.iter().filter(fits).count() > 1
}

/// The vault that the id of the chosen policy names.
fn vault_of_policy(how: &Protection) -> Option<VaultChoice> {
    let policy = how.policy.as_deref().map(NamedPolicy::parse)?;
    policy.vault().map(|vault| VaultChoice::Named(vault.to_string()))
}

fn carries(vault: &Vault, tags: &BTreeMap<String, String>) -> bool {
    tags.iter().all(|(name, value)| vault.tags.get(name) == Some(value))
}

/// Whether the vault that is wished for is there.
enum Found<'v> {
    One(&'v Vault),
    None(Impossible),
}

fn existing<'v>(
    resource: &Resource,
    choice: Option<&VaultChoice>,
    family: Family,
    vaults: &'v [Vault],
    capacity: &Capacity,
) -> Result<Found<'v>, Impossible> {
    let region = Location::from(resource.location.as_str());
    match choice {
        Some(VaultChoice::Named(name)) => match named(name, &region, family, vaults)? {
            Found::One(vault) if !capacity.has_room(vault) => Err(no_room(&[vault], family)),
            found => Ok(found),
        },
        Some(VaultChoice::Selector(tags)) => {
            let desired =
                || tags.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ");
            let fits: Vec<&Vault> =
                vaults.iter().filter(|vault| vault.location == region && carries(vault, tags)).collect();
            match fullest(&fits, capacity) {
                Some(vault) => Ok(Found::One(vault)),
                None => only(&region, &fits, capacity, family, &format!("tagged {}", desired())),
            }
        }
        None => {
            let fits: Vec<&Vault> = vaults.iter().filter(|vault| vault.location == region).collect();
            only(&region, &fits, capacity, family, "at all")
        }
    }
}

/// Of the vaults with room the fullest: one is filled after the other, in the order of their ids.
fn fullest<'v>(fits: &[&'v Vault], capacity: &Capacity) -> Option<&'v Vault> {
    let with_room = fits.iter().copied().filter(|vault| capacity.has_room(vault));
    with_room.min_by_key(|vault| (Reverse(capacity.held(vault)), vault.id.key()))
}

fn no_room(vaults: &[&Vault], family: Family) -> Impossible {
    let names: Vec<&str> = vaults.iter().map(|vault| vault.id.name()).collect();
    let (noun, most) = (family.vault_noun(), family.most_instances());
    let message =
        format!("no room is left in {noun} {}: Azure takes {most} backup instances in one", names.join(", "));
    let way_out = "let the rules choose another vault, or select vaults by a tag that further vaults can carry as well; \
         or delete backup instances that nobody needs";
    Impossible::new("VaultFull", message, way_out)
}

fn named<'v>(
    name: &str,
    region: &Location,
    family: Family,
    vaults: &'v [Vault],
) -> Result<Found<'v>, Impossible> {
    let noun = family.vault_noun();
    let namesakes: Vec<&Vault> = vaults.iter().filter(|vault| vault.is_called(name)).collect();
    let in_region: Vec<&Vault> =
        namesakes.iter().copied().filter(|vault| vault.location == *region).collect();
    match (in_region.as_slice(), namesakes.as_slice()) {
        ([vault], _) => Ok(Found::One(vault)),
        ([], []) => Ok(Found::None(Impossible::new(
            "VaultNotFound",
            format!("the rules choose {noun} `{name}`, which the subscription does not have"),
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
            "VaultAmbiguous",
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
        [] if !fits.is_empty() => Err(no_room(fits, family)),
        [] => Ok(Found::None(Impossible::new(
            "VaultNotFound",
            format!("no {noun} {desired} is in {region}"),
            format!(
                "create one in {region}, let the rule set create it (`[create.vaults]`), or let the rules name a vault"
            ),
        ))),
        several => Err(Impossible::new(
            "VaultAmbiguous",
            format!(
                "{region} has {} {noun}s {desired}: {}",
                several.len(),
                several.iter().map(|vault| vault.id.name()).collect::<Vec<_>>().join(", ")
            ),
            "let the rules name one of them".to_owned(),
        )),
    }
}

impl Vault {
    /// Whether a rule that names a vault, by name or ARM id, means this one.
    pub fn is_called(&self, name: &str) -> bool {
        self.id.name().eq_ignore_ascii_case(name) || self.id.as_str().eq_ignore_ascii_case(name)
    }
}

#[cfg(test)]
mod tests;

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
            let wish =
                || tags.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ");
            let fits: Vec<&Vault> =
                vaults.iter().filter(|vault| vault.location == region && carries(vault, tags)).collect();
            match fullest(&fits, capacity) {
                Some(vault) => Ok(Found::One(vault)),
                None => only(&region, &fits, capacity, family, &format!("tagged {}", wish())),
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
    wish: &str,
) -> Result<Found<'v>, Impossible> {
    let noun = family.vault_noun();
    let found: Vec<&Vault> = fits.iter().copied().filter(|vault| capacity.has_room(vault)).collect();
    match found.as_slice() {
        [vault] => Ok(Found::One(vault)),
        [] if !fits.is_empty() => Err(no_room(fits, family)),
        [] => Ok(Found::None(Impossible::new(
            "VaultNotFound",
            format!("no {noun} {wish} is in {region}"),
            format!(
                "create one in {region}, let the rule set create it (`[create.vaults]`), or let the rules name a vault"
            ),
        ))),
        several => Err(Impossible::new(
            "VaultAmbiguous",
            format!(
                "{region} has {} {noun}s {wish}: {}",
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
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::vault::{CrossRegion, Immutability, Making};

    fn vault(group: &str, name: &str, region: &str, tags: &[(&str, &str)]) -> Vault {
        let id = format!(
            "/subscriptions/s/resourceGroups/{group}/providers/Microsoft.DataProtection/backupVaults/{name}"
        );
        let tags = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Vault {
            id: id.parse().unwrap(),
            family: Family::BackupVault,
            location: region.into(),
            tags,
            principal: None,
            making: Making::Done,
            immutability: Immutability::Disabled,
            cross_region: CrossRegion::Disabled,
            cross_subscription: true,
        }
    }

    fn resource() -> Resource {
        Resource {
            id: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d".to_owned(),
            resource_type: "Microsoft.Compute/disks".to_owned(),
            name: "d".to_owned(),
            location: "westeurope".to_owned(),
            resource_group: "g".to_owned(),
            subscription: "s".to_owned(),
            tags: BTreeMap::new(),
            sku: None,
            kind: None,
            body: "{}".to_owned(),
        }
    }

    fn found(choice: Option<VaultChoice>, vaults: &[Vault], allowed: &Creation) -> Result<Place, Impossible> {
        let how = Protection { vault: choice, ..Protection::default() };
        place(&resource(), &how, Family::BackupVault, vaults, &Capacity::default(), allowed)
    }

    #[test]
    fn vaults_of_a_tag_are_filled_one_after_the_other_and_a_full_one_is_named() {
        let tags = [("pool", "a")];
        let vaults = ["one", "two", "three"].map(|name| vault("a", name, "westeurope", &tags));
        let pool = Protection {
            vault: Some(VaultChoice::Selector([("pool".to_owned(), "a".to_owned())].into())),
            ..Protection::default()
        };
        let chosen = |counts: [u32; 3], full: &[usize], how: &Protection| {
            let counted = vaults.iter().zip(counts).map(|(vault, count)| (vault.id.key(), count)).collect();
            let full = full.iter().map(|at| vaults[*at].id.clone()).collect();
            place(
                &resource(),
                how,
                Family::BackupVault,
                &vaults,
                &Capacity::new(counted, full),
                &Creation::default(),
            )
            .map(|placed| match placed {
                Place::There(vault) => vault.id.name().to_owned(),
                Place::ToCreate(spec) => panic!("{spec:?}"),
            })
        };
        assert_eq!(chosen([0, 0, 0], &[], &pool).as_deref(), Ok("one"));
        assert_eq!(chosen([10, 4_999, 0], &[], &pool).as_deref(), Ok("two"));
        assert_eq!(chosen([10, 5_000, 0], &[], &pool).as_deref(), Ok("one"));
        assert_eq!(chosen([4_990, 0, 0], &[0], &pool).as_deref(), Ok("three"), "Azure knows better");
        assert_eq!(chosen([5_000, 5_000, 5_001], &[], &pool).unwrap_err().code, "VaultFull");
        assert_eq!(chosen([5_000, 0, 5_000], &[], &Protection::default()).as_deref(), Ok("two"));
        assert_eq!(chosen([5_000, 0, 0], &[], &Protection::default()).unwrap_err().code, "VaultAmbiguous");
        let named = Protection { vault: Some(VaultChoice::Named("two".to_owned())), ..Protection::default() };
        assert_eq!(chosen([0, 0, 0], &[1], &named).unwrap_err().code, "VaultFull");
    }

    #[test]
    fn a_vault_is_found_by_name_or_by_tags() {
        let vaults =
            [vault("a", "one", "West Europe", &[("tier", "gold")]), vault("a", "two", "westeurope", &[])];
        let by = |choice: VaultChoice| match found(Some(choice), &vaults, &Creation::default()).unwrap() {
            Place::There(vault) => vault.id.name().to_owned(),
            Place::ToCreate(spec) => panic!("{spec:?}"),
        };
        assert_eq!(by(VaultChoice::Named("TWO".to_owned())), "two");
        assert_eq!(by(VaultChoice::Selector([("tier".to_owned(), "gold".to_owned())].into())), "one");
    }

    #[test]
    fn what_cannot_be_placed_names_the_way_out() {
        let vaults = [
            vault("a", "one", "westeurope", &[]),
            vault("b", "one", "westeurope", &[]),
            vault("a", "north", "northeurope", &[]),
        ];
        let code =
            |choice: Option<VaultChoice>| found(choice, &vaults, &Creation::default()).unwrap_err().code;
        assert_eq!(code(Some(VaultChoice::Named("none".to_owned()))), "VaultNotFound");
        assert_eq!(code(Some(VaultChoice::Named("north".to_owned()))), "VaultInOtherRegion");
        assert_eq!(code(Some(VaultChoice::Named("one".to_owned()))), "VaultAmbiguous");
        assert_eq!(code(None), "VaultAmbiguous");
    }

    #[test]
    fn the_id_of_a_policy_names_its_vault() {
        let vaults = ["one", "two"].map(|name| vault("a", name, "westeurope", &[]));
        let chosen = |vault: Option<&str>| {
            let policy = Some(format!("{}/backupPolicies/gold", vaults[1].id));
            let vault = vault.map(|name| VaultChoice::Named(name.to_owned()));
            let how = Protection { vault, policy, ..Protection::default() };
            let placed = place(
                &resource(),
                &how,
                Family::BackupVault,
                &vaults,
                &Capacity::default(),
                &Creation::default(),
            );
            match placed.unwrap() {
                Place::There(vault) => vault.id.name().to_owned(),
                Place::ToCreate(spec) => panic!("{spec:?}"),
            }
        };
        assert_eq!(chosen(None), "two");
        assert_eq!(chosen(Some("one")), "one", "what is decided of the vault counts; the plan then refuses");
    }

    #[test]
    fn only_a_vault_that_is_missing_is_created() {
        let creation: Creation =
            serde_json::from_str(r#"{ "vaults": { "resource-group": "rg-backup" } }"#).unwrap();
        let vaults = [vault("a", "north", "northeurope", &[])];
        let by = |name: &str| found(Some(VaultChoice::Named(name.to_owned())), &vaults, &creation);
        assert!(matches!(by("bv"), Ok(Place::ToCreate(spec)) if spec.id.name() == "bv"));
        assert_eq!(by("north").unwrap_err().code, "VaultInOtherRegion");
    }
}

//! Place: which Backup vault protects a resource, one that is there or one to create.

mod creation;

use holdfast_evaluator::{Creation, Protection, Resource, VaultChoice};

use crate::Location;
use crate::plan::Impossible;
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
/// Without a wish, the region must have exactly one vault: guessing between several would hide a choice.
pub fn place(
    resource: &Resource,
    how: &Protection,
    vaults: &[Vault],
    allowed: &Creation,
) -> Result<Place, Impossible> {
    match existing(resource, how.vault.as_ref(), vaults) {
        Ok(Found::One(vault)) => Ok(Place::There(vault.clone())),
        Ok(Found::None(missing)) => match &allowed.vaults {
            Some(creation) => creation::spec(resource, how, creation).map(Place::ToCreate),
            None => Err(missing),
        },
        Err(impossible) => Err(impossible),
    }
}

/// Whether the vault that is wished for is there.
enum Found<'v> {
    One(&'v Vault),
    None(Impossible),
}

fn existing<'v>(
    resource: &Resource,
    choice: Option<&VaultChoice>,
    vaults: &'v [Vault],
) -> Result<Found<'v>, Impossible> {
    let region = Location::from(resource.location.as_str());
    match choice {
        Some(VaultChoice::Named(name)) => named(name, &region, vaults),
        Some(VaultChoice::Selector(tags)) => {
            let wish =
                || tags.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ");
            let fits = |vault: &&Vault| tags.iter().all(|(name, value)| vault.tags.get(name) == Some(value));
            only(&region, vaults, fits, &format!("tagged {}", wish()))
        }
        None => only(&region, vaults, |_| true, "at all"),
    }
}

fn named<'v>(name: &str, region: &Location, vaults: &'v [Vault]) -> Result<Found<'v>, Impossible> {
    let namesakes: Vec<&Vault> = vaults.iter().filter(|vault| vault.is_called(name)).collect();
    let in_region: Vec<&Vault> =
        namesakes.iter().copied().filter(|vault| vault.location == *region).collect();
    match (in_region.as_slice(), namesakes.as_slice()) {
        ([vault], _) => Ok(Found::One(vault)),
        ([], []) => Ok(Found::None(Impossible::new(
            "VaultNotFound",
            format!("the rules choose Backup vault `{name}`, which the subscription does not have"),
            format!(
                "create Backup vault `{name}` in {region} (or restore it, if it was deleted), \
                 let the rule set create it (`[create.vaults]`), or let the rules choose another"
            ),
        ))),
        ([], elsewhere) => {
            let elsewhere: Vec<String> = elsewhere.iter().map(|vault| vault.location.to_string()).collect();
            Err(Impossible::new(
                "VaultInOtherRegion",
                format!(
                    "Backup vault `{name}` is in {}; a resource in {region} needs a vault there",
                    elsewhere.join(", ")
                ),
                format!("let the rules choose a vault in {region}"),
            ))
        }
        (several, _) => Err(Impossible::new(
            "VaultAmbiguous",
            format!("{} Backup vaults in {region} are called `{name}`", several.len()),
            "let the rules name the vault by its ARM id".to_owned(),
        )),
    }
}

fn only<'v>(
    region: &Location,
    vaults: &'v [Vault],
    fits: impl Fn(&&Vault) -> bool,
    wish: &str,
) -> Result<Found<'v>, Impossible> {
    let found: Vec<&Vault> = vaults.iter().filter(|vault| vault.location == *region).filter(fits).collect();
    match found.as_slice() {
        [vault] => Ok(Found::One(vault)),
        [] => Ok(Found::None(Impossible::new(
            "VaultNotFound",
            format!("no Backup vault {wish} is in {region}"),
            format!(
                "create one in {region}, let the rule set create it (`[create.vaults]`), or let the rules name a vault"
            ),
        ))),
        several => Err(Impossible::new(
            "VaultAmbiguous",
            format!(
                "{region} has {} Backup vaults {wish}: {}",
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
    use crate::vault::{Immutability, Making};

    fn vault(group: &str, name: &str, region: &str, tags: &[(&str, &str)]) -> Vault {
        let id = format!(
            "/subscriptions/s/resourceGroups/{group}/providers/Microsoft.DataProtection/backupVaults/{name}"
        );
        let tags = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Vault {
            id: id.parse().unwrap(),
            location: region.into(),
            tags,
            principal: None,
            making: Making::Done,
            immutability: Immutability::Disabled,
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
        place(&resource(), &Protection { vault: choice, ..Protection::default() }, vaults, allowed)
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
    fn only_a_vault_that_is_missing_is_created() {
        let creation: Creation =
            serde_json::from_str(r#"{ "vaults": { "resource-group": "rg-backup" } }"#).unwrap();
        let vaults = [vault("a", "north", "northeurope", &[])];
        let by = |name: &str| found(Some(VaultChoice::Named(name.to_owned())), &vaults, &creation);
        assert!(matches!(by("bv"), Ok(Place::ToCreate(spec)) if spec.id.name() == "bv"));
        assert_eq!(by("north").unwrap_err().code, "VaultInOtherRegion");
    }
}

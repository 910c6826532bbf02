//! Place: which Backup vault protects a resource.

use holdfast_evaluator::{Resource, VaultChoice};

use crate::Location;
use crate::plan::Impossible;
use crate::vault::Vault;

/// Chooses the vault that the decision names, in the resource's region.
///
/// Without a wish, the region must have exactly one vault: guessing between several would hide a choice.
pub fn place<'v>(
    resource: &Resource,
    choice: Option<&VaultChoice>,
    vaults: &'v [Vault],
) -> Result<&'v Vault, Impossible> {
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

fn named<'v>(name: &str, region: &Location, vaults: &'v [Vault]) -> Result<&'v Vault, Impossible> {
    let is_named = |vault: &&Vault| {
        vault.id.name().eq_ignore_ascii_case(name) || vault.id.as_str().eq_ignore_ascii_case(name)
    };
    let mut namesakes = vaults.iter().filter(is_named).peekable();
    if namesakes.peek().is_none() {
        return Err(Impossible::new(
            "VaultNotFound",
            format!("the rules choose Backup vault `{name}`, which the subscription does not have"),
            format!("create Backup vault `{name}` in {region}, or let the rules choose another"),
        ));
    }
    let in_region: Vec<&Vault> = namesakes.clone().filter(|vault| vault.location == *region).collect();
    match in_region.as_slice() {
        [vault] => Ok(vault),
        [] => {
            let elsewhere = namesakes.map(|vault| vault.location.to_string()).collect::<Vec<_>>().join(", ");
            Err(Impossible::new(
                "VaultInOtherRegion",
                format!(
                    "Backup vault `{name}` is in {elsewhere}; a resource in {region} needs a vault there"
                ),
                format!("let the rules choose a vault in {region}"),
            ))
        }
        _ => Err(Impossible::new(
            "VaultAmbiguous",
            format!("{} Backup vaults in {region} are called `{name}`", in_region.len()),
            "let the rules name the vault by its ARM id".to_owned(),
        )),
    }
}

fn only<'v>(
    region: &Location,
    vaults: &'v [Vault],
    fits: impl Fn(&&Vault) -> bool,
    wish: &str,
) -> Result<&'v Vault, Impossible> {
    let found: Vec<&Vault> = vaults.iter().filter(|vault| vault.location == *region).filter(fits).collect();
    match found.as_slice() {
        [vault] => Ok(vault),
        [] => Err(Impossible::new(
            "VaultNotFound",
            format!("no Backup vault {wish} is in {region}"),
            format!("create one in {region}, or let the rules name a vault"),
        )),
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn vault(group: &str, name: &str, region: &str, tags: &[(&str, &str)]) -> Vault {
        let id = format!(
            "/subscriptions/s/resourceGroups/{group}/providers/Microsoft.DataProtection/backupVaults/{name}"
        );
        let tags = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Vault { id: id.parse().unwrap(), location: region.into(), tags, principal: None }
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

    #[test]
    fn a_vault_is_found_by_name_or_by_tags() {
        let vaults =
            [vault("a", "one", "West Europe", &[("tier", "gold")]), vault("a", "two", "westeurope", &[])];
        let by =
            |choice: VaultChoice| place(&resource(), Some(&choice), &vaults).unwrap().id.name().to_owned();
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
            |choice: Option<VaultChoice>| place(&resource(), choice.as_ref(), &vaults).unwrap_err().code;
        assert_eq!(code(Some(VaultChoice::Named("none".to_owned()))), "VaultNotFound");
        assert_eq!(code(Some(VaultChoice::Named("north".to_owned()))), "VaultInOtherRegion");
        assert_eq!(code(Some(VaultChoice::Named("one".to_owned()))), "VaultAmbiguous");
        assert_eq!(code(None), "VaultAmbiguous");
    }
}

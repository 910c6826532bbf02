//! The vault that is created where the desired one is missing, within Azure's limits.

use holdfast_evaluator::{Protection, Redundancy, Resource, VaultChoice, VaultCreation};

use crate::family::Family;
use crate::impossible::Impossible;
use crate::vault::VaultSpec;
use crate::{Location, ResourceId};

/// The vault to create for a resource, in the subscription `home`.
pub(super) fn spec(
    resource: &Resource,
    how: &Protection,
    creation: &VaultCreation,
    (family, home): (Family, &str),
) -> Result<VaultSpec, Impossible> {
    let location = Location::from(resource.location.as_str());
    let mut tags = creation.tags.clone();
    if let Some(VaultChoice::Selector(desired)) = &how.vault {
        tags.extend(desired.clone());
    }
    let redundancy = how.redundancy.unwrap_or(creation.redundancy);
    if creation.cross_region_restore && redundancy != Redundancy::GeoRedundant {
        return Err(Impossible::new(
            "VaultSettingsContradict",
            format!(
                "the rules ask for a vault that is not geo-redundant, the rule set for cross-region restore, for `{}`",
                resource.name
            ),
            "let the rules ask for `geo-redundant`, or turn `cross-region-restore` off in `[create.vaults]`",
        ));
    }
    Ok(VaultSpec {
        id: id(resource, how, creation, &location, (family, home))?,
        location,
        redundancy,
        soft_delete: creation.soft_delete,
        soft_delete_days: creation.soft_delete_days,
        immutability: creation.immutability,
        cross_region_restore: creation.cross_region_restore,
        tags,
    })
}

fn id(
    resource: &Resource,
    how: &Protection,
    creation: &VaultCreation,
    location: &Location,
    (family, home): (Family, &str),
) -> Result<ResourceId, Impossible> {
    let fill = |pattern: &str| pattern.replace("{location}", location.as_str());
    let name = match (&how.vault, &creation.name) {
        (Some(VaultChoice::Named(id)), _) if id.starts_with('/') => {
            return family.vault(id);
        }
        (Some(VaultChoice::Named(name)), _) => name.clone(),
        (Some(VaultChoice::Selector(_)) | None, Some(pattern)) => fill(pattern),
        (Some(VaultChoice::Selector(_)) | None, None) => {
            return Err(Impossible::new(
                "VaultNotFound",
                format!(
                    "no {} for `{}` is in {location}, and nothing names the one to create",
                    family.vault_noun(),
                    resource.name
                ),
                "state `name` in `[create.vaults]` of the rule set, or let the rules name a vault",
            ));
        }
    };
    let group = fill(&creation.resource_group);
    family.new_vault(home, &group, &name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

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

    fn creation(more: &str) -> VaultCreation {
        serde_json::from_str(&format!(r#"{{ "resource-group": "rg-{{location}}"{more} }}"#)).unwrap()
    }

    #[test]
    fn a_wish_of_the_decision_outweighs_the_rule_set() {
        let how = Protection {
            vault: Some(VaultChoice::Selector([("tier".to_owned(), "gold".to_owned())].into())),
            redundancy: Some(Redundancy::ZoneRedundant),
            ..Protection::default()
        };
        let made =
            spec(&resource(), &how, &creation(r#", "name": "bv-{location}""#), (Family::BackupVault, "s"))
                .unwrap();
        assert!(made.id.as_str().ends_with(
            "/resourceGroups/rg-westeurope/providers/Microsoft.DataProtection/backupVaults/bv-westeurope"
        ));
        assert_eq!((made.redundancy, made.tags["tier"].as_str()), (Redundancy::ZoneRedundant, "gold"));
    }

    #[test]
    fn what_azure_would_refuse_is_refused_before_the_call() {
        let code = |how: &Protection, more: &str| {
            spec(&resource(), how, &creation(more), (Family::BackupVault, "s")).unwrap_err().code
        };
        let called = |name: &str| Protection {
            vault: Some(VaultChoice::Named(name.to_owned())),
            redundancy: Some(Redundancy::LocallyRedundant),
            ..Protection::default()
        };
        assert_eq!(code(&called("9lives"), ""), "VaultNameNotUsable");
        assert_eq!(code(&called("bv_west"), ""), "VaultNameNotUsable");
        assert_eq!(
            code(&called("bv"), r#", "cross-region-restore": true, "redundancy": "geo-redundant""#),
            "VaultSettingsContradict"
        );
        assert_eq!(code(&Protection::default(), ""), "VaultNotFound");
    }
}

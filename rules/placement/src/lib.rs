//! Places backups by the location of the resource: into which vault, and for disks into which
//! snapshot resource group. Machines, the databases in them and file shares are protected in Recovery
//! Services vaults, all else in Backup vaults.
//!
//! `default` holds for every location; an entry under `locations` replaces it for one. Names may
//! hold `{location}`. A vault is chosen by name (`vault`) or by tags (`vault-tags`).
//!
//! ```toml
//! [rule.settings.default]
//! vault = "bv-{location}"
//! recovery-services-vault = "rsv-{location}"
//! snapshot-resource-group = "rg-snapshots-{location}"
//!
//! [rule.settings.locations.eastus]
//! vault-tags = { purpose = "backup" }
//! ```
//!
//! The rule says nothing about *whether* a resource is protected: bind it with `decides = "how"`.
//!
//! Reason codes: `location-mapped`, `location-default`, and `location-not-mapped` (abstain).

mod settings;

use std::collections::BTreeMap;

use holdfast_rule_sdk::{
    Issue, Manifest, Opinion, Protection, Reason, Request, Rule, Tag, Text, VaultChoice, Verdict, rule,
};

pub use settings::{Pattern, Place, Settings};

/// Types whose recovery points are snapshots beside the resource, in a resource group to be named.
const TYPES_WITH_SNAPSHOT_GROUP: [&str; 2] =
    ["Microsoft.Compute/disks", "Microsoft.ContainerService/managedClusters"];

/// Types that are protected in Recovery Services vaults.
const TYPES_OF_RECOVERY_SERVICES: [&str; 4] = [
    "Microsoft.Compute/virtualMachines",
    "Microsoft.Compute/virtualMachines/sqlInstances/databases",
    "Microsoft.Compute/virtualMachines/hanaSystems/databases",
    "Microsoft.Storage/storageAccounts/fileServices/shares",
];

/// The rule; see the crate's documentation.
pub struct Placement;

impl Rule for Placement {
    type Settings = Settings;

    fn manifest() -> Manifest {
        let codes = ["location-mapped", "location-default", "location-not-mapped"];
        Manifest {
            name: "placement".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "decides vault and snapshot resource group by location".into(),
            resource_types: Vec::new(),
            workloads: vec![],
            fact_kinds: Vec::new(),
            settings_schema: include_str!("settings.schema.json").into(),
            reason_codes: codes.map(String::from).into(),
        }
    }

    fn check(settings: &Settings) -> Vec<Issue> {
        settings.issues()
    }

    fn evaluate(settings: &Settings, request: &Request<'_>) -> Opinion {
        let target = &request.target;
        let location = target.location;
        let (code, place) = match (settings.locations.get(location), &settings.default) {
            (Some(place), _) => ("location-mapped", place),
            (None, Some(place)) => ("location-default", place),
            (None, None) => {
                return Opinion::abstain()
                    .because("location-not-mapped", Text::of(&["no place is set for ", location]))
                    .seen(Text::constant("/target/location"), location);
            }
        };
        let snapshots = place
            .snapshot_resource_group
            .as_ref()
            .filter(|_| TYPES_WITH_SNAPSHOT_GROUP.iter().any(|with_snapshots| target.is(with_snapshots)));
        let snapshots = snapshots.map(|pattern| pattern.name(location));
        let in_recovery_services = TYPES_OF_RECOVERY_SERVICES.iter().any(|one| target.is(one));
        let vault = match in_recovery_services {
            true => vault(
                place.recovery_services_vault.as_ref(),
                place.recovery_services_vault_tags.as_ref(),
                location,
            ),
            false => vault(place.vault.as_ref(), place.vault_tags.as_ref(), location),
        };
        let mut reason = Reason::new(code, describe(vault.as_ref(), snapshots.as_deref()));
        reason.add_evidence(Text::constant("/target/location"), location);
        let how = Protection { vault, snapshot_resource_group: snapshots, ..Protection::default() };
        Opinion { verdict: Verdict::Protect(how), labels: Vec::new(), reasons: vec![reason] }
    }
}

rule!(Placement);

fn vault(
    name: Option<&Pattern>,
    tags: Option<&BTreeMap<String, String>>,
    location: &str,
) -> Option<VaultChoice> {
    let named = name.map(|pattern| VaultChoice::Named(pattern.name(location)));
    named.or_else(|| {
        let tags = tags?;
        Some(VaultChoice::Selector(
            tags.iter().map(|(name, value)| Tag { name: name.clone(), value: value.clone() }).collect(),
        ))
    })
}

fn describe(vault: Option<&VaultChoice>, snapshots: Option<&str>) -> Text {
    let (beside, group) = snapshots.map_or(("", ""), |group| (", snapshots in ", group));
    match vault {
        Some(VaultChoice::Named(name)) => Text::of(&["vault ", name, beside, group]),
        Some(VaultChoice::Selector(tags)) => {
            let tags: String = tags.iter().map(|tag| format!(" {}={}", tag.name, tag.value)).collect();
            Text::of(&["the vault tagged", &tags, beside, group])
        }
        None => Text::of(&["any vault", beside, group]),
    }
}

#[cfg(test)]
mod tests;

//! An estate of any size, made from a seed: the types, regions and tags that grown estates have.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Estate, EstateGroup, EstateResource};
use crate::random::Random;

/// The subscriptions of a seeded estate.
pub const SUBSCRIPTIONS: [&str; 3] = [
    "5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10",
    "8f1c2f52-47e1-4a0b-8c8e-1f6f6a6f2b01",
    "c2a4b7de-0d3b-4a44-9a51-7d0f3f0e5c02",
];

const REGIONS: [&str; 6] = ["westeurope", "northeurope", "eastus", "japaneast", "brazilsouth", "uksouth"];
const OWNERS: [&str; 5] = ["shop", "erp", "analytics", "platform", "hr"];
/// Resources of a group.
const GROUP: usize = 40;

/// A kind of resource, and how often it is met, in parts of 100.
struct Sort {
    share: usize,
    kind: &'static str,
    stem: &'static str,
    arm_kind: Option<&'static str>,
    skus: &'static [&'static str],
    properties: fn(&mut Random) -> Value,
}

const DISK: Sort = Sort {
    share: 50,
    kind: "Microsoft.Compute/disks",
    stem: "disk",
    arm_kind: None,
    skus: &["Premium_LRS", "StandardSSD_LRS", "Standard_LRS", "UltraSSD_LRS"],
    properties: disk,
};

const SORTS: [Sort; 5] = [
    DISK,
    Sort {
        share: 20,
        kind: "Microsoft.Storage/storageAccounts",
        stem: "st",
        arm_kind: Some("StorageV2"),
        skus: &["Standard_LRS", "Standard_ZRS", "Standard_GRS"],
        properties: storage_account,
    },
    Sort {
        share: 10,
        kind: "Microsoft.DBforPostgreSQL/flexibleServers",
        stem: "pg",
        arm_kind: None,
        skus: &["Standard_B1ms", "Standard_D4ds_v5"],
        properties: server,
    },
    Sort {
        share: 12,
        kind: "Microsoft.Compute/virtualMachines",
        stem: "vm",
        arm_kind: None,
        skus: &[],
        properties: machine,
    },
    Sort {
        share: 8,
        kind: "Microsoft.KeyVault/vaults",
        stem: "kv",
        arm_kind: None,
        skus: &[],
        properties: key_vault,
    },
];

impl Estate {
    /// An estate of this many resources; the same seed gives the same estate.
    #[must_use]
    pub fn seeded(seed: u64, resources: usize) -> Self {
        let mut random = Random::new(seed);
        let mut estate = Self { subscriptions: SUBSCRIPTIONS.map(str::to_owned).to_vec(), ..Self::default() };
        for number in 0..resources {
            if number % GROUP == 0 {
                estate.resource_groups.push(group(&mut random, number / GROUP));
            }
            if let Some(group) = estate.resource_groups.last() {
                estate.resources.push(resource(&mut random, group, number));
            }
        }
        estate
    }
}

fn group(random: &mut Random, number: usize) -> EstateGroup {
    let subscription = pick(random, &SUBSCRIPTIONS);
    let owner = pick(random, &OWNERS);
    EstateGroup {
        id: format!("/subscriptions/{subscription}/resourceGroups/rg-{owner}-{number:04}"),
        location: pick(random, &REGIONS).to_owned(),
        tags: BTreeMap::from([("owner".to_owned(), owner.to_owned())]),
    }
}

fn resource(random: &mut Random, group: &EstateGroup, number: usize) -> EstateResource {
    let sort = sort(random.below(100));
    let id = format!("{}/providers/{}/{}{number:06}", group.id, sort.kind, sort.stem);
    EstateResource {
        id,
        // Most resources live where their group does.
        location: Some(if random.below(10) < 8 {
            group.location.clone()
        } else {
            pick(random, &REGIONS).to_owned()
        }),
        tags: tags(random, group),
        kind: sort.arm_kind.map(str::to_owned),
        sku: (!sort.skus.is_empty()).then(|| json!({ "name": pick(random, sort.skus) })),
        identity: None,
        properties: Some((sort.properties)(random)),
    }
}

fn sort(hundredth: usize) -> &'static Sort {
    let mut end = 0;
    let found = SORTS.iter().find(|sort| {
        end += sort.share;
        hundredth < end
    });
    found.unwrap_or(&DISK)
}

fn tags(random: &mut Random, group: &EstateGroup) -> BTreeMap<String, String> {
    let mut tags = group.tags.clone();
    let mut tag = |name: &str, value: Option<&str>| {
        tags.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    };
    let env = pick(random, &["prod", "prod", "prod", "staging", "test", "test", "sandbox", ""]);
    tag("env", Some(env).filter(|env| !env.is_empty()));
    tag(
        "tier",
        [None, None, Some("gold"), Some("silver"), Some("bronze")].get(random.below(5)).copied().flatten(),
    );
    tag("backup", (random.below(50) == 0).then_some("off"));
    tag("lifetime", (random.below(40) == 0).then_some("ephemeral"));
    tag("costCenter", (random.below(3) == 0).then(|| pick(random, &["4711", "4712", "0815"])));
    tags
}

fn pick<'a>(random: &mut Random, words: &[&'a str]) -> &'a str {
    words.get(random.below(words.len())).copied().unwrap_or_default()
}

fn disk(random: &mut Random) -> Value {
    json!({
        "creationData": { "createOption": pick(random, &["Empty", "FromImage", "Copy"]) },
        "diskSizeGB": 4 << random.below(11),
        "diskState": pick(random, &["Attached", "Unattached", "Reserved"]),
        "networkAccessPolicy": "AllowAll",
        "provisioningState": "Succeeded",
        "timeCreated": format!("2025-{:02}-{:02}T08:00:00.0000000+00:00", 1 + random.below(12), 1 + random.below(28)),
    })
}

fn storage_account(random: &mut Random) -> Value {
    json!({
        "accessTier": pick(random, &["Hot", "Cool"]),
        "isHnsEnabled": random.below(5) == 0,
        "isNfsV3Enabled": false,
        "minimumTlsVersion": "TLS1_2",
        "provisioningState": "Succeeded",
        "supportsHttpsTrafficOnly": true,
    })
}

fn server(random: &mut Random) -> Value {
    json!({
        "administratorLogin": "holder",
        "state": pick(random, &["Ready", "Ready", "Stopped"]),
        "storage": { "storageSizeGB": 32 << random.below(6) },
        "version": pick(random, &["13", "14", "15", "16"]),
    })
}

fn machine(random: &mut Random) -> Value {
    json!({
        "hardwareProfile": { "vmSize": pick(random, &["Standard_D2s_v5", "Standard_E8s_v5", "Standard_B2ms"]) },
        "provisioningState": "Succeeded",
        "storageProfile": { "imageReference": {
            "publisher": pick(random, &["Canonical", "MicrosoftWindowsServer", "RedHat"]),
            "sku": "latest",
        } },
    })
}

fn key_vault(random: &mut Random) -> Value {
    json!({
        "enableSoftDelete": true,
        "provisioningState": "Succeeded",
        "softDeleteRetentionInDays": 7 + random.below(84),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estate_is_its_seed() {
        let estate = Estate::seeded(7, 500);
        assert_eq!(estate, Estate::seeded(7, 500));
        assert_ne!(estate, Estate::seeded(8, 500));
        assert_eq!((estate.resources.len(), estate.resource_groups.len()), (500, 13));
        for sort in &SORTS {
            assert!(
                estate.resources.iter().any(|one| one.id.contains(sort.kind)),
                "{} is missing",
                sort.kind
            );
        }
        assert_eq!(SORTS.iter().map(|sort| sort.share).sum::<usize>(), 100);
    }
}

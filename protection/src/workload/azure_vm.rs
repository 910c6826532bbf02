//! Virtual machines: their disks together, as snapshots and as copies in a Recovery Services vault.

mod attached;
mod disks;

use holdfast_evaluator::{Protection, Resource};
use serde_json::Value;

use super::manifest::{Cadence, DatasourceSet, Manifest, PolicyModel, StoreBounds};
use super::rules::{Kept, Restating, Unsupported, WorkloadRules};
use super::{BackupParameters, Case, Details, Restated};
use crate::ResourceId;
use crate::family::Family;
use crate::impossible::Impossible;
use crate::schedule::{Frequency, Period, RetentionTag, Schedule, TimeOfDay};
use crate::tier::DataStore;

pub use disks::DiskChoice;

pub(super) struct AzureVm;

impl WorkloadRules for AzureVm {
    fn manifest(&self) -> &'static Manifest {
        &MANIFEST
    }

    fn unsupported(&self, machine: &Resource) -> Option<Unsupported> {
        let body: Value = serde_json::from_str(&machine.body).unwrap_or_default();
        let ephemeral = body.pointer("/properties/storageProfile/osDisk/diffDiskSettings/option").is_some();
        if ephemeral {
            return Some(Unsupported {
                reason: "Azure VM backup does not support ephemeral disks of the operating system".to_owned(),
                way_out: "keep what has to be backed up on a managed disk, and protect that disk",
            });
        }
        let disks = body.pointer("/properties/storageProfile/dataDisks").and_then(Value::as_array);
        let count = disks.map(Vec::len).unwrap_or_default();
        (count > MOST_DISKS).then(|| Unsupported {
            reason: format!("Azure VM backup takes {MOST_DISKS} data disks; this machine has {count}"),
            way_out: "attach fewer disks, or protect the disks themselves",
        })
    }

    fn leaves_out(&self, machine: &Resource, how: &Protection, disk: &ResourceId) -> Option<String> {
        attached::left_out(machine, &DiskChoice::decided(how.disk_luns.as_ref()), disk)
    }

    fn opens_files(&self) -> bool {
        true
    }

    fn archives_points(&self) -> bool {
        true
    }

    fn details(&self, _machine: &Resource, how: &Protection) -> Result<Details, Impossible> {
        Ok(Details::Disks(DiskChoice::decided(how.disk_luns.as_ref())))
    }

    fn parameters(&self, case: &Case<'_>, _into_vault: bool) -> Result<Option<BackupParameters>, Impossible> {
        let disks = case.details.disks().filter(|disks| !disks.is_all());
        Ok(disks.cloned().map(BackupParameters::Disks))
    }

    fn restating(&self, kept: &Kept<'_>) -> Result<Restating, Impossible> {
        let wanted = DiskChoice::decided(kept.how.disk_luns.as_ref());
        if kept.stated.disks.as_ref().unwrap_or(&DiskChoice::all()) == &wanted {
            return Ok(Restating::Nothing);
        }
        Ok(Restating::Now(Restated { disks: Some(wanted), ..Restated::default() }))
    }
}

/// Data disks of a machine that is backed up (support matrix).
const MOST_DISKS: usize = 32;

pub(crate) const MANIFEST: Manifest = Manifest {
    noun: "virtual machine",
    slug: "vm",
    family: Family::RecoveryServices,
    resource_type: "Microsoft.Compute/virtualMachines",
    datasource_type: "Microsoft.Compute/virtualMachines",
    set: DatasourceSet::Absent,
    snapshot_group: false,
    backup_type: "Full",
    stores: &[StoreBounds {
        store: DataStore::VaultStore,
        retention_days: 7..=9999,
        default_days: 30,
        cadence: Some(Cadence {
            periods: &[
                Frequency::Hours(4),
                Frequency::Hours(6),
                Frequency::Hours(8),
                Frequency::Hours(12),
                Frequency::Day,
                Frequency::Week,
            ],
            template: Schedule { every: Frequency::Day, at: TimeOfDay::hour(22) },
        }),
        template: Period::days(30),
    }],
    policy: PolicyModel::Vm,
    tags: &[RetentionTag::Weekly, RetentionTag::Monthly, RetentionTag::Yearly],
    most_points: None,
    roles: &[],
    source: "Azure VM backup support matrix",
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use holdfast_evaluator::Items;

    use super::*;
    use crate::workload::Stated;

    fn machine(storage: &str) -> Resource {
        Resource {
            id: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/m".to_owned(),
            resource_type: MANIFEST.resource_type.to_owned(),
            name: "m".to_owned(),
            location: "westeurope".to_owned(),
            resource_group: "g".to_owned(),
            subscription: "s".to_owned(),
            tags: BTreeMap::new(),
            sku: None,
            kind: None,
            body: format!(r#"{{ "properties": {{ "storageProfile": {storage} }} }}"#),
        }
    }

    #[test]
    fn what_azure_cannot_back_up_is_named_with_a_way_out() {
        let ephemeral = machine(r#"{ "osDisk": { "diffDiskSettings": { "option": "Local" } } }"#);
        assert!(AzureVm.unsupported(&ephemeral).unwrap().reason.contains("ephemeral"));
        let disks = |count: usize| {
            let disks: Vec<String> = (0..count).map(|lun| format!(r#"{{ "lun": {lun} }}"#)).collect();
            machine(&format!(r#"{{ "osDisk": {{}}, "dataDisks": [{}] }}"#, disks.join(",")))
        };
        assert!(AzureVm.unsupported(&disks(33)).unwrap().reason.contains("33"));
        assert_eq!(AzureVm.unsupported(&disks(32)), None);
        assert_eq!(AzureVm.unsupported(&machine("null")), None);
    }

    #[test]
    fn an_instance_backs_up_the_disks_that_are_decided_now() {
        let machine = machine("{}");
        let restating = |decided: Option<Items<u32>>, stated: Option<DiskChoice>| {
            let how = Protection { disk_luns: decided, ..Protection::default() };
            let stated = Stated { disks: stated, ..Stated::default() };
            AzureVm
                .restating(&Kept {
                    resource: &machine,
                    how: &how,
                    stated: &stated,
                    goes_into_vault: false,
                    is_ours: true,
                })
                .unwrap()
        };
        let two = DiskChoice::new(vec![1, 2], true);
        let now = |disks| Restating::Now(Restated { disks: Some(disks), ..Restated::default() });
        assert_eq!(restating(None, None), Restating::Nothing);
        assert_eq!(restating(Some(Items::Named(vec![2, 1])), Some(two.clone())), Restating::Nothing);
        assert_eq!(restating(Some(Items::Named(vec![2, 1])), None), now(two.clone()));
        assert_eq!(restating(None, Some(two)), now(DiskChoice::all()));
    }

    #[test]
    fn disks_are_chosen_by_their_numbers() {
        let choice = |luns: Option<Items<u32>>| {
            let how = Protection { disk_luns: luns, ..Protection::default() };
            let details = AzureVm.details(&machine("{}"), &how).unwrap();
            let disks = details.disks().unwrap();
            (disks.is_all(), disks.to_string())
        };
        assert!(choice(None).0 && choice(Some(Items::All)).0 && choice(Some(Items::AllBut(Vec::new()))).0);
        assert_eq!(
            choice(Some(Items::Named(Vec::new()))),
            (false, "the disk of the operating system alone".to_owned())
        );
        assert_eq!(choice(Some(Items::Named(vec![2, 1, 2]))), (false, "the data disks 1, 2".to_owned()));
        assert_eq!(choice(Some(Items::AllBut(vec![3]))), (false, "all data disks but 3".to_owned()));
    }
}

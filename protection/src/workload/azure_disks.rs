//! Managed disks: incremental snapshots in a resource group of ours.

use holdfast_evaluator::Resource;
use serde_json::Value;

use super::manifest::{Cadence, DatasourceSet, Manifest, PolicyModel, RoleNeed, RoleScope, StoreBounds};
use super::rules::WorkloadRules;
use super::{Workload, azure_vm};
use crate::ResourceId;
use crate::family::Family;
use crate::roles::Role;
use crate::schedule::{Frequency, Period, RetentionTag, Schedule, TimeOfDay};
use crate::tier::DataStore;

pub(super) struct AzureDisks;

impl WorkloadRules for AzureDisks {
    fn manifest(&self) -> &'static Manifest {
        &MANIFEST
    }

    /// A disk that several machines share is in the backups of none of them.
    fn part_of(&self, disk: &Resource) -> Option<(Workload, ResourceId)> {
        let body: Value = serde_json::from_str(&disk.body).ok()?;
        let shares = body.pointer("/properties/maxShares").and_then(Value::as_u64).unwrap_or(1);
        let machine: ResourceId = body.get("managedBy")?.as_str()?.parse().ok()?;
        let is_machine = machine.resource_type().eq_ignore_ascii_case(azure_vm::MANIFEST.resource_type);
        (is_machine && shares < 2).then_some((Workload::AzureVm, machine))
    }
}

const MANIFEST: Manifest = Manifest {
    noun: "disk",
    slug: "disks",
    family: Family::BackupVault,
    resource_type: "Microsoft.Compute/disks",
    datasource_type: "Microsoft.Compute/disks",
    set: DatasourceSet::Absent,
    snapshot_group: true,
    backup_type: "Incremental",
    stores: &[StoreBounds {
        store: DataStore::OperationalStore,
        retention_days: 1..=360,
        default_days: 7,
        cadence: Some(Cadence {
            periods: &[
                Frequency::Hours(1),
                Frequency::Hours(2),
                Frequency::Hours(4),
                Frequency::Hours(6),
                Frequency::Hours(8),
                Frequency::Hours(12),
                Frequency::Day,
            ],
            template: Schedule { every: Frequency::Hours(4), at: TimeOfDay::hour(13) },
        }),
        template: Period::days(7),
    }],
    policy: PolicyModel::Rules,
    tags: &[RetentionTag::Daily, RetentionTag::Weekly],
    most_points: Some(480),
    roles: &[
        RoleNeed::of_vault(Role::DiskBackupReader, RoleScope::Datasource),
        RoleNeed::of_vault(Role::DiskSnapshotContributor, RoleScope::SnapshotGroup),
    ],
    source: "disk backup support matrix",
};

//! A datasource of each workload, and what takes part beside it.

use holdfast_protection::workload::aks::{
    BACKUP_OPERATOR, BackupExtension, ClusterIdentity, ClusterParameters, TrustedAccess,
};
use holdfast_protection::workload::in_machine::Database;
use holdfast_protection::workload::postgresql_single::{KeyVault, SecretAccess, SecretUri};
use holdfast_protection::workload::{
    Containers, Dependencies, Details, DiskChoice, Preparation, Protectable,
};
use holdfast_protection::{ResourceId, Workload};

use super::SUBSCRIPTION;

pub(super) const CLUSTER: &str = "c1c1c1c1-2222-3333-4444-555555555555";
pub(super) const EXTENSION: &str = "e1e1e1e1-2222-3333-4444-555555555555";

fn id(group: &str, path: &str) -> ResourceId {
    format!("{SUBSCRIPTION}/resourceGroups/{group}/providers/{path}").parse().unwrap()
}

pub(super) fn datasource(workload: Workload) -> ResourceId {
    match workload {
        Workload::PostgresqlSingle => id("rg-app", "Microsoft.DBforPostgreSQL/servers/pg/databases/thing"),
        Workload::AzureFiles => {
            id("rg-app", "Microsoft.Storage/storageAccounts/files/fileServices/default/shares/thing")
        }
        Workload::SqlInVm | Workload::HanaInVm => {
            let machine = id("rg-app", "Microsoft.Compute/virtualMachines/host");
            let kind = workload.databases().unwrap();
            Database { kind, machine, holder: "main".to_owned(), name: "thing".to_owned() }.id().unwrap()
        }
        Workload::AzureDisks
        | Workload::AzureBlobs
        | Workload::DataLake
        | Workload::PostgresqlFlexible
        | Workload::Aks
        | Workload::AzureVm => id("rg-app", &format!("{}/thing", workload.resource_type())),
    }
}

pub(super) fn details(workload: Workload) -> Details {
    match workload {
        Workload::AzureDisks | Workload::PostgresqlFlexible => Details::Nothing,
        Workload::AzureVm => Details::Disks(DiskChoice::all()),
        Workload::AzureFiles => Details::Share { lock: false },
        Workload::SqlInVm | Workload::HanaInVm => Details::InMachine,
        Workload::AzureBlobs | Workload::DataLake => Details::Containers(Containers::All),
        Workload::PostgresqlSingle => Details::Database {
            secret: SecretUri::try_from("https://kv.vault.azure.net/secrets/pg".to_owned()).unwrap(),
        },
        Workload::Aks => Details::Cluster {
            identity: ClusterIdentity(CLUSTER.to_owned()),
            parameters: ClusterParameters {
                included_namespaces: Vec::new(),
                excluded_namespaces: Vec::new(),
                snapshot_volumes: true,
                cluster_scope: true,
            },
        },
    }
}

pub(super) fn dependencies(workload: Workload) -> Dependencies {
    match workload {
        Workload::AzureDisks | Workload::PostgresqlFlexible | Workload::AzureVm => Dependencies::Nothing,
        Workload::AzureFiles | Workload::SqlInVm | Workload::HanaInVm => {
            Dependencies::Known(Protectable::Item("0a1b2c".to_owned()))
        }
        Workload::AzureBlobs | Workload::DataLake => {
            Dependencies::Containers(vec!["one".to_owned(), "two".to_owned()])
        }
        Workload::PostgresqlSingle => Dependencies::KeyVault(Some(KeyVault {
            id: id("rg-keys", "Microsoft.KeyVault/vaults/kv"),
            access: SecretAccess::Roles,
            lets_services_in: true,
        })),
        Workload::Aks => Dependencies::Cluster {
            extension: Some(BackupExtension {
                name: "azure-aks-backup".to_owned(),
                state: "Succeeded".to_owned(),
                principal: Some(EXTENSION.to_owned()),
                account: Some(id("rg-app", "Microsoft.Storage/storageAccounts/backup")),
                errors: Vec::new(),
            }),
            access: Vec::new(),
        },
    }
}

/// What Azure shows once something is prepared.
pub(super) fn let_in(dependencies: &mut Dependencies, preparation: &Preparation) {
    match (preparation, dependencies) {
        (Preparation::TrustedAccess(binding), Dependencies::Cluster { access, .. }) => {
            let roles = vec![BACKUP_OPERATOR.to_owned()];
            access.push(TrustedAccess { source: binding.vault.clone(), roles });
        }
        (Preparation::Register(_), Dependencies::Known(known)) => *known = Protectable::NotFound,
        (Preparation::Inquire(_), Dependencies::Known(known)) => {
            *known = Protectable::Item("0a1b2c".to_owned())
        }
        (preparation, dependencies) => panic!("{preparation} of {dependencies:?}"),
    }
}

use std::collections::BTreeMap;

use super::*;
use crate::roles::Role;
use crate::vault::{CrossRegion, Immutability, ProvisioningState, Vault};
use crate::workload::aks::{
    BACKUP_OPERATOR, BackupExtension, ClusterIdentity, ClusterParameters, TrustedAccess,
};
use crate::workload::postgresql_single::{KeyVault, SecretAccess, SecretUri};
use crate::workload::{Dependencies, DiskChoice, Protectable};
use crate::{Location, Workload};

const GROUP: &str = "/subscriptions/s/resourceGroups/app";
const ACCOUNT: &str =
    "/subscriptions/s/resourceGroups/app/providers/Microsoft.Storage/storageAccounts/backup";

fn id(text: &str) -> ResourceId {
    text.parse().unwrap()
}

fn datasource(workload: Workload) -> ResourceId {
    let path = match workload {
        Workload::PostgresqlSingle => "Microsoft.DBforPostgreSQL/servers/pg/databases/orders".to_owned(),
        Workload::AzureFiles => {
            "Microsoft.Storage/storageAccounts/a/fileServices/default/shares/thing".to_owned()
        }
        Workload::SqlInVm => "Microsoft.Compute/virtualMachines/m/sqlInstances/i/databases/thing".to_owned(),
        Workload::HanaInVm => "Microsoft.Compute/virtualMachines/m/hanaSystems/i/databases/thing".to_owned(),
        Workload::AzureDisks
        | Workload::AzureBlobs
        | Workload::DataLake
        | Workload::PostgresqlFlexible
        | Workload::Aks
        | Workload::AzureVm => format!("{}/thing", workload.resource_type()),
    };
    id(&format!("{GROUP}/providers/{path}"))
}

fn vault() -> Vault {
    Vault {
        id: id("/subscriptions/s/resourceGroups/b/providers/Microsoft.DataProtection/backupVaults/bv"),
        family: crate::family::Family::BackupVault,
        location: "westeurope".into(),
        tags: BTreeMap::new(),
        principal: Some("vault".to_owned()),
        provisioning: ProvisioningState::Done,
        immutability: Immutability::Disabled,
        cross_region: CrossRegion::Disabled,
        cross_subscription: true,
    }
}

fn extension() -> BackupExtension {
    BackupExtension {
        name: "azure-aks-backup".to_owned(),
        state: "Succeeded".to_owned(),
        principal: Some("extension".to_owned()),
        account: Some(id(ACCOUNT)),
        errors: Vec::new(),
    }
}

fn key_vault(access: SecretAccess) -> Dependencies {
    Dependencies::KeyVault(Some(KeyVault {
        id: id("/subscriptions/t/resourceGroups/k/providers/Microsoft.KeyVault/vaults/kv"),
        access,
        lets_services_in: true,
    }))
}

fn cluster(extension: Option<BackupExtension>, access: Vec<TrustedAccess>) -> Dependencies {
    Dependencies::Cluster { extension, access }
}

fn details(workload: Workload) -> Details {
    match workload {
        Workload::AzureDisks | Workload::AzureBlobs | Workload::DataLake | Workload::PostgresqlFlexible => {
            Details::Nothing
        }
        Workload::AzureVm => Details::Disks(DiskChoice::all()),
        Workload::AzureFiles => Details::Share { lock: false },
        Workload::SqlInVm | Workload::HanaInVm => Details::InMachine,
        Workload::PostgresqlSingle => Details::Database {
            secret: SecretUri::try_from("https://kv.vault.azure.net/secrets/pg".to_owned()).unwrap(),
        },
        Workload::Aks => Details::Cluster {
            identity: ClusterIdentity("cluster".to_owned()),
            parameters: ClusterParameters {
                included_namespaces: Vec::new(),
                excluded_namespaces: Vec::new(),
                snapshot_volumes: true,
                cluster_scope: true,
            },
        },
    }
}

fn dependencies(workload: Workload) -> Dependencies {
    match workload {
        Workload::AzureDisks | Workload::AzureBlobs | Workload::DataLake | Workload::PostgresqlFlexible => {
            Dependencies::Nothing
        }
        Workload::AzureVm => Dependencies::Nothing,
        Workload::AzureFiles | Workload::SqlInVm | Workload::HanaInVm => {
            Dependencies::Known(Protectable::Item("0a1b".to_owned()))
        }
        Workload::PostgresqlSingle => key_vault(SecretAccess::Roles),
        Workload::Aks => cluster(Some(extension()), Vec::new()),
    }
}

fn missing_in(
    workload: Workload,
    dependencies: Dependencies,
    roles: Vec<RoleAssignment>,
) -> Result<MissingPermissions, Impossible> {
    missing_on(GrantScope::Automatic, workload, dependencies, roles)
}

fn missing_on(
    on: GrantScope,
    workload: Workload,
    dependencies: Dependencies,
    roles: Vec<RoleAssignment>,
) -> Result<MissingPermissions, Impossible> {
    let (id, location) = (datasource(workload), Location::from("westeurope"));
    let (vault, policies) = (vault(), Vec::new());
    let ground = Ground {
        vault,
        policies,
        roles,
        is_full: false,
        has_copies: false,
        dependencies,
        snapshot_group: None,
    };
    let snapshots =
        workload.manifest().snapshot_group.then(|| self::id("/subscriptions/s/resourceGroups/snaps"));
    closure(
        Datasource { id: &id, location: &location, workload },
        &details(workload),
        snapshots.as_ref(),
        &ground,
        on,
    )
    .map(|closure| closure.missing)
}

fn shown(missing: &MissingPermissions) -> Vec<(Role, String, &str)> {
    let grants = missing.grants.iter();
    grants.map(|grant| (grant.role, grant.scope.name().to_owned(), grant.principal.as_str())).collect()
}

fn has(grant: &RoleGrant) -> RoleAssignment {
    RoleAssignment {
        role_guid: grant.role.guid().to_uppercase(),
        scope: grant.scope.to_string(),
        principal: grant.principal.clone(),
    }
}

#[test]
fn each_workload_lacks_just_the_roles_that_azure_documents() {
    let missing = |workload| missing_in(workload, dependencies(workload), Vec::new()).unwrap();
    let all = |workload| {
        shown(&missing(workload))
            .into_iter()
            .map(|(role, on, who)| format!("{} {on} {who}", role.display_name()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        all(Workload::AzureDisks),
        ["Disk Backup Reader thing vault", "Disk Snapshot Contributor snaps vault"]
    );
    assert_eq!(all(Workload::AzureBlobs), ["Storage Account Backup Contributor thing vault"]);
    assert_eq!(all(Workload::DataLake), ["Storage Account Backup Contributor thing vault"]);
    assert_eq!(
        all(Workload::PostgresqlFlexible),
        ["PostgreSQL Flexible Server Long Term Retention Backup Role thing vault", "Reader app vault"]
    );
    assert_eq!(all(Workload::PostgresqlSingle), ["Reader pg vault", "Key Vault Secrets User kv vault"]);
    assert_eq!(
        all(Workload::Aks),
        [
            "Reader thing vault",
            "Reader snaps vault",
            "Contributor snaps cluster",
            "Storage Blob Data Contributor backup extension"
        ]
    );
    assert!(
        missing(Workload::Aks).binding.is_some_and(|binding| binding
            .line()
            .starts_with(&format!("trusted access of {} to", vault().id)))
    );
}

#[test]
fn what_is_there_is_not_granted_again_whatever_its_case() {
    for workload in Workload::ALL {
        let missing = missing_in(workload, dependencies(workload), Vec::new()).unwrap();
        for (kept, left_out) in missing.grants.iter().enumerate() {
            let others = missing.grants.iter().enumerate().filter(|(one, _)| *one != kept);
            let roles = others.map(|(_, grant)| has(grant)).collect();
            let again = missing_in(workload, dependencies(workload), roles).unwrap();
            assert_eq!(again.grants, std::slice::from_ref(left_out), "{workload:?}");
        }
    }
}

#[test]
fn a_role_on_a_group_is_inherited_by_what_is_in_it() {
    let inherited = |role: Role, principal: &str| RoleAssignment {
        role_guid: role.guid().to_owned(),
        scope: "/subscriptions/S".to_owned(),
        principal: principal.to_owned(),
    };
    let roles =
        vec![inherited(Role::DiskBackupReader, "VAULT"), inherited(Role::DiskSnapshotContributor, "else")];
    let left = missing_in(Workload::AzureDisks, Dependencies::Nothing, roles).unwrap();
    assert_eq!(shown(&left), [(Role::DiskSnapshotContributor, "snaps".to_owned(), "vault")]);
}

#[test]
fn a_broader_role_does_not_stand_in_for_a_disks_own() {
    let owner = RoleAssignment {
        role_guid: "8e3af657-a8ff-443c-a75c-2fe8c4bcb635".to_owned(),
        scope: "/subscriptions/s".to_owned(),
        principal: "vault".to_owned(),
    };
    assert_eq!(missing_in(Workload::AzureDisks, Dependencies::Nothing, vec![owner]).unwrap().grants.len(), 2);
}

#[test]
fn a_role_that_may_do_more_than_read_stands_in_for_reader() {
    let owner = RoleAssignment {
        role_guid: "8E3AF657-A8FF-443C-A75C-2FE8C4BCB635".to_owned(),
        scope: GROUP.to_owned(),
        principal: "vault".to_owned(),
    };
    let left = missing_in(Workload::PostgresqlFlexible, Dependencies::Nothing, vec![owner]).unwrap();
    assert_eq!(shown(&left), [(Role::PostgresqlLongTermRetention, "thing".to_owned(), "vault")]);
}

#[test]
fn an_extension_of_older_days_keeps_the_role_that_it_was_given() {
    let older = RoleAssignment {
        role_guid: "17d1049b-9a84-46fb-8f53-869881c3d3ab".to_owned(),
        scope: ACCOUNT
            .to_lowercase()
            .replace("/subscriptions/s/resourcegroups", "/subscriptions/s/resourceGroups"),
        principal: "extension".to_owned(),
    };
    let left = missing_in(Workload::Aks, dependencies(Workload::Aks), vec![older]).unwrap();
    assert!(!left.grants.iter().any(|grant| grant.principal == "extension"), "{left:?}");
}

#[test]
fn a_key_vault_of_access_policies_needs_the_right_policy_and_no_role() {
    let with = |readers: &[&str]| {
        let readers = readers.iter().map(|&reader| reader.to_owned()).collect();
        missing_in(Workload::PostgresqlSingle, key_vault(SecretAccess::Policies(readers)), Vec::new())
    };
    assert_eq!(shown(&with(&["other", "VAULT"]).unwrap()), [(Role::Reader, "pg".to_owned(), "vault")]);
    let refused = with(&["other"]).unwrap_err();
    assert_eq!(refused.code, "SecretAccessPolicyMissing");
    assert!(refused.way_out.contains("az keyvault set-policy --name kv --object-id vault"), "{refused}");
    let gone = missing_in(Workload::PostgresqlSingle, Dependencies::KeyVault(None), Vec::new()).unwrap_err();
    assert_eq!(gone.code, "KeyVaultNotFound");
}

#[test]
fn a_key_vault_whose_firewall_keeps_azure_out_is_refused_with_the_command_that_helps() {
    let Dependencies::KeyVault(Some(open)) = key_vault(SecretAccess::Roles) else { panic!("no key vault") };
    let walled = Dependencies::KeyVault(Some(KeyVault { lets_services_in: false, ..open }));
    let refused = missing_in(Workload::PostgresqlSingle, walled, Vec::new()).unwrap_err();
    assert_eq!(refused.code, "KeyVaultFirewall");
    assert!(refused.way_out.contains("az keyvault update --name kv --bypass AzureServices"), "{refused}");
}

#[test]
fn a_cluster_without_a_working_extension_is_refused_with_the_command_that_helps() {
    let refused =
        |extension| missing_in(Workload::Aks, cluster(extension, Vec::new()), Vec::new()).unwrap_err();
    let missing = refused(None);
    assert_eq!(missing.code, "BackupExtensionMissing");
    assert!(missing.way_out.contains("az k8s-extension create --name azure-aks-backup"), "{missing}");
    assert!(missing.way_out.contains("--cluster-name thing --resource-group app"), "{missing}");
    let failed =
        BackupExtension { state: "Failed".to_owned(), errors: vec!["E1 no blob".to_owned()], ..extension() };
    let failed = refused(Some(failed));
    assert_eq!(failed.code, "BackupExtensionUnhealthy");
    assert!(failed.message.contains("E1 no blob"), "{failed}");
    let young = BackupExtension { state: "Creating".to_owned(), principal: None, ..extension() };
    assert_eq!(refused(Some(young)).code, "BackupExtensionNotReady");
    assert_eq!(
        refused(Some(BackupExtension { account: None, ..extension() })).code,
        "BackupExtensionUnhealthy"
    );
}

#[test]
fn a_vault_that_is_let_in_already_is_not_let_in_again() {
    let access = TrustedAccess { source: vault().id, roles: vec![BACKUP_OPERATOR.to_owned()] };
    let known = missing_in(Workload::Aks, cluster(Some(extension()), vec![access]), Vec::new()).unwrap();
    assert_eq!(known.binding, None);
    let other = TrustedAccess { source: vault().id, roles: vec!["Microsoft.Other/role".to_owned()] };
    let other = missing_in(Workload::Aks, cluster(Some(extension()), vec![other]), Vec::new()).unwrap();
    assert!(other.binding.is_some());
}

#[test]
fn a_rule_set_may_have_roles_granted_on_groups_or_on_the_subscription() {
    let scopes = |on, workload, dependencies| {
        let missing = missing_on(on, workload, dependencies, Vec::new()).unwrap();
        missing.grants.iter().map(|grant| grant.scope.name().to_owned()).collect::<Vec<_>>()
    };
    let disk = |on| scopes(on, Workload::AzureDisks, Dependencies::Nothing);
    assert_eq!(disk(GrantScope::Automatic), ["thing", "snaps"]);
    assert_eq!(disk(GrantScope::Datasource), ["thing", "snaps"]);
    assert_eq!(disk(GrantScope::ResourceGroup), ["app", "snaps"]);
    assert_eq!(disk(GrantScope::Subscription), ["s", "s"]);
}

#[test]
fn near_the_limit_only_what_each_datasource_needs_anew_is_granted_on_its_group() {
    let many = |principal: &str, count: usize| -> Vec<RoleAssignment> {
        let on = |n| format!("/SUBSCRIPTIONS/s/resourceGroups/x/providers/Microsoft.Compute/disks/{n}");
        let one = |n| RoleAssignment {
            role_guid: Role::DiskBackupReader.guid().to_owned(),
            scope: on(n),
            principal: principal.to_owned(),
        };
        (0..count).map(one).collect()
    };
    let scopes = |roles: Vec<RoleAssignment>, on| {
        let missing = missing_on(on, Workload::AzureDisks, Dependencies::Nothing, roles).unwrap();
        missing.grants.iter().map(|grant| grant.scope.name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(scopes(many("vault", 999), GrantScope::Automatic), ["thing", "snaps"]);
    assert_eq!(scopes(many("VAULT", 1_000), GrantScope::Automatic), ["app", "snaps"]);
    assert_eq!(scopes(many("someone else", 1_000), GrantScope::Automatic), ["thing", "snaps"]);
    assert_eq!(
        scopes(many("vault", 1_000), GrantScope::Datasource),
        ["thing", "snaps"],
        "as the rule set says"
    );
    let mut narrow = many("vault", 1_000);
    let own = datasource(Workload::AzureDisks);
    narrow.push(RoleAssignment { scope: own.to_string(), ..narrow[0].clone() });
    assert_eq!(scopes(narrow, GrantScope::ResourceGroup), ["snaps"], "what is there is not granted again");
}

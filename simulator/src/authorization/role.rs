//! The built-in roles that backup needs, with their ids.
//!
//! Ids: Azure built-in roles reference (learn.microsoft.com). Actions are listed as far as backup depends on them.

/// A built-in role.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) name: &'static str,
    pub(crate) id: &'static str,
    pub(crate) description: &'static str,
    pub(crate) actions: &'static [&'static str],
    /// What `actions` would allow and the role does not.
    pub(crate) not_actions: &'static [&'static str],
}

const fn role(
    name: &'static str,
    id: &'static str,
    description: &'static str,
    actions: &'static [&'static str],
) -> Role {
    Role { name, id, description, actions, not_actions: &[] }
}

pub(crate) const READER: Role = role(
    "Reader",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "Lets its holder see everything and change nothing.",
    &["*/read"],
);
pub(crate) const DISK_BACKUP_READER: Role = role(
    "Disk Backup Reader",
    "3e5e47e6-65f7-47ef-90b5-e5dd4d455f24",
    "Lets a backup vault back disks up.",
    &[
        "Microsoft.Authorization/*/read",
        "Microsoft.Compute/disks/read",
        "Microsoft.Compute/disks/beginGetAccess/action",
    ],
);
pub(crate) const DISK_SNAPSHOT_CONTRIBUTOR: Role = role(
    "Disk Snapshot Contributor",
    "7efff54f-a5b4-42b5-a1c5-5411624893ce",
    "Lets a backup vault manage disk snapshots.",
    &[
        "Microsoft.Authorization/*/read",
        "Microsoft.Resources/subscriptions/resourceGroups/read",
        "Microsoft.Compute/snapshots/delete",
        "Microsoft.Compute/snapshots/write",
        "Microsoft.Compute/snapshots/read",
        "Microsoft.Compute/snapshots/beginGetAccess/action",
        "Microsoft.Compute/snapshots/endGetAccess/action",
        "Microsoft.Compute/disks/beginGetAccess/action",
        "Microsoft.Storage/storageAccounts/listkeys/action",
        "Microsoft.Storage/storageAccounts/write",
        "Microsoft.Storage/storageAccounts/read",
        "Microsoft.Storage/storageAccounts/delete",
    ],
);
pub(crate) const STORAGE_ACCOUNT_BACKUP_CONTRIBUTOR: Role = role(
    "Storage Account Backup Contributor",
    "e5e2a7ff-d759-4cd2-bb51-3152d37e2eb1",
    "Lets a backup vault back a storage account up and restore it.",
    &[
        "Microsoft.Authorization/*/read",
        "Microsoft.Authorization/locks/read",
        "Microsoft.Authorization/locks/write",
        "Microsoft.Authorization/locks/delete",
        "Microsoft.Storage/storageAccounts/read",
        "Microsoft.Storage/storageAccounts/blobServices/read",
        "Microsoft.Storage/storageAccounts/blobServices/write",
        "Microsoft.Storage/storageAccounts/restoreBlobRanges/action",
    ],
);
pub(crate) const POSTGRESQL_FLEXIBLE_LONG_TERM: Role = role(
    "PostgreSQL Flexible Server Long Term Retention Backup Role",
    "c088a766-074b-43ba-90d4-1fb21feae531",
    "Lets a backup vault back a flexible server up for the long term.",
    &[
        "Microsoft.DBforPostgreSQL/flexibleServers/ltrBackupOperations/read",
        "Microsoft.DBforPostgreSQL/flexibleServers/ltrPreBackup/action",
        "Microsoft.DBforPostgreSQL/flexibleServers/startLtrBackup/action",
        "Microsoft.DBforPostgreSQL/flexibleServers/read",
        "Microsoft.Resources/subscriptions/read",
        "Microsoft.Resources/subscriptions/resourceGroups/read",
    ],
);
pub(crate) const MYSQL_BACKUP_AND_EXPORT: Role = role(
    "MySQL Backup And Export Operator",
    "d18ad5f3-1baf-4119-b49b-d944edb1f9d0",
    "Lets its holder back a flexible server up and export it.",
    &[
        "Microsoft.DBforMySQL/flexibleServers/read",
        "Microsoft.DBforMySQL/flexibleServers/backupAndExport/action",
    ],
);
pub(crate) const ELASTIC_SAN_SNAPSHOT_EXPORTER: Role = role(
    "Elastic SAN Snapshot Exporter",
    "1c4770c0-34f7-4110-a1ea-a5855cc7a939",
    "Lets a backup vault export snapshots of volumes.",
    &["Microsoft.ElasticSan/elasticSans/volumeGroups/snapshots/beginGetAccess/action"],
);
pub(crate) const COSMOS_DB_OPERATOR: Role = role(
    "Cosmos DB Operator",
    "230815da-be43-4aae-9cb4-875f7bd000aa",
    "Lets its holder manage accounts without seeing their data.",
    &["Microsoft.DocumentDb/databaseAccounts/*"],
);

pub(crate) const OWNER: Role =
    role("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Lets its holder do everything.", &["*"]);
pub(crate) const CONTRIBUTOR: Role = Role {
    name: "Contributor",
    id: "b24988ac-6180-42a0-ab88-20f7382dd24c",
    description: "Lets its holder do everything but grant roles.",
    actions: &["*"],
    not_actions: &[
        "Microsoft.Authorization/*/Delete",
        "Microsoft.Authorization/*/Write",
        "Microsoft.Authorization/elevateAccess/Action",
        "Microsoft.Blueprint/blueprintAssignments/write",
        "Microsoft.Blueprint/blueprintAssignments/delete",
        "Microsoft.Compute/galleries/share/action",
        "Microsoft.Purview/consents/write",
        "Microsoft.Purview/consents/delete",
    ],
};
pub(crate) const STORAGE_ACCOUNT_CONTRIBUTOR: Role = role(
    "Storage Account Contributor",
    "17d1049b-9a84-46fb-8f53-869881c3d3ab",
    "Lets its holder manage storage accounts.",
    &["Microsoft.Storage/storageAccounts/*"],
);
pub(crate) const STORAGE_BLOB_DATA_CONTRIBUTOR: Role = role(
    "Storage Blob Data Contributor",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "Lets its holder read, write and delete blobs.",
    &["Microsoft.Storage/storageAccounts/blobServices/containers/write"],
);
pub(crate) const KEY_VAULT_SECRETS_USER: Role = role(
    "Key Vault Secrets User",
    "4633458b-17de-408a-b874-0445c86b69e6",
    "Lets its holder read secrets.",
    &[],
);
pub(crate) const DATA_OPERATOR: Role = role(
    "Data Operator for Managed Disks",
    "959f8984-c045-4866-89c7-12bf9737be2e",
    "Lets its holder move data of disks and snapshots.",
    &[],
);
pub(crate) const DISK_RESTORE_OPERATOR: Role = role(
    "Disk Restore Operator",
    "b50d9833-a0cb-478e-945f-707fcc997c13",
    "Lets a backup vault restore disks.",
    &["Microsoft.Compute/disks/write", "Microsoft.Compute/disks/read"],
);
pub(crate) const STORAGE_QUEUE_DATA_CONTRIBUTOR: Role = role(
    "Storage Queue Data Contributor",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
    "Lets its holder read, write and delete queue messages.",
    &["Microsoft.Storage/storageAccounts/queueServices/queues/write"],
);
pub(crate) const STORAGE_QUEUE_DATA_MESSAGE_SENDER: Role = role(
    "Storage Queue Data Message Sender",
    "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a",
    "Lets its holder put messages on queues.",
    &[],
);
/// Roles whose holders may put messages on queues.
pub(crate) const SENDERS_OF_MESSAGES: [&Role; 2] =
    [&STORAGE_QUEUE_DATA_CONTRIBUTOR, &STORAGE_QUEUE_DATA_MESSAGE_SENDER];

/// Every role that can be listed and assigned.
pub(crate) const ALL: [&Role; 25] = [
    &READER,
    &DISK_BACKUP_READER,
    &DISK_SNAPSHOT_CONTRIBUTOR,
    &STORAGE_ACCOUNT_BACKUP_CONTRIBUTOR,
    &POSTGRESQL_FLEXIBLE_LONG_TERM,
    &MYSQL_BACKUP_AND_EXPORT,
    &ELASTIC_SAN_SNAPSHOT_EXPORTER,
    &COSMOS_DB_OPERATOR,
    &OWNER,
    &CONTRIBUTOR,
    &role(
        "User Access Administrator",
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "Lets its holder manage access.",
        &["*/read", "Microsoft.Authorization/*"],
    ),
    &role(
        "Role Based Access Control Administrator",
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        "Lets its holder assign roles.",
        &[
            "Microsoft.Authorization/roleAssignments/write",
            "Microsoft.Authorization/roleAssignments/delete",
            "*/read",
        ],
    ),
    &DISK_RESTORE_OPERATOR,
    &DATA_OPERATOR,
    &STORAGE_ACCOUNT_CONTRIBUTOR,
    &STORAGE_BLOB_DATA_CONTRIBUTOR,
    &role(
        "Storage Blob Data Owner",
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        "Lets its holder do everything with blobs.",
        &["Microsoft.Storage/storageAccounts/blobServices/containers/*"],
    ),
    &STORAGE_QUEUE_DATA_CONTRIBUTOR,
    &STORAGE_QUEUE_DATA_MESSAGE_SENDER,
    &role(
        "AcrPull",
        "7f951dda-4ed3-4680-a7ca-43fe172d538d",
        "Lets its holder pull from a registry.",
        &["Microsoft.ContainerRegistry/registries/pull/read"],
    ),
    &KEY_VAULT_SECRETS_USER,
    &role(
        "Elastic SAN Volume Importer",
        "90e8b822-3e73-47b5-868a-787dc80c008f",
        "Lets a backup vault restore volumes.",
        &["Microsoft.ElasticSan/elasticSans/volumeGroups/volumes/write"],
    ),
    &role(
        "Backup Contributor",
        "5e467623-bb1f-42f4-a55d-6e525e11384b",
        "Lets its holder manage backup, without granting access.",
        &["Microsoft.DataProtection/backupVaults/*", "Microsoft.RecoveryServices/vaults/*"],
    ),
    &role(
        "Backup Operator",
        "00c29273-979b-4161-815c-10b084fb9324",
        "Lets its holder run backups and restores.",
        &["Microsoft.DataProtection/backupVaults/backupInstances/backup/action"],
    ),
    &role(
        "Backup Reader",
        "a795c7a0-d4a2-40c1-ae25-d81f01202912",
        "Lets its holder see backups.",
        &["Microsoft.DataProtection/backupVaults/*/read"],
    ),
];

/// The role with this id.
pub(crate) fn by_id(id: &str) -> Option<&'static Role> {
    ALL.into_iter().find(|role| role.id.eq_ignore_ascii_case(id))
}

/// The role with this name or id.
pub(crate) fn named(text: &str) -> Option<&'static Role> {
    ALL.into_iter().find(|role| role.name.eq_ignore_ascii_case(text) || role.id.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_or_name_is_listed_twice() {
        for (index, role) in ALL.iter().enumerate() {
            assert!(uuid::Uuid::parse_str(role.id).is_ok(), "{} has no GUID", role.name);
            assert!(
                ALL[index + 1..].iter().all(|other| other.id != role.id && other.name != role.name),
                "{}",
                role.name
            );
        }
    }
}

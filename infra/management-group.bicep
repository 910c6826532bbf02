// The same rights as in access.bicep, on every subscription of a management group.
// The readable form of management-group.json, which is what is tested; check.py holds the two together.
targetScope = 'managementGroup'

@description('Object id of the function app\'s identity.')
param principalId string

@description('Whether the function app may also assign Contributor, Key Vault Secrets User and Storage Blob Data Contributor, which Kubernetes clusters and databases of PostgreSQL single servers need. Without, an administrator deploys the template that each of them gets.')
param grantPowerfulRoles bool = false

@description('Whether the function app may create Backup vaults and snapshot resource groups, and give vaults an identity; the rule set says whether it does.')
param allowCreation bool = false

@description('Whether the function app may restore; its callers\' roles and the rules say who and what.')
param allowRestore bool = false

@description('Whether the function app may delete backup instances; the rules say which, and soft delete keeps them for a time.')
param allowDelete bool = false

var reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
var roleBasedAccessControlAdministrator = 'f58310d9-a9f6-439a-9e8d-f62e7b41a168'
var operatorRole = guid(managementGroup().id, 'holdfast-operator')

// The roles that backup needs; protection/src/roles.rs asks for these, for the powerful ones and for no others.
var grantableRoles = [
  'acdd72a7-3385-48ef-bd42-f606fba81ae7' // Reader
  '3e5e47e6-65f7-47ef-90b5-e5dd4d455f24' // Disk Backup Reader
  '7efff54f-a5b4-42b5-a1c5-5411624893ce' // Disk Snapshot Contributor
  'e5e2a7ff-d759-4cd2-bb51-3152d37e2eb1' // Storage Account Backup Contributor
  'c088a766-074b-43ba-90d4-1fb21feae531' // PostgreSQL Flexible Server Long Term Retention Backup Role
  'b50d9833-a0cb-478e-945f-707fcc997c13' // Disk Restore Operator
]

// Whoever may assign these to any service principal may assign them to itself: only if asked for.
var powerfulRoles = [
  'b24988ac-6180-42a0-ab88-20f7382dd24c' // Contributor
  '4633458b-17de-408a-b874-0445c86b69e6' // Key Vault Secrets User
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
]

// What protecting needs, always.
var protectActions = [
  'Microsoft.DataProtection/backupVaults/validateForBackup/action'
  'Microsoft.DataProtection/backupVaults/backupInstances/validateForModifyBackup/action'
  'Microsoft.DataProtection/backupVaults/backupInstances/stopProtection/action'
  'Microsoft.DataProtection/backupVaults/backupInstances/suspendBackups/action'
  'Microsoft.DataProtection/backupVaults/backupInstances/resumeProtection/action'
  'Microsoft.DataProtection/backupVaults/backupInstances/resumeBackups/action'
  'Microsoft.DataProtection/backupVaults/deletedBackupInstances/undelete/action'
  'Microsoft.DataProtection/backupVaults/backupPolicies/write'
  'Microsoft.DataProtection/backupVaults/backupInstances/write'
  'Microsoft.DataProtection/backupVaults/backupInstances/backup/action'
  'Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings/write'
  'Microsoft.RecoveryServices/Locations/backupStatus/action'
  'Microsoft.RecoveryServices/Locations/backupPreValidateProtection/action'
  'Microsoft.RecoveryServices/Vaults/backupPolicies/write'
  'Microsoft.RecoveryServices/Vaults/backupFabrics/backupProtectionIntent/write'
  'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/write'
  'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/inquire/action'
  'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/write'
  'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/backup/action'
  'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/move/action'
  'Microsoft.RecoveryServices/Vaults/backupJobs/cancel/action'
  'Microsoft.Compute/virtualMachines/write'
]

// What `[create]` in the rule set needs.
var createActions = [
  'Microsoft.DataProtection/backupVaults/write'
  'Microsoft.RecoveryServices/Vaults/write'
  'Microsoft.Resources/subscriptions/resourceGroups/write'
]

// What restores over HTTP need, in the vault's region and in the paired one.
var restoreActions = [
  'Microsoft.DataProtection/backupVaults/backupInstances/findRestorableTimeRanges/action'
  'Microsoft.DataProtection/backupVaults/backupInstances/validateRestore/action'
  'Microsoft.DataProtection/backupVaults/backupInstances/restore/action'
  'Microsoft.DataProtection/subscriptions/resourceGroups/providers/locations/fetchSecondaryRecoveryPoints/action'
  'Microsoft.DataProtection/subscriptions/resourceGroups/providers/locations/validateCrossRegionRestore/action'
  'Microsoft.DataProtection/subscriptions/resourceGroups/providers/locations/crossRegionRestore/action'
  'Microsoft.DataProtection/subscriptions/resourceGroups/providers/locations/fetchCrossRegionRestoreJob/action'
  'Microsoft.DataProtection/subscriptions/resourceGroups/providers/locations/fetchCrossRegionRestoreJobs/action'
  'Microsoft.RecoveryServices/Vaults/backupTriggerValidateOperation/action'
  'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action'
  'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/accessToken/action'
  'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/provisionInstantItemRecovery/action'
  'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/revokeInstantItemRecovery/action'
  'Microsoft.RecoveryServices/Locations/backupCrossRegionRestore/action'
  'Microsoft.RecoveryServices/Locations/backupCrrJob/action'
  'Microsoft.RecoveryServices/Locations/backupCrrJobs/action'
]

// What deleting backups needs, over HTTP or by `[ending]`.
var deleteActions = [
  'Microsoft.DataProtection/backupVaults/backupInstances/delete'
  'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/delete'
  'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/delete'
  'Microsoft.RecoveryServices/Vaults/backupResourceGuardProxies/unlockDelete/action'
  'Microsoft.DataProtection/backupVaults/backupResourceGuardProxies/unlockDelete/action'
  'Microsoft.RecoveryServices/Vaults/delete'
  'Microsoft.DataProtection/backupVaults/delete'
]

resource operator 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: operatorRole
  properties: {
    roleName: 'Holdfast operator (${managementGroup().name})'
    type: 'CustomRole'
    description: 'Reads what there is and drives Azure Backup towards it; creates vaults, restores and deletes only where the deployment allows it.'
    assignableScopes: [managementGroup().id]
    permissions: [
      {
        actions: concat(protectActions, allowCreation ? createActions : [], allowRestore ? restoreActions : [], allowDelete ? deleteActions : [])
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource operate 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, principalId, operatorRole)
  properties: {
    roleDefinitionId: operator.id
    principalId: principalId
    principalType: 'ServicePrincipal'
    description: 'drives Azure Backup'
  }
}

resource read 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, principalId, reader)
  properties: {
    roleDefinitionId: tenantResourceId('Microsoft.Authorization/roleDefinitions', reader)
    principalId: principalId
    principalType: 'ServicePrincipal'
    description: 'observes resources, vaults, jobs and role assignments; Resource Graph'
  }
}

resource grant 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, principalId, roleBasedAccessControlAdministrator)
  properties: {
    roleDefinitionId: tenantResourceId('Microsoft.Authorization/roleDefinitions', roleBasedAccessControlAdministrator)
    principalId: principalId
    principalType: 'ServicePrincipal'
    description: 'gives the backup roles to identities, and only these'
    condition: replace('((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/write\'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {<ROLES>} AND @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {\'ServicePrincipal\'})) AND ((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/delete\'})) OR (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {<ROLES>} AND @Resource[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {\'ServicePrincipal\'}))', '<ROLES>', join(grantPowerfulRoles ? concat(grantableRoles, powerfulRoles) : grantableRoles, ', '))
    conditionVersion: '2.0'
  }
}

// Logs of what the deployment made, to its workspace.

@description('Region of the vaults.')
param location string

@description('Name of the function app; its plan, workspace and topic derive from it.')
param functionAppName string

@description('Account of the ledger and of the accepted rule sets.')
param ledgerAccountName string

@description('Name of the Recovery Services vault, for virtual machines, file shares and databases in machines; the shipped rules ask for rsv and the region. Empty makes none.')
param recoveryServicesVault string

@description('Name of the system topic that the subscription has already; empty makes one. Azure allows one to a subscription.')
param existingTopic string

// A name even where there is no vault: it is read before the condition.
var recoveryVaultName = empty(recoveryServicesVault) ? 'none' : recoveryServicesVault

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: '${functionAppName}-logs'
}

resource functionApp 'Microsoft.Web/sites@2024-11-01' existing = {
  name: functionAppName
}

resource vault 'Microsoft.DataProtection/backupVaults@2024-04-01' existing = {
  name: 'bv-${location}'
}

resource recoveryVault 'Microsoft.RecoveryServices/vaults@2024-04-01' existing = {
  name: recoveryVaultName
}

resource records 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' existing = {
  name: '${ledgerAccountName}/default'
}

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' existing = {
  name: functionAppName
}

resource appLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: functionApp
  name: 'holdfast'
  properties: {
    workspaceId: workspace.id
    logs: [
      { category: 'FunctionAppLogs', enabled: true }
    ]
  }
}

resource vaultLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'holdfast'
  properties: {
    workspaceId: workspace.id
    logs: [
      { categoryGroup: 'allLogs', enabled: true }
    ]
  }
}

// The tables that Azure's backup reports read.
resource recoveryVaultLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(recoveryServicesVault)) {
  scope: recoveryVault
  name: 'holdfast'
  properties: {
    workspaceId: workspace.id
    logAnalyticsDestinationType: 'Dedicated'
    logs: [
      { category: 'CoreAzureBackup', enabled: true }
      { category: 'AddonAzureBackupJobs', enabled: true }
      { category: 'AddonAzureBackupAlerts', enabled: true }
      { category: 'AddonAzureBackupPolicy', enabled: true }
      { category: 'AddonAzureBackupStorage', enabled: true }
      { category: 'AddonAzureBackupProtectedInstance', enabled: true }
    ]
  }
}

// Reads are many and tell little; a write that is refused tells that somebody tried.
resource recordLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: records
  name: 'holdfast'
  properties: {
    workspaceId: workspace.id
    logs: [
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

resource topicLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (empty(existingTopic)) {
  scope: topic
  name: 'holdfast'
  properties: {
    workspaceId: workspace.id
    logs: [
      { category: 'DeliveryFailures', enabled: true }
    ]
  }
}

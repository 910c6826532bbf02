// Holdfast for one subscription: handler, storage, vault, events and the rights they need.
// The readable form of main.json, which is what is tested; check.py holds the two together.
targetScope = 'subscription'

@description('Region of the handler and of the Backup vault.')
param location string = deployment().location

@description('Resource group to create or to use.')
param resourceGroupName string = 'rg-holdfast'

@description('Name of the function app; unique in Azure.')
param functionAppName string = 'holdfast-${uniqueString(subscription().id)}'

@description('Ids of the subscriptions to protect. Events and rights are set up here for this one only.')
param watchedSubscriptions array = [subscription().subscriptionId]

@description('Redundancy of the storage account that holds the ledger.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS'])
param storageSku string = 'Standard_ZRS'

@description('Redundancy of the vault store; cannot be changed once something is protected.')
@allowed(['LocallyRedundant', 'ZoneRedundant', 'GeoRedundant'])
param vaultRedundancy string = 'ZoneRedundant'

@description('Days that deleted backups stay recoverable.')
@minValue(14)
@maxValue(180)
param softDeleteDays int = 14

@description('Upper bound of handler instances.')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 40

@description('Whether the function app may also assign Contributor, Key Vault Secrets User and Storage Blob Data Contributor, which Kubernetes clusters and databases of PostgreSQL single servers need. Without, an administrator deploys the template that each of them gets.')
param grantPowerfulRoles bool = false

@description('Whether the function app may create Backup vaults and snapshot resource groups, and give vaults an identity; the rule set says whether it does.')
param allowCreation bool = false

@description('Whether the function app may restore; its callers\' roles and the rules say who and what.')
param allowRestore bool = false

@description('Whether the function app may delete backup instances; the rules say which, and soft delete keeps them for a time.')
param allowDelete bool = false

@description('Address that alerts go to; empty sends none.')
param alertEmail string = ''

@description('Whether to route events to the handler. Only after its package is deployed: Event Grid refuses a function that does not exist.')
param subscribeToEvents bool = false

var storageAccountName = 'hf${uniqueString(subscription().id, resourceGroupName, 'work')}'
var deadLetterAccountName = 'hf${uniqueString(subscription().id, resourceGroupName, 'dead-letter')}'
var snapshotGroupName = 'rg-snapshots-${location}'

resource group 'Microsoft.Resources/resourceGroups@2022-09-01' = {
  name: resourceGroupName
  location: location
}

resource snapshotGroup 'Microsoft.Resources/resourceGroups@2022-09-01' = {
  name: snapshotGroupName
  location: location
}

module app 'app.bicep' = {
  name: 'holdfast-app'
  scope: group
  params: {
    location: location
    functionAppName: functionAppName
    storageAccountName: storageAccountName
    deadLetterAccountName: deadLetterAccountName
    watchedSubscriptions: watchedSubscriptions
    storageSku: storageSku
    vaultRedundancy: vaultRedundancy
    softDeleteDays: softDeleteDays
    maximumInstances: maximumInstances
    alertEmail: alertEmail
  }
}

module dataAccess 'data-access.bicep' = {
  name: 'holdfast-data-access'
  scope: group
  params: {
    principalId: app.outputs.principalId
    storageAccountName: storageAccountName
    deadLetterAccountName: deadLetterAccountName
  }
}

module access 'access.bicep' = {
  name: 'holdfast-access'
  params: {
    principalId: app.outputs.principalId
    grantPowerfulRoles: grantPowerfulRoles
    allowCreation: allowCreation
    allowRestore: allowRestore
    allowDelete: allowDelete
  }
}

module events 'events.bicep' = if (subscribeToEvents) {
  name: 'holdfast-events'
  scope: group
  params: {
    functionAppName: functionAppName
    deadLetterAccountName: deadLetterAccountName
  }
  dependsOn: [app]
}

output functionAppName string = functionAppName
output vaultId string = app.outputs.vaultId
output snapshotGroupName string = snapshotGroupName
output deadLetterAccountName string = deadLetterAccountName

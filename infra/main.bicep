// Holdfast for one subscription: handler, storage, vault, events and the rights they need.
// The readable form of main.json, which is what is tested; check.py holds the two together.
targetScope = 'subscription'

@description('Region of the handler and of the vaults.')
param location string = deployment().location

@description('Resource group to create or to use.')
param resourceGroupName string = 'rg-holdfast'

@description('Name of the function app; unique in Azure.')
param functionAppName string = 'holdfast-${uniqueString(subscription().id)}'

@description('Ids of the subscriptions to protect. Events and rights are set up here for this one only.')
param watchedSubscriptions array = [subscription().subscriptionId]

@description('Redundancy of the storage accounts of the ledger and of the work queue.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS'])
param storageSku string = 'Standard_ZRS'

@description('Days for which nobody can delete or overwrite what is recorded.')
@minValue(1)
@maxValue(146000)
param ledgerRetentionDays int = 365

@description('Days after which entries move to the cool tier, and six times as many to the cold one; 0 leaves them in the hot one.')
@minValue(0)
@maxValue(3650)
param ledgerCoolAfterDays int = 0

@description('Redundancy of the vaults; cannot be changed once something is protected.')
@allowed(['LocallyRedundant', 'ZoneRedundant', 'GeoRedundant'])
param vaultRedundancy string = 'ZoneRedundant'

@description('Days that deleted backups stay recoverable.')
@minValue(14)
@maxValue(180)
param softDeleteDays int = 14

@description('Name of the Recovery Services vault, for virtual machines, file shares and databases in machines; the shipped rules ask for rsv and the region. Empty makes none.')
param recoveryServicesVault string = 'rsv-${location}'

@description('Identities that both vaults have beside their own, such as the one that opens your key: an object with the id of each as a name, and an empty object as its value. One that a deployment does not name is taken away.')
param vaultIdentities object = {}

@description('Upper bound of handler instances.')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 40

@description('Memory of an instance in megabytes; compiling rules takes up to 1024.')
@allowed([512, 2048, 4096])
param instanceMemory int = 2048

@description('How Azure replaces instances when a package or a setting changes: RollingUpdate, which is a preview, lets running work end.')
@allowed(['Recreate', 'RollingUpdate'])
param updateStrategy string = 'RollingUpdate'

@description('Id of the subnet that the function app calls from; it needs the delegation Microsoft.App/environments and the service endpoint Microsoft.Storage. Empty for none.')
param functionSubnetId string = ''

@description('Addresses from which administrators reach the accounts when a subnet is named, as Storage writes them.')
param allowedAddresses array = []

@description('Id of the subnet that gets private endpoints of the accounts, which are then closed to the internet. Empty for none.')
param endpointSubnetId string = ''

@description('Id of the private DNS zone for blobs; empty if a policy registers private endpoints.')
param blobZoneId string = ''

@description('Id of the private DNS zone for queues; empty if a policy registers private endpoints.')
param queueZoneId string = ''

@description('Whether the logs of the function app, the vault, the topic and of writes to the ledger go to the workspace.')
param diagnostics bool = true

@description('Whether the function app gets its rights on this subscription here; false where it has them by a management group.')
param assignRoles bool = true

@description('Whether the function app may also assign Contributor, Key Vault Secrets User and Storage Blob Data Contributor, which Kubernetes clusters and databases of PostgreSQL single servers need. Without, an administrator deploys the template that each of them gets.')
param grantPowerfulRoles bool = false

@description('Whether the function app may create Backup vaults and snapshot resource groups, and give vaults an identity; the rule set says whether it does.')
param allowCreation bool = false

@description('Whether the function app may restore; its callers\' roles and the rules say who and what.')
param allowRestore bool = false

@description('Whether the function app may delete backup instances; the rules say which, and soft delete keeps them for a time.')
param allowDelete bool = false

@description('Name of the system topic that the subscription has already; empty makes one. Azure allows one to a subscription.')
param existingTopic string = ''

@description('Resource group of that topic.')
param existingTopicGroup string = resourceGroupName

@description('Whether Event Grid delivers to the function, or to a queue that the function reads; a queue needs no order of deployment.')
@allowed(['Function', 'Queue'])
param eventDelivery string = 'Function'

@description('Whether Event Grid writes to storage with the identity of its topic, and not with an account key; an existing topic has to be given the identity first.')
param eventsByIdentity bool = empty(existingTopic)

@description('Id of the Azure Container Registry that rules come from; the function app may then read it. Empty for none.')
param registryId string = ''

@description('Address that alerts go to; empty sends none.')
param alertEmail string = ''

@description('Settings of the function app beside those of the template, by name: keys, roles, notifications. A value may be a reference to a key vault. What a deployment does not name is gone after it.')
@secure()
param settings object = {}

@description('Whether to route events to the handler. Only after its package is deployed: Event Grid refuses a function that does not exist.')
param subscribeToEvents bool = false

// Event Grid is let into a closed account by the topic's own identity alone. The other value is not among those that are allowed.
var isClosed = !empty('${functionSubnetId}${endpointSubnetId}')
var storageAccountName = 'hf${uniqueString(subscription().id, resourceGroupName, 'work')}'
var ledgerAccountName = 'hf${uniqueString(subscription().id, resourceGroupName, 'ledger')}'
var deadLetterAccountName = 'hf${uniqueString(subscription().id, resourceGroupName, 'dead-letter')}'
// Of the shape of an id even where there is none: a scope is read before its condition.
var registryParts = split(empty(registryId) ? '/subscriptions/${subscription().subscriptionId}/resourceGroups/${resourceGroupName}/providers/Microsoft.ContainerRegistry/registries/none' : registryId, '/')
var snapshotGroupName = 'rg-snapshots-${location}'

resource group 'Microsoft.Resources/resourceGroups@2022-09-01' = {
  name: resourceGroupName
  location: location
}

resource snapshotGroup 'Microsoft.Resources/resourceGroups@2022-09-01' = {
  name: snapshotGroupName
  location: location
}

module ledger 'ledger.bicep' = {
  name: 'holdfast-ledger'
  scope: group
  params: {
    location: location
    ledgerAccountName: ledgerAccountName
    storageSku: storageSku
    ledgerRetentionDays: ledgerRetentionDays
    ledgerCoolAfterDays: ledgerCoolAfterDays
    functionSubnetId: functionSubnetId
    allowedAddresses: allowedAddresses
    endpointSubnetId: endpointSubnetId
  }
}

module app 'app.bicep' = {
  name: 'holdfast-app'
  scope: group
  params: {
    location: location
    functionAppName: functionAppName
    storageAccountName: storageAccountName
    ledgerAccountName: ledgerAccountName
    deadLetterAccountName: deadLetterAccountName
    watchedSubscriptions: watchedSubscriptions
    storageSku: storageSku
    vaultRedundancy: vaultRedundancy
    softDeleteDays: softDeleteDays
    recoveryServicesVault: recoveryServicesVault
    vaultIdentities: vaultIdentities
    maximumInstances: maximumInstances
    instanceMemory: instanceMemory
    updateStrategy: updateStrategy
    functionSubnetId: functionSubnetId
    allowedAddresses: allowedAddresses
    endpointSubnetId: endpointSubnetId
    existingTopic: existingTopic
    existingTopicGroup: existingTopicGroup
    eventsByIdentity: eventsByIdentity
    alertEmail: alertEmail
    settings: settings
  }
}

module network 'network.bicep' = if (!empty(endpointSubnetId)) {
  name: 'holdfast-network'
  scope: group
  params: {
    location: location
    storageAccountName: storageAccountName
    ledgerAccountName: ledgerAccountName
    endpointSubnetId: endpointSubnetId
    blobZoneId: blobZoneId
    queueZoneId: queueZoneId
  }
  dependsOn: [app, ledger]
}

module logs 'diagnostics.bicep' = if (diagnostics) {
  name: 'holdfast-diagnostics'
  scope: group
  params: {
    location: location
    functionAppName: functionAppName
    ledgerAccountName: ledgerAccountName
    recoveryServicesVault: recoveryServicesVault
    existingTopic: existingTopic
  }
  dependsOn: [app, ledger]
}

module dataAccess 'data-access.bicep' = {
  name: 'holdfast-data-access'
  scope: group
  params: {
    principalId: app.outputs.principalId
    eventsPrincipalId: app.outputs.eventsPrincipalId
    storageAccountName: storageAccountName
    ledgerAccountName: ledgerAccountName
    deadLetterAccountName: deadLetterAccountName
  }
  dependsOn: [ledger]
}

module access 'access.bicep' = if (assignRoles) {
  name: 'holdfast-access'
  params: {
    principalId: app.outputs.principalId
    grantPowerfulRoles: grantPowerfulRoles
    allowCreation: allowCreation
    allowRestore: allowRestore
    allowDelete: allowDelete
  }
}

module registryAccess 'registry-access.bicep' = if (!empty(registryId)) {
  name: 'holdfast-registry-access'
  scope: resourceGroup(registryParts[2], registryParts[4])
  params: {
    principalId: app.outputs.principalId
    registryName: registryParts[8]
  }
}

module events 'events.bicep' = if (subscribeToEvents) {
  name: 'holdfast-events'
  scope: resourceGroup(empty(existingTopic) ? resourceGroupName : existingTopicGroup)
  params: {
    functionAppName: functionAppName
    functionAppSubscription: subscription().subscriptionId
    functionAppGroup: resourceGroupName
    topicName: empty(existingTopic) ? functionAppName : existingTopic
    storageAccountName: storageAccountName
    eventDelivery: isClosed ? (eventDelivery == 'Queue' ? 'Queue: a closed account takes no events' : eventDelivery) : eventDelivery
    eventsByIdentity: eventsByIdentity
    eventsIdentityId: app.outputs.eventsIdentityId
    deadLetterAccountName: deadLetterAccountName
  }
  dependsOn: [app, dataAccess]
}

output functionAppName string = functionAppName
output vaultId string = app.outputs.vaultId
output recoveryServicesVaultId string = app.outputs.recoveryServicesVaultId
output snapshotGroupName string = snapshotGroupName
output ledgerAccountName string = ledgerAccountName
output deadLetterAccountName string = deadLetterAccountName
output principalId string = app.outputs.principalId
output storageAccountName string = storageAccountName
output eventsIdentityId string = app.outputs.eventsIdentityId

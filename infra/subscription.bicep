// One more subscription for a Holdfast that runs elsewhere: its events and the rights on it.
// The readable form of subscription.json, which is what is tested; check.py holds the two together.
targetScope = 'subscription'

@description('Region of the resource group.')
param location string = deployment().location

@description('Resource group of the system topic, to create or to use.')
param resourceGroupName string = 'rg-holdfast'

@description('Name of the function app.')
param existingFunctionApp string

@description('Resource group of the function app.')
param existingFunctionAppGroup string

@description('Subscription of the function app.')
param existingFunctionAppSubscription string

@description('Account that Event Grid writes undeliverable events to.')
param existingDeadLetterAccount string

@description('Account of the queue for events.')
param existingStorageAccount string

@description('Id of the identity that Event Grid writes with.')
param existingEventsIdentity string

@description('Object id of the function app\'s identity.')
param principalId string

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

resource group 'Microsoft.Resources/resourceGroups@2022-09-01' = {
  name: resourceGroupName
  location: location
}

module topic 'topic.bicep' = if (empty(existingTopic)) {
  name: 'holdfast-topic'
  scope: group
  params: {
    topicName: existingFunctionApp
    eventsIdentityId: existingEventsIdentity
  }
}

module access 'access.bicep' = if (assignRoles) {
  name: 'holdfast-access'
  params: {
    principalId: principalId
    grantPowerfulRoles: grantPowerfulRoles
    allowCreation: allowCreation
    allowRestore: allowRestore
    allowDelete: allowDelete
  }
}

module events 'events.bicep' = {
  name: 'holdfast-events'
  scope: resourceGroup(empty(existingTopic) ? resourceGroupName : existingTopicGroup)
  params: {
    functionAppName: existingFunctionApp
    functionAppSubscription: existingFunctionAppSubscription
    functionAppGroup: existingFunctionAppGroup
    topicName: empty(existingTopic) ? existingFunctionApp : existingTopic
    storageAccountName: existingStorageAccount
    eventDelivery: eventDelivery
    eventsByIdentity: eventsByIdentity
    eventsIdentityId: existingEventsIdentity
    deadLetterAccountName: existingDeadLetterAccount
  }
  dependsOn: [topic]
}

// What the function app may do with its own storage.

@description('Object id of the function app\'s identity.')
param principalId string

@description('Object id of the identity that Event Grid writes with.')
param eventsPrincipalId string

@description('Account of the work queue, the package and the Functions host.')
param storageAccountName string

@description('Account of the ledger and of the accepted rule sets.')
param ledgerAccountName string

@description('Account that Event Grid writes undeliverable events to.')
param deadLetterAccountName string

var storageBlobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var storageQueueDataContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
var storageQueueDataMessageSender = 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'
var recorderRole = guid(resourceGroup().id, 'holdfast-recorder')

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageAccountName
}

resource events 'Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01' existing = {
  name: '${storageAccountName}/default/holdfast-events'
}

resource ledger 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' existing = {
  name: '${ledgerAccountName}/default/holdfast-ledger'
}

resource rules 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' existing = {
  name: '${ledgerAccountName}/default/holdfast-rules'
}

resource deadLetterStorage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: deadLetterAccountName
}

resource blobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage
  name: guid(storage.id, principalId, storageBlobDataContributor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataContributor)
    principalId: principalId
    principalType: 'ServicePrincipal'
    description: 'package and the Functions host\'s leases'
  }
}

resource queues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage
  name: guid(storage.id, principalId, storageQueueDataContributor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageQueueDataContributor)
    principalId: principalId
    principalType: 'ServicePrincipal'
    description: 'work queue'
  }
}

resource deadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: deadLetterStorage
  name: guid(deadLetterStorage.id, principalId, storageBlobDataContributor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataContributor)
    principalId: principalId
    principalType: 'ServicePrincipal'
    description: 'dead letters are read and removed'
  }
}

resource writeDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: deadLetterStorage
  name: guid(deadLetterStorage.id, eventsPrincipalId, storageBlobDataContributor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataContributor)
    principalId: eventsPrincipalId
    principalType: 'ServicePrincipal'
    description: 'dead letters are written'
  }
}

resource sendEvents 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: events
  name: guid(events.id, eventsPrincipalId, storageQueueDataMessageSender)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageQueueDataMessageSender)
    principalId: eventsPrincipalId
    principalType: 'ServicePrincipal'
    description: 'events are put on their queue'
  }
}

// Reading and adding, without `blobs/write` and `blobs/delete`: what is recorded cannot be changed by who records it.
resource recorder 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: recorderRole
  properties: {
    roleName: 'Holdfast recorder (${uniqueString(resourceGroup().id)})'
    type: 'CustomRole'
    description: 'Reads blobs and adds new ones; overwrites and deletes none.'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: []
        notActions: []
        dataActions: [
          'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'
          'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action'
        ]
        notDataActions: []
      }
    ]
  }
}

resource record 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: ledger
  name: guid(ledger.id, principalId, recorderRole)
  properties: {
    roleDefinitionId: recorder.id
    principalId: principalId
    principalType: 'ServicePrincipal'
    description: 'ledger'
  }
}

resource keepRules 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: rules
  name: guid(rules.id, principalId, recorderRole)
  properties: {
    roleDefinitionId: recorder.id
    principalId: principalId
    principalType: 'ServicePrincipal'
    description: 'accepted rule sets'
  }
}

// Routes the writes and deletes that Holdfast can act on, and changes of tags alone, from the subscription to the handler.

@description('Name of the function app.')
param functionAppName string

@description('Subscription of the function app and of its storage.')
param functionAppSubscription string

@description('Resource group of the function app and of its storage.')
param functionAppGroup string

@description('Name of the system topic, in the resource group that this is deployed to.')
param topicName string

@description('Account of the queue for events.')
param storageAccountName string

@description('Whether Event Grid delivers to the function, or to a queue that the function reads; a queue needs no order of deployment.')
@allowed(['Function', 'Queue'])
param eventDelivery string

@description('Whether Event Grid writes to storage with the identity of its topic, and not with an account key; an existing topic has to be given the identity first.')
param eventsByIdentity bool

@description('Id of the identity that Event Grid writes with.')
param eventsIdentityId string

@description('Account that Event Grid writes undeliverable events to.')
param deadLetterAccountName string

var toFunction = {
  endpointType: 'AzureFunction'
  properties: {
    resourceId: resourceId(functionAppSubscription, functionAppGroup, 'Microsoft.Web/sites/functions', functionAppName, 'ResourceChanged')
    maxEventsPerBatch: 1
    preferredBatchSizeInKilobytes: 64
  }
}

var toQueue = {
  identity: { type: 'UserAssigned', userAssignedIdentity: eventsIdentityId }
  destination: {
    endpointType: 'StorageQueue'
    properties: {
      resourceId: resourceId(functionAppSubscription, functionAppGroup, 'Microsoft.Storage/storageAccounts', storageAccountName)
      queueName: 'holdfast-events'
      queueMessageTimeToLiveInSeconds: 604800
    }
  }
}

var deadLetters = {
  endpointType: 'StorageBlob'
  properties: {
    resourceId: resourceId(functionAppSubscription, functionAppGroup, 'Microsoft.Storage/storageAccounts', deadLetterAccountName)
    blobContainerName: 'holdfast-deadletter'
  }
}

var deadLettersByIdentity = {
  identity: { type: 'UserAssigned', userAssignedIdentity: eventsIdentityId }
  deadLetterDestination: deadLetters
}

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' existing = {
  name: topicName
}

resource changes 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2022-06-15' = {
  parent: topic
  name: 'resource-changed'
  properties: {
    destination: eventDelivery == 'Queue' ? null : toFunction
    deliveryWithResourceIdentity: eventDelivery == 'Queue' ? toQueue : null
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: [
        'Microsoft.Resources.ResourceWriteSuccess'
        'Microsoft.Resources.ResourceDeleteSuccess'
      ]
      advancedFilters: [
        {
          operatorType: 'StringIn'
          key: 'data.operationName'
          values: [
            'Microsoft.Compute/disks/write'
            'Microsoft.Compute/disks/delete'
            'Microsoft.Compute/virtualMachines/write'
            'Microsoft.Compute/virtualMachines/delete'
            'Microsoft.SqlVirtualMachine/sqlVirtualMachines/write'
            'Microsoft.SqlVirtualMachine/sqlVirtualMachines/delete'
            'Microsoft.ContainerService/managedClusters/write'
            'Microsoft.ContainerService/managedClusters/delete'
            'Microsoft.DBforPostgreSQL/flexibleServers/write'
            'Microsoft.DBforPostgreSQL/flexibleServers/delete'
            'Microsoft.DBforPostgreSQL/servers/databases/write'
            'Microsoft.DBforPostgreSQL/servers/databases/delete'
            'Microsoft.Storage/storageAccounts/write'
            'Microsoft.Storage/storageAccounts/delete'
            'Microsoft.Storage/storageAccounts/fileServices/shares/write'
            'Microsoft.Storage/storageAccounts/fileServices/shares/delete'
          ]
        }
      ]
    }
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
    deadLetterDestination: eventsByIdentity ? null : deadLetters
    deadLetterWithResourceIdentity: eventsByIdentity ? deadLettersByIdentity : null
  }
}

// A change of tags alone is a write of its own kind, whatever carries the tags: the portal, `az tag` and policies with the
// effect `modify` make it. Filters of one subscription are all to hold, hence a second one.
resource tags 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2022-06-15' = {
  parent: topic
  name: 'tags-changed'
  properties: {
    destination: eventDelivery == 'Queue' ? null : toFunction
    deliveryWithResourceIdentity: eventDelivery == 'Queue' ? toQueue : null
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: [
        'Microsoft.Resources.ResourceWriteSuccess'
        'Microsoft.Resources.ResourceDeleteSuccess'
      ]
      advancedFilters: [
        {
          operatorType: 'StringIn'
          key: 'data.operationName'
          values: [
            'Microsoft.Resources/tags/write'
            'Microsoft.Resources/tags/delete'
          ]
        }
        {
          operatorType: 'StringContains'
          key: 'subject'
          values: [
            '/providers/Microsoft.Compute/disks/'
            '/providers/Microsoft.Compute/virtualMachines/'
            '/providers/Microsoft.ContainerService/managedClusters/'
            '/providers/Microsoft.DBforPostgreSQL/flexibleServers/'
            '/providers/Microsoft.DBforPostgreSQL/servers/'
            '/providers/Microsoft.Storage/storageAccounts/'
          ]
        }
      ]
    }
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
    deadLetterDestination: eventsByIdentity ? null : deadLetters
    deadLetterWithResourceIdentity: eventsByIdentity ? deadLettersByIdentity : null
  }
}

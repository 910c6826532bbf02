// Private endpoints of the accounts of work and ledger. That of dead letters stays open: Event Grid has no way into a network.

@description('Region of the endpoints.')
param location string

@description('Account of the work queue, the package and the Functions host.')
param storageAccountName string

@description('Account of the ledger and of the accepted rule sets.')
param ledgerAccountName string

@description('Id of the subnet that gets private endpoints of the accounts, which are then closed to the internet. Empty for none.')
param endpointSubnetId string

@description('Id of the private DNS zone for blobs; empty if a policy registers private endpoints.')
param blobZoneId string

@description('Id of the private DNS zone for queues; empty if a policy registers private endpoints.')
param queueZoneId string

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: storageAccountName
}

resource ledger 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: ledgerAccountName
}

resource blobs 'Microsoft.Network/privateEndpoints@2023-11-01' = {
  name: '${storageAccountName}-blob'
  location: location
  properties: {
    subnet: { id: endpointSubnetId }
    privateLinkServiceConnections: [
      {
        name: 'blob'
        properties: {
          privateLinkServiceId: storage.id
          groupIds: ['blob']
        }
      }
    ]
  }
}

resource blobsZone 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2023-11-01' = if (!empty(blobZoneId)) {
  parent: blobs
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      { name: 'blob', properties: { privateDnsZoneId: blobZoneId } }
    ]
  }
}

resource queues 'Microsoft.Network/privateEndpoints@2023-11-01' = {
  name: '${storageAccountName}-queue'
  location: location
  properties: {
    subnet: { id: endpointSubnetId }
    privateLinkServiceConnections: [
      {
        name: 'queue'
        properties: {
          privateLinkServiceId: storage.id
          groupIds: ['queue']
        }
      }
    ]
  }
}

resource queuesZone 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2023-11-01' = if (!empty(queueZoneId)) {
  parent: queues
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      { name: 'queue', properties: { privateDnsZoneId: queueZoneId } }
    ]
  }
}

resource records 'Microsoft.Network/privateEndpoints@2023-11-01' = {
  name: '${ledgerAccountName}-blob'
  location: location
  properties: {
    subnet: { id: endpointSubnetId }
    privateLinkServiceConnections: [
      {
        name: 'blob'
        properties: {
          privateLinkServiceId: ledger.id
          groupIds: ['blob']
        }
      }
    ]
  }
}

resource recordsZone 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2023-11-01' = if (!empty(blobZoneId)) {
  parent: records
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      { name: 'blob', properties: { privateDnsZoneId: blobZoneId } }
    ]
  }
}

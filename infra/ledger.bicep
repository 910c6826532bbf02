// The account of what is recorded: the ledger and the accepted rule sets. Nobody rewrites it, the function app included.

@description('Region of the account.')
param location string

@description('Account of the ledger and of the accepted rule sets.')
param ledgerAccountName string

@description('Redundancy of the storage account that holds the ledger.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS'])
param storageSku string

@description('Days for which nobody can delete or overwrite what is recorded.')
@minValue(1)
@maxValue(146000)
param ledgerRetentionDays int

@description('Days after which entries move to the cool tier, and six times as many to the cold one; 0 leaves them in the hot one.')
@minValue(0)
@maxValue(3650)
param ledgerCoolAfterDays int

@description('Id of the subnet that the function app calls from; it needs the delegation Microsoft.App/environments and the service endpoint Microsoft.Storage. Empty for none.')
param functionSubnetId string

@description('Addresses from which administrators reach the accounts when a subnet is named, as Storage writes them.')
param allowedAddresses array

@description('Id of the subnet that gets private endpoints of the accounts, which are then closed to the internet. Empty for none.')
param endpointSubnetId string

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: ledgerAccountName
  location: location
  kind: 'StorageV2'
  sku: { name: storageSku }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: empty(endpointSubnetId) ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: empty(functionSubnetId) ? 'Allow' : 'Deny'
      ipRules: allowedAddresses
      virtualNetworkRules: empty(functionSubnetId) ? [] : [{ id: functionSubnetId }]
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: storage
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: true, days: 30 }
    containerDeleteRetentionPolicy: { enabled: true, days: 30 }
  }
}

resource ledger 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'holdfast-ledger'
  properties: { publicAccess: 'None' }
}

resource rules 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'holdfast-rules'
  properties: { publicAccess: 'None' }
}

// Not locked: a locked policy can only be extended, and keeps the account from being deleted.
resource ledgerRetention 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2023-05-01' = {
  parent: ledger
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: ledgerRetentionDays
    allowProtectedAppendWrites: false
  }
}

resource rulesRetention 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2023-05-01' = {
  parent: rules
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: ledgerRetentionDays
    allowProtectedAppendWrites: false
  }
}

// Never to the archive tier: what is there cannot be read, and the handler reads old entries.
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2023-05-01' = if (ledgerCoolAfterDays > 0) {
  parent: storage
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'old-entries'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['holdfast-ledger/']
            }
            actions: {
              baseBlob: {
                tierToCool: { daysAfterModificationGreaterThan: ledgerCoolAfterDays }
                tierToCold: { daysAfterModificationGreaterThan: ledgerCoolAfterDays * 6 }
              }
            }
          }
        }
      ]
    }
  }
  dependsOn: [blobs]
}

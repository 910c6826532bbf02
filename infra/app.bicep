// Function app, its storage, the vaults, the system topic and the alerts.

@description('Region of everything but the system topic.')
param location string

@description('Name of the function app; its plan, workspace and topic derive from it.')
param functionAppName string

@description('Account of the work queue, the package and the Functions host.')
param storageAccountName string

@description('Account of the ledger and of the accepted rule sets.')
param ledgerAccountName string

@description('Account that Event Grid writes undeliverable events to.')
param deadLetterAccountName string

@description('Ids of the subscriptions to protect.')
param watchedSubscriptions array

@description('Redundancy of the storage account of the work queue.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS'])
param storageSku string

@description('Redundancy of the vaults; cannot be changed once something is protected.')
@allowed(['LocallyRedundant', 'ZoneRedundant', 'GeoRedundant'])
param vaultRedundancy string

@description('Days that deleted backups stay recoverable.')
@minValue(14)
@maxValue(180)
param softDeleteDays int

@description('Name of the Recovery Services vault, for virtual machines, file shares and databases in machines; the shipped rules ask for rsv and the region. Empty makes none.')
param recoveryServicesVault string

@description('Identities that both vaults have beside their own, such as the one that opens your key: an object with the id of each as a name, and an empty object as its value. One that a deployment does not name is taken away.')
param vaultIdentities object

@description('Upper bound of handler instances.')
@minValue(40)
@maxValue(1000)
param maximumInstances int

@description('Memory of an instance in megabytes; compiling rules takes up to 1024.')
@allowed([512, 2048, 4096])
param instanceMemory int

@description('How Azure replaces instances when a package or a setting changes: RollingUpdate, which is a preview, lets running work end.')
@allowed(['Recreate', 'RollingUpdate'])
param updateStrategy string

@description('Id of the subnet that the function app calls from; it needs the delegation Microsoft.App/environments and the service endpoint Microsoft.Storage. Empty for none.')
param functionSubnetId string

@description('Addresses from which administrators reach the accounts when a subnet is named, as Storage writes them.')
param allowedAddresses array

@description('Id of the subnet that gets private endpoints of the accounts, which are then closed to the internet. Empty for none.')
param endpointSubnetId string

@description('Name of the system topic that the subscription has already; empty makes one. Azure allows one to a subscription.')
param existingTopic string

@description('Resource group of that topic.')
param existingTopicGroup string

@description('Whether Event Grid writes to storage with the identity of its topic, and not with an account key; an existing topic has to be given the identity first.')
param eventsByIdentity bool

@description('Address that alerts go to; empty sends none.')
param alertEmail string

@description('Settings of the function app beside those of the template, by name: keys, roles, notifications. A value may be a reference to a key vault. What a deployment does not name is gone after it.')
@secure()
param settings object

var workspaceName = '${functionAppName}-logs'
var actionGroupName = '${functionAppName}-alerts'
var eventsIdentityName = '${functionAppName}-events'
var alerted = !empty(alertEmail)
// A name even where there is no vault: it is read before the condition.
var recoveryVaultName = empty(recoveryServicesVault) ? 'none' : recoveryServicesVault
var topicId = empty(existingTopic) ? resourceId('Microsoft.EventGrid/systemTopics', functionAppName) : resourceId(existingTopicGroup, 'Microsoft.EventGrid/systemTopics', existingTopic)

// Whoever deploys may give others for these.
var defaultSettings = {
  HOLDFAST_RULES: 'rules/ruleset.toml'
  HOLDFAST_LOG_FORMAT: 'json'
  HOLDFAST_SWEEP_SCHEDULE: '0 0 */6 * * *'
  HOLDFAST_UNDELIVERED_SCHEDULE: '0 */10 * * * *'
  HOLDFAST_OPERATIONS_SCHEDULE: '0 * * * * *'
  HOLDFAST_RETRY_SCHEDULE: '0 5/10 * * * *'
}

// These name what is deployed here, and stay whatever is given.
var ownSettings = {
  AzureWebJobsStorage__accountName: storageAccountName
  AzureWebJobsStorage__credential: 'managedidentity'
  HOLDFAST_SUBSCRIPTIONS: join(watchedSubscriptions, ',')
  HOLDFAST_LEDGER__accountName: ledgerAccountName
  HOLDFAST_LEDGER__credential: 'managedidentity'
  HOLDFAST_DEAD_LETTERS__accountName: deadLetterAccountName
  HOLDFAST_DEAD_LETTERS__credential: 'managedidentity'
}

resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: storageAccountName
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

resource package 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'holdfast-package'
  properties: { publicAccess: 'None' }
}

resource seen 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'holdfast-sweep'
  properties: { publicAccess: 'None' }
}

resource outboxes 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'holdfast-notify'
  properties: { publicAccess: 'None' }
}

resource exported 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'holdfast-export'
  properties: { publicAccess: 'None' }
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices@2023-05-01' = {
  parent: storage
  name: 'default'
  properties: {}
}

resource work 'Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01' = {
  parent: queues
  name: 'holdfast-work'
  properties: {}
}

resource sweep 'Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01' = {
  parent: queues
  name: 'holdfast-sweep'
  properties: {}
}

resource sweepPoison 'Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01' = {
  parent: queues
  name: 'holdfast-sweep-poison'
  properties: {}
}

resource notify 'Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01' = {
  parent: queues
  name: 'holdfast-notify'
  properties: {}
}

resource notifyPoison 'Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01' = {
  parent: queues
  name: 'holdfast-notify-poison'
  properties: {}
}

resource poison 'Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01' = {
  parent: queues
  name: 'holdfast-work-poison'
  properties: {}
}

resource events 'Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01' = {
  parent: queues
  name: 'holdfast-events'
  properties: {}
}

resource eventsPoison 'Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01' = {
  parent: queues
  name: 'holdfast-events-poison'
  properties: {}
}

// Its key is open only where Event Grid cannot write with the identity of its topic.
resource deadLetterStorage 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: deadLetterAccountName
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowSharedKeyAccess: !eventsByIdentity
    allowBlobPublicAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource deadLetterBlobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: deadLetterStorage
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: true, days: 30 }
    containerDeleteRetentionPolicy: { enabled: true, days: 30 }
  }
}

resource deadLetters 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: deadLetterBlobs
  name: 'holdfast-deadletter'
  properties: { publicAccess: 'None' }
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: workspaceName
  location: location
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: 90
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: functionAppName
  location: location
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
  }
}

// Not the app's own: its rights are there before the app is, and stay when the app is made anew.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: functionAppName
  location: location
}

resource eventsIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: eventsIdentityName
  location: location
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: functionAppName
  location: location
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource functionApp 'Microsoft.Web/sites@2024-11-01' = {
  name: functionAppName
  location: location
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(functionSubnetId) ? null : functionSubnetId
    keyVaultReferenceIdentity: identity.id
    functionAppConfig: {
      runtime: { name: 'custom', version: '1.0' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${package.name}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemory
        maximumInstanceCount: maximumInstances
      }
      siteUpdateStrategy: { type: updateStrategy }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      appSettings: map(
        items(union(defaultSettings, settings, ownSettings, {
          AzureWebJobsStorage__clientId: identity.properties.clientId
          APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
          HOLDFAST_CLIENT_ID: identity.properties.clientId
          HOLDFAST_LEDGER__clientId: identity.properties.clientId
          HOLDFAST_DEAD_LETTERS__clientId: identity.properties.clientId
        })),
        setting => { name: setting.key, value: setting.value }
      )
    }
  }
}

resource noPublishingPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: functionApp
  name: 'scm'
  properties: { allow: false }
}

resource vault 'Microsoft.DataProtection/backupVaults@2024-04-01' = {
  name: 'bv-${location}'
  location: location
  identity: {
    type: empty(vaultIdentities) ? 'SystemAssigned' : 'SystemAssigned, UserAssigned'
    userAssignedIdentities: empty(vaultIdentities) ? null : vaultIdentities
  }
  properties: {
    storageSettings: [
      { datastoreType: 'VaultStore', type: vaultRedundancy }
    ]
    securitySettings: {
      softDeleteSettings: { state: 'On', retentionDurationInDays: softDeleteDays }
    }
    monitoringSettings: {
      azureMonitorAlertSettings: { alertsForAllJobFailures: 'Enabled' }
    }
  }
}

// Soft delete is always on, because Azure takes nothing else of a new one. What is not said stays as it is: cross-region restore cannot be taken back.
resource recoveryVault 'Microsoft.RecoveryServices/vaults@2024-04-01' = if (!empty(recoveryServicesVault)) {
  name: recoveryVaultName
  location: location
  identity: {
    type: empty(vaultIdentities) ? 'SystemAssigned' : 'SystemAssigned, UserAssigned'
    userAssignedIdentities: empty(vaultIdentities) ? null : vaultIdentities
  }
  sku: { name: 'RS0', tier: 'Standard' }
  properties: {
    redundancySettings: {
      standardTierStorageRedundancy: vaultRedundancy
    }
    securitySettings: {
      softDeleteSettings: {
        softDeleteState: 'AlwaysON'
        softDeleteRetentionPeriodInDays: softDeleteDays
        enhancedSecurityState: 'AlwaysON'
      }
    }
    monitoringSettings: {
      azureMonitorAlertSettings: { alertsForAllJobFailures: 'Enabled' }
    }
  }
}

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' = if (empty(existingTopic)) {
  name: functionAppName
  location: 'global'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${eventsIdentity.id}': {} }
  }
  properties: {
    source: subscription().id
    topicType: 'Microsoft.Resources.Subscriptions'
  }
}

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = if (alerted) {
  name: actionGroupName
  location: 'global'
  properties: {
    groupShortName: 'holdfast'
    enabled: true
    emailReceivers: [
      { name: 'operators', emailAddress: alertEmail, useCommonAlertSchema: true }
    ]
  }
}

// Storage has no metric for the length of one queue; the host's own trace names the queue a message goes to.
resource poisonAlert 'Microsoft.Insights/scheduledQueryRules@2021-08-01' = {
  name: '${functionAppName}-poison'
  location: location
  properties: {
    displayName: 'Holdfast: work item moved to the poison queue'
    severity: 1
    enabled: true
    evaluationFrequency: 'PT15M'
    windowSize: 'PT15M'
    scopes: [insights.id]
    criteria: {
      allOf: [
        {
          query: 'traces | where message contains \'holdfast-work-poison\' or message contains \'holdfast-sweep-poison\' or message contains \'holdfast-notify-poison\' or message contains \'holdfast-events-poison\''
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: {
      actionGroups: alerted ? [operators.id] : []
    }
  }
}

resource deadLetterAlert 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${functionAppName}-dead-letters'
  location: 'global'
  properties: {
    description: 'Event Grid gave up delivering an event to Holdfast.'
    severity: 1
    enabled: true
    evaluationFrequency: 'PT15M'
    windowSize: 'PT15M'
    scopes: [topicId]
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'dead-letters'
          metricNamespace: 'Microsoft.EventGrid/systemTopics'
          metricName: 'DeadLetteredCount'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: alerted ? [{ actionGroupId: operators.id }] : []
  }
  dependsOn: [topic]
}

// These ask for metrics that the handler sends by OTLP: they say nothing where OTEL_EXPORTER_OTLP_ENDPOINT is not set.
resource failedAlert 'Microsoft.Insights/scheduledQueryRules@2021-08-01' = {
  name: '${functionAppName}-failed'
  location: location
  properties: {
    displayName: 'Holdfast: targets could not be protected'
    severity: 2
    enabled: true
    evaluationFrequency: 'PT1H'
    windowSize: 'PT1H'
    scopes: [insights.id]
    criteria: {
      allOf: [
        {
          query: 'customMetrics | where name == \'holdfast.ended\' and tostring(customDimensions.outcome) == \'failed\' | summarize more = max(value) - min(value) by cloud_RoleInstance | where more > 0'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: {
      actionGroups: alerted ? [operators.id] : []
    }
  }
}

resource coverageAlert 'Microsoft.Insights/scheduledQueryRules@2021-08-01' = {
  name: '${functionAppName}-coverage'
  location: location
  properties: {
    displayName: 'Holdfast: less is protected than the rules want'
    severity: 2
    enabled: true
    evaluationFrequency: 'PT6H'
    windowSize: 'PT6H'
    scopes: [insights.id]
    criteria: {
      allOf: [
        {
          query: 'customMetrics | where name == \'holdfast.coverage\' | summarize arg_max(timestamp, value) by cloud_RoleInstance | where value < 0.95'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: {
      actionGroups: alerted ? [operators.id] : []
    }
  }
}

// The timer itself, which an app that does not start, cannot read its queue or has lost its identity does not run.
resource silentAlert 'Microsoft.Insights/scheduledQueryRules@2021-08-01' = {
  name: '${functionAppName}-silent'
  location: location
  properties: {
    displayName: 'Holdfast: no sweep for half a day'
    severity: 1
    enabled: true
    evaluationFrequency: 'PT6H'
    windowSize: 'PT12H'
    scopes: [insights.id]
    criteria: {
      allOf: [
        {
          query: 'requests | where name == \'Sweep\' and success == true'
          timeAggregation: 'Count'
          operator: 'LessThan'
          threshold: 1
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: {
      actionGroups: alerted ? [operators.id] : []
    }
  }
}

resource overview 'Microsoft.Insights/workbooks@2022-04-01' = {
  name: guid(resourceGroup().id, 'holdfast-overview')
  location: location
  kind: 'shared'
  properties: {
    displayName: 'Holdfast'
    category: 'workbook'
    sourceId: insights.id
    serializedData: '{"version":"Notebook/1.0","items":[{"type":9,"content":{"version":"KqlParameterItem/1.0","parameters":[{"version":"KqlParameterItem/1.0","name":"time","label":"Time","type":4,"value":{"durationMs":604800000},"typeSettings":{"selectableValues":[{"durationMs":86400000},{"durationMs":604800000},{"durationMs":2592000000}]}}],"queryType":0,"resourceType":"microsoft.insights/components"}},{"type":3,"content":{"version":"KqlItem/1.0","query":"customMetrics | where name == \'holdfast.coverage\' | summarize share = min(value) by bin(timestamp, 6h)","size":0,"title":"Coverage","timeContextFromParameter":"time","queryType":0,"resourceType":"microsoft.insights/components","visualization":"linechart"}},{"type":3,"content":{"version":"KqlItem/1.0","query":"customMetrics | where name == \'holdfast.targets\' | summarize arg_max(timestamp, value) by outcome = tostring(customDimensions.outcome) | project outcome, value","size":0,"title":"Targets by outcome of the last sweep","timeContextFromParameter":"time","queryType":0,"resourceType":"microsoft.insights/components","visualization":"table"}},{"type":3,"content":{"version":"KqlItem/1.0","query":"customMetrics | where name == \'holdfast.ended\' | summarize more = max(value) - min(value) by bin(timestamp, 1h), cloud_RoleInstance, outcome = tostring(customDimensions.outcome) | summarize sum(more) by timestamp, outcome","size":0,"title":"Work that ended","timeContextFromParameter":"time","queryType":0,"resourceType":"microsoft.insights/components","visualization":"barchart"}},{"type":3,"content":{"version":"KqlItem/1.0","query":"customMetrics | where name == \'holdfast.rule.failures\' | summarize more = max(value) - min(value) by cloud_RoleInstance, rule = tostring(customDimensions.rule) | summarize failures = sum(more) by rule","size":0,"title":"Rules that fail","timeContextFromParameter":"time","queryType":0,"resourceType":"microsoft.insights/components","visualization":"table"}},{"type":3,"content":{"version":"KqlItem/1.0","query":"customMetrics | where name == \'holdfast.azure.calls\' | summarize more = max(value) - min(value) by bin(timestamp, 1h), cloud_RoleInstance, status = tostring(customDimensions.status) | summarize sum(more) by timestamp, status","size":0,"title":"Calls to Azure by status","timeContextFromParameter":"time","queryType":0,"resourceType":"microsoft.insights/components","visualization":"barchart"}},{"type":3,"content":{"version":"KqlItem/1.0","query":"customMetrics | where name == \'holdfast.notifications\' | summarize more = max(value) - min(value) by cloud_RoleInstance, result = tostring(customDimensions.result) | summarize events = sum(more) by result","size":0,"title":"Notifications","timeContextFromParameter":"time","queryType":0,"resourceType":"microsoft.insights/components","visualization":"table"}}],"isLocked":false}'
  }
}

output principalId string = identity.properties.principalId
output vaultId string = vault.id
output recoveryServicesVaultId string = empty(recoveryServicesVault) ? '' : recoveryVault.id
output eventsIdentityId string = eventsIdentity.id
output eventsPrincipalId string = eventsIdentity.properties.principalId

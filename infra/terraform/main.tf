# Written by `python3 infra/terraform.py` from main.json; change that and run it again.

terraform {
  required_version = ">= 1.5"

  required_providers {
    azapi = {
      source  = "Azure/azapi"
      version = ">= 2.0"
    }
  }
}

data "azapi_client_config" "current" {}

locals {
  subscription_id          = data.azapi_client_config.current.subscription_id
  function_app_name        = var.function_app_name == null ? "holdfast-${substr(sha256(join("-", ["/subscriptions/${local.subscription_id}"])), 0, 13)}" : var.function_app_name
  watched_subscriptions    = var.watched_subscriptions == null ? [local.subscription_id] : var.watched_subscriptions
  recovery_services_vault  = var.recovery_services_vault == null ? "rsv-${var.location}" : var.recovery_services_vault
  existing_topic_group     = var.existing_topic_group == null ? var.resource_group_name : var.existing_topic_group
  events_by_identity       = var.events_by_identity == null ? length(var.existing_topic) == 0 : var.events_by_identity
  group_id                 = "/subscriptions/${local.subscription_id}/resourceGroups/${var.resource_group_name}"
  is_closed                = !(length("${var.function_subnet_id}${var.endpoint_subnet_id}") == 0)
  storage_account_name     = "hf${substr(sha256(join("-", ["/subscriptions/${local.subscription_id}", var.resource_group_name, "work"])), 0, 13)}"
  ledger_account_name      = "hf${substr(sha256(join("-", ["/subscriptions/${local.subscription_id}", var.resource_group_name, "ledger"])), 0, 13)}"
  dead_letter_account_name = "hf${substr(sha256(join("-", ["/subscriptions/${local.subscription_id}", var.resource_group_name, "dead-letter"])), 0, 13)}"
  registry_parts           = split("/", (length(var.registry_id) == 0 ? "${local.group_id}/providers/Microsoft.ContainerRegistry/registries/none" : var.registry_id))
  snapshot_group_name      = "rg-snapshots-${var.location}"
  workspace_name           = "${local.function_app_name}-logs"
  action_group_name        = "${local.function_app_name}-alerts"
  events_identity_name     = "${local.function_app_name}-events"
  alerted                  = !(length(var.alert_email) == 0)
  recovery_vault_name      = (length(local.recovery_services_vault) == 0 ? "none" : local.recovery_services_vault)
  topic_id                 = (length(var.existing_topic) == 0 ? one(azapi_resource.app_topic[*].id) : "/subscriptions/${local.subscription_id}/resourceGroups/${local.existing_topic_group}/providers/Microsoft.EventGrid/systemTopics/${var.existing_topic}")
  default_settings = {
    HOLDFAST_RULES                = "rules/ruleset.toml"
    HOLDFAST_LOG_FORMAT           = "json"
    HOLDFAST_SWEEP_SCHEDULE       = "0 0 */6 * * *"
    HOLDFAST_UNDELIVERED_SCHEDULE = "0 */10 * * * *"
    HOLDFAST_OPERATIONS_SCHEDULE  = "0 * * * * *"
    HOLDFAST_RETRY_SCHEDULE       = "0 5/10 * * * *"
  }
  own_settings = {
    AzureWebJobsStorage__accountName   = local.storage_account_name
    AzureWebJobsStorage__credential    = "managedidentity"
    HOLDFAST_SUBSCRIPTIONS             = join(",", local.watched_subscriptions)
    HOLDFAST_LEDGER__accountName       = local.ledger_account_name
    HOLDFAST_LEDGER__credential        = "managedidentity"
    HOLDFAST_DEAD_LETTERS__accountName = local.dead_letter_account_name
    HOLDFAST_DEAD_LETTERS__credential  = "managedidentity"
  }
  storage_blob_data_contributor           = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
  storage_queue_data_contributor          = "974c5e8b-45b9-4653-ba55-5f855dd0fb88"
  storage_queue_data_message_sender       = "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a"
  recorder_role                           = uuidv5("11fb06fb-712d-4ddd-98c7-e71bbd588830", join("-", [local.group_id, "holdfast-recorder"]))
  reader                                  = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
  role_based_access_control_administrator = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
  operator_role                           = uuidv5("11fb06fb-712d-4ddd-98c7-e71bbd588830", join("-", ["/subscriptions/${local.subscription_id}", "holdfast-operator"]))
  grantable_roles = [
    "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "3e5e47e6-65f7-47ef-90b5-e5dd4d455f24",
    "7efff54f-a5b4-42b5-a1c5-5411624893ce",
    "e5e2a7ff-d759-4cd2-bb51-3152d37e2eb1",
    "c088a766-074b-43ba-90d4-1fb21feae531",
    "b50d9833-a0cb-478e-945f-707fcc997c13",
  ]
  powerful_roles = [
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "4633458b-17de-408a-b874-0445c86b69e6",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
  ]
  protect_actions = [
    "Microsoft.DataProtection/backupVaults/validateForBackup/action",
    "Microsoft.DataProtection/backupVaults/backupInstances/validateForModifyBackup/action",
    "Microsoft.DataProtection/backupVaults/backupInstances/stopProtection/action",
    "Microsoft.DataProtection/backupVaults/backupInstances/suspendBackups/action",
    "Microsoft.DataProtection/backupVaults/backupInstances/resumeProtection/action",
    "Microsoft.DataProtection/backupVaults/backupInstances/resumeBackups/action",
    "Microsoft.DataProtection/backupVaults/deletedBackupInstances/undelete/action",
    "Microsoft.DataProtection/backupVaults/backupPolicies/write",
    "Microsoft.DataProtection/backupVaults/backupInstances/write",
    "Microsoft.DataProtection/backupVaults/backupInstances/backup/action",
    "Microsoft.ContainerService/managedClusters/trustedAccessRoleBindings/write",
    "Microsoft.RecoveryServices/Locations/backupStatus/action",
    "Microsoft.RecoveryServices/Locations/backupPreValidateProtection/action",
    "Microsoft.RecoveryServices/Vaults/backupPolicies/write",
    "Microsoft.RecoveryServices/Vaults/backupFabrics/backupProtectionIntent/write",
    "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/write",
    "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/inquire/action",
    "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/write",
    "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/backup/action",
    "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/move/action",
    "Microsoft.RecoveryServices/Vaults/backupJobs/cancel/action",
    "Microsoft.Compute/virtualMachines/write",
  ]
  create_actions = [
    "Microsoft.DataProtection/backupVaults/write",
    "Microsoft.RecoveryServices/Vaults/write",
    "Microsoft.Resources/subscriptions/resourceGroups/write",
  ]
  restore_actions = [
    "Microsoft.DataProtection/backupVaults/backupInstances/findRestorableTimeRanges/action",
    "Microsoft.DataProtection/backupVaults/backupInstances/validateRestore/action",
    "Microsoft.DataProtection/backupVaults/backupInstances/restore/action",
    "Microsoft.DataProtection/subscriptions/resourceGroups/providers/locations/fetchSecondaryRecoveryPoints/action",
    "Microsoft.DataProtection/subscriptions/resourceGroups/providers/locations/validateCrossRegionRestore/action",
    "Microsoft.DataProtection/subscriptions/resourceGroups/providers/locations/crossRegionRestore/action",
    "Microsoft.DataProtection/subscriptions/resourceGroups/providers/locations/fetchCrossRegionRestoreJob/action",
    "Microsoft.DataProtection/subscriptions/resourceGroups/providers/locations/fetchCrossRegionRestoreJobs/action",
    "Microsoft.RecoveryServices/Vaults/backupTriggerValidateOperation/action",
    "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action",
    "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/accessToken/action",
    "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/provisionInstantItemRecovery/action",
    "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/revokeInstantItemRecovery/action",
    "Microsoft.RecoveryServices/Locations/backupCrossRegionRestore/action",
    "Microsoft.RecoveryServices/Locations/backupCrrJob/action",
    "Microsoft.RecoveryServices/Locations/backupCrrJobs/action",
  ]
  delete_actions = [
    "Microsoft.DataProtection/backupVaults/backupInstances/delete",
    "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/delete",
    "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/delete",
    "Microsoft.RecoveryServices/Vaults/backupResourceGuardProxies/unlockDelete/action",
    "Microsoft.DataProtection/backupVaults/backupResourceGuardProxies/unlockDelete/action",
    "Microsoft.RecoveryServices/Vaults/delete",
    "Microsoft.DataProtection/backupVaults/delete",
  ]
  acr_pull = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
  to_function = {
    endpointType = "AzureFunction"
    properties = {
      resourceId                    = "${azapi_resource.app_function_app.id}/functions/ResourceChanged"
      maxEventsPerBatch             = 1
      preferredBatchSizeInKilobytes = 64
    }
  }
  to_queue = {
    identity = {
      type                 = "UserAssigned"
      userAssignedIdentity = azapi_resource.app_events_identity.id
    }
    destination = {
      endpointType = "StorageQueue"
      properties = {
        resourceId                      = azapi_resource.app_storage.id
        queueName                       = "holdfast-events"
        queueMessageTimeToLiveInSeconds = 604800
      }
    }
  }
  dead_letters = {
    endpointType = "StorageBlob"
    properties = {
      resourceId        = azapi_resource.app_dead_letter_storage.id
      blobContainerName = "holdfast-deadletter"
    }
  }
  dead_letters_by_identity = {
    identity = {
      type                 = "UserAssigned"
      userAssignedIdentity = azapi_resource.app_events_identity.id
    }
    deadLetterDestination = local.dead_letters
  }
}

resource "azapi_resource" "group" {
  type      = "Microsoft.Resources/resourceGroups@2022-09-01"
  parent_id = "/subscriptions/${local.subscription_id}"
  name      = var.resource_group_name
  location  = var.location
}

resource "azapi_resource" "snapshot_group" {
  type      = "Microsoft.Resources/resourceGroups@2022-09-01"
  parent_id = "/subscriptions/${local.subscription_id}"
  name      = local.snapshot_group_name
  location  = var.location
}

resource "azapi_resource" "ledger_storage" {
  type      = "Microsoft.Storage/storageAccounts@2023-05-01"
  parent_id = azapi_resource.group.id
  name      = local.ledger_account_name
  location  = var.location
  body = {
    kind = "StorageV2"
    sku = {
      name = var.storage_sku
    }
    properties = {
      allowSharedKeyAccess         = false
      allowBlobPublicAccess        = false
      defaultToOAuthAuthentication = true
      minimumTlsVersion            = "TLS1_2"
      supportsHttpsTrafficOnly     = true
      publicNetworkAccess          = (length(var.endpoint_subnet_id) == 0 ? "Enabled" : "Disabled")
      networkAcls = {
        bypass              = "AzureServices"
        defaultAction       = (length(var.function_subnet_id) == 0 ? "Allow" : "Deny")
        ipRules             = var.allowed_addresses
        virtualNetworkRules = (length(var.function_subnet_id) == 0 ? [] : [{ id = var.function_subnet_id }])
      }
    }
  }
}

resource "azapi_resource" "ledger_blobs" {
  type      = "Microsoft.Storage/storageAccounts/blobServices@2023-05-01"
  parent_id = azapi_resource.ledger_storage.id
  name      = "default"
  body = {
    properties = {
      deleteRetentionPolicy = {
        enabled = true
        days    = 30
      }
      containerDeleteRetentionPolicy = {
        enabled = true
        days    = 30
      }
    }
  }
}

resource "azapi_resource" "ledger_ledger" {
  type      = "Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01"
  parent_id = azapi_resource.ledger_blobs.id
  name      = "holdfast-ledger"
  body = {
    properties = {
      publicAccess = "None"
    }
  }
}

resource "azapi_resource" "ledger_rules" {
  type      = "Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01"
  parent_id = azapi_resource.ledger_blobs.id
  name      = "holdfast-rules"
  body = {
    properties = {
      publicAccess = "None"
    }
  }
}

resource "azapi_resource" "ledger_ledger_retention" {
  type      = "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2023-05-01"
  parent_id = azapi_resource.ledger_ledger.id
  name      = "default"
  body = {
    properties = {
      immutabilityPeriodSinceCreationInDays = var.ledger_retention_days
      allowProtectedAppendWrites            = false
    }
  }
}

resource "azapi_resource" "ledger_rules_retention" {
  type      = "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2023-05-01"
  parent_id = azapi_resource.ledger_rules.id
  name      = "default"
  body = {
    properties = {
      immutabilityPeriodSinceCreationInDays = var.ledger_retention_days
      allowProtectedAppendWrites            = false
    }
  }
}

resource "azapi_resource" "ledger_lifecycle" {
  count     = var.ledger_cool_after_days > 0 ? 1 : 0
  type      = "Microsoft.Storage/storageAccounts/managementPolicies@2023-05-01"
  parent_id = azapi_resource.ledger_storage.id
  name      = "default"
  body = {
    properties = {
      policy = {
        rules = [
          {
            name    = "old-entries"
            enabled = true
            type    = "Lifecycle"
            definition = {
              filters = {
                blobTypes = [
                  "blockBlob",
                ]
                prefixMatch = [
                  "holdfast-ledger/",
                ]
              }
              actions = {
                baseBlob = {
                  tierToCool = {
                    daysAfterModificationGreaterThan = var.ledger_cool_after_days
                  }
                  tierToCold = {
                    daysAfterModificationGreaterThan = var.ledger_cool_after_days * 6
                  }
                }
              }
            }
          },
        ]
      }
    }
  }

  depends_on = [
    azapi_resource.ledger_blobs,
  ]
}

resource "azapi_resource" "app_storage" {
  type      = "Microsoft.Storage/storageAccounts@2023-05-01"
  parent_id = azapi_resource.group.id
  name      = local.storage_account_name
  location  = var.location
  body = {
    kind = "StorageV2"
    sku = {
      name = var.storage_sku
    }
    properties = {
      allowSharedKeyAccess         = false
      allowBlobPublicAccess        = false
      defaultToOAuthAuthentication = true
      minimumTlsVersion            = "TLS1_2"
      supportsHttpsTrafficOnly     = true
      publicNetworkAccess          = (length(var.endpoint_subnet_id) == 0 ? "Enabled" : "Disabled")
      networkAcls = {
        bypass              = "AzureServices"
        defaultAction       = (length(var.function_subnet_id) == 0 ? "Allow" : "Deny")
        ipRules             = var.allowed_addresses
        virtualNetworkRules = (length(var.function_subnet_id) == 0 ? [] : [{ id = var.function_subnet_id }])
      }
    }
  }
  response_export_values = [
    "properties.primaryEndpoints.blob",
  ]
}

resource "azapi_resource" "app_blobs" {
  type      = "Microsoft.Storage/storageAccounts/blobServices@2023-05-01"
  parent_id = azapi_resource.app_storage.id
  name      = "default"
  body = {
    properties = {
      deleteRetentionPolicy = {
        enabled = true
        days    = 30
      }
      containerDeleteRetentionPolicy = {
        enabled = true
        days    = 30
      }
    }
  }
}

resource "azapi_resource" "app_package" {
  type      = "Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01"
  parent_id = azapi_resource.app_blobs.id
  name      = "holdfast-package"
  body = {
    properties = {
      publicAccess = "None"
    }
  }
}

resource "azapi_resource" "app_seen" {
  type      = "Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01"
  parent_id = azapi_resource.app_blobs.id
  name      = "holdfast-sweep"
  body = {
    properties = {
      publicAccess = "None"
    }
  }
}

resource "azapi_resource" "app_outboxes" {
  type      = "Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01"
  parent_id = azapi_resource.app_blobs.id
  name      = "holdfast-notify"
  body = {
    properties = {
      publicAccess = "None"
    }
  }
}

resource "azapi_resource" "app_exported" {
  type      = "Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01"
  parent_id = azapi_resource.app_blobs.id
  name      = "holdfast-export"
  body = {
    properties = {
      publicAccess = "None"
    }
  }
}

resource "azapi_resource" "app_queues" {
  type      = "Microsoft.Storage/storageAccounts/queueServices@2023-05-01"
  parent_id = azapi_resource.app_storage.id
  name      = "default"
  body = {
    properties = {}
  }
}

resource "azapi_resource" "app_work" {
  type      = "Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01"
  parent_id = azapi_resource.app_queues.id
  name      = "holdfast-work"
  body = {
    properties = {}
  }
}

resource "azapi_resource" "app_sweep" {
  type      = "Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01"
  parent_id = azapi_resource.app_queues.id
  name      = "holdfast-sweep"
  body = {
    properties = {}
  }
}

resource "azapi_resource" "app_sweep_poison" {
  type      = "Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01"
  parent_id = azapi_resource.app_queues.id
  name      = "holdfast-sweep-poison"
  body = {
    properties = {}
  }
}

resource "azapi_resource" "app_notify" {
  type      = "Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01"
  parent_id = azapi_resource.app_queues.id
  name      = "holdfast-notify"
  body = {
    properties = {}
  }
}

resource "azapi_resource" "app_notify_poison" {
  type      = "Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01"
  parent_id = azapi_resource.app_queues.id
  name      = "holdfast-notify-poison"
  body = {
    properties = {}
  }
}

resource "azapi_resource" "app_poison" {
  type      = "Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01"
  parent_id = azapi_resource.app_queues.id
  name      = "holdfast-work-poison"
  body = {
    properties = {}
  }
}

resource "azapi_resource" "app_events" {
  type      = "Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01"
  parent_id = azapi_resource.app_queues.id
  name      = "holdfast-events"
  body = {
    properties = {}
  }
}

resource "azapi_resource" "app_events_poison" {
  type      = "Microsoft.Storage/storageAccounts/queueServices/queues@2023-05-01"
  parent_id = azapi_resource.app_queues.id
  name      = "holdfast-events-poison"
  body = {
    properties = {}
  }
}

resource "azapi_resource" "app_dead_letter_storage" {
  type      = "Microsoft.Storage/storageAccounts@2023-05-01"
  parent_id = azapi_resource.group.id
  name      = local.dead_letter_account_name
  location  = var.location
  body = {
    kind = "StorageV2"
    sku = {
      name = "Standard_LRS"
    }
    properties = {
      allowSharedKeyAccess         = !(local.events_by_identity)
      allowBlobPublicAccess        = false
      defaultToOAuthAuthentication = true
      minimumTlsVersion            = "TLS1_2"
      supportsHttpsTrafficOnly     = true
    }
  }
}

resource "azapi_resource" "app_dead_letter_blobs" {
  type      = "Microsoft.Storage/storageAccounts/blobServices@2023-05-01"
  parent_id = azapi_resource.app_dead_letter_storage.id
  name      = "default"
  body = {
    properties = {
      deleteRetentionPolicy = {
        enabled = true
        days    = 30
      }
      containerDeleteRetentionPolicy = {
        enabled = true
        days    = 30
      }
    }
  }
}

resource "azapi_resource" "app_dead_letters" {
  type      = "Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01"
  parent_id = azapi_resource.app_dead_letter_blobs.id
  name      = "holdfast-deadletter"
  body = {
    properties = {
      publicAccess = "None"
    }
  }
}

resource "azapi_resource" "app_workspace" {
  type      = "Microsoft.OperationalInsights/workspaces@2023-09-01"
  parent_id = azapi_resource.group.id
  name      = local.workspace_name
  location  = var.location
  body = {
    properties = {
      sku = {
        name = "PerGB2018"
      }
      retentionInDays = 90
    }
  }
}

resource "azapi_resource" "app_insights" {
  type      = "Microsoft.Insights/components@2020-02-02"
  parent_id = azapi_resource.group.id
  name      = local.function_app_name
  location  = var.location
  body = {
    kind = "web"
    properties = {
      Application_Type    = "web"
      WorkspaceResourceId = azapi_resource.app_workspace.id
    }
  }
  response_export_values = [
    "properties.ConnectionString",
  ]
}

resource "azapi_resource" "app_identity" {
  type      = "Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31"
  parent_id = azapi_resource.group.id
  name      = local.function_app_name
  location  = var.location
  response_export_values = [
    "properties.clientId",
    "properties.principalId",
  ]
}

resource "azapi_resource" "app_events_identity" {
  type      = "Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31"
  parent_id = azapi_resource.group.id
  name      = local.events_identity_name
  location  = var.location
  response_export_values = [
    "properties.principalId",
  ]
}

resource "azapi_resource" "app_plan" {
  type      = "Microsoft.Web/serverfarms@2024-11-01"
  parent_id = azapi_resource.group.id
  name      = local.function_app_name
  location  = var.location
  body = {
    kind = "functionapp"
    sku = {
      tier = "FlexConsumption"
      name = "FC1"
    }
    properties = {
      reserved = true
    }
  }
}

resource "azapi_resource" "app_function_app" {
  type      = "Microsoft.Web/sites@2024-11-01"
  parent_id = azapi_resource.group.id
  name      = local.function_app_name
  location  = var.location
  body = {
    kind = "functionapp,linux"
    properties = {
      serverFarmId              = azapi_resource.app_plan.id
      httpsOnly                 = true
      virtualNetworkSubnetId    = (length(var.function_subnet_id) == 0 ? null : var.function_subnet_id)
      keyVaultReferenceIdentity = azapi_resource.app_identity.id
      functionAppConfig = {
        runtime = {
          name    = "custom"
          version = "1.0"
        }
        deployment = {
          storage = {
            type  = "blobContainer"
            value = "${azapi_resource.app_storage.output.properties.primaryEndpoints.blob}holdfast-package"
            authentication = {
              type                           = "UserAssignedIdentity"
              userAssignedIdentityResourceId = azapi_resource.app_identity.id
            }
          }
        }
        scaleAndConcurrency = {
          instanceMemoryMB     = var.instance_memory
          maximumInstanceCount = var.maximum_instances
        }
        siteUpdateStrategy = {
          type = var.update_strategy
        }
      }
      siteConfig = {
        minTlsVersion = "1.2"
        appSettings   = [for setting in [for key, value in merge(local.default_settings, var.settings, local.own_settings, { AzureWebJobsStorage__clientId = azapi_resource.app_identity.output.properties.clientId, APPLICATIONINSIGHTS_CONNECTION_STRING = azapi_resource.app_insights.output.properties.ConnectionString, HOLDFAST_CLIENT_ID = azapi_resource.app_identity.output.properties.clientId, HOLDFAST_LEDGER__clientId = azapi_resource.app_identity.output.properties.clientId, HOLDFAST_DEAD_LETTERS__clientId = azapi_resource.app_identity.output.properties.clientId }) : { key = key, value = value }] : { name = setting.key, value = setting.value }]
      }
    }
  }
  schema_validation_enabled = false

  identity {
    type = "UserAssigned"
    identity_ids = [
      azapi_resource.app_identity.id,
    ]
  }

  depends_on = [
    azapi_resource.app_package,
  ]
}

resource "azapi_resource" "app_no_publishing_password" {
  type      = "Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01"
  parent_id = azapi_resource.app_function_app.id
  name      = "scm"
  body = {
    properties = {
      allow = false
    }
  }
}

resource "azapi_resource" "app_vault" {
  type      = "Microsoft.DataProtection/backupVaults@2024-04-01"
  parent_id = azapi_resource.group.id
  name      = "bv-${var.location}"
  location  = var.location
  body = {
    properties = {
      storageSettings = [
        {
          datastoreType = "VaultStore"
          type          = var.vault_redundancy
        },
      ]
      securitySettings = {
        softDeleteSettings = {
          state                   = "On"
          retentionDurationInDays = var.soft_delete_days
        }
      }
      monitoringSettings = {
        azureMonitorAlertSettings = {
          alertsForAllJobFailures = "Enabled"
        }
      }
    }
  }

  identity {
    type         = (length(var.vault_identities) == 0 ? "SystemAssigned" : "SystemAssigned, UserAssigned")
    identity_ids = keys(var.vault_identities)
  }
}

resource "azapi_resource" "app_recovery_vault" {
  count     = !(length(local.recovery_services_vault) == 0) ? 1 : 0
  type      = "Microsoft.RecoveryServices/vaults@2024-04-01"
  parent_id = azapi_resource.group.id
  name      = local.recovery_vault_name
  location  = var.location
  body = {
    sku = {
      name = "RS0"
      tier = "Standard"
    }
    properties = {
      redundancySettings = {
        standardTierStorageRedundancy = var.vault_redundancy
      }
      securitySettings = {
        softDeleteSettings = {
          softDeleteState                 = "AlwaysON"
          softDeleteRetentionPeriodInDays = var.soft_delete_days
          enhancedSecurityState           = "AlwaysON"
        }
      }
      monitoringSettings = {
        azureMonitorAlertSettings = {
          alertsForAllJobFailures = "Enabled"
        }
      }
    }
  }

  identity {
    type         = (length(var.vault_identities) == 0 ? "SystemAssigned" : "SystemAssigned, UserAssigned")
    identity_ids = keys(var.vault_identities)
  }
}

resource "azapi_resource" "app_topic" {
  count     = length(var.existing_topic) == 0 ? 1 : 0
  type      = "Microsoft.EventGrid/systemTopics@2022-06-15"
  parent_id = azapi_resource.group.id
  name      = local.function_app_name
  location  = "global"
  body = {
    properties = {
      source    = "/subscriptions/${local.subscription_id}"
      topicType = "Microsoft.Resources.Subscriptions"
    }
  }

  identity {
    type = "UserAssigned"
    identity_ids = [
      azapi_resource.app_events_identity.id,
    ]
  }

  depends_on = [
    azapi_resource.app_events_identity,
  ]
}

resource "azapi_resource" "app_operators" {
  count     = local.alerted ? 1 : 0
  type      = "Microsoft.Insights/actionGroups@2023-01-01"
  parent_id = azapi_resource.group.id
  name      = local.action_group_name
  location  = "global"
  body = {
    properties = {
      groupShortName = "holdfast"
      enabled        = true
      emailReceivers = [
        {
          name                 = "operators"
          emailAddress         = var.alert_email
          useCommonAlertSchema = true
        },
      ]
    }
  }
}

resource "azapi_resource" "app_poison_alert" {
  type      = "Microsoft.Insights/scheduledQueryRules@2021-08-01"
  parent_id = azapi_resource.group.id
  name      = "${local.function_app_name}-poison"
  location  = var.location
  body = {
    properties = {
      displayName         = "Holdfast: work item moved to the poison queue"
      severity            = 1
      enabled             = true
      evaluationFrequency = "PT15M"
      windowSize          = "PT15M"
      scopes = [
        azapi_resource.app_insights.id,
      ]
      criteria = {
        allOf = [
          {
            query           = "traces | where message contains 'holdfast-work-poison' or message contains 'holdfast-sweep-poison' or message contains 'holdfast-notify-poison' or message contains 'holdfast-events-poison'"
            timeAggregation = "Count"
            operator        = "GreaterThan"
            threshold       = 0
            failingPeriods = {
              numberOfEvaluationPeriods = 1
              minFailingPeriodsToAlert  = 1
            }
          },
        ]
      }
      actions = {
        actionGroups = (local.alerted ? [one(azapi_resource.app_operators[*].id)] : [])
      }
    }
  }
}

resource "azapi_resource" "app_dead_letter_alert" {
  type      = "Microsoft.Insights/metricAlerts@2018-03-01"
  parent_id = azapi_resource.group.id
  name      = "${local.function_app_name}-dead-letters"
  location  = "global"
  body = {
    properties = {
      description         = "Event Grid gave up delivering an event to Holdfast."
      severity            = 1
      enabled             = true
      evaluationFrequency = "PT15M"
      windowSize          = "PT15M"
      scopes = [
        local.topic_id,
      ]
      criteria = {
        "odata.type" = "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria"
        allOf = [
          {
            criterionType   = "StaticThresholdCriterion"
            name            = "dead-letters"
            metricNamespace = "Microsoft.EventGrid/systemTopics"
            metricName      = "DeadLetteredCount"
            timeAggregation = "Total"
            operator        = "GreaterThan"
            threshold       = 0
          },
        ]
      }
      actions = (local.alerted ? [{ actionGroupId = one(azapi_resource.app_operators[*].id) }] : [])
    }
  }

  depends_on = [
    azapi_resource.app_topic,
  ]
}

resource "azapi_resource" "app_failed_alert" {
  type      = "Microsoft.Insights/scheduledQueryRules@2021-08-01"
  parent_id = azapi_resource.group.id
  name      = "${local.function_app_name}-failed"
  location  = var.location
  body = {
    properties = {
      displayName         = "Holdfast: targets could not be protected"
      severity            = 2
      enabled             = true
      evaluationFrequency = "PT1H"
      windowSize          = "PT1H"
      scopes = [
        azapi_resource.app_insights.id,
      ]
      criteria = {
        allOf = [
          {
            query           = "customMetrics | where name == 'holdfast.ended' and tostring(customDimensions.outcome) == 'failed' | summarize more = max(value) - min(value) by cloud_RoleInstance | where more > 0"
            timeAggregation = "Count"
            operator        = "GreaterThan"
            threshold       = 0
            failingPeriods = {
              numberOfEvaluationPeriods = 1
              minFailingPeriodsToAlert  = 1
            }
          },
        ]
      }
      actions = {
        actionGroups = (local.alerted ? [one(azapi_resource.app_operators[*].id)] : [])
      }
    }
  }
}

resource "azapi_resource" "app_coverage_alert" {
  type      = "Microsoft.Insights/scheduledQueryRules@2021-08-01"
  parent_id = azapi_resource.group.id
  name      = "${local.function_app_name}-coverage"
  location  = var.location
  body = {
    properties = {
      displayName         = "Holdfast: less is protected than the rules want"
      severity            = 2
      enabled             = true
      evaluationFrequency = "PT6H"
      windowSize          = "PT6H"
      scopes = [
        azapi_resource.app_insights.id,
      ]
      criteria = {
        allOf = [
          {
            query           = "customMetrics | where name == 'holdfast.coverage' | summarize arg_max(timestamp, value) by cloud_RoleInstance | where value < 0.95"
            timeAggregation = "Count"
            operator        = "GreaterThan"
            threshold       = 0
            failingPeriods = {
              numberOfEvaluationPeriods = 1
              minFailingPeriodsToAlert  = 1
            }
          },
        ]
      }
      actions = {
        actionGroups = (local.alerted ? [one(azapi_resource.app_operators[*].id)] : [])
      }
    }
  }
}

resource "azapi_resource" "app_silent_alert" {
  type      = "Microsoft.Insights/scheduledQueryRules@2021-08-01"
  parent_id = azapi_resource.group.id
  name      = "${local.function_app_name}-silent"
  location  = var.location
  body = {
    properties = {
      displayName         = "Holdfast: no sweep for half a day"
      severity            = 1
      enabled             = true
      evaluationFrequency = "PT6H"
      windowSize          = "PT12H"
      scopes = [
        azapi_resource.app_insights.id,
      ]
      criteria = {
        allOf = [
          {
            query           = "requests | where name == 'Sweep' and success == true"
            timeAggregation = "Count"
            operator        = "LessThan"
            threshold       = 1
            failingPeriods = {
              numberOfEvaluationPeriods = 1
              minFailingPeriodsToAlert  = 1
            }
          },
        ]
      }
      actions = {
        actionGroups = (local.alerted ? [one(azapi_resource.app_operators[*].id)] : [])
      }
    }
  }
}

resource "azapi_resource" "app_overview" {
  type      = "Microsoft.Insights/workbooks@2022-04-01"
  parent_id = azapi_resource.group.id
  name      = uuidv5("11fb06fb-712d-4ddd-98c7-e71bbd588830", join("-", [local.group_id, "holdfast-overview"]))
  location  = var.location
  body = {
    kind = "shared"
    properties = {
      displayName    = "Holdfast"
      category       = "workbook"
      sourceId       = azapi_resource.app_insights.id
      serializedData = "{\"version\":\"Notebook/1.0\",\"items\":[{\"type\":9,\"content\":{\"version\":\"KqlParameterItem/1.0\",\"parameters\":[{\"version\":\"KqlParameterItem/1.0\",\"name\":\"time\",\"label\":\"Time\",\"type\":4,\"value\":{\"durationMs\":604800000},\"typeSettings\":{\"selectableValues\":[{\"durationMs\":86400000},{\"durationMs\":604800000},{\"durationMs\":2592000000}]}}],\"queryType\":0,\"resourceType\":\"microsoft.insights/components\"}},{\"type\":3,\"content\":{\"version\":\"KqlItem/1.0\",\"query\":\"customMetrics | where name == 'holdfast.coverage' | summarize share = min(value) by bin(timestamp, 6h)\",\"size\":0,\"title\":\"Coverage\",\"timeContextFromParameter\":\"time\",\"queryType\":0,\"resourceType\":\"microsoft.insights/components\",\"visualization\":\"linechart\"}},{\"type\":3,\"content\":{\"version\":\"KqlItem/1.0\",\"query\":\"customMetrics | where name == 'holdfast.targets' | summarize arg_max(timestamp, value) by outcome = tostring(customDimensions.outcome) | project outcome, value\",\"size\":0,\"title\":\"Targets by outcome of the last sweep\",\"timeContextFromParameter\":\"time\",\"queryType\":0,\"resourceType\":\"microsoft.insights/components\",\"visualization\":\"table\"}},{\"type\":3,\"content\":{\"version\":\"KqlItem/1.0\",\"query\":\"customMetrics | where name == 'holdfast.ended' | summarize more = max(value) - min(value) by bin(timestamp, 1h), cloud_RoleInstance, outcome = tostring(customDimensions.outcome) | summarize sum(more) by timestamp, outcome\",\"size\":0,\"title\":\"Work that ended\",\"timeContextFromParameter\":\"time\",\"queryType\":0,\"resourceType\":\"microsoft.insights/components\",\"visualization\":\"barchart\"}},{\"type\":3,\"content\":{\"version\":\"KqlItem/1.0\",\"query\":\"customMetrics | where name == 'holdfast.rule.failures' | summarize more = max(value) - min(value) by cloud_RoleInstance, rule = tostring(customDimensions.rule) | summarize failures = sum(more) by rule\",\"size\":0,\"title\":\"Rules that fail\",\"timeContextFromParameter\":\"time\",\"queryType\":0,\"resourceType\":\"microsoft.insights/components\",\"visualization\":\"table\"}},{\"type\":3,\"content\":{\"version\":\"KqlItem/1.0\",\"query\":\"customMetrics | where name == 'holdfast.azure.calls' | summarize more = max(value) - min(value) by bin(timestamp, 1h), cloud_RoleInstance, status = tostring(customDimensions.status) | summarize sum(more) by timestamp, status\",\"size\":0,\"title\":\"Calls to Azure by status\",\"timeContextFromParameter\":\"time\",\"queryType\":0,\"resourceType\":\"microsoft.insights/components\",\"visualization\":\"barchart\"}},{\"type\":3,\"content\":{\"version\":\"KqlItem/1.0\",\"query\":\"customMetrics | where name == 'holdfast.notifications' | summarize more = max(value) - min(value) by cloud_RoleInstance, result = tostring(customDimensions.result) | summarize events = sum(more) by result\",\"size\":0,\"title\":\"Notifications\",\"timeContextFromParameter\":\"time\",\"queryType\":0,\"resourceType\":\"microsoft.insights/components\",\"visualization\":\"table\"}}],\"isLocked\":false}"
    }
  }
}

resource "azapi_resource" "network_blobs" {
  count     = !(length(var.endpoint_subnet_id) == 0) ? 1 : 0
  type      = "Microsoft.Network/privateEndpoints@2023-11-01"
  parent_id = azapi_resource.group.id
  name      = "${local.storage_account_name}-blob"
  location  = var.location
  body = {
    properties = {
      subnet = {
        id = var.endpoint_subnet_id
      }
      privateLinkServiceConnections = [
        {
          name = "blob"
          properties = {
            privateLinkServiceId = azapi_resource.app_storage.id
            groupIds = [
              "blob",
            ]
          }
        },
      ]
    }
  }
}

resource "azapi_resource" "network_blobs_zone" {
  count     = !(length(var.endpoint_subnet_id) == 0) && !(length(var.blob_zone_id) == 0) ? 1 : 0
  type      = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2023-11-01"
  parent_id = one(azapi_resource.network_blobs[*].id)
  name      = "default"
  body = {
    properties = {
      privateDnsZoneConfigs = [
        {
          name = "blob"
          properties = {
            privateDnsZoneId = var.blob_zone_id
          }
        },
      ]
    }
  }
}

resource "azapi_resource" "network_queues" {
  count     = !(length(var.endpoint_subnet_id) == 0) ? 1 : 0
  type      = "Microsoft.Network/privateEndpoints@2023-11-01"
  parent_id = azapi_resource.group.id
  name      = "${local.storage_account_name}-queue"
  location  = var.location
  body = {
    properties = {
      subnet = {
        id = var.endpoint_subnet_id
      }
      privateLinkServiceConnections = [
        {
          name = "queue"
          properties = {
            privateLinkServiceId = azapi_resource.app_storage.id
            groupIds = [
              "queue",
            ]
          }
        },
      ]
    }
  }
}

resource "azapi_resource" "network_queues_zone" {
  count     = !(length(var.endpoint_subnet_id) == 0) && !(length(var.queue_zone_id) == 0) ? 1 : 0
  type      = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2023-11-01"
  parent_id = one(azapi_resource.network_queues[*].id)
  name      = "default"
  body = {
    properties = {
      privateDnsZoneConfigs = [
        {
          name = "queue"
          properties = {
            privateDnsZoneId = var.queue_zone_id
          }
        },
      ]
    }
  }
}

resource "azapi_resource" "network_records" {
  count     = !(length(var.endpoint_subnet_id) == 0) ? 1 : 0
  type      = "Microsoft.Network/privateEndpoints@2023-11-01"
  parent_id = azapi_resource.group.id
  name      = "${local.ledger_account_name}-blob"
  location  = var.location
  body = {
    properties = {
      subnet = {
        id = var.endpoint_subnet_id
      }
      privateLinkServiceConnections = [
        {
          name = "blob"
          properties = {
            privateLinkServiceId = azapi_resource.ledger_storage.id
            groupIds = [
              "blob",
            ]
          }
        },
      ]
    }
  }
}

resource "azapi_resource" "network_records_zone" {
  count     = !(length(var.endpoint_subnet_id) == 0) && !(length(var.blob_zone_id) == 0) ? 1 : 0
  type      = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2023-11-01"
  parent_id = one(azapi_resource.network_records[*].id)
  name      = "default"
  body = {
    properties = {
      privateDnsZoneConfigs = [
        {
          name = "blob"
          properties = {
            privateDnsZoneId = var.blob_zone_id
          }
        },
      ]
    }
  }
}

resource "azapi_resource" "diagnostics_app_logs" {
  count     = var.diagnostics ? 1 : 0
  type      = "Microsoft.Insights/diagnosticSettings@2021-05-01-preview"
  parent_id = azapi_resource.app_function_app.id
  name      = "holdfast"
  body = {
    properties = {
      workspaceId = azapi_resource.app_workspace.id
      logs = [
        {
          category = "FunctionAppLogs"
          enabled  = true
        },
      ]
    }
  }
}

resource "azapi_resource" "diagnostics_vault_logs" {
  count     = var.diagnostics ? 1 : 0
  type      = "Microsoft.Insights/diagnosticSettings@2021-05-01-preview"
  parent_id = azapi_resource.app_vault.id
  name      = "holdfast"
  body = {
    properties = {
      workspaceId = azapi_resource.app_workspace.id
      logs = [
        {
          categoryGroup = "allLogs"
          enabled       = true
        },
      ]
    }
  }
}

resource "azapi_resource" "diagnostics_recovery_vault_logs" {
  count     = var.diagnostics && !(length(local.recovery_services_vault) == 0) ? 1 : 0
  type      = "Microsoft.Insights/diagnosticSettings@2021-05-01-preview"
  parent_id = one(azapi_resource.app_recovery_vault[*].id)
  name      = "holdfast"
  body = {
    properties = {
      workspaceId                 = azapi_resource.app_workspace.id
      logAnalyticsDestinationType = "Dedicated"
      logs = [
        {
          category = "CoreAzureBackup"
          enabled  = true
        },
        {
          category = "AddonAzureBackupJobs"
          enabled  = true
        },
        {
          category = "AddonAzureBackupAlerts"
          enabled  = true
        },
        {
          category = "AddonAzureBackupPolicy"
          enabled  = true
        },
        {
          category = "AddonAzureBackupStorage"
          enabled  = true
        },
        {
          category = "AddonAzureBackupProtectedInstance"
          enabled  = true
        },
      ]
    }
  }
}

resource "azapi_resource" "diagnostics_record_logs" {
  count     = var.diagnostics ? 1 : 0
  type      = "Microsoft.Insights/diagnosticSettings@2021-05-01-preview"
  parent_id = azapi_resource.ledger_blobs.id
  name      = "holdfast"
  body = {
    properties = {
      workspaceId = azapi_resource.app_workspace.id
      logs = [
        {
          category = "StorageWrite"
          enabled  = true
        },
        {
          category = "StorageDelete"
          enabled  = true
        },
      ]
    }
  }
}

resource "azapi_resource" "diagnostics_topic_logs" {
  count     = var.diagnostics && length(var.existing_topic) == 0 ? 1 : 0
  type      = "Microsoft.Insights/diagnosticSettings@2021-05-01-preview"
  parent_id = one(azapi_resource.app_topic[*].id)
  name      = "holdfast"
  body = {
    properties = {
      workspaceId = azapi_resource.app_workspace.id
      logs = [
        {
          category = "DeliveryFailures"
          enabled  = true
        },
      ]
    }
  }
}

resource "azapi_resource" "data_access_blobs" {
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  parent_id = azapi_resource.app_storage.id
  name      = uuidv5("11fb06fb-712d-4ddd-98c7-e71bbd588830", join("-", [azapi_resource.app_storage.id, azapi_resource.app_identity.output.properties.principalId, local.storage_blob_data_contributor]))
  body = {
    properties = {
      roleDefinitionId = "/subscriptions/${local.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/${local.storage_blob_data_contributor}"
      principalId      = azapi_resource.app_identity.output.properties.principalId
      principalType    = "ServicePrincipal"
      description      = "package and the Functions host's leases"
    }
  }
}

resource "azapi_resource" "data_access_queues" {
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  parent_id = azapi_resource.app_storage.id
  name      = uuidv5("11fb06fb-712d-4ddd-98c7-e71bbd588830", join("-", [azapi_resource.app_storage.id, azapi_resource.app_identity.output.properties.principalId, local.storage_queue_data_contributor]))
  body = {
    properties = {
      roleDefinitionId = "/subscriptions/${local.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/${local.storage_queue_data_contributor}"
      principalId      = azapi_resource.app_identity.output.properties.principalId
      principalType    = "ServicePrincipal"
      description      = "work queue"
    }
  }
}

resource "azapi_resource" "data_access_dead_letters" {
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  parent_id = azapi_resource.app_dead_letter_storage.id
  name      = uuidv5("11fb06fb-712d-4ddd-98c7-e71bbd588830", join("-", [azapi_resource.app_dead_letter_storage.id, azapi_resource.app_identity.output.properties.principalId, local.storage_blob_data_contributor]))
  body = {
    properties = {
      roleDefinitionId = "/subscriptions/${local.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/${local.storage_blob_data_contributor}"
      principalId      = azapi_resource.app_identity.output.properties.principalId
      principalType    = "ServicePrincipal"
      description      = "dead letters are read and removed"
    }
  }
}

resource "azapi_resource" "data_access_write_dead_letters" {
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  parent_id = azapi_resource.app_dead_letter_storage.id
  name      = uuidv5("11fb06fb-712d-4ddd-98c7-e71bbd588830", join("-", [azapi_resource.app_dead_letter_storage.id, azapi_resource.app_events_identity.output.properties.principalId, local.storage_blob_data_contributor]))
  body = {
    properties = {
      roleDefinitionId = "/subscriptions/${local.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/${local.storage_blob_data_contributor}"
      principalId      = azapi_resource.app_events_identity.output.properties.principalId
      principalType    = "ServicePrincipal"
      description      = "dead letters are written"
    }
  }
}

resource "azapi_resource" "data_access_send_events" {
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  parent_id = azapi_resource.app_events.id
  name      = uuidv5("11fb06fb-712d-4ddd-98c7-e71bbd588830", join("-", [azapi_resource.app_events.id, azapi_resource.app_events_identity.output.properties.principalId, local.storage_queue_data_message_sender]))
  body = {
    properties = {
      roleDefinitionId = "/subscriptions/${local.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/${local.storage_queue_data_message_sender}"
      principalId      = azapi_resource.app_events_identity.output.properties.principalId
      principalType    = "ServicePrincipal"
      description      = "events are put on their queue"
    }
  }
}

resource "azapi_resource" "data_access_recorder" {
  type      = "Microsoft.Authorization/roleDefinitions@2022-04-01"
  parent_id = azapi_resource.group.id
  name      = local.recorder_role
  body = {
    properties = {
      roleName    = "Holdfast recorder (${substr(sha256(join("-", [local.group_id])), 0, 13)})"
      type        = "CustomRole"
      description = "Reads blobs and adds new ones; overwrites and deletes none."
      assignableScopes = [
        local.group_id,
      ]
      permissions = [
        {
          actions    = []
          notActions = []
          dataActions = [
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action",
          ]
          notDataActions = []
        },
      ]
    }
  }
}

resource "azapi_resource" "data_access_record" {
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  parent_id = azapi_resource.ledger_ledger.id
  name      = uuidv5("11fb06fb-712d-4ddd-98c7-e71bbd588830", join("-", [azapi_resource.ledger_ledger.id, azapi_resource.app_identity.output.properties.principalId, local.recorder_role]))
  body = {
    properties = {
      roleDefinitionId = azapi_resource.data_access_recorder.id
      principalId      = azapi_resource.app_identity.output.properties.principalId
      principalType    = "ServicePrincipal"
      description      = "ledger"
    }
  }
}

resource "azapi_resource" "data_access_keep_rules" {
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  parent_id = azapi_resource.ledger_rules.id
  name      = uuidv5("11fb06fb-712d-4ddd-98c7-e71bbd588830", join("-", [azapi_resource.ledger_rules.id, azapi_resource.app_identity.output.properties.principalId, local.recorder_role]))
  body = {
    properties = {
      roleDefinitionId = azapi_resource.data_access_recorder.id
      principalId      = azapi_resource.app_identity.output.properties.principalId
      principalType    = "ServicePrincipal"
      description      = "accepted rule sets"
    }
  }
}

resource "azapi_resource" "access_operator" {
  count     = var.assign_roles ? 1 : 0
  type      = "Microsoft.Authorization/roleDefinitions@2022-04-01"
  parent_id = "/subscriptions/${local.subscription_id}"
  name      = local.operator_role
  body = {
    properties = {
      roleName    = "Holdfast operator (${local.subscription_id})"
      type        = "CustomRole"
      description = "Reads what there is and drives Azure Backup towards it; creates vaults, restores and deletes only where the deployment allows it."
      assignableScopes = [
        "/subscriptions/${local.subscription_id}",
      ]
      permissions = [
        {
          actions        = concat(local.protect_actions, (var.allow_creation ? local.create_actions : []), (var.allow_restore ? local.restore_actions : []), (var.allow_delete ? local.delete_actions : []))
          notActions     = []
          dataActions    = []
          notDataActions = []
        },
      ]
    }
  }
}

resource "azapi_resource" "access_operate" {
  count     = var.assign_roles ? 1 : 0
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  parent_id = "/subscriptions/${local.subscription_id}"
  name      = uuidv5("11fb06fb-712d-4ddd-98c7-e71bbd588830", join("-", ["/subscriptions/${local.subscription_id}", azapi_resource.app_identity.output.properties.principalId, local.operator_role]))
  body = {
    properties = {
      roleDefinitionId = one(azapi_resource.access_operator[*].id)
      principalId      = azapi_resource.app_identity.output.properties.principalId
      principalType    = "ServicePrincipal"
      description      = "drives Azure Backup"
    }
  }
}

resource "azapi_resource" "access_read" {
  count     = var.assign_roles ? 1 : 0
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  parent_id = "/subscriptions/${local.subscription_id}"
  name      = uuidv5("11fb06fb-712d-4ddd-98c7-e71bbd588830", join("-", ["/subscriptions/${local.subscription_id}", azapi_resource.app_identity.output.properties.principalId, local.reader]))
  body = {
    properties = {
      roleDefinitionId = "/subscriptions/${local.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/${local.reader}"
      principalId      = azapi_resource.app_identity.output.properties.principalId
      principalType    = "ServicePrincipal"
      description      = "observes resources, vaults, jobs and role assignments; Resource Graph"
    }
  }
}

resource "azapi_resource" "access_grant" {
  count     = var.assign_roles ? 1 : 0
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  parent_id = "/subscriptions/${local.subscription_id}"
  name      = uuidv5("11fb06fb-712d-4ddd-98c7-e71bbd588830", join("-", ["/subscriptions/${local.subscription_id}", azapi_resource.app_identity.output.properties.principalId, local.role_based_access_control_administrator]))
  body = {
    properties = {
      roleDefinitionId = "/subscriptions/${local.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/${local.role_based_access_control_administrator}"
      principalId      = azapi_resource.app_identity.output.properties.principalId
      principalType    = "ServicePrincipal"
      description      = "gives the backup roles to identities, and only these"
      condition        = replace("((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {<ROLES>} AND @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'})) AND ((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {<ROLES>} AND @Resource[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))", "<ROLES>", join(", ", (var.grant_powerful_roles ? concat(local.grantable_roles, local.powerful_roles) : local.grantable_roles)))
      conditionVersion = "2.0"
    }
  }
}

resource "azapi_resource" "registry_access_pull" {
  count     = !(length(var.registry_id) == 0) ? 1 : 0
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  parent_id = "/subscriptions/${local.registry_parts[2]}/resourceGroups/${local.registry_parts[4]}/providers/Microsoft.ContainerRegistry/registries/${local.registry_parts[8]}"
  name      = uuidv5("11fb06fb-712d-4ddd-98c7-e71bbd588830", join("-", ["/subscriptions/${local.registry_parts[2]}/resourceGroups/${local.registry_parts[4]}/providers/Microsoft.ContainerRegistry/registries/${local.registry_parts[8]}", azapi_resource.app_identity.output.properties.principalId, local.acr_pull]))
  body = {
    properties = {
      roleDefinitionId = "/subscriptions/${local.registry_parts[2]}/providers/Microsoft.Authorization/roleDefinitions/${local.acr_pull}"
      principalId      = azapi_resource.app_identity.output.properties.principalId
      principalType    = "ServicePrincipal"
      description      = "reads rule sets and rules"
    }
  }
}

resource "azapi_resource" "events_changes" {
  count     = var.subscribe_to_events ? 1 : 0
  type      = "Microsoft.EventGrid/systemTopics/eventSubscriptions@2022-06-15"
  parent_id = "/subscriptions/${local.subscription_id}/resourceGroups/${(length(var.existing_topic) == 0 ? var.resource_group_name : local.existing_topic_group)}/providers/Microsoft.EventGrid/systemTopics/${(length(var.existing_topic) == 0 ? local.function_app_name : var.existing_topic)}"
  name      = "resource-changed"
  body = {
    properties = {
      destination                  = ((local.is_closed ? (var.event_delivery == "Queue" ? "Queue: a closed account takes no events" : var.event_delivery) : var.event_delivery) == "Queue" ? null : local.to_function)
      deliveryWithResourceIdentity = ((local.is_closed ? (var.event_delivery == "Queue" ? "Queue: a closed account takes no events" : var.event_delivery) : var.event_delivery) == "Queue" ? local.to_queue : null)
      eventDeliverySchema          = "EventGridSchema"
      filter = {
        includedEventTypes = [
          "Microsoft.Resources.ResourceWriteSuccess",
          "Microsoft.Resources.ResourceDeleteSuccess",
        ]
        advancedFilters = [
          {
            operatorType = "StringIn"
            key          = "data.operationName"
            values = [
              "Microsoft.Compute/disks/write",
              "Microsoft.Compute/disks/delete",
              "Microsoft.Compute/virtualMachines/write",
              "Microsoft.Compute/virtualMachines/delete",
              "Microsoft.SqlVirtualMachine/sqlVirtualMachines/write",
              "Microsoft.SqlVirtualMachine/sqlVirtualMachines/delete",
              "Microsoft.ContainerService/managedClusters/write",
              "Microsoft.ContainerService/managedClusters/delete",
              "Microsoft.DBforPostgreSQL/flexibleServers/write",
              "Microsoft.DBforPostgreSQL/flexibleServers/delete",
              "Microsoft.DBforPostgreSQL/servers/databases/write",
              "Microsoft.DBforPostgreSQL/servers/databases/delete",
              "Microsoft.Storage/storageAccounts/write",
              "Microsoft.Storage/storageAccounts/delete",
              "Microsoft.Storage/storageAccounts/fileServices/shares/write",
              "Microsoft.Storage/storageAccounts/fileServices/shares/delete",
            ]
          },
        ]
      }
      retryPolicy = {
        maxDeliveryAttempts      = 30
        eventTimeToLiveInMinutes = 1440
      }
      deadLetterDestination          = (local.events_by_identity ? null : local.dead_letters)
      deadLetterWithResourceIdentity = (local.events_by_identity ? local.dead_letters_by_identity : null)
    }
  }

  depends_on = [
    azapi_resource.app_topic,
  ]
}

resource "azapi_resource" "events_tags" {
  count     = var.subscribe_to_events ? 1 : 0
  type      = "Microsoft.EventGrid/systemTopics/eventSubscriptions@2022-06-15"
  parent_id = "/subscriptions/${local.subscription_id}/resourceGroups/${(length(var.existing_topic) == 0 ? var.resource_group_name : local.existing_topic_group)}/providers/Microsoft.EventGrid/systemTopics/${(length(var.existing_topic) == 0 ? local.function_app_name : var.existing_topic)}"
  name      = "tags-changed"
  body = {
    properties = {
      destination                  = ((local.is_closed ? (var.event_delivery == "Queue" ? "Queue: a closed account takes no events" : var.event_delivery) : var.event_delivery) == "Queue" ? null : local.to_function)
      deliveryWithResourceIdentity = ((local.is_closed ? (var.event_delivery == "Queue" ? "Queue: a closed account takes no events" : var.event_delivery) : var.event_delivery) == "Queue" ? local.to_queue : null)
      eventDeliverySchema          = "EventGridSchema"
      filter = {
        includedEventTypes = [
          "Microsoft.Resources.ResourceWriteSuccess",
          "Microsoft.Resources.ResourceDeleteSuccess",
        ]
        advancedFilters = [
          {
            operatorType = "StringIn"
            key          = "data.operationName"
            values = [
              "Microsoft.Resources/tags/write",
              "Microsoft.Resources/tags/delete",
            ]
          },
          {
            operatorType = "StringContains"
            key          = "subject"
            values = [
              "/providers/Microsoft.Compute/disks/",
              "/providers/Microsoft.Compute/virtualMachines/",
              "/providers/Microsoft.ContainerService/managedClusters/",
              "/providers/Microsoft.DBforPostgreSQL/flexibleServers/",
              "/providers/Microsoft.DBforPostgreSQL/servers/",
              "/providers/Microsoft.Storage/storageAccounts/",
            ]
          },
        ]
      }
      retryPolicy = {
        maxDeliveryAttempts      = 30
        eventTimeToLiveInMinutes = 1440
      }
      deadLetterDestination          = (local.events_by_identity ? null : local.dead_letters)
      deadLetterWithResourceIdentity = (local.events_by_identity ? local.dead_letters_by_identity : null)
    }
  }

  depends_on = [
    azapi_resource.app_topic,
  ]
}

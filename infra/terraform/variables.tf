# Written by `python3 infra/terraform.py` from main.json; change that and run it again.

variable "location" {
  description = "Region of the handler and of the vaults."
  type        = string
}

variable "resource_group_name" {
  description = "Resource group to create or to use."
  type        = string
  default     = "rg-holdfast"
}

variable "function_app_name" {
  description = "Name of the function app; unique in Azure."
  type        = string
  default     = null
}

variable "watched_subscriptions" {
  description = "Ids of the subscriptions to protect. Events and rights are set up here for this one only."
  type        = list(string)
  default     = null
}

variable "storage_sku" {
  description = "Redundancy of the storage accounts of the ledger and of the work queue."
  type        = string
  default     = "Standard_ZRS"

  validation {
    condition     = contains(["Standard_LRS", "Standard_ZRS", "Standard_GRS"], var.storage_sku)
    error_message = "storage_sku is one of Standard_LRS, Standard_ZRS, Standard_GRS."
  }
}

variable "ledger_retention_days" {
  description = "Days for which nobody can delete or overwrite what is recorded."
  type        = number
  default     = 365

  validation {
    condition     = var.ledger_retention_days >= 1 && var.ledger_retention_days <= 146000
    error_message = "ledger_retention_days is from 1 to 146000."
  }
}

variable "ledger_cool_after_days" {
  description = "Days after which entries move to the cool tier, and six times as many to the cold one; 0 leaves them in the hot one."
  type        = number
  default     = 0

  validation {
    condition     = var.ledger_cool_after_days >= 0 && var.ledger_cool_after_days <= 3650
    error_message = "ledger_cool_after_days is from 0 to 3650."
  }
}

variable "vault_redundancy" {
  description = "Redundancy of the vaults; cannot be changed once something is protected."
  type        = string
  default     = "ZoneRedundant"

  validation {
    condition     = contains(["LocallyRedundant", "ZoneRedundant", "GeoRedundant"], var.vault_redundancy)
    error_message = "vault_redundancy is one of LocallyRedundant, ZoneRedundant, GeoRedundant."
  }
}

variable "soft_delete_days" {
  description = "Days that deleted backups stay recoverable."
  type        = number
  default     = 14

  validation {
    condition     = var.soft_delete_days >= 14 && var.soft_delete_days <= 180
    error_message = "soft_delete_days is from 14 to 180."
  }
}

variable "recovery_services_vault" {
  description = "Name of the Recovery Services vault, for virtual machines, file shares and databases in machines; the shipped rules ask for rsv and the region. Empty makes none."
  type        = string
  default     = null
}

variable "vault_identities" {
  description = "Identities that both vaults have beside their own, such as the one that opens your key: an object with the id of each as a name, and an empty object as its value. One that a deployment does not name is taken away."
  type        = map(any)
  default     = {}
}

variable "maximum_instances" {
  description = "Upper bound of handler instances."
  type        = number
  default     = 40

  validation {
    condition     = var.maximum_instances >= 40 && var.maximum_instances <= 1000
    error_message = "maximum_instances is from 40 to 1000."
  }
}

variable "instance_memory" {
  description = "Memory of an instance in megabytes; compiling rules takes up to 1024."
  type        = number
  default     = 2048

  validation {
    condition     = contains([512, 2048, 4096], var.instance_memory)
    error_message = "instance_memory is one of 512, 2048, 4096."
  }
}

variable "update_strategy" {
  description = "How Azure replaces instances when a package or a setting changes: RollingUpdate, which is a preview, lets running work end."
  type        = string
  default     = "RollingUpdate"

  validation {
    condition     = contains(["Recreate", "RollingUpdate"], var.update_strategy)
    error_message = "update_strategy is one of Recreate, RollingUpdate."
  }
}

variable "function_subnet_id" {
  description = "Id of the subnet that the function app calls from; it needs the delegation Microsoft.App/environments and the service endpoint Microsoft.Storage. Empty for none."
  type        = string
  default     = ""
}

variable "allowed_addresses" {
  description = "Addresses from which administrators reach the accounts when a subnet is named, as Storage writes them."
  type        = list(any)
  default     = []
}

variable "endpoint_subnet_id" {
  description = "Id of the subnet that gets private endpoints of the accounts, which are then closed to the internet. Empty for none."
  type        = string
  default     = ""
}

variable "blob_zone_id" {
  description = "Id of the private DNS zone for blobs; empty if a policy registers private endpoints."
  type        = string
  default     = ""
}

variable "queue_zone_id" {
  description = "Id of the private DNS zone for queues; empty if a policy registers private endpoints."
  type        = string
  default     = ""
}

variable "diagnostics" {
  description = "Whether the logs of the function app, the vault, the topic and of writes to the ledger go to the workspace."
  type        = bool
  default     = true
}

variable "assign_roles" {
  description = "Whether the function app gets its rights on this subscription here; false where it has them by a management group."
  type        = bool
  default     = true
}

variable "grant_powerful_roles" {
  description = "Whether the function app may also assign Contributor, Key Vault Secrets User and Storage Blob Data Contributor, which Kubernetes clusters and databases of PostgreSQL single servers need. Without, an administrator deploys the template that each of them gets."
  type        = bool
  default     = false
}

variable "allow_creation" {
  description = "Whether the function app may create Backup vaults and snapshot resource groups, and give vaults an identity; the rule set says whether it does."
  type        = bool
  default     = false
}

variable "allow_restore" {
  description = "Whether the function app may restore; its callers' roles and the rules say who and what."
  type        = bool
  default     = false
}

variable "allow_delete" {
  description = "Whether the function app may delete backup instances; the rules say which, and soft delete keeps them for a time."
  type        = bool
  default     = false
}

variable "existing_topic" {
  description = "Name of the system topic that the subscription has already; empty makes one. Azure allows one to a subscription."
  type        = string
  default     = ""
}

variable "existing_topic_group" {
  description = "Resource group of that topic."
  type        = string
  default     = null
}

variable "event_delivery" {
  description = "Whether Event Grid delivers to the function, or to a queue that the function reads; a queue needs no order of deployment."
  type        = string
  default     = "Function"

  validation {
    condition     = contains(["Function", "Queue"], var.event_delivery)
    error_message = "event_delivery is one of Function, Queue."
  }
}

variable "events_by_identity" {
  description = "Whether Event Grid writes to storage with the identity of its topic, and not with an account key; an existing topic has to be given the identity first."
  type        = bool
  default     = null
}

variable "registry_id" {
  description = "Id of the Azure Container Registry that rules come from; the function app may then read it. Empty for none."
  type        = string
  default     = ""
}

variable "alert_email" {
  description = "Address that alerts go to; empty sends none."
  type        = string
  default     = ""
}

variable "settings" {
  description = "Settings of the function app beside those of the template, by name: keys, roles, notifications. A value may be a reference to a key vault. What a deployment does not name is gone after it."
  type        = map(string)
  sensitive   = true
  default     = {}
}

variable "subscribe_to_events" {
  description = "Whether to route events to the handler. Only after its package is deployed: Event Grid refuses a function that does not exist."
  type        = bool
  default     = false
}

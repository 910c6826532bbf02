# Written by `python3 infra/terraform.py` from main.json; change that and run it again.

output "function_app_name" {
  value = local.function_app_name
}

output "vault_id" {
  value = azapi_resource.app_vault.id
}

output "recovery_services_vault_id" {
  value = (length(local.recovery_services_vault) == 0 ? "" : one(azapi_resource.app_recovery_vault[*].id))
}

output "snapshot_group_name" {
  value = local.snapshot_group_name
}

output "ledger_account_name" {
  value = local.ledger_account_name
}

output "dead_letter_account_name" {
  value = local.dead_letter_account_name
}

output "principal_id" {
  value = azapi_resource.app_identity.output.properties.principalId
}

output "storage_account_name" {
  value = local.storage_account_name
}

output "events_identity_id" {
  value = azapi_resource.app_events_identity.id
}

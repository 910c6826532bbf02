"""The life of a Recovery Services vault and of its policies through Microsoft's Python SDK, as its users write it."""

import datetime
import sys
import time

import requests
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.recoveryservices import RecoveryServicesClient
from azure.mgmt.recoveryservices import models as v
from azure.mgmt.recoveryservicesbackup import RecoveryServicesBackupClient
from azure.mgmt.recoveryservicesbackup import models as b

URL = sys.argv[1]
SUB = "11111111-2222-4333-8444-555555555555"
GROUP = "rg-recovery"
VAULT = "rsv-python"
TIME = datetime.datetime(2026, 1, 24, 22, 30, tzinfo=datetime.timezone.utc)


class Credential:
    def get_token(self, *scopes, **kwargs):
        return AccessToken("python", int(time.time()) + 3600)


def policy(days, instant=2):
    return b.ProtectionPolicyResource(properties=b.AzureIaaSVMProtectionPolicy(
        time_zone="UTC", instant_rp_retention_range_in_days=instant,
        schedule_policy=b.SimpleSchedulePolicy(schedule_run_frequency="Daily", schedule_run_times=[TIME]),
        retention_policy=b.LongTermRetentionPolicy(daily_schedule=b.DailyRetentionSchedule(
            retention_times=[TIME], retention_duration=b.RetentionDuration(count=days, duration_type="Days")))))


def refused(code, call, *arguments):
    try:
        call(*arguments)
    except HttpResponseError as error:
        assert error.error.code == code, error.error
        return
    raise AssertionError(f"{code} was expected")


def main():
    group = f"{URL}/subscriptions/{SUB}/resourceGroups/{GROUP}?api-version=2022-09-01"
    answer = requests.put(group, json={"location": "westeurope"}, headers={"Authorization": "Bearer x"}, timeout=30)
    assert answer.ok, answer.text
    options = dict(base_url=URL, credential_scopes=[URL + "/.default"], polling_interval=1)
    vaults = RecoveryServicesClient(Credential(), SUB, **options).vaults
    backup = RecoveryServicesBackupClient(Credential(), SUB, **options)

    vault = vaults.begin_create_or_update(GROUP, VAULT, v.Vault(
        location="westeurope", sku=v.Sku(name="RS0", tier="Standard"), identity=v.IdentityData(type="SystemAssigned"),
        properties=v.VaultProperties(public_network_access="Enabled"))).result()
    soft_delete = vault.properties.security_settings.soft_delete_settings
    print("vault:", vault.name, vault.identity.principal_id, soft_delete.soft_delete_state)
    assert soft_delete.soft_delete_state == "AlwaysON", soft_delete
    assert [one.name for one in vaults.list_by_resource_group(GROUP)] == [VAULT]

    config = backup.backup_resource_vault_configs
    off = b.BackupResourceVaultConfigResource(properties=b.BackupResourceVaultConfig(soft_delete_feature_state="Disabled"))
    refused("BMSUserErrorDisablingSoftDeleteStateNotAllowed", config.update, VAULT, GROUP, off)
    storage = backup.backup_resource_storage_configs_non_crr
    storage.patch(VAULT, GROUP, b.BackupResourceConfigResource(properties=b.BackupResourceConfig(storage_type="LocallyRedundant")))
    print("storage:", storage.get(VAULT, GROUP).properties.storage_type)

    policies = backup.protection_policies
    kept = policies.create_or_update(VAULT, GROUP, "nightly", policy(30))
    assert kept.properties.schedule_policy.schedule_run_times == [TIME], kept
    refused("BMSUserErrorInvalidPolicyInput", policies.create_or_update, VAULT, GROUP, "nightly", policy(30, instant=9))
    names = [one.name for one in backup.backup_policies.list(VAULT, GROUP, filter="backupManagementType eq 'AzureIaasVM'")]
    print("policies:", ", ".join(sorted(names)))
    policies.begin_delete(VAULT, GROUP, "nightly").result()

    vaults.begin_delete(GROUP, VAULT).result()
    try:
        vaults.get(GROUP, VAULT)
    except ResourceNotFoundError:
        print("deleted:", VAULT)


main()

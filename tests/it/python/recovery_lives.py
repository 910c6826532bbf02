"""The whole lives of a virtual machine and of a file share in a Recovery Services vault, through Microsoft's Python SDK."""

import datetime

import requests
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.recoveryservices import RecoveryServicesClient
from azure.mgmt.recoveryservices import models as v
from azure.mgmt.recoveryservicesbackup import RecoveryServicesBackupClient
from azure.mgmt.recoveryservicesbackup import models as b

from lives import FABRIC, GROUP, SCOPE, SUB, URL, VAULT, Credential, refused, send, until

MACHINE = f"{SCOPE}/providers/Microsoft.Compute/virtualMachines/vm1"
ACCOUNT = f"{SCOPE}/providers/Microsoft.Storage/storageAccounts/shares1"
STAGING = f"{SCOPE}/providers/Microsoft.Storage/storageAccounts/staging1"
TIME = datetime.datetime(2026, 1, 24, 22, 30, tzinfo=datetime.timezone.utc)


class Vault:
    """The client, with what every call repeats."""

    def __init__(self, client):
        self.client = client

    def job(self, operation, status="Completed", kind="AzureIaasVM"):
        """Waits until the newest job of an operation stands as wanted."""
        found = []

        def ended():
            jobs = self.client.backup_jobs.list(VAULT, GROUP, filter=f"operation eq '{operation}' and backupManagementType eq '{kind}'")
            found[:] = list(jobs)[:1]
            return found and found[0].properties.status in ("Completed", "Failed", "Cancelled")

        until(f"the end of {operation}", ended)
        assert found[0].properties.status == status, found[0].properties.as_dict()
        return self.client.job_details.get(VAULT, GROUP, found[0].name).properties

    def items(self, kind):
        return list(self.client.backup_protected_items.list(VAULT, GROUP, filter=f"backupManagementType eq '{kind}'"))


def machine(vault):
    client = vault.client
    container = f"IaasVMContainer;iaasvmcontainerv2;{GROUP};vm1"
    item = f"VM;iaasvmcontainerv2;{GROUP};vm1"
    where = (VAULT, GROUP, FABRIC, container, item)
    policy = client.protection_policies.get(VAULT, GROUP, "DefaultPolicy")

    status = client.backup_status.get("westeurope", b.BackupStatusRequest(resource_type="VM", resource_id=MACHINE))
    assert status.protection_status == "NotProtected", status
    check = b.PreValidateEnableBackupRequest(resource_type="VM", resource_id=MACHINE, properties="{}")
    assert client.protection_intent.validate("westeurope", check).status == "Succeeded"
    refused("BMSUserErrorDataSourceObjectNotFound", client.protected_items.get, *where)

    def protect(**more):
        properties = b.AzureIaaSComputeVMProtectedItem(source_resource_id=MACHINE, **more)
        return client.protected_items.begin_create_or_update(*where, b.ProtectedItemResource(properties=properties)).result()

    made = protect(policy_id=policy.id)
    assert made.properties["protectionState"] == "IRPending", made.properties.as_dict()
    assert made.name == item, made.name
    assert [one.name for one in vault.items("AzureIaasVM")] == [item]
    print("machine:", made.properties["protectionState"], vault.job("ConfigureBackup").status)

    client.backups.trigger(*where, b.BackupRequestResource(properties=b.IaasVMBackupRequest()))
    job = vault.job("Backup")
    assert [task.status for task in job.extended_info.tasks_list] == ["Completed", "Completed"], job.as_dict()
    points = list(client.recovery_points.list(*where))
    tiers = [(tier.type, tier.status) for tier in points[0].properties.recovery_point_tier_details]
    print("points:", len(points), tiers)
    point = points[0].name

    restore = b.IaasVMRestoreRequest(
        recovery_point_id=point, recovery_type="RestoreDisks", source_resource_id=MACHINE, region="westeurope",
        storage_account_id=STAGING, target_resource_group_id=SCOPE, original_storage_account_option=False,
        create_new_cloud_service=False, encryption_details=b.EncryptionDetails(encryption_enabled=False))
    check = b.ValidateIaasVMRestoreOperationRequest(restore_request=restore)
    client.validate_operation.begin_trigger(VAULT, GROUP, b.ValidateOperationRequestResource(id=points[0].id, properties=check)).result()
    client.restores.begin_trigger(*where, point, b.RestoreRequestResource(properties=restore)).result()
    job = vault.job("Restore")
    bag = job.extended_info.property_bag
    template = requests.get(bag["Template Blob Uri"], headers={"Authorization": "Bearer x", "x-ms-version": "2021-08-06"}, timeout=30)
    assert template.ok and "VirtualMachineName" in template.json()["parameters"], template.text
    print("restored:", bag["Job Type"], bag["Target resource group"])

    session = b.ILRRequestResource(properties=b.IaasVMILRRegistrationRequest(
        recovery_point_id=point, virtual_machine_id=MACHINE, initiator_name="python", renew_existing_registration=False))
    connections = client.item_level_recovery_connections
    connections.provision(*where, point, session)
    active = lambda: client.recovery_points.get(*where, point).properties.is_instant_ilr_session_active
    until("the session", active)
    connections.revoke(*where, point)
    until("the end of the session", lambda: not active())
    print("files: reached and left")

    protect(policy_id="", protection_state="ProtectionStopped")
    assert client.protected_items.get(*where).properties["protectionState"] == "ProtectionStopped"
    protect(policy_id=policy.id)
    client.protected_items.delete(*where)
    vault.job("DeleteBackupData")
    gone = client.protected_items.get(*where).properties
    assert gone.is_scheduled_for_deferred_delete and gone.deferred_delete_time_remaining.startswith("13."), gone.as_dict()
    protect(policy_id="", protection_state="ProtectionStopped", is_rehydrate=True)
    back = client.protected_items.get(*where).properties
    assert back["protectionState"] == "ProtectionStopped" and not back.is_scheduled_for_deferred_delete, back.as_dict()
    client.protected_items.delete(*where)
    until("the deletion", lambda: client.protected_items.get(*where).properties.is_scheduled_for_deferred_delete)
    print("machine: deleted, brought back, deleted")


def share(vault):
    client = vault.client
    container = f"StorageContainer;Storage;{GROUP};shares1"
    free = client.protectable_containers.list(VAULT, GROUP, FABRIC, filter="backupManagementType eq 'AzureStorage'")
    assert container in [one.name for one in free]
    registered = client.protection_containers.begin_register(VAULT, GROUP, FABRIC, container, b.ProtectionContainerResource(
        properties=b.AzureStorageContainer(
            backup_management_type="AzureStorage", source_resource_id=ACCOUNT, friendly_name="shares1"))).result()
    assert registered.properties.registration_status == "Registered", registered.as_dict()
    listed = lambda: list(client.backup_protectable_items.list(VAULT, GROUP, filter="backupManagementType eq 'AzureStorage'"))
    assert not listed()
    client.protection_containers.inquire(VAULT, GROUP, FABRIC, container)
    until("the share", listed)
    item = next(share.name for share in listed() if share.properties.friendly_name == "documents")
    where = (VAULT, GROUP, FABRIC, container, item)

    times = [TIME]
    policy = client.protection_policies.create_or_update(VAULT, GROUP, "shares", b.ProtectionPolicyResource(
        properties=b.AzureFileShareProtectionPolicy(
            work_load_type="AzureFileShare", time_zone="UTC",
            schedule_policy=b.SimpleSchedulePolicy(schedule_run_frequency="Daily", schedule_run_times=times),
            retention_policy=b.LongTermRetentionPolicy(daily_schedule=b.DailyRetentionSchedule(
                retention_times=times, retention_duration=b.RetentionDuration(count=30, duration_type="Days"))))))
    properties = b.AzureFileshareProtectedItem(source_resource_id=ACCOUNT, policy_id=policy.id)
    made = client.protected_items.begin_create_or_update(*where, b.ProtectedItemResource(properties=properties)).result()
    assert made.properties.friendly_name == "documents", made.as_dict()
    client.backups.trigger(*where, b.BackupRequestResource(properties=b.AzureFileShareBackupRequest()))
    vault.job("Backup", kind="AzureStorage")
    point = list(client.recovery_points.list(*where))[0]
    restore = b.AzureFileShareRestoreRequest(
        recovery_type="AlternateLocation", source_resource_id=ACCOUNT, copy_options="Overwrite",
        restore_request_type="FullShareRestore",
        target_details=b.TargetAFSRestoreInfo(name="other", target_resource_id=ACCOUNT))
    client.restores.begin_trigger(*where, point.name, b.RestoreRequestResource(properties=restore)).result()
    job = vault.job("Restore", kind="AzureStorage")
    print("share:", job.extended_info.property_bag["Job Type"])

    refused("BMSUserErrorContainerHasDatasources", client.protection_containers.unregister, VAULT, GROUP, FABRIC, container)
    client.protected_items.delete(*where)
    vault.job("DeleteBackupData", kind="AzureStorage")
    client.protection_containers.unregister(VAULT, GROUP, FABRIC, container)
    storage = "backupManagementType eq 'AzureStorage'"
    until("the end of the registration", lambda: not list(client.backup_protection_containers.list(VAULT, GROUP, filter=storage)))
    print("share: unregistered")


def main():
    send("PUT", SCOPE, {"location": "westeurope"})
    send("PUT", MACHINE, {"location": "westeurope", "properties": {"storageProfile": {"osDisk": {"name": "os", "osType": "Linux"}}}})
    for account in (ACCOUNT, STAGING):
        send("PUT", account, {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}})
    for name in ("documents", "other"):
        send("PUT", f"{ACCOUNT}/fileServices/default/shares/{name}", {"properties": {}})
    options = dict(base_url=URL, credential_scopes=[URL + "/.default"], polling_interval=1)
    vaults = RecoveryServicesClient(Credential(), SUB, **options).vaults
    client = RecoveryServicesBackupClient(Credential(), SUB, **options)
    vaults.begin_create_or_update(GROUP, VAULT, v.Vault(
        location="westeurope", sku=v.Sku(name="RS0", tier="Standard"),
        properties=v.VaultProperties(public_network_access="Enabled"))).result()
    vault = Vault(client)
    machine(vault)
    share(vault)
    vaults.begin_delete(GROUP, VAULT).result()
    try:
        vaults.get(GROUP, VAULT)
    except ResourceNotFoundError:
        print("lives: 2")


main()

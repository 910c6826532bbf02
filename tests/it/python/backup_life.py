"""A disk's backup life through azure-mgmt-dataprotection, as its users write it."""

import sys
import time
import uuid

import requests
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.dataprotection import DataProtectionMgmtClient
from azure.mgmt.dataprotection import models as m

URL = sys.argv[1]
SUB = "11111111-2222-4333-8444-555555555555"
GROUP = f"/subscriptions/{SUB}/resourceGroups/rg-python"
DISK = f"{GROUP}/providers/Microsoft.Compute/disks/disk-python"


class Credential:
    def get_token(self, *scopes, **kwargs):
        return AccessToken("python", int(time.time()) + 3600)


def put(path, api_version, body):
    answer = requests.put(f"{URL}{path}?api-version={api_version}", json=body, headers={"Authorization": "Bearer x"}, timeout=30)
    assert answer.ok, answer.text


def main():
    options = dict(base_url=URL, credential_scopes=[URL + "/.default"], polling_interval=1)
    backup = DataProtectionMgmtClient(Credential(), SUB, **options)
    roles = AuthorizationManagementClient(Credential(), SUB, base_url=URL, credential_scopes=[URL + "/.default"])
    put(GROUP, "2022-09-01", {"location": "westeurope"})
    put(DISK, "2023-04-02", {"location": "westeurope", "sku": {"name": "Premium_LRS"},
                             "properties": {"diskSizeGB": 32, "creationData": {"createOption": "Empty"}}})

    vault = backup.backup_vaults.begin_create_or_update("rg-python", "bv-python", m.BackupVaultResource(
        location="westeurope", identity=m.DppIdentityDetails(type="SystemAssigned"),
        properties=m.BackupVault(storage_settings=[m.StorageSetting(datastore_type="VaultStore", type="LocallyRedundant")]),
    )).result()
    assert vault.properties.provisioning_state == "Succeeded", vault.properties.provisioning_state
    print("vault:", vault.name, vault.identity.principal_id)

    operational = m.DataStoreInfoBase(data_store_type="OperationalStore", object_type="DataStoreInfoBase")
    policy = backup.backup_policies.create_or_update("rg-python", "bv-python", "daily", m.BaseBackupPolicyResource(
        properties=m.BackupPolicy(datasource_types=["Microsoft.Compute/disks"], policy_rules=[
            m.AzureBackupRule(
                name="BackupDaily", data_store=operational,
                backup_parameters=m.AzureBackupParams(backup_type="Incremental"),
                trigger=m.ScheduleBasedTriggerContext(
                    schedule=m.BackupSchedule(repeating_time_intervals=["R/2024-01-01T02:00:00+00:00/P1D"]),
                    tagging_criteria=[m.TaggingCriteria(is_default=True, tagging_priority=99,
                                                        tag_info=m.RetentionTag(tag_name="Default"))])),
            m.AzureRetentionRule(name="Default", is_default=True, lifecycles=[
                m.SourceLifeCycle(delete_after=m.AbsoluteDeleteOption(duration="P7D"), source_data_store=operational)]),
        ])))
    print("policy:", policy.name)

    instance = m.BackupInstance(
        object_type="BackupInstance", friendly_name="disk-python",
        data_source_info=m.Datasource(
            object_type="Datasource", resource_id=DISK, resource_name="disk-python", resource_type="Microsoft.Compute/disks",
            resource_location="westeurope", resource_uri=DISK, datasource_type="Microsoft.Compute/disks"),
        policy_info=m.PolicyInfo(policy_id=policy.id, policy_parameters=m.PolicyParameters(data_store_parameters_list=[
            m.AzureOperationalStoreParameters(data_store_type="OperationalStore", resource_group_id=GROUP)])))
    request = m.ValidateForBackupRequest(backup_instance=instance)

    try:
        backup.backup_instances.begin_validate_for_backup("rg-python", "bv-python", request).result()
        raise SystemExit("validation passed without any role")
    except HttpResponseError as error:
        print("refused without roles:", error.error.code if error.error else error.message)

    for scope, role in [(DISK, "3e5e47e6-65f7-47ef-90b5-e5dd4d455f24"), (GROUP, "7efff54f-a5b4-42b5-a1c5-5411624893ce")]:
        made = roles.role_assignments.create(scope, str(uuid.uuid4()), {"properties": {
            "roleDefinitionId": f"/subscriptions/{SUB}/providers/Microsoft.Authorization/roleDefinitions/{role}",
            "principalId": vault.identity.principal_id, "principalType": "ServicePrincipal"}})
        print("role:", made.name)

    for attempt in range(60):
        try:
            backup.backup_instances.begin_validate_for_backup("rg-python", "bv-python", request).result()
            print("validated after", attempt, "refusals")
            break
        except HttpResponseError:
            time.sleep(0.5)
    else:
        raise SystemExit("the roles never came into force")

    made = backup.backup_instances.begin_create_or_update(
        "rg-python", "bv-python", "disk-python", m.BackupInstanceResource(properties=instance)).result()
    for _ in range(60):
        made = backup.backup_instances.get("rg-python", "bv-python", "disk-python")
        if made.properties.current_protection_state == "ProtectionConfigured":
            break
        time.sleep(0.5)
    assert made.properties.current_protection_state == "ProtectionConfigured", made.properties.current_protection_state
    print("instance:", made.properties.current_protection_state)

    started = backup.backup_instances.begin_adhoc_backup("rg-python", "bv-python", "disk-python", m.TriggerBackupRequest(
        backup_rule_options=m.AdHocBackupRuleOptions(rule_name="BackupDaily",
                                                     trigger_option=m.AdhocBackupTriggerOption()))).result()
    job_id = started.job_id.rsplit("/", 1)[-1]
    for _ in range(120):
        job = backup.jobs.get("rg-python", "bv-python", job_id)
        if job.properties.status != "InProgress":
            break
        time.sleep(0.5)
    assert job.properties.status == "Completed", job.properties.status
    assert [j.name for j in backup.jobs.list("rg-python", "bv-python")] == [job_id]
    print("job:", job.properties.operation, job.properties.status)

    points = list(backup.recovery_points.list("rg-python", "bv-python", "disk-python"))
    print("recovery points:", len(points))


main()

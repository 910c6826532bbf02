"""The life of each Backup vault workload through azure-mgmt-dataprotection: refused, granted, protected, moved to another
policy, backed up, restored, stopped, resumed, suspended, deleted and brought back. One line is printed for each workload."""

import sys
import threading
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
SET = {"base_url": URL, "credential_scopes": [URL + "/.default"]}

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
DISK_RESTORE = "b50d9833-a0cb-478e-945f-707fcc997c13"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
DISK_READER = "3e5e47e6-65f7-47ef-90b5-e5dd4d455f24"
SNAPSHOTS = "7efff54f-a5b4-42b5-a1c5-5411624893ce"
ACCOUNT_BACKUP = "e5e2a7ff-d759-4cd2-bb51-3152d37e2eb1"
LONG_TERM = "c088a766-074b-43ba-90d4-1fb21feae531"
SECRETS = "4633458b-17de-408a-b874-0445c86b69e6"
BLOB_DATA = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"


class Credential:
    def get_token(self, *scopes, **kwargs):
        return AccessToken("python", int(time.time()) + 3600)


def clients():
    """Made by one thread: the SDK imports its models when they are first used, and iterates over them meanwhile."""
    backup = DataProtectionMgmtClient(Credential(), SUB, polling_interval=1, **SET)
    roles = AuthorizationManagementClient(Credential(), SUB, **SET)
    return backup, roles, roles.role_assignments


def put(path, body, version="2023-01-01"):
    headers = {"Authorization": "Bearer x"}
    answer = requests.put(f"{URL}{path}?api-version={version}", json=body, headers=headers, timeout=30)
    assert answer.ok, answer.text
    return answer.json()


def refusal(action):
    try:
        action()
    except HttpResponseError as error:
        return error.error.code if error.error else str(error)
    raise SystemExit("what should be refused was accepted")


def until(what, wanted, patience=60):
    end = time.time() + patience
    while time.time() < end:
        found = what()
        if found == wanted:
            return
        time.sleep(0.1)
    raise SystemExit(f"expected {wanted}, still {found}")


def policy(kind, store, backup_type, period, days):
    keep = m.DataStoreInfoBase(data_store_type=store, object_type="DataStoreInfoBase")
    retention = m.AzureRetentionRule(name="Default", is_default=True, lifecycles=[
        m.SourceLifeCycle(delete_after=m.AbsoluteDeleteOption(duration=f"P{days}D"), source_data_store=keep)])
    rules = [retention]
    if period:
        rules.insert(0, m.AzureBackupRule(
            name="Backup", data_store=keep, backup_parameters=m.AzureBackupParams(backup_type=backup_type),
            trigger=m.ScheduleBasedTriggerContext(
                schedule=m.BackupSchedule(repeating_time_intervals=[f"R/2024-01-01T02:00:00+00:00/{period}"]),
                tagging_criteria=[m.TaggingCriteria(is_default=True, tagging_priority=99,
                                                    tag_info=m.RetentionTag(tag_name="Default"))])))
    return m.BaseBackupPolicyResource(properties=m.BackupPolicy(datasource_types=[kind], policy_rules=rules))


class Workload:
    """What a workload needs; `grants` are (scope, role, principal), where None is the vault's identity."""

    def __init__(self, name, kind, store, backup_type, period):
        self.name, self.kind = name, kind
        self.shape = (kind, store, backup_type, period)
        self.group = f"/subscriptions/{SUB}/resourceGroups/rg-{name}"
        self.grants, self.parameters, self.credentials = [], None, None
        self.resource_type, self.moves, self.stops, self.soft = kind, True, True, True
        self.target, self.target_grants = None, []
        put(self.group, {"location": "westeurope"})

    def make(self, path, body=None, location=True):
        body = dict(body or {"properties": {}})
        if location:
            body["location"] = "westeurope"
        return put(f"{self.group}/providers/{path}", body)

    def snapshots(self, datasource_parameters=None):
        self.parameters = m.PolicyParameters(
            data_store_parameters_list=[m.AzureOperationalStoreParameters(
                data_store_type="OperationalStore", resource_group_id=self.group)],
            backup_datasource_parameters_list=datasource_parameters)

    def instance(self, vault, policy_name):
        source = dict(resource_id=self.id, resource_name=self.id.rsplit("/", 1)[-1], resource_type=self.resource_type,
                      resource_location="westeurope", resource_uri="", datasource_type=self.kind)
        return m.BackupInstance(
            object_type="BackupInstance", friendly_name=self.name,
            data_source_info=m.Datasource(object_type="Datasource", **source),
            datasource_auth_credentials=self.credentials,
            policy_info=m.PolicyInfo(policy_id=f"{vault.id}/backupPolicies/{policy_name}", policy_parameters=self.parameters))


def to_resource(target, criteria=None, credentials=None):
    common = dict(recovery_option="FailIfExists", restore_location="westeurope", datasource_auth_credentials=credentials,
                  datasource_info=m.Datasource(object_type="Datasource", resource_id=target))
    return m.ItemLevelRestoreTargetInfo(restore_criteria=criteria, **common) if criteria else m.RestoreTargetInfo(**common)


def disk():
    w = Workload("disk", "Microsoft.Compute/disks", "OperationalStore", "Incremental", "P1D")
    w.id = w.make("Microsoft.Compute/disks/d1")["id"]
    w.snapshots()
    w.grants = [(w.id, DISK_READER, None), (w.group, SNAPSHOTS, None)]
    w.target = lambda: to_resource(f"{w.group}/providers/Microsoft.Compute/disks/d2")
    w.target_grants = [(w.group, DISK_RESTORE, None)]
    return w


def blobs():
    w = Workload("blobs", "Microsoft.Storage/storageAccounts/blobServices", "OperationalStore", None, None)
    w.resource_type = "Microsoft.Storage/storageAccounts"
    w.id = w.make("Microsoft.Storage/storageAccounts/operational")["id"]
    w.grants = [(w.id, ACCOUNT_BACKUP, None)]
    w.stops = w.soft = False
    return w


def vaulted(name, kind, parameters, lake):
    w = Workload(name, kind, "VaultStore", "Discrete", "P1W")
    w.resource_type = "Microsoft.Storage/storageAccounts"
    account = f"Microsoft.Storage/storageAccounts/{name}"
    w.id = w.make(account, {"properties": {"isHnsEnabled": lake}})["id"]
    w.make(f"{account}/blobServices/default/containers/orders", location=False)
    w.parameters = m.PolicyParameters(backup_datasource_parameters_list=[parameters(containers_list=["orders"])])
    w.grants = [(w.id, ACCOUNT_BACKUP, None)]
    other = w.make(f"Microsoft.Storage/storageAccounts/{name}back", {"properties": {"isHnsEnabled": lake}})["id"]
    w.target = lambda: to_resource(other, [m.ItemPathBasedRestoreCriteria(
        item_path="orders", is_path_relative_to_backup_item=True, sub_item_path_prefix=["2026/"])])
    w.target_grants = [(other, ACCOUNT_BACKUP, None)]
    return w


def flexible():
    w = Workload("flexible", "Microsoft.DBforPostgreSQL/flexibleServers", "VaultStore", "Full", "P1W")
    w.id = w.make("Microsoft.DBforPostgreSQL/flexibleServers/pg1")["id"]
    w.grants = [(w.id, LONG_TERM, None), (w.group, READER, None)]
    account = w.make("Microsoft.Storage/storageAccounts/pgdumps")["id"]
    w.make("Microsoft.Storage/storageAccounts/pgdumps/blobServices/default/containers/files", location=False)
    w.target = lambda: m.RestoreFilesTargetInfo(
        recovery_option="FailIfExists", restore_location="westeurope", target_details=m.TargetDetails(
            file_prefix="back", restore_target_location_type="AzureBlobs", url="https://pgdumps.blob.core.windows.net/files"))
    w.target_grants = [(account, BLOB_DATA, None)]
    return w


def single():
    w = Workload("single", "Microsoft.DBforPostgreSQL/servers/databases", "VaultStore", "Full", "P1W")
    server = w.make("Microsoft.DBforPostgreSQL/servers/pg1")["id"]
    w.id = w.make("Microsoft.DBforPostgreSQL/servers/pg1/databases/shop", location=False)["id"]
    keys = w.make("Microsoft.KeyVault/vaults/kvpython", {"properties": {"enableRbacAuthorization": True}})["id"]
    w.make("Microsoft.KeyVault/vaults/kvpython/secrets/pg", location=False)
    w.credentials = m.SecretStoreBasedAuthCredentials(secret_store_resource=m.SecretStoreResource(
        secret_store_type="AzureKeyVault", uri="https://kvpython.vault.azure.net/secrets/pg"))
    w.grants = [(server, READER, None), (keys, SECRETS, None)]
    w.target = lambda: to_resource(f"{server}/databases/back", credentials=w.credentials)
    return w


def cluster():
    w = Workload("cluster", "Microsoft.ContainerService/managedClusters", "OperationalStore", "Incremental", "PT4H")
    made = w.make("Microsoft.ContainerService/managedClusters/aks1")
    w.id = made["id"]
    account = w.make("Microsoft.Storage/storageAccounts/aksbackups")["id"]
    place = "configuration.backupStorageLocation."
    extension = w.make(
        "Microsoft.ContainerService/managedClusters/aks1/providers/Microsoft.KubernetesConfiguration/extensions/azure-aks-backup",
        {"properties": {"extensionType": "microsoft.dataprotection.kubernetes", "configurationSettings": {
            place + "bucket": "backups", place + "config.storageAccount": "aksbackups",
            place + "config.resourceGroup": "rg-cluster", place + "config.subscriptionId": SUB}}}, location=False)
    w.snapshots([m.KubernetesClusterBackupDatasourceParameters(snapshot_volumes=True, include_cluster_scope_resources=True)])
    w.grants = [(w.id, READER, None), (w.group, READER, None),
                (w.group, CONTRIBUTOR, made["identity"]["principalId"]),
                (account, BLOB_DATA, extension["properties"]["aksAssignedIdentity"]["principalId"])]
    w.target = lambda: to_resource(w.id, [m.KubernetesClusterRestoreCriteria(
        include_cluster_scope_resources=True, included_namespaces=["shop"], conflict_policy="Skip")])
    w.moves = False
    return w


def live(w, backup, roles):
    group, vault_name, name = f"rg-{w.name}", f"bv-{w.name}", f"bi-{w.name}"
    vault = backup.backup_vaults.begin_create_or_update(group, vault_name, m.BackupVaultResource(
        location="westeurope", identity=m.DppIdentityDetails(type="SystemAssigned"),
        properties=m.BackupVault(storage_settings=[m.StorageSetting(datastore_type="VaultStore", type="LocallyRedundant")]),
    )).result()
    for policy_name, days in [("first", 7), ("second", 14)]:
        backup.backup_policies.create_or_update(group, vault_name, policy_name, policy(*w.shape, days))
    if w.name == "cluster":
        put(f"{w.id}/trustedAccessRoleBindings/backup", {"properties": {
            "sourceResourceId": vault.id, "roles": ["Microsoft.DataProtection/backupVaults/backup-operator"]}})
    instances = backup.backup_instances
    first = m.ValidateForBackupRequest(backup_instance=w.instance(vault, "first"))
    validate = lambda: instances.begin_validate_for_backup(group, vault_name, first).result()
    told = [refusal(validate)]

    def grant(grants):
        for scope, role, principal in grants:
            roles.role_assignments.create(scope, str(uuid.uuid4()), {"properties": {
                "roleDefinitionId": f"/subscriptions/{SUB}/providers/Microsoft.Authorization/roleDefinitions/{role}",
                "principalId": principal or vault.identity.principal_id, "principalType": "ServicePrincipal"}})

    def in_time(action):
        for _ in range(60):
            try:
                return action()
            except HttpResponseError:
                time.sleep(0.2)
        raise SystemExit(f"{w.name}: the roles never came into force")

    grant(w.grants)
    in_time(validate)

    state = lambda: instances.get(group, vault_name, name).properties.current_protection_state
    configure = lambda policy_name: instances.begin_create_or_update(
        group, vault_name, name, m.BackupInstanceResource(properties=w.instance(vault, policy_name))).result()
    configure("first")
    until(state, "ProtectionConfigured")

    moved = m.ValidateForModifyBackupRequest(backup_instance=w.instance(vault, "second"))
    check = lambda: instances.begin_validate_for_modify_backup(group, vault_name, name, moved).result()
    if w.moves:
        check()
        configure("second")
        until(state, "ProtectionConfigured")
        assert instances.get(group, vault_name, name).properties.policy_info.policy_id.endswith("/second")
    else:
        told.append(refusal(check))

    if w.shape[3]:
        job = instances.begin_adhoc_backup(group, vault_name, name, m.TriggerBackupRequest(
            backup_rule_options=m.AdHocBackupRuleOptions(
                rule_name="Backup", trigger_option=m.AdhocBackupTriggerOption()))).result().job_id.rsplit("/", 1)[-1]
        until(lambda: backup.jobs.get(group, vault_name, job).properties.status, "Completed")
        points = list(backup.recovery_points.list(group, vault_name, name))
        assert len(points) == 1
        store = points[0].properties.recovery_point_data_stores_details[0].type
        request = m.AzureBackupRecoveryPointBasedRestoreRequest(
            recovery_point_id=points[0].name, source_data_store_type=store, restore_target_info=w.target())
        check = lambda: instances.begin_validate_for_restore(
            group, vault_name, name, m.ValidateRestoreRequestObject(restore_request_object=request)).result()
        if w.target_grants:
            told.append(refusal(check))
            grant(w.target_grants)
        in_time(check)
        job = instances.begin_trigger_restore(group, vault_name, name, request).result().job_id.rsplit("/", 1)[-1]
        until(lambda: backup.jobs.get(group, vault_name, job).properties.status, "Completed")
    else:
        windows = backup.restorable_time_ranges.find(group, vault_name, name, m.AzureBackupFindRestorableTimeRangesRequest(
            source_data_store_type="OperationalStore")).properties.restorable_time_ranges
        assert len(windows) == 1, windows

    stop = lambda: instances.begin_stop_protection(group, vault_name, name, m.StopProtectionRequest()).result()
    if w.stops:
        stop()
        until(state, "ProtectionStopped")
        instances.begin_resume_protection(group, vault_name, name).result()
        until(state, "ProtectionConfigured")
        instances.begin_suspend_backups(group, vault_name, name, m.SuspendBackupRequest()).result()
        until(state, "BackupsSuspended")
        instances.begin_resume_backups(group, vault_name, name).result()
        until(state, "ProtectionConfigured")
    else:
        told.append(refusal(stop))

    instances.begin_delete(group, vault_name, name).result()
    gone = [one.name for one in backup.deleted_backup_instances.list(group, vault_name)]
    if w.soft:
        assert gone == [name], gone
        told.append(refusal(validate))
        backup.deleted_backup_instances.begin_undelete(group, vault_name, name).result()
        assert state() == "ProtectionStopped"
        instances.begin_resume_protection(group, vault_name, name).result()
        until(state, "ProtectionConfigured")
    else:
        assert gone == [], gone
        configure("first")
        until(state, "ProtectionConfigured")
    print(f"{w.name}: lived, refused with {', '.join(told)}", flush=True)


def main():
    lives = [
        disk(), blobs(), flexible(), single(), cluster(),
        vaulted("vaulted", "Microsoft.Storage/storageAccounts/blobServices", m.BlobBackupDatasourceParameters, False),
        vaulted("lake", "Microsoft.Storage/storageAccounts/adlsBlobServices", m.AdlsBlobBackupDatasourceParameters, True),
    ]
    ended = []

    def run(workload, backup, roles, _):
        try:
            live(workload, backup, roles)
            ended.append(workload.name)
        except BaseException as error:  # noqa: BLE001: a thread that fails must be told of
            print(f"{workload.name}: {error!r}", file=sys.stderr, flush=True)

    threads = [threading.Thread(target=run, args=(workload, *clients())) for workload in lives]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(ended) != len(lives):
        raise SystemExit(1)
    print("workloads:", len(ended))


main()

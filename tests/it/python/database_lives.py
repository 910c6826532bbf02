"""The whole lives of a database of SQL Server and of one of SAP HANA in a Recovery Services vault, through Microsoft's Python SDK."""

import datetime
import uuid

from azure.mgmt.recoveryservices import RecoveryServicesClient
from azure.mgmt.recoveryservices import models as v
from azure.mgmt.recoveryservicesbackup import RecoveryServicesBackupClient
from azure.mgmt.recoveryservicesbackup import models as b

from lives import FABRIC, GROUP, SCOPE, SUB, URL, VAULT, Credential, refused, send, until

ROOT = f"{SCOPE}/providers/Microsoft.RecoveryServices/vaults/{VAULT}"
TIME = [datetime.datetime(2026, 1, 24, 2, 30, tzinfo=datetime.timezone.utc)]
WORKLOADS = "backupManagementType eq 'AzureWorkload'"


def machine(name):
    return f"{SCOPE}/providers/Microsoft.Compute/virtualMachines/{name}"


def container(name):
    return f"VMAppContainer;Compute;{GROUP};{name}"


def policy(client, name, workload):
    full = b.SubProtectionPolicy(
        policy_type="Full",
        schedule_policy=b.SimpleSchedulePolicy(schedule_run_frequency="Weekly", schedule_run_days=["Sunday"], schedule_run_times=TIME),
        retention_policy=b.LongTermRetentionPolicy(weekly_schedule=b.WeeklyRetentionSchedule(
            days_of_the_week=["Sunday"], retention_times=TIME, retention_duration=b.RetentionDuration(count=8, duration_type="Weeks"))))
    days = b.SimpleRetentionPolicy(retention_duration=b.RetentionDuration(count=14, duration_type="Days"))
    difference = b.SubProtectionPolicy(
        policy_type="Differential", retention_policy=days,
        schedule_policy=b.SimpleSchedulePolicy(schedule_run_frequency="Weekly", schedule_run_days=["Wednesday"], schedule_run_times=TIME))
    log = b.SubProtectionPolicy(
        policy_type="Log", retention_policy=days, schedule_policy=b.LogSchedulePolicy(schedule_frequency_in_mins=15))
    return client.protection_policies.create_or_update(VAULT, GROUP, name, b.ProtectionPolicyResource(
        properties=b.AzureVmWorkloadProtectionPolicy(
            work_load_type=workload, settings=b.Settings(time_zone="UTC", issqlcompression=False, is_compression=False),
            sub_protection_policy=[full, difference, log])))


class Server:
    """A registered server, with what every call repeats."""

    def __init__(self, client, name, workload):
        self.client, self.name, self.workload = client, name, workload
        listed = client.protectable_containers.list(VAULT, GROUP, FABRIC, filter=WORKLOADS)
        assert container(name) in [one.name for one in listed]
        client.protection_containers.begin_register(VAULT, GROUP, FABRIC, container(name), b.ProtectionContainerResource(
            properties=b.AzureVMAppContainerProtectionContainer(
                backup_management_type="AzureWorkload", source_resource_id=machine(name), workload_type=workload))).result()
        known = client.protection_containers.get(VAULT, GROUP, FABRIC, container(name)).properties
        assert known.registration_status == "Registered", known.as_dict()

    def protectable(self):
        return list(self.client.backup_protectable_items.list(VAULT, GROUP, filter=f"{WORKLOADS} and workloadType eq '{self.workload}'"))

    def job(self, operation, status="Completed"):
        """Waits until the newest job of an operation stands as wanted."""
        found = []

        def ended():
            jobs = self.client.backup_jobs.list(VAULT, GROUP, filter=f"operation eq '{operation}' and {WORKLOADS}")
            found[:] = [one for one in jobs][:1]
            return found and found[0].properties.status in ("Completed", "Failed", "Cancelled")

        until(f"the end of {operation}", ended)
        assert found[0].properties.status == status, found[0].properties.as_dict()
        return self.client.job_details.get(VAULT, GROUP, found[0].name).properties

    def protect(self, where, properties):
        return self.client.protected_items.begin_create_or_update(*where, b.ProtectedItemResource(properties=properties)).result()

    def back_up(self, where, kind):
        before = len([one for one in self.client.backup_jobs.list(VAULT, GROUP, filter=f"operation eq 'Backup' and {WORKLOADS}")])
        self.client.backups.trigger(*where, b.BackupRequestResource(properties=b.AzureWorkloadBackupRequest(backup_type=kind)))
        jobs = lambda: list(self.client.backup_jobs.list(VAULT, GROUP, filter=f"operation eq 'Backup' and {WORKLOADS}"))
        until("the job", lambda: len(jobs()) > before)
        job = self.job("Backup")
        assert job.operation == f"Backup ({kind})", job.as_dict()

    def points(self, where, kind):
        return list(self.client.recovery_points.list(*where, filter=f"restorePointQueryType eq '{kind}'"))

    def leave(self, where):
        refused("BMSUserErrorContainerHasDatasources", self.client.protection_containers.unregister, VAULT, GROUP, FABRIC, container(self.name))
        self.client.protected_items.delete(*where)
        self.job("DeleteBackupData")
        gone = self.client.protected_items.get(*where).properties
        assert gone.is_scheduled_for_deferred_delete, gone.as_dict()


def sql(client):
    server = Server(client, "sql1", "SQLDataBase")
    found = {one.name: one.properties for one in server.protectable()}
    instance = found["sqlinstance;mssqlserver"]
    assert instance["prebackupvalidation"]["status"] == "Success" and instance["isAutoProtectable"], instance.as_dict()
    assert found["sqldatabase;mssqlserver;shop"]["parentName"] == "MSSQLSERVER"
    where = (VAULT, GROUP, FABRIC, container("sql1"), "sqldatabase;mssqlserver;shop")
    wanted = policy(client, "sql", "SQLDataBase")
    made = server.protect(where, b.AzureVmWorkloadSQLDatabaseProtectedItem(policy_id=wanted.id)).properties
    assert made["protectionState"] == "IRPending" and made["serverName"] == "sql1", made.as_dict()
    for kind in ("Full", "Differential", "Log"):
        server.back_up(where, kind)
    full = server.points(where, "Full")[0]
    detailed = client.recovery_points.get(*where, full.name).properties
    paths = {path["type"]: path["path"] for path in detailed["extendedInfo"]["dataDirectoryPaths"]}
    assert paths["Data"] == "F:\\Data\\Shop.mdf", paths
    logs = server.points(where, "Log")[0]
    end = datetime.datetime.fromisoformat(logs.properties["timeRanges"][0]["endTime"].replace("Z", "+00:00"))
    print("sql:", made["parentName"], [one.properties["type"] for one in server.points(where, "FullAndDifferential")], logs.name)

    folders = list(client.backup_workload_items.list(
        VAULT, GROUP, FABRIC, container("sql1"), filter=f"{WORKLOADS} and workloadItemType eq 'SQLInstance'"))[0]
    assert folders.properties["dataDirectoryPaths"][1]["path"] == "F:\\Log\\", folders.as_dict()
    target = b.TargetRestoreInfo(
        overwrite_option="FailOnConflict", database_name="MSSQLSERVER/Copy",
        container_id=f"{ROOT}/backupFabrics/Azure/protectionContainers/{container('sql1')}")
    to = dict(source_resource_id=machine("sql1"), target_virtual_machine_id=machine("sql1"), recovery_type="AlternateLocation",
              should_use_alternate_target_location=True, is_non_recoverable=False, target_info=target)
    moment = b.AzureWorkloadSQLPointInTimeRestoreRequest(point_in_time=end, **to)
    client.restores.begin_trigger(*where, logs.name, b.RestoreRequestResource(properties=moment)).result()
    job = server.job("Restore")
    assert job.operation == "Restore (Log)", job.as_dict()
    late = b.AzureWorkloadSQLPointInTimeRestoreRequest(point_in_time=end + datetime.timedelta(days=1), **to)
    refused("BMSUserErrorInvalidInput", client.restores.begin_trigger, *where, logs.name, b.RestoreRequestResource(properties=late))
    print("sql: restored to", end.isoformat())

    name = str(uuid.uuid4())
    client.protection_intent.create_or_update(VAULT, GROUP, FABRIC, name, b.ProtectionIntentResource(
        properties=b.AzureRecoveryServiceVaultProtectionIntent(
            backup_management_type="AzureWorkload", policy_id=wanted.id,
            item_id=f"{ROOT}/backupFabrics/Azure/protectionContainers/{container('sql1')}/protectableItems/sqlinstance;mssqlserver")))
    items = lambda: list(client.backup_protected_items.list(VAULT, GROUP, filter=f"{WORKLOADS} and itemType eq 'SQLDataBase'"))
    until("the other databases", lambda: len(items()) == 6)
    assert [one.name for one in client.backup_protection_intent.list(VAULT, GROUP)] == [name]
    client.protection_intent.delete(VAULT, GROUP, FABRIC, name)
    for one in items():
        if not one.name.lower().endswith(";shop"):
            client.protected_items.delete(VAULT, GROUP, FABRIC, container("sql1"), one.name)

    server.protect(where, b.AzureVmWorkloadSQLDatabaseProtectedItem(policy_id="", protection_state="ProtectionStopped"))
    assert client.protected_items.get(*where).properties["protectionState"] == "ProtectionStopped"
    server.leave(where)
    done = lambda: all(one.properties.is_scheduled_for_deferred_delete for one in items())
    until("the deletions", done)
    client.protection_containers.unregister(VAULT, GROUP, FABRIC, container("sql1"))
    until("the end of the registration", lambda: not list(client.backup_protection_containers.list(VAULT, GROUP, filter=WORKLOADS)))
    print("sql: unregistered")


def hana(client):
    server = Server(client, "hana1", "SAPHanaDatabase")
    names = [one.name for one in server.protectable()]
    assert "saphanasystem;hxe" in names, names
    where = (VAULT, GROUP, FABRIC, container("hana1"), "saphanadatabase;hxe;hxe")
    wanted = policy(client, "hana", "SAPHanaDatabase")
    made = server.protect(where, b.AzureVmWorkloadSAPHanaDatabaseProtectedItem(policy_id=wanted.id)).properties
    server.back_up(where, "Full")
    server.back_up(where, "Differential")
    point = server.points(where, "Full")[0]
    restore = b.AzureWorkloadSAPHanaRestoreRequest(recovery_type="OriginalLocation", source_resource_id=machine("hana1"))
    client.restores.begin_trigger(*where, point.name, b.RestoreRequestResource(properties=restore)).result()
    job = server.job("Restore")
    print("hana:", made["serverName"], job.operation, job.extended_info.property_bag["Job Type"])
    server.leave(where)


def main():
    send("PUT", SCOPE, {"location": "westeurope"})
    for name in ("sql1", "hana1"):
        send("PUT", machine(name), {"location": "westeurope", "properties": {}})
    send("POST", "/_simulator/guests", {"machine": machine("sql1"), "instances": [
        {"engine": "sql", "name": "MSSQLSERVER", "databases": [{"name": "Shop"}, {"name": "Notes", "recoveryModel": "SIMPLE"}]}]})
    send("POST", "/_simulator/guests", {"machine": machine("hana1"), "host": "hxehost", "instances": [
        {"engine": "hana", "name": "HXE", "databases": [{"name": "HXE"}]}]})
    options = dict(base_url=URL, credential_scopes=[URL + "/.default"], polling_interval=1)
    RecoveryServicesClient(Credential(), SUB, **options).vaults.begin_create_or_update(GROUP, VAULT, v.Vault(
        location="westeurope", sku=v.Sku(name="RS0", tier="Standard"),
        properties=v.VaultProperties(public_network_access="Enabled"))).result()
    client = RecoveryServicesBackupClient(Credential(), SUB, **options)
    sql(client)
    hana(client)
    print("lives: 2")


main()

"""The whole lives of a virtual machine, a file share and a database of SQL Server through `az backup`, unmodified."""

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import requests

URL, AZ, CA = sys.argv[1], sys.argv[2], sys.argv[3]
SUB = "11111111-2222-4333-8444-555555555555"
GROUP = "rg-lives"
SCOPE = f"/subscriptions/{SUB}/resourceGroups/{GROUP}"
ACCOUNT = f"{SCOPE}/providers/Microsoft.Storage/storageAccounts/shares1"
SERVER = f"{SCOPE}/providers/Microsoft.Compute/virtualMachines/sql1"


def send(method, path, body, version="2023-01-01"):
    url = f"{URL}{path}" + ("" if path.startswith("/_") else f"?api-version={version}")
    answer = requests.request(method, url, json=body, headers={"Authorization": "Bearer x"}, timeout=30, verify=CA)
    assert answer.ok, answer.text


class Az:
    """`az` with a configuration of its own, so that lives do not wait for one another."""

    def __init__(self, folder):
        self.environment = dict(
            os.environ, AZURE_CONFIG_DIR=folder, REQUESTS_CA_BUNDLE=CA, AZURE_CORE_COLLECT_TELEMETRY="0",
            AZURE_CORE_INSTANCE_DISCOVERY="false", AZURE_CORE_ENCRYPT_TOKEN_CACHE="false", AZURE_CORE_LOGIN_EXPERIENCE_V2="off",
            AZURE_CORE_ONLY_SHOW_ERRORS="true")
        self("cloud", "register", "-n", "sim", "--endpoint-resource-manager", URL)
        self("cloud", "set", "-n", "sim")
        self("login", "--service-principal", "-u", "6b1d7a3e-4f0c-4f8e-8a55-1c9d2e3f4a5b", "-p", "fake",
             "--tenant", "7c2e8b4f-5a1d-4a9f-9b66-2d0e3f4a5b6c")
        self("account", "set", "--subscription", SUB)

    def __call__(self, *words, fails=None):
        done = subprocess.run([AZ, *words, "-o", "json"], env=self.environment, capture_output=True, text=True, timeout=300)
        if fails:
            assert done.returncode != 0 and fails in done.stderr, (words, done.stdout, done.stderr)
            return None
        assert done.returncode == 0, (words, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def backup(self, *words, **named):
        return self("backup", *words, **named)


def vault(az, name):
    az.backup("vault", "create", "-g", GROUP, "-n", name, "-l", "westeurope")
    return ("-g", GROUP, "-v", name)


def waited(az, of, job):
    """Waits until a job is over; its properties."""
    for _ in range(60):
        shown = az.backup("job", "show", *of, "-n", job["name"])["properties"]
        if shown["status"] not in ("InProgress", "Cancelling"):
            assert shown["status"] == "Completed", shown
            return shown
        time.sleep(0.5)
    raise AssertionError(f"{job} never ended")


def machine(az):
    of = vault(az, "rsv-machine")
    az.backup("protection", "enable-for-vm", *of, "--vm", "vm1", "-p", "DefaultPolicy")
    item = ("-c", "vm1", "-i", "vm1", "--backup-management-type", "AzureIaasVM")
    listed = az.backup("item", "list", *of)
    assert [one["properties"]["friendlyName"] for one in listed] == ["vm1"], listed
    job = az.backup("protection", "backup-now", *of, *item, "--retain-until", "01-01-2099")
    waited(az, of, job)
    point = az.backup("recoverypoint", "list", *of, *item, "--workload-type", "VM")[0]["name"]
    job = az.backup("restore", "restore-disks", *of, "-c", "vm1", "-i", "vm1", "-r", point, "--storage-account", "staging1", "--target-resource-group", GROUP)
    restored = waited(az, of, job)
    assert restored["extendedInfo"]["propertyBag"]["Job Type"] == "Recover disks", restored
    az.backup("protection", "disable", *of, *item, "--workload-type", "VM", "--yes")
    az.backup("protection", "resume", *of, *item, "--workload-type", "VM", "-p", "DefaultPolicy")
    az.backup("protection", "disable", *of, *item, "--workload-type", "VM", "--delete-backup-data", "true", "--yes")
    gone = az.backup("item", "list", *of)[0]["properties"]
    assert gone["isScheduledForDeferredDelete"], gone
    az.backup("protection", "undelete", *of, *item, "--workload-type", "VM")
    back = az.backup("item", "list", *of)[0]["properties"]
    assert back["protectionState"] == "ProtectionStopped", back
    return "machine: restored, stopped, resumed, deleted, brought back"


def share(az):
    of = vault(az, "rsv-share")
    policy = {"properties": {
        "backupManagementType": "AzureStorage", "workLoadType": "AzureFileShare", "timeZone": "UTC",
        "schedulePolicy": {"schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": "Daily", "scheduleRunTimes": ["2026-01-24T22:30:00Z"]},
        "retentionPolicy": {"retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": {
            "retentionTimes": ["2026-01-24T22:30:00Z"], "retentionDuration": {"count": 30, "durationType": "Days"}}}}}
    az.backup("policy", "create", *of, "-n", "shares", "--policy", json.dumps(policy), "--backup-management-type", "AzureStorage", "--workload-type", "AzureFileShare")
    az.backup("protection", "enable-for-azurefileshare", *of, "-p", "shares", "--azure-file-share", "documents", "--storage-account", "shares1")
    item = ("-c", "shares1", "-i", "documents", "--backup-management-type", "AzureStorage", "--workload-type", "AzureFileShare")
    job = az.backup("protection", "backup-now", *of, *item, "--retain-until", "01-01-2099")
    waited(az, of, job)
    point = az.backup("recoverypoint", "list", *of, *item)[0]["name"]
    job = az.backup("restore", "restore-azurefileshare", *of, "-c", "shares1", "-i", "documents", "-r", point, "--restore-mode", "OriginalLocation", "--resolve-conflict", "Overwrite")
    waited(az, of, job)
    az.backup("protection", "disable", *of, *item, "--delete-backup-data", "true", "--yes")
    az.backup("container", "unregister", *of, "-c", "shares1", "--backup-management-type", "AzureStorage", "--yes")
    assert az.backup("container", "list", *of, "--backup-management-type", "AzureStorage") == []
    return "share: restored, deleted, unregistered"


def database(az):
    of = vault(az, "rsv-database")
    workload = ("--workload-type", "MSSQL")
    az.backup("container", "register", *of, *workload, "--resource-id", SERVER, "--backup-management-type", "AzureWorkload")
    container = az.backup("container", "list", *of, "--backup-management-type", "AzureWorkload")[0]["name"]
    found = az.backup("protectable-item", "list", *of, *workload)
    names = [one["name"] for one in found]
    assert "sqldatabase;mssqlserver;shop" in names, names
    az.backup("protection", "enable-for-azurewl", *of, "-p", "HourlyLogBackup", "--protectable-item-type", "SQLDatabase",
              "--protectable-item-name", "sqldatabase;mssqlserver;shop", "--server-name", "sql1", *workload)
    where = ("-c", container, "-i", "SQLDataBase;mssqlserver;shop", *workload)
    for kind in ("Full", "Log"):
        job = az.backup("protection", "backup-now", *of, "-c", container, "-i", "SQLDataBase;mssqlserver;shop", "--backup-type", kind, *workload)
        waited(az, of, job)
    points = az.backup("recoverypoint", "list", *of, "-c", container, "-i", "SQLDataBase;mssqlserver;shop", *workload, "--backup-management-type", "AzureWorkload")
    full = next(one["name"] for one in points if one["name"] != "DefaultRangeRecoveryPoint")
    chain = az.backup("recoverypoint", "show-log-chain", *of, "-c", container, "-i", "SQLDataBase;mssqlserver;shop", *workload)
    assert chain, "no log is shown"
    config = az.backup("recoveryconfig", "show", *of, "--restore-mode", "AlternateWorkloadRestore", "-c", container, "-i", "SQLDataBase;mssqlserver;shop",
                       "-r", full, "--target-item-name", "Copy", "--target-server-type", "SQLInstance",
                       "--target-instance-name", "sqlinstance;mssqlserver", "--target-server-name", "sql1", *workload)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(config, file)
        file.flush()
        job = az.backup("restore", "restore-azurewl", *of, "--recovery-config", file.name)
    restored = waited(az, of, job)
    assert restored["operation"] == "Restore (Full)", restored
    az.backup("protection", "disable", *of, *where, "--backup-management-type", "AzureWorkload", "--yes")
    az.backup("protection", "disable", *of, *where, "--backup-management-type", "AzureWorkload", "--delete-backup-data", "true", "--yes")
    az.backup("container", "unregister", *of, "-c", container, "--backup-management-type", "AzureWorkload", "--yes")
    assert az.backup("container", "list", *of, "--backup-management-type", "AzureWorkload") == []
    return "database: restored, deleted, unregistered"


def main():
    send("PUT", SCOPE, {"location": "westeurope"})
    for name in ("vm1", "sql1"):
        send("PUT", f"{SCOPE}/providers/Microsoft.Compute/virtualMachines/{name}", {
            "location": "westeurope", "properties": {"storageProfile": {"osDisk": {"name": "os", "osType": "Windows"}}}})
    for account in (ACCOUNT, f"{SCOPE}/providers/Microsoft.Storage/storageAccounts/staging1"):
        send("PUT", account, {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}})
    send("PUT", f"{ACCOUNT}/fileServices/default/shares/documents", {"properties": {}})
    send("POST", "/_simulator/guests", {"machine": SERVER, "instances": [
        {"engine": "sql", "name": "MSSQLSERVER", "databases": [{"name": "Shop"}]}]})
    wanted = [machine, share, database]
    chosen = [life for life in wanted if len(sys.argv) < 5 or life.__name__ in sys.argv[4:]]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        azs = [Az(os.path.join(folder, life.__name__)) for life in chosen]
        for told in pool.map(lambda pair: pair[0](pair[1]), zip(chosen, azs)):
            print(told)
    print(f"lives: {len(chosen)}")


main()

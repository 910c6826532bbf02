// The whole lives of a virtual machine and of a file share in a Recovery Services vault, through Microsoft's JavaScript SDK.
"use strict";

const assert = require("node:assert/strict");
const { RecoveryServicesBackupClient } = require("@azure/arm-recoveryservicesbackup");

const URL = process.argv[2];
const SUB = "11111111-2222-4333-8444-555555555555";
const GROUP = "rg-lives";
const SCOPE = `/subscriptions/${SUB}/resourceGroups/${GROUP}`;
const VAULT = "rsv-lives";
const MACHINE = `${SCOPE}/providers/Microsoft.Compute/virtualMachines/vm1`;
const ACCOUNT = `${SCOPE}/providers/Microsoft.Storage/storageAccounts/shares1`;
const STAGING = `${SCOPE}/providers/Microsoft.Storage/storageAccounts/staging1`;
const FABRIC = "Azure";

const credential = { getToken: async () => ({ token: "javascript", expiresOnTimestamp: Date.now() + 3600e3 }) };
const client = new RecoveryServicesBackupClient(credential, SUB, {
  endpoint: URL,
  credentialScopes: [`${URL}/.default`],
});

async function put(path, body, version = "2023-01-01") {
  const headers = { Authorization: "Bearer x", "Content-Type": "application/json" };
  const answer = await fetch(`${URL}${path}?api-version=${version}`, { method: "PUT", headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, await answer.text());
}

async function all(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}

async function until(what, ask) {
  for (let left = 300; left > 0; left -= 1) {
    const found = await ask();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} never came`);
}

async function refused(code, ask) {
  await assert.rejects(ask, (error) => error.code === code);
}

// The newest job of an operation, when it is over.
async function job(operation, kind) {
  const filter = `operation eq '${operation}' and backupManagementType eq '${kind}'`;
  const over = await until(`the end of ${operation}`, async () => {
    const jobs = await all(client.backupJobs.list(VAULT, GROUP, { filter }));
    return jobs.length > 0 && jobs[0].properties.endTime !== undefined && jobs[0];
  });
  assert.equal(over.properties.status, "Completed", JSON.stringify(over.properties));
  return (await client.jobDetails.get(VAULT, GROUP, over.name)).properties;
}

async function item(where, wanted) {
  return until("the item", async () => {
    try {
      const found = await client.protectedItems.get(VAULT, GROUP, FABRIC, ...where);
      return wanted(found.properties) && found;
    } catch (error) {
      if (error.statusCode === 404) return undefined;
      throw error;
    }
  });
}

async function machine() {
  const tail = `iaasvmcontainerv2;${GROUP};vm1`;
  const where = [`iaasvmcontainer;${tail}`, `vm;${tail}`];
  const policy = await client.protectionPolicies.get(VAULT, GROUP, "DefaultPolicy");
  const status = await client.backupStatus.get("westeurope", { resourceType: "VM", resourceId: MACHINE });
  assert.equal(status.protectionStatus, "NotProtected");
  await refused("BMSUserErrorDataSourceObjectNotFound", () => client.protectedItems.get(VAULT, GROUP, FABRIC, ...where));
  const protect = (more) =>
    client.protectedItems.createOrUpdate(VAULT, GROUP, FABRIC, ...where, {
      properties: { protectedItemType: "Microsoft.Compute/virtualMachines", sourceResourceId: MACHINE, ...more },
    });
  await protect({ policyId: policy.id });
  await item(where, (one) => one.protectionState === "IRPending");
  await client.backups.trigger(VAULT, GROUP, FABRIC, ...where, { properties: { objectType: "IaasVMBackupRequest" } });
  await job("Backup", "AzureIaasVM");
  const points = await all(client.recoveryPoints.list(VAULT, GROUP, FABRIC, ...where));
  assert.deepEqual(points[0].properties.recoveryPointTierDetails.map((tier) => tier.type), ["InstantRP", "HardenedRP"]);
  await client.restores.beginTriggerAndWait(VAULT, GROUP, FABRIC, ...where, points[0].name, {
    properties: {
      objectType: "IaasVMRestoreRequest", recoveryPointId: points[0].name, recoveryType: "RestoreDisks", sourceResourceId: MACHINE,
      region: "westeurope", storageAccountId: STAGING, targetResourceGroupId: SCOPE, originalStorageAccountOption: false,
      createNewCloudService: false, encryptionDetails: { encryptionEnabled: false },
    },
  });
  const restored = await job("Restore", "AzureIaasVM");
  console.log("machine:", restored.extendedInfo.propertyBag["Job Type"]);
  await protect({ policyId: "", protectionState: "ProtectionStopped" });
  await item(where, (one) => one.protectionState === "ProtectionStopped");
  await client.protectedItems.delete(VAULT, GROUP, FABRIC, ...where);
  await item(where, (one) => one.isScheduledForDeferredDelete === true);
  console.log("machine: stopped, deleted softly");
}

async function share() {
  const container = `StorageContainer;Storage;${GROUP};shares1`;
  const kind = "backupManagementType eq 'AzureStorage'";
  await client.protectionContainers.beginRegisterAndWait(VAULT, GROUP, FABRIC, container, {
    properties: { containerType: "StorageContainer", backupManagementType: "AzureStorage", sourceResourceId: ACCOUNT },
  });
  await client.protectionContainers.inquire(VAULT, GROUP, FABRIC, container);
  const found = await until("the share", async () => {
    const items = await all(client.backupProtectableItems.list(VAULT, GROUP, { filter: kind }));
    return items.length > 0 && items[0];
  });
  const where = [container, found.name];
  const times = [new Date("2026-01-24T22:30:00Z")];
  const policy = await client.protectionPolicies.createOrUpdate(VAULT, GROUP, "shares", {
    properties: {
      backupManagementType: "AzureStorage", workLoadType: "AzureFileShare", timeZone: "UTC",
      schedulePolicy: { schedulePolicyType: "SimpleSchedulePolicy", scheduleRunFrequency: "Daily", scheduleRunTimes: times },
      retentionPolicy: {
        retentionPolicyType: "LongTermRetentionPolicy",
        dailySchedule: { retentionTimes: times, retentionDuration: { count: 30, durationType: "Days" } },
      },
    },
  });
  await client.protectedItems.createOrUpdate(VAULT, GROUP, FABRIC, ...where, {
    properties: { protectedItemType: "AzureFileShareProtectedItem", sourceResourceId: ACCOUNT, policyId: policy.id },
  });
  await item(where, (one) => one.friendlyName === "documents");
  await client.backups.trigger(VAULT, GROUP, FABRIC, ...where, { properties: { objectType: "AzureFileShareBackupRequest" } });
  await job("Backup", "AzureStorage");
  const point = (await all(client.recoveryPoints.list(VAULT, GROUP, FABRIC, ...where)))[0];
  await client.restores.beginTriggerAndWait(VAULT, GROUP, FABRIC, ...where, point.name, {
    properties: {
      objectType: "AzureFileShareRestoreRequest", recoveryType: "OriginalLocation", sourceResourceId: ACCOUNT,
      copyOptions: "Overwrite", restoreRequestType: "FullShareRestore",
    },
  });
  const restored = await job("Restore", "AzureStorage");
  console.log("share:", restored.extendedInfo.propertyBag["Job Type"]);
  await refused("BMSUserErrorContainerHasDatasources", () => client.protectionContainers.unregister(VAULT, GROUP, FABRIC, container));
  await client.protectedItems.delete(VAULT, GROUP, FABRIC, ...where);
  await job("DeleteBackupData", "AzureStorage");
  await client.protectionContainers.unregister(VAULT, GROUP, FABRIC, container);
  await until("the end of the registration", async () => (await all(client.backupProtectionContainers.list(VAULT, GROUP, { filter: kind }))).length === 0);
  console.log("share: unregistered");
}

async function main() {
  await put(SCOPE, { location: "westeurope" });
  await put(MACHINE, { location: "westeurope", properties: { storageProfile: { osDisk: { name: "os", osType: "Linux" } } } });
  for (const account of [ACCOUNT, STAGING]) await put(account, { location: "westeurope", kind: "StorageV2", sku: { name: "Standard_LRS" } });
  await put(`${ACCOUNT}/fileServices/default/shares/documents`, { properties: {} });
  await put(`${SCOPE}/providers/Microsoft.RecoveryServices/vaults/${VAULT}`, { location: "westeurope", sku: { name: "RS0", tier: "Standard" }, properties: {} }, "2024-04-01");
  await machine();
  await share();
  console.log("lives: 2");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});

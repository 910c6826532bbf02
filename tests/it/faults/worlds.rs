//! What a run begins with: a resource of each workload, and a vault whose identity may or may not do its work.

use serde_json::{Value, json};

use crate::world;
use holdfast_tests::SUBSCRIPTION;

/// A resource that the shipped rules protect.
pub(crate) struct Case {
    /// The workload's name.
    pub(crate) name: &'static str,
    /// The resource's id.
    pub(crate) resource: String,
    /// It and what belongs to it, in the simulator's estate format.
    pub(crate) estate: Vec<Value>,
}

/// A case of every workload.
pub(crate) fn cases() -> Vec<Case> {
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app/providers");
    let case = |name, path: &str, mut body: Value| {
        let resource = format!("{group}/{path}");
        body["id"] = json!(resource);
        body["location"] = json!("westeurope");
        body["tags"] = json!({ "env": "prod" });
        Case { name, resource, estate: vec![body] }
    };
    let lake = case(
        "data-lake",
        "Microsoft.Storage/storageAccounts/lake",
        json!({ "kind": "StorageV2", "sku": { "name": "Standard_LRS" }, "properties": { "isHnsEnabled": true } }),
    );
    let cluster = case(
        "aks",
        "Microsoft.ContainerService/managedClusters/shop",
        json!({ "identity": { "type": "SystemAssigned", "principalId": CLUSTER }, "properties": { "powerState": { "code": "Running" } } }),
    );
    vec![
        with_children(lake, containers),
        with_children(cluster, extension),
        database(&group),
        case("azure-disks", "Microsoft.Compute/disks/data", disk()),
        case(
            "azure-blobs",
            "Microsoft.Storage/storageAccounts/assets",
            json!({ "kind": "StorageV2", "sku": { "name": "Standard_LRS" }, "properties": {} }),
        ),
        case(
            "postgresql-flexible",
            "Microsoft.DBforPostgreSQL/flexibleServers/orders",
            json!({ "sku": { "name": "Standard_D2s_v3", "tier": "GeneralPurpose" }, "properties": { "state": "Ready", "version": "16" } }),
        ),
    ]
}

/// A machine and a share, which Recovery Services vaults protect.
pub(crate) fn machine_and_share() -> Vec<Case> {
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app/providers");
    let machine = format!("{group}/Microsoft.Compute/virtualMachines/erp");
    let account = format!("{group}/Microsoft.Storage/storageAccounts/files");
    let share = format!("{account}/fileServices/default/shares/docs");
    let tags = json!({ "env": "prod" });
    vec![
        Case {
            name: "azure-vm",
            estate: vec![json!({ "id": machine, "location": "westeurope", "tags": tags, "properties": {
                "hardwareProfile": { "vmSize": "Standard_D2s_v5" },
                "storageProfile": { "osDisk": { "name": "erp-os", "osType": "Linux" } } } })],
            resource: machine,
        },
        Case {
            name: "azure-files",
            estate: vec![
                json!({ "id": account, "location": "westeurope", "tags": tags, "kind": "StorageV2",
                    "sku": { "name": "Standard_LRS" }, "properties": {} }),
                json!({ "id": share, "properties": { "shareQuota": 100, "enabledProtocols": "SMB" } }),
            ],
            resource: share,
        },
    ]
}

/// A world with a Recovery Services vault, whose items need no role.
pub(super) fn recovering(resources: Vec<Value>) -> Value {
    let mut estate = with(world::vaults(), resources);
    estate["vaults"] = json!([{ "id": recovery_vault(), "location": "westeurope", "identity": false }]);
    estate
}

/// Id of the Recovery Services vault.
pub(super) fn recovery_vault() -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-backup/providers/Microsoft.RecoveryServices/vaults/rsv-westeurope"
    )
}

/// Who a cluster acts as, and who its backup extension.
const CLUSTER: &str = "c1c1c1c1-0000-4000-8000-000000000001";
const EXTENSION: &str = "e1e1e1e1-0000-4000-8000-000000000001";

fn with_children(mut case: Case, children: impl Fn(&str) -> Vec<Value>) -> Case {
    case.estate.extend(children(&case.resource));
    case
}

fn containers(account: &str) -> Vec<Value> {
    let path = format!("{account}/blobServices/default/containers");
    ["orders", "invoices", "$logs"].map(|name| json!({ "id": format!("{path}/{name}") })).to_vec()
}

fn extension(cluster: &str) -> Vec<Value> {
    let account = "Microsoft.Storage/storageAccounts/backups";
    let group = cluster.split("/providers/").next().unwrap_or_default();
    let setting = |name: &str| format!("configuration.backupStorageLocation.{name}");
    vec![
        json!({ "id": format!("{group}/providers/{account}"), "location": "westeurope", "kind": "StorageV2", "tags": {} }),
        json!({
            "id": format!("{cluster}/providers/Microsoft.KubernetesConfiguration/extensions/azure-aks-backup"),
            "properties": {
                "extensionType": "microsoft.dataprotection.kubernetes",
                "provisioningState": "Succeeded",
                "aksAssignedIdentity": { "principalId": EXTENSION },
                "configurationSettings": {
                    setting("bucket"): "backups", setting("config.storageAccount"): "backups",
                    setting("config.resourceGroup"): "rg-app", setting("config.subscriptionId"): SUBSCRIPTION,
                },
            },
        }),
    ]
}

/// A database has neither region nor tags of its own: its server says that it is protected, and with which secret.
fn database(group: &str) -> Case {
    let server = format!("{group}/Microsoft.DBforPostgreSQL/servers/legacy");
    let vault = format!("{group}/Microsoft.KeyVault/vaults/kv-legacy");
    let resource = format!("{server}/databases/ledger");
    let tags =
        json!({ "env": "prod", "holdfast-secret": "https://kv-legacy.vault.azure.net/secrets/ledger" });
    let estate = vec![
        json!({ "id": server, "location": "westeurope", "tags": tags }),
        json!({ "id": resource }),
        json!({ "id": vault, "location": "westeurope", "properties": { "enableRbacAuthorization": true } }),
        json!({ "id": format!("{vault}/secrets/ledger") }),
    ];
    Case { name: "postgresql-single", resource, estate }
}

fn disk() -> Value {
    json!({ "sku": { "name": "Premium_LRS" }, "properties": { "diskSizeGB": 32 } })
}

/// A world with the roles there.
pub(crate) fn granted(resources: Vec<Value>) -> Value {
    let mut estate = with(world::granted(), resources);
    let scope = format!("/subscriptions/{SUBSCRIPTION}");
    let others = [
        ("vault:bv-westeurope", "Key Vault Secrets User"),
        (CLUSTER, "Contributor"),
        (EXTENSION, "Storage Blob Data Contributor"),
    ];
    let assignments = estate["roleAssignments"].as_array_mut().into_iter();
    for list in assignments {
        list.extend(others.map(|(who, role)| json!({ "principal": who, "role": role, "scope": scope })));
    }
    estate
}

/// A world in which every role has to be granted; they count after so many seconds.
pub(super) fn ungranted(resources: Vec<Value>, propagation: f64) -> Value {
    let mut estate = with(world::vaults(), resources);
    estate["propagationSeconds"] = json!(propagation);
    estate
}

fn with(mut estate: Value, resources: Vec<Value>) -> Value {
    estate["resources"] = json!(resources);
    estate
}

/// So many disks, with these tags beside `env`.
pub(super) fn disks(count: usize, tags: impl Fn(usize) -> Value) -> (Vec<String>, Vec<Value>) {
    let made = (0..count).map(|n| {
        let id = world::disk(if n % 2 == 0 { "rg-app" } else { "rg-other" }, &format!("data-{n:05}"));
        let mut body = disk();
        body["id"] = json!(id);
        body["location"] = json!("westeurope");
        body["tags"] = tags(n);
        (id, body)
    });
    made.unzip()
}

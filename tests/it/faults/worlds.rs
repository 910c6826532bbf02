//! What a run begins with: a resource of each workload, and a vault whose identity may or may not do its work.

use serde_json::{Value, json};

use crate::world;
use holdfast_tests::SUBSCRIPTION;

/// A resource that the shipped rules protect.
pub(super) struct Case {
    /// The workload's name.
    pub(super) name: &'static str,
    /// The resource's id.
    pub(super) resource: String,
    /// It and what belongs to it, in the simulator's estate format.
    pub(super) estate: Vec<Value>,
}

/// A case of every workload.
pub(super) fn cases() -> Vec<Case> {
    let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app/providers");
    let case = |name, path: &str, mut body: Value| {
        let resource = format!("{group}/{path}");
        body["id"] = json!(resource);
        body["location"] = json!("westeurope");
        body["tags"] = json!({ "env": "prod" });
        Case { name, resource, estate: vec![body] }
    };
    vec![
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

fn disk() -> Value {
    json!({ "sku": { "name": "Premium_LRS" }, "properties": { "diskSizeGB": 32 } })
}

/// A world with the roles there.
pub(super) fn granted(resources: Vec<Value>) -> Value {
    with(world::granted(), resources)
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

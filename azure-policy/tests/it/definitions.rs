//! What the built-in definitions select, in Azure Policy's own language, independent of the importer.

use holdfast_azure_policy::Builtin;
use serde_json::{Value, json};

/// One definition, as far as its conditions go.
pub(crate) struct Definition {
    /// Beginning of its id.
    id: &'static str,
    condition: fn() -> Value,
    /// Parameters that hold the tag's name, its values and the location.
    pub(crate) name: &'static str,
    pub(crate) values: &'static str,
    pub(crate) location: Option<&'static str>,
}

impl Definition {
    pub(crate) fn builtin(&self) -> &'static Builtin {
        let own = Builtin::all().iter().find(|builtin| builtin.id.starts_with(self.id));
        own.unwrap_or_else(|| panic!("no definition {}", self.id))
    }

    /// A whole policy rule; the effect is `audit`, since only the selection is asked.
    pub(crate) fn policy_rule(&self) -> Value {
        json!({ "if": (self.condition)(), "then": { "effect": "audit" } })
    }
}

/// All fourteen.
pub(crate) const DEFINITIONS: [Definition; 14] = [
    Definition {
        id: "09ce66bc",
        condition: || machine(vec![at("vaultLocation"), without("exclusionTagName", "exclusionTagValue")]),
        name: "exclusionTagName",
        values: "exclusionTagValue",
        location: Some("vaultLocation"),
    },
    Definition {
        id: "345fa903",
        condition: || machine(vec![at("vaultLocation"), with("inclusionTagName", "inclusionTagValue")]),
        name: "inclusionTagName",
        values: "inclusionTagValue",
        location: Some("vaultLocation"),
    },
    Definition {
        id: "98d0b9f8",
        condition: || machine(vec![json!({ "not": with("exclusionTagName", "exclusionTagValue") })]),
        name: "exclusionTagName",
        values: "exclusionTagValue",
        location: None,
    },
    Definition {
        id: "83644c87",
        condition: || machine(vec![with_or_empty("inclusionTagName", "inclusionTagValue")]),
        name: "inclusionTagName",
        values: "inclusionTagValue",
        location: None,
    },
    Definition {
        id: "7b5a3b1d",
        condition: || disk(with("inclusionTagName", "inclusionTagValues")),
        name: "inclusionTagName",
        values: "inclusionTagValues",
        location: Some("vaultLocation"),
    },
    Definition {
        id: "6e68865f",
        condition: || disk(without("exclusionTagName", "exclusionTagValues")),
        name: "exclusionTagName",
        values: "exclusionTagValues",
        location: Some("vaultLocation"),
    },
    Definition {
        id: "615b01c4",
        condition: || account(with("inclusionTagName", "inclusionTagValues")),
        name: "inclusionTagName",
        values: "inclusionTagValues",
        location: Some("vaultLocation"),
    },
    Definition {
        id: "958dbd4e",
        condition: || account(without("exclusionTagName", "exclusionTagValues")),
        name: "exclusionTagName",
        values: "exclusionTagValues",
        location: Some("vaultLocation"),
    },
    Definition {
        id: "d8659d5a",
        condition: || share(with_or_empty("inclusionTagName", "inclusionTagValues")),
        name: "inclusionTagName",
        values: "inclusionTagValues",
        location: Some("vaultLocation"),
    },
    Definition {
        id: "e159e079",
        condition: || share(without("exclusionTagName", "exclusionTagValue")),
        name: "exclusionTagName",
        values: "exclusionTagValue",
        location: Some("vaultLocation"),
    },
    Definition {
        id: "f32ca068",
        condition: || share(with_or_empty("inclusionTagName", "inclusionTagValues")),
        name: "inclusionTagName",
        values: "inclusionTagValues",
        location: Some("vaultLocation"),
    },
    Definition {
        id: "9e47cad9",
        condition: || share(without("exclusionTagName", "exclusionTagValue")),
        name: "exclusionTagName",
        values: "exclusionTagValue",
        location: Some("vaultLocation"),
    },
    Definition {
        id: "bdff5235",
        condition: || cluster(with("inclusionTagName", "inclusionTagValues")),
        name: "inclusionTagName",
        values: "inclusionTagValues",
        location: Some("location"),
    },
    Definition {
        id: "9a021087",
        condition: || cluster(without("exclusionTagName", "exclusionTagValues")),
        name: "exclusionTagName",
        values: "exclusionTagValues",
        location: Some("location"),
    },
];

fn of_type(name: &str) -> Value {
    json!({ "field": "type", "equals": name })
}

fn at(parameter: &str) -> Value {
    json!({ "field": "location", "equals": format!("[parameters('{parameter}')]") })
}

fn with(name: &str, values: &str) -> Value {
    json!({
        "field": format!("[concat('tags[', parameters('{name}'), ']')]"),
        "in": format!("[parameters('{values}')]"),
    })
}

fn empty(parameter: &str) -> Value {
    json!({ "value": format!("[empty(parameters('{parameter}'))]"), "equals": "true" })
}

fn with_or_empty(name: &str, values: &str) -> Value {
    json!({ "anyOf": [with(name, values), empty(values), empty(name)] })
}

fn without(name: &str, values: &str) -> Value {
    json!({ "anyOf": [{ "not": with(name, values) }, empty(values), empty(name)] })
}

fn machine(own: Vec<Value>) -> Value {
    let images: Value = serde_json::from_str(include_str!("images.json")).unwrap();
    let mut all = vec![
        of_type("Microsoft.Compute/virtualMachines"),
        json!({ "field": "id", "notContains": "/resourceGroups/databricks-rg-" }),
        json!({ "field": "Microsoft.Compute/imagePublisher", "notEquals": "azureopenshift" }),
        json!({ "field": "Microsoft.Compute/imagePublisher", "notEquals": "AzureDatabricks" }),
        images,
    ];
    all.extend(own);
    json!({ "allOf": all })
}

fn disk(tag: Value) -> Value {
    json!({ "allOf": [of_type("Microsoft.Compute/disks"), tag, at("vaultLocation")] })
}

fn account(tag: Value) -> Value {
    json!({ "allOf": [
        of_type("Microsoft.Storage/StorageAccounts"),
        tag,
        { "field": "kind", "equals": "StorageV2" },
        { "field": "Microsoft.Storage/storageAccounts/sku.name", "contains": "Standard" },
        { "field": "Microsoft.Storage/storageAccounts/isHnsEnabled", "notEquals": "true" },
        { "field": "Microsoft.Storage/storageAccounts/isNfsV3Enabled", "notEquals": "true" },
        at("vaultLocation"),
    ] })
}

fn share(tag: Value) -> Value {
    json!({ "allOf": [of_type("Microsoft.Storage/storageAccounts/fileServices/shares"), at("vaultLocation"), tag] })
}

fn cluster(tag: Value) -> Value {
    json!({ "allOf": [of_type("Microsoft.ContainerService/managedClusters"), tag, at("location")] })
}

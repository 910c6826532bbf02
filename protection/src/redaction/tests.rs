use serde_json::json;

use super::*;
use crate::Workload;

/// A body in which nothing but what lies at this pointer is a secret.
fn with(pointer: &str) -> Value {
    pointer.rsplit('/').filter(|name| !name.is_empty()).fold(json!("hunter2"), |inner, name| match name {
        "*" => json!([inner]),
        name => json!({ name: inner, "vmSize": "Standard_D2s_v5" }),
    })
}

#[test]
fn every_known_place_is_redacted_and_nothing_beside_it() {
    for known in KNOWN {
        let mut seen = with(known.pointer);
        body(known.resource_type, &mut seen);
        let expected = with(known.pointer).to_string().replace("hunter2", MARKER);
        assert_eq!(seen.to_string(), expected, "{known:?}");
        assert!(known.source.len() > 20, "{known:?}");
    }
}

#[test]
fn every_known_place_belongs_to_a_resource_that_is_read() {
    for Known { resource_type, .. } in KNOWN {
        let is_read = |read: &&str| resource_type.starts_with(*read) || read.starts_with(resource_type);
        assert!(Workload::resource_types().iter().any(is_read), "{resource_type}");
    }
}

#[test]
fn other_secrets_are_known_by_name_by_form_and_by_the_type_that_is_stated() {
    let mut seen = json!({
        "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/a", "name": "token",
        "tags": { "db-password": "hunter2", "holdfast-secret": "https://kv.vault.azure.net/secrets/x", "secret": "yes" },
        "properties": {
            "siteConfig": { "appSettings": [
                { "name": "DB_PASSWORD", "value": "hunter2" },
                { "name": "LEVEL", "value": "info" },
                { "name": "API_KEY", "value": "@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/k)" },
            ], "connectionStrings": [{ "connectionString": "hunter2" }] },
            "creationData": { "sourceUri": "https://a.blob.core.windows.net/c/d.vhd?sv=1&sig=hunter2" },
            "allowSharedKeyAccess": true, "passwordAuth": "Enabled", "adminPassword": null,
            "packed": "{\"primaryKey\":\"hunter2\",\"size\":3}",
        },
        "resources": [{ "type": "microsoft.compute/virtualMachines/extensions", "name": "script",
            "properties": { "settings": { "commandToExecute": "hunter2", "timestamp": 3 } } }],
    });
    body("Microsoft.Web/sites", &mut seen);
    assert!(!seen.to_string().contains("hunter2"), "{seen:#}");
    assert_eq!(
        seen["tags"],
        json!({ "db-password": MARKER, "holdfast-secret": "https://kv.vault.azure.net/secrets/x", "secret": "yes" })
    );
    let settings = &seen["properties"]["siteConfig"]["appSettings"];
    assert_eq!(settings[1]["value"], "info");
    assert!(settings[2]["value"].as_str().unwrap().starts_with("@Microsoft.KeyVault("));
    let properties = &seen["properties"];
    assert_eq!(properties["packed"], json!({ "primaryKey": MARKER, "size": 3 }).to_string());
    assert_eq!(properties["siteConfig"]["connectionStrings"], MARKER);
    assert_eq!(
        (&properties["allowSharedKeyAccess"], &properties["passwordAuth"]),
        (&json!(true), &json!("Enabled"))
    );
    assert_eq!(
        seen["resources"][0]["properties"]["settings"],
        json!({ "commandToExecute": MARKER, "timestamp": 3 })
    );
}

#[test]
fn redacting_twice_changes_nothing_more() {
    let mut once = json!({ "adminPassword": "x", "resources": [{ "type": "Microsoft.Compute/virtualMachines/extensions",
        "properties": { "protectedSettings": { "a": 1 } } }], "tags": { "pwd": "x" } });
    body("Microsoft.Compute/virtualMachines", &mut once);
    let mut twice = once.clone();
    assert!(!walk(&mut twice));
    assert_eq!(once, twice);
}

#[test]
fn tags_are_redacted_by_name_and_by_form() {
    let mut seen = BTreeMap::from(
        [
            ("env", "prod"),
            ("sql-pwd", "hunter2"),
            ("note", "https://a/b?sig=hunter2"),
            ("holdfast-secret", "ledger"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    tags(&mut seen);
    let kept: Vec<&str> = seen.values().map(String::as_str).collect();
    assert_eq!(kept, ["prod", "ledger", MARKER, MARKER]);
}

#[test]
fn the_documents_name_every_known_place() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/security.md");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains(MARKER));
    for Known { resource_type, pointer, source } in KNOWN {
        let row = format!("| {resource_type} | `{pointer}` | {source} |");
        assert!(page.contains(&row), "docs/security.md lacks: {row}");
    }
    let named = page.split_once("**By name**").unwrap().1.replace('\n', " ");
    let (named, _) = named.split_once("in any spelling").unwrap();
    let named: Vec<String> = named.split('`').map(str::to_lowercase).collect();
    for word in names::words() {
        assert!(
            named.iter().any(|one| one == word.trim_end_matches('s') || one == word),
            "{word} is not in docs/security.md"
        );
    }
}

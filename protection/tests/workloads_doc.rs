//! docs/workloads.md says of every workload what its manifest says, and names tests that exist.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use holdfast_protection::Workload;
use holdfast_protection::workload::{DatasourceSet, Grantee, RoleNeed, RoleScope, StoreBounds};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn document() -> String {
    fs::read_to_string(root().join("docs/workloads.md")).unwrap()
}

fn store(bounds: &StoreBounds) -> String {
    let (least, most) = (bounds.retention_days.start(), bounds.retention_days.end());
    let when = match &bounds.cadence {
        None => "continuous".to_owned(),
        Some(cadence) => cadence.periods.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    format!("{}: {when}; {least} to {most} days, {} unless asked", bounds.store.as_str(), bounds.default_days)
}

fn role(need: &RoleNeed) -> String {
    let who = match need.grantee {
        Grantee::Vault => "vault",
        Grantee::Cluster => "cluster",
        Grantee::Extension => "extension",
    };
    let on = match need.on {
        RoleScope::Datasource => "the datasource",
        RoleScope::DatasourceGroup => "its resource group",
        RoleScope::Parent => "its server",
        RoleScope::SnapshotGroup => "the snapshot group",
        RoleScope::KeyVault => "the key vault",
        RoleScope::ExtensionAccount => "the extension's storage account",
    };
    format!("{who}: {} on {on}", need.role.display_name())
}

fn row(workload: Workload) -> String {
    let manifest = workload.manifest();
    let name = serde_json::to_value(workload).unwrap();
    let stores: Vec<String> = manifest.stores.iter().map(store).collect();
    let set = match manifest.set {
        DatasourceSet::Absent => "none",
        DatasourceSet::Itself => "itself",
        DatasourceSet::Parent => "its server",
    };
    let tags: Vec<&str> = manifest.tags.iter().map(|tag| tag.name()).collect();
    let roles: Vec<String> = manifest.roles.iter().map(role).collect();
    format!(
        "| `{}` | `{}` | {set} | {} | {} | {} |",
        name.as_str().unwrap(),
        manifest.datasource_type,
        stores.join("<br>"),
        tags.join(", "),
        roles.join("<br>"),
    )
}

#[test]
fn the_table_is_that_of_the_manifests() {
    let document = document();
    let rows = Workload::ALL.map(row);
    let lacking: Vec<&String> =
        rows.iter().filter(|row| !document.lines().any(|line| line == *row)).collect();
    assert!(lacking.is_empty(), "docs/workloads.md lacks these lines:\n{lacking:#?}");
}

#[test]
fn every_test_that_is_named_exists() {
    let document = document();
    let named: Vec<&str> = document.split('`').filter(|text| text.starts_with("test:")).collect();
    assert!(named.len() >= 10, "{named:?}");
    for name in named {
        let (file, test) = name.trim_start_matches("test:").split_once("::").unwrap();
        let text = fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.contains(&format!("fn {test}(")), "{file} has no test {test}");
    }
}

#[test]
fn every_scenario_that_is_named_exists() {
    let document = document();
    let named: Vec<&str> = document.split('`').filter_map(|text| text.strip_prefix("scenario:")).collect();
    assert!(named.len() >= 10, "{named:?}");
    for name in named {
        // The paragraph that explains the word names none.
        let folder = root().join("tests/scenarios").join(name);
        assert!(folder.join("expected.json").exists() || name.is_empty(), "no scenario {name}");
    }
}

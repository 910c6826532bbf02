//! Targets out of Resource Graph: what has a backup instance, joined with what exists, and what has none.

use async_trait::async_trait;
use holdfast_protection::instance::ProtectionState;
use holdfast_protection::ports::{PageOf, Part, TargetPages};
use holdfast_protection::target::{Target, TargetName, TargetProtection, TargetState};
use holdfast_protection::{AzureError, ResourceId};
use serde::Deserialize;
use serde_json::Value;

use super::children::Inquiry;
use super::kql;
use super::protected::INSTANCES;
use super::refusal::ErrorLayer;
use super::resource_graph::{one_page, types_in};
use super::transport::ArmClient;
use super::wire::or_default;

const WITH: &str = "list backup instances with Resource Graph";
const WITHOUT: &str = "list resources without a backup instance with Resource Graph";

#[async_trait]
impl TargetPages for ArmClient {
    async fn with_instance(
        &self,
        part: &Part<'_>,
        name: Option<&TargetName>,
        state: Option<TargetState>,
    ) -> Result<PageOf<Target>, AzureError> {
        let page = one_page(self, WITH, part, &query_with(name, state)).await?;
        Ok(PageOf {
            rows: page.rows.into_iter().filter_map(|row| read(WITH, row)).collect(),
            next: page.next,
        })
    }

    async fn without_instance(
        &self,
        part: &Part<'_>,
        types: &[&str],
        name: Option<&TargetName>,
    ) -> Result<PageOf<Target>, AzureError> {
        // What the graph does not list would have to be listed below its parents, which has no pages.
        let listed: Vec<&str> =
            Inquiry::new(types).listed().into_iter().filter(|kind| types.contains(kind)).collect();
        let Some(filter) = types_in(WITHOUT, &listed)? else {
            return Ok(PageOf { rows: Vec::new(), next: None });
        };
        let page = one_page(self, WITHOUT, part, &query_without(&filter, name)).await?;
        Ok(PageOf {
            rows: page.rows.into_iter().filter_map(|row| read(WITHOUT, row)).collect(),
            next: page.next,
        })
    }
}

/// The graph knows no databases of single servers and of machines: such a target is left behind when those are gone.
fn query_with(name: Option<&TargetName>, state: Option<TargetState>) -> String {
    let ends_so = |name: &TargetName| kql::text(&format!("/{}", name.as_str()));
    let name = name.map(|name| format!(" | where datasource endswith {}", ends_so(name))).unwrap_or_default();
    let of_state =
        state.and_then(TargetState::words).map(|words| format!(" | where state in~ ({})", kql::texts(words)));
    let left_behind = match state {
        Some(TargetState::Orphaned) => " | where isempty(found)",
        _ => "",
    };
    format!(
        "{INSTANCES} | where state !in~ ({deleted}){of_state}{name} \
         | extend shown = tolower(iff(datasource contains '/databases/', \
           coalesce(tostring(properties.dataSourceSetInfo.resourceID), tostring(properties.sourceResourceId)), datasource)) \
         | join kind=leftouter (resources | extend shown = tolower(id) | project shown, found = id) on shown{left_behind} \
         | project id, datasource, state, policy, \
           error = properties.protectionErrorDetails, found \
         | order by id asc",
        deleted = kql::texts(ProtectionState::SoftDeleted.words()),
        of_state = of_state.unwrap_or_default(),
    )
}

fn query_without(filter: &str, name: Option<&TargetName>) -> String {
    let name = name.map(|name| format!(" | where name =~ {}", kql::text(name.as_str()))).unwrap_or_default();
    format!(
        "resources | where {filter}{name} | extend shown = tolower(id) \
         | join kind=leftanti ({INSTANCES} | where state !in~ ({deleted}) \
           | extend shown = tolower(datasource) | project shown) on shown \
         | project id | order by id asc",
        deleted = kql::texts(ProtectionState::SoftDeleted.words()),
    )
}

#[derive(Deserialize)]
struct RowWire {
    id: ResourceId,
    datasource: Option<ResourceId>,
    #[serde(default, deserialize_with = "or_default")]
    state: String,
    #[serde(default, deserialize_with = "or_default")]
    policy: String,
    #[serde(default, deserialize_with = "or_default")]
    error: ErrorLayer,
    #[serde(default, deserialize_with = "or_default")]
    found: String,
}

/// What is not as the graph writes it is left out and logged.
pub(super) fn read(action: &str, row: Value) -> Option<Target> {
    let row: RowWire = serde_json::from_value(row)
        .inspect_err(|problem| tracing::warn!(action, %problem, "left out a row of Resource Graph that cannot be understood; report it"))
        .ok()?;
    let Some(resource) = row.datasource else {
        return Some(Target { resource: row.id, protection: None, is_orphaned: false });
    };
    let protection = TargetProtection {
        instance: row.id,
        policy: row.policy.parse().ok(),
        state: ProtectionState::from(row.state),
        error: Some(row.error).filter(|error| !error.is_empty()).map(|error| error.into_refusal(200)),
    };
    Some(Target { resource, protection: Some(protection), is_orphaned: row.found.is_empty() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_without_its_resource_is_left_behind() {
        let disk = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d";
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v/backupInstances/i";
        let row = |found: Value| {
            json!({ "id": id, "datasource": disk, "state": "ProtectionError", "policy": null,
            "error": { "code": "X", "message": "no" }, "found": found })
        };
        let target = read("", row(json!(null))).unwrap();
        assert!(target.is_orphaned && !read("", row(json!(disk))).unwrap().is_orphaned);
        let protection = target.protection.unwrap();
        assert_eq!((protection.state, protection.policy), (ProtectionState::Error, None));
        assert_eq!(protection.error.map(|error| error.code), Some("X".to_owned()));
        assert_eq!(read("", json!({ "id": disk })).map(|target| target.protection), Some(None));
        assert_eq!(read("", json!({ "id": "d" })), None);
    }
}

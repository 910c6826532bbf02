//! Pages of the estate for the sweep: whole resources joined with what protects them, a thousand a call.

use std::collections::BTreeMap;

use async_trait::async_trait;
use holdfast_evaluator::Resource;
use holdfast_protection::instance::ProtectionState;
use holdfast_protection::observe;
use holdfast_protection::ports::{PageOf, Part, TargetPages};
use holdfast_protection::sweep::{Row, RowPage, SweepPages};
use holdfast_protection::target::{Target, TargetProtection, TargetState};
use holdfast_protection::{AzureError, ResourceId};
use serde_json::Value;

use super::children::Inquiry;
use super::estate::{COLUMNS, resource};
use super::kql;
use super::protected::INSTANCES;
use super::resource_graph::{each_page, one_page, types_in};
use super::transport::ArmClient;

const ACTION: &str = "read the estate and what protects it with Resource Graph";
/// Ids in one query, as the graph's throttling guidance advises.
const TOGETHER: usize = 300;

#[async_trait]
impl SweepPages for ArmClient {
    async fn rows(&self, part: &Part<'_>, types: &[&str]) -> Result<RowPage, AzureError> {
        let inquiry = Inquiry::new(types);
        let Some(filter) = types_in(ACTION, &inquiry.listed())? else {
            return Ok(RowPage::default());
        };
        let page = one_page(self, ACTION, part, &query(&filter)).await?;
        let listed = folded(page.rows);
        let last = listed.last().and_then(|row| row.resource.id.parse().ok());
        let mut below = inquiry.below(self, listed.iter().map(|row| &row.resource)).await?;
        // A database in a machine has the region and the tags of its machine, which may be on another page.
        for id in inquiry.in_vaults(self, listed.iter().map(|row| &row.resource)).await? {
            below.extend(observe::resource(self, &id).await?.map(|found| found.resource));
        }
        let mut rows: Vec<Row> =
            listed.into_iter().filter(|row| inquiry.asks_for(&row.resource.resource_type)).collect();
        rows.extend(self.with_protections(part.subscriptions, below).await?);
        Ok(RowPage { rows, last, next: page.next })
    }

    async fn resources(&self, ids: &[ResourceId]) -> Result<Vec<Resource>, AzureError> {
        let mut found = Vec::new();
        for ids in ids.chunks(TOGETHER) {
            let mut subscriptions: Vec<String> = ids.iter().map(|id| id.subscription().to_owned()).collect();
            subscriptions.sort();
            subscriptions.dedup();
            let keys: Vec<String> = ids.iter().map(ResourceId::key).collect();
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let columns = COLUMNS.join(", ");
            let query = format!(
                "resources | where tolower(id) in~ ({}) | project {columns}, properties | order by id asc",
                kql::texts(&keys)
            );
            each_page(self, ACTION, &subscriptions, &query, |rows| {
                found.extend(rows.into_iter().filter_map(resource));
            })
            .await?;
        }
        Ok(found)
    }

    async fn gone(&self, part: &Part<'_>) -> Result<PageOf<Target>, AzureError> {
        self.with_instance(part, None, Some(TargetState::Orphaned)).await
    }
}

impl ArmClient {
    /// What the graph does not list, with the instances that it shows of it.
    async fn with_protections(
        &self,
        subscriptions: &[String],
        resources: Vec<Resource>,
    ) -> Result<Vec<Row>, AzureError> {
        let mut found: BTreeMap<String, Vec<TargetProtection>> = BTreeMap::new();
        let ids: Vec<String> = resources.iter().map(|one| one.id.to_ascii_lowercase()).collect();
        for ids in ids.chunks(TOGETHER) {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let query = format!(
                "{INSTANCES} | where state !in~ ({}) | extend shown = tolower(datasource) | where shown in~ ({}) \
                 | project id, instance = id, shown, state, policy | order by id asc",
                deleted(),
                kql::texts(&ids)
            );
            each_page(self, ACTION, subscriptions, &query, |rows| {
                for row in rows {
                    if let Some((shown, protection)) = text(&row, "shown").zip(protection(&row)) {
                        found.entry(shown.to_owned()).or_default().push(protection);
                    }
                }
            })
            .await?;
        }
        let row = |resource: Resource| {
            let protections = found.remove(&resource.id.to_ascii_lowercase()).unwrap_or_default();
            Row { resource, protections }
        };
        Ok(resources.into_iter().map(row).collect())
    }
}

fn deleted() -> String {
    kql::texts(ProtectionState::SoftDeleted.words())
}

/// One row for each resource and instance, those of a resource after one another.
fn query(filter: &str) -> String {
    let columns = COLUMNS.join(", ");
    format!(
        "resources | where {filter} | extend shown = tolower(id) | project {columns}, properties, shown \
         | join kind=leftouter ({INSTANCES} | where state !in~ ({deleted}) | extend shown = tolower(datasource) \
           | project shown, instance = id, state, policy) on shown \
         | project {columns}, properties, shown, instance, state, policy | order by shown asc",
        deleted = deleted(),
    )
}

/// A row for each resource. One whose instances go on on the next page is two rows, each with a part of them.
fn folded(rows: Vec<Value>) -> Vec<Row> {
    let mut folded: Vec<Row> = Vec::new();
    for row in rows {
        let protection = protection(&row);
        let Some(resource) = resource(row) else { continue };
        match folded.last_mut().filter(|last| last.resource.id.eq_ignore_ascii_case(&resource.id)) {
            Some(last) => last.protections.extend(protection),
            None => folded.push(Row { resource, protections: protection.into_iter().collect() }),
        }
    }
    folded
}

fn text<'a>(row: &'a Value, name: &str) -> Option<&'a str> {
    row.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn protection(row: &Value) -> Option<TargetProtection> {
    let instance: ResourceId = text(row, "instance")?.parse().ok()?;
    Some(TargetProtection {
        instance,
        policy: text(row, "policy").and_then(|policy| policy.parse().ok()),
        state: ProtectionState::from(text(row, "state").unwrap_or_default().to_owned()),
        error: None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_rows_of_a_resource_are_one_with_all_its_instances() {
        let disk = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d";
        let vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v";
        let row = |id: &str, instance: Value, state: &str| {
            json!({ "id": id, "name": "d", "type": "microsoft.compute/disks", "location": "westeurope",
                "instance": instance, "state": state, "policy": format!("{vault}/backupPolicies/p") })
        };
        let other = disk.replace("/d", "/e");
        let rows = folded(vec![
            row(disk, json!(format!("{vault}/backupInstances/i")), "ProtectionConfigured"),
            row(&disk.to_uppercase(), json!(format!("{vault}/backupInstances/j")), "ProtectionStopped"),
            row(&other, json!(""), ""),
            json!({ "id": "nothing" }),
        ]);
        let states: Vec<Vec<ProtectionState>> =
            rows.iter().map(|row| row.protections.iter().map(|one| one.state.clone()).collect()).collect();
        assert_eq!(states, [vec![ProtectionState::Configured, ProtectionState::Stopped], vec![]]);
    }
}

//! Pages of an estate whose disks are made from their numbers.

use serde_json::{Value, json};

use super::expression::Row;
use super::pipeline;
use super::row::{Tables, row};
use super::syntax::{Operator, Query};
use crate::estate::NumberedDisks;

/// Rows of a page, and the number with which the next one begins.
pub(super) struct Numbered {
    pub(super) rows: Vec<Row>,
    pub(super) next: Option<u64>,
}

/// The page of `query` that begins with the disk number `start`.
pub(super) fn page(
    disks: &NumberedDisks,
    query: &Query,
    start: u64,
    size: usize,
) -> Result<Numbered, String> {
    let with_jobs = names_jobs(query);
    if query.operators.iter().any(counts) {
        return Err("disks that are made from their numbers cannot be counted".to_owned());
    }
    let (mut rows, mut at) = (Vec::new(), start);
    while rows.len() < size && at < disks.count {
        let wanted = u64::try_from(size - rows.len()).unwrap_or(u64::MAX);
        let end = at.saturating_add(wanted).min(disks.count);
        let window = Window::of(disks, at..end, with_jobs);
        rows.extend(pipeline::run(&window, query, &|_| true)?);
        at = end;
    }
    Ok(Numbered { rows, next: Some(at).filter(|at| *at < disks.count) })
}

fn counts(operator: &Operator) -> bool {
    matches!(
        operator,
        Operator::Take(_) | Operator::Count | Operator::Distinct(_) | Operator::SummarizeCount { .. }
    )
}

/// Whether a query is about jobs: where it is not, they need not be made.
fn names_jobs(query: &Query) -> bool {
    format!("{query:?}").contains("backupjobs")
}

/// The tables as far as they are about some numbers.
struct Window {
    resources: Vec<Row>,
    /// Instances and jobs.
    protection: Vec<Row>,
}

impl Window {
    fn of(disks: &NumberedDisks, numbers: std::ops::Range<u64>, with_jobs: bool) -> Self {
        let protected = || numbers.clone().filter(|number| disks.is_protected(*number));
        let jobs = protected().filter(|_| with_jobs).map(|number| job(disks, number));
        let protection = protected().map(|number| instance(disks, number)).chain(jobs);
        let protection = protection.filter_map(|body| as_row(&body)).collect();
        Self { resources: numbers.filter_map(|number| as_row(&disk(disks, number))).collect(), protection }
    }
}

impl Tables for Window {
    fn table<'a>(&'a self, name: &str) -> Result<Box<dyn Iterator<Item = &'a Row> + 'a>, String> {
        Ok(match name.to_lowercase().as_str() {
            "resources" => Box::new(self.resources.iter()),
            "recoveryservicesresources" => Box::new(self.protection.iter()),
            _ => Box::new(std::iter::empty()),
        })
    }
}

fn as_row(body: &Value) -> Option<Row> {
    match row(body) {
        Value::Object(row) => Some(row),
        _ => None,
    }
}

fn disk_id(disks: &NumberedDisks, number: u64) -> String {
    format!(
        "/subscriptions/{}/resourceGroups/rg-{:07}/providers/Microsoft.Compute/disks/disk-{number:010}",
        disks.subscription,
        number / 1000
    )
}

fn disk(disks: &NumberedDisks, number: u64) -> Value {
    let tags = if disks.is_excluded(number) {
        json!({ "backup": "off", "env": "prod", "owner": "team-a" })
    } else {
        json!({ "env": "prod", "owner": "team-a", "costCentre": "4711" })
    };
    json!({ "id": disk_id(disks, number), "name": format!("disk-{number:010}"), "type": "Microsoft.Compute/disks",
        "location": "westeurope", "tags": tags, "sku": { "name": "Premium_LRS", "tier": "Premium" }, "zones": ["1"],
        "properties": { "diskSizeGB": 128, "diskState": "Attached", "provisioningState": "Succeeded", "osType": "Linux",
            "creationData": { "createOption": "Empty" }, "timeCreated": "2026-01-14T09:26:53.5897932+00:00" } })
}

fn instance(disks: &NumberedDisks, number: u64) -> Value {
    let (vault, source) = (&disks.vault, disk_id(disks, number));
    let name = format!("disk-{number:010}");
    json!({ "id": format!("{vault}/backupInstances/{name}"), "name": name,
        "type": "Microsoft.DataProtection/backupVaults/backupInstances", "location": "westeurope",
        "properties": { "friendlyName": name, "currentProtectionState": "ProtectionConfigured",
            "dataSourceInfo": { "resourceID": source, "datasourceType": "Microsoft.Compute/disks" },
            "policyInfo": { "policyId": format!("{vault}/backupPolicies/{}", disks.policy) } } })
}

/// Last night's backup.
fn job(disks: &NumberedDisks, number: u64) -> Value {
    let (vault, name) = (&disks.vault, format!("job-{number:010}"));
    json!({ "id": format!("{vault}/backupJobs/{name}"), "name": name,
        "type": "Microsoft.DataProtection/backupVaults/backupJobs",
        "properties": { "status": "Completed", "operation": "ScheduledBackup", "operationCategory": "Backup",
            "dataSourceId": disk_id(disks, number), "backupInstanceId": format!("{vault}/backupInstances/disk-{number:010}"),
            "isUserTriggered": false, "startTime": "2026-01-14T02:00:00Z", "endTime": "2026-01-14T02:03:05Z",
            "duration": "PT3M5S" } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource_graph::parser::parse;

    fn disks(count: u64) -> NumberedDisks {
        NumberedDisks {
            subscription: "s".to_owned(),
            count,
            vault: "/subscriptions/v/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v"
                .to_owned(),
            policy: "p".to_owned(),
            unprotected_every: 10,
            excluded_every: 4,
        }
    }

    fn all(query: &str, size: usize) -> Vec<Row> {
        let (disks, query) = (disks(100), parse(query).unwrap());
        let (mut rows, mut next) = (Vec::new(), Some(0));
        while let Some(start) = next {
            let page = page(&disks, &query, start, size).unwrap();
            assert!(page.rows.len() <= size);
            rows.extend(page.rows);
            next = page.next;
        }
        rows
    }

    #[test]
    fn pages_of_any_size_hold_every_number_once_and_in_order() {
        let whole = all("resources | project id | order by id asc", 1000);
        assert_eq!(whole.len(), 100);
        assert_eq!(all("resources | project id | order by id asc", 7), whole);
    }

    #[test]
    fn what_protects_a_disk_is_joined_to_it() {
        let joined = "resources | extend shown = tolower(id) | project id, shown \
             | join kind=leftouter (recoveryservicesresources \
               | extend shown = tolower(tostring(properties.dataSourceInfo.resourceID)) | project shown, instance = id) on shown \
             | where isempty(instance) | project id | order by id asc";
        // One of four opts out, and one of ten is forgotten; no number is both.
        assert_eq!(all(joined, 9).len(), 25 + 10);
    }

    #[test]
    fn what_would_have_to_be_counted_is_refused() {
        let query = parse("resources | count").unwrap();
        assert!(page(&disks(1), &query, 0, 10).is_err_and(|problem| problem.contains("counted")));
    }
}

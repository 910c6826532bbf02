//! Pages of an estate whose disks are made from their numbers.

use std::ops::Range;

use serde_json::{Value, json};

use super::expression::{Expression, Row};
use super::pipeline;
use super::row::{Tables, row};
use super::syntax::{Operator, Query};
use super::value::truth;
use crate::estate::NumberedDisks;

/// Rows of a page, and the number with which the next one begins.
pub(super) struct Numbered {
    pub(super) rows: Vec<Row>,
    pub(super) next: Option<u64>,
}

/// Numbers that a page looks at, at most: one that finds nothing in so many leads on to the next.
const LOOKED_AT: u64 = 250_000;
/// Numbers of a window beyond those that are wanted, while nothing is found.
const FURTHER: u64 = 4_000;

/// The page of `query` that begins with the disk number `start`.
pub(super) fn page(
    disks: &NumberedDisks,
    query: &Query,
    start: u64,
    size: usize,
) -> Result<Numbered, String> {
    if query.operators.iter().any(counts) {
        return Err("disks that are made from their numbers cannot be counted".to_owned());
    }
    let asked = Asked::of(query);
    let (mut rows, mut at) = (Vec::new(), start);
    if !asked.is_about_numbers(&query.table) {
        return Ok(Numbered { rows, next: None });
    }
    let last = start.saturating_add(LOOKED_AT).min(disks.count);
    while rows.len() < size && at < last {
        let room = size - rows.len();
        let further = if rows.is_empty() && at > start { FURTHER } else { 0 };
        let wanted = u64::try_from(room).unwrap_or(u64::MAX).max(further);
        let mut end = at.saturating_add(wanted).min(last);
        let fitting = loop {
            let found = found(disks, query, &asked, at..end)?;
            if found.len() <= room || end - at == 1 {
                break found;
            }
            end = at + (end - at) / 2;
        };
        rows.extend(fitting);
        at = end;
    }
    Ok(Numbered { rows, next: Some(at).filter(|at| *at < disks.count) })
}

/// What a query gives of some numbers: halves of them side by side, as Azure has processors of its own.
fn found(
    disks: &NumberedDisks,
    query: &Query,
    asked: &Asked,
    numbers: Range<u64>,
) -> Result<Vec<Row>, String> {
    let middle = numbers.start + (numbers.end - numbers.start) / 2;
    let half = |numbers| pipeline::run(&Window::of(disks, numbers, asked), query, &|_| true);
    let (first, second) = std::thread::scope(|scope| {
        let second = scope.spawn(|| half(middle..numbers.end));
        (half(numbers.start..middle), second.join())
    });
    let mut rows = first?;
    rows.extend(second.map_err(|_| "a query panicked".to_owned())??);
    Ok(rows.into_iter().map(|one| one.row).collect())
}

fn counts(operator: &Operator) -> bool {
    matches!(
        operator,
        Operator::Take(_) | Operator::Count | Operator::Distinct(_) | Operator::SummarizeCount { .. }
    )
}

const DISK: &str = "Microsoft.Compute/disks";
const INSTANCE: &str = "Microsoft.DataProtection/backupVaults/backupInstances";
const JOB: &str = "Microsoft.DataProtection/backupVaults/backupJobs";

/// Which kinds of rows a query may hold: others need not be made.
struct Asked {
    disks: bool,
    instances: bool,
    jobs: bool,
}

impl Asked {
    fn of(query: &Query) -> Self {
        let may_hold = |table: &str, kind: &str| {
            parts(query).iter().any(|part| {
                part.table.eq_ignore_ascii_case(table)
                    && part.leading().all(|condition| admits(condition, kind))
            })
        };
        Self {
            disks: may_hold("resources", DISK),
            instances: may_hold("recoveryservicesresources", INSTANCE),
            jobs: may_hold("recoveryservicesresources", JOB),
        }
    }

    /// Whether the table that a query begins with has rows.
    fn is_about_numbers(&self, table: &str) -> bool {
        match table.to_lowercase().as_str() {
            "resources" => self.disks,
            "recoveryservicesresources" => self.instances || self.jobs,
            _ => false,
        }
    }
}

/// The query and those that it joins.
fn parts(query: &Query) -> Vec<&Query> {
    let joined = query.operators.iter().filter_map(|operator| match operator {
        Operator::Join { right, .. } => Some(parts(right)),
        _ => None,
    });
    std::iter::once(query).chain(joined.flatten()).collect()
}

/// Whether a condition lets rows of a type through, as far as it is about the type alone.
fn admits(condition: &Expression, kind: &str) -> bool {
    let row = Row::from_iter([("type".to_owned(), json!(kind.to_lowercase()))]);
    !condition.columns().iter().all(|name| name.eq_ignore_ascii_case("type")) || truth(&condition.value(&row))
}

/// The tables as far as they are about some numbers.
struct Window {
    resources: Vec<Row>,
    /// Instances and jobs.
    protection: Vec<Row>,
}

impl Window {
    fn of(disks: &NumberedDisks, numbers: Range<u64>, asked: &Asked) -> Self {
        let every = |is_asked: bool| numbers.clone().filter(move |_| is_asked);
        let protected = |is_asked: bool| every(is_asked).filter(|number| disks.is_protected(*number));
        let jobs = protected(asked.jobs).map(|number| job(disks, number));
        let protection = protected(asked.instances).map(|number| instance(disks, number)).chain(jobs);
        let protection = protection.filter_map(as_row).collect();
        let resources = every(asked.disks).filter_map(|number| as_row(disk(disks, number))).collect();
        Self { resources, protection }
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

fn as_row(body: Value) -> Option<Row> {
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
    json!({ "id": disk_id(disks, number), "name": format!("disk-{number:010}"), "type": DISK,
        "location": "westeurope", "tags": tags, "sku": { "name": "Premium_LRS", "tier": "Premium" }, "zones": ["1"],
        "properties": { "diskSizeGB": 128, "diskState": "Attached", "provisioningState": "Succeeded", "osType": "Linux",
            "creationData": { "createOption": "Empty" }, "timeCreated": "2026-01-14T09:26:53.5897932+00:00" } })
}

fn instance(disks: &NumberedDisks, number: u64) -> Value {
    let (vault, source) = (&disks.vault, disk_id(disks, number));
    let name = format!("disk-{number:010}");
    json!({ "id": format!("{vault}/backupInstances/{name}"), "name": name,
        "type": INSTANCE, "location": "westeurope",
        "properties": { "friendlyName": name, "currentProtectionState": "ProtectionConfigured",
            "dataSourceInfo": { "resourceID": source, "datasourceType": "Microsoft.Compute/disks" },
            "policyInfo": { "policyId": format!("{vault}/backupPolicies/{}", disks.policy) } } })
}

/// Last night's backup.
fn job(disks: &NumberedDisks, number: u64) -> Value {
    let (vault, name) = (&disks.vault, format!("job-{number:010}"));
    json!({ "id": format!("{vault}/backupJobs/{name}"), "name": name,
        "type": JOB,
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
    fn a_search_that_finds_nothing_is_led_on_and_ends() {
        let mut many = disks(600_000);
        many.unprotected_every = 0;
        let query = parse(
            "recoveryservicesresources | where type == 'microsoft.dataprotection/backupvaults/backupinstances' \
             | where name endswith '0000599999' | project id | order by id asc",
        )
        .unwrap();
        let (mut found, mut next, mut pages) = (Vec::new(), Some(0), 0);
        while let Some(start) = next {
            let page = page(&many, &query, start, 100).unwrap();
            found.extend(page.rows);
            next = page.next;
            pages += 1;
        }
        assert_eq!((found.len(), pages), (1, 3));
    }

    #[test]
    fn what_a_query_cannot_hold_is_not_looked_for() {
        let query =
            parse("recoveryservicesresources | where type =~ 'microsoft.recoveryservices/vaults'").unwrap();
        assert!(page(&disks(1_000_000_000), &query, 0, 10).is_ok_and(|page| page.next.is_none()));
        let jobs = parse("recoveryservicesresources | where type has 'backupjobs' | project id").unwrap();
        assert_eq!(page(&disks(10), &jobs, 0, 10).unwrap().rows.len(), 6);
    }

    #[test]
    fn what_would_have_to_be_counted_is_refused() {
        let query = parse("resources | count").unwrap();
        assert!(page(&disks(1), &query, 0, 10).is_err_and(|problem| problem.contains("counted")));
    }
}

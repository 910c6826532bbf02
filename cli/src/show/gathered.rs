//! What the function app knows of one resource, out of several answers.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use super::reading::{note, or_absent, or_say};
use crate::client::{Client, Listed, unread};
use crate::listing::text;
use crate::words::name;

/// All that is shown of a resource.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Gathered {
    pub(super) resource: String,
    /// Which of its workloads was asked about, if one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) workload: Option<String>,
    /// The workload that `hold`, `stopped` and `decision` are about, where the resource may have several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first: Option<String>,
    /// The answer of `/api/protection/one`, and of the list where that has no instance.
    pub(super) instances: Vec<Value>,
    /// Whether that there is none of them only means that none could be read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) instances_unread: bool,
    /// What a person decided against the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hold: Option<Value>,
    /// Where the work on it stopped, or what it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stopped: Option<Value>,
    /// What people decided about its other workloads, and about what lies in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) other_holds: Vec<Value>,
    /// Where the work on its other workloads stopped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) other_stops: Vec<Value>,
    /// The decision in one sentence, or why there is none.
    pub(super) decision: String,
    /// The same of its other workloads, of which anything is known, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) other_decisions: BTreeMap<String, String>,
    /// Left out where they could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) points: Option<Points>,
    /// Operations that are not over, newest first.
    pub(super) open_operations: Vec<Value>,
    /// The last job that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_failed_job: Option<Value>,
    /// The last operation that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_failed_operation: Option<Value>,
    /// What could not be read, why, and what to do; the rest stands.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) unread: Vec<String>,
}

/// Recovery points in short.
#[derive(Debug, Default, Serialize)]
pub(super) struct Points {
    pub(super) count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) newest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) oldest: Option<String>,
    /// Spans of moments that continuous backup can go back to.
    pub(super) ranges: Vec<Value>,
    /// Whether there may be more, in what could not be read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) partial: bool,
}

/// Why there is no decision.
const GONE: &str = "the resource is gone, or may not be read by the function app";

/// Why no decision is shown, where it could not be read.
const UNREAD: &str = "what they decide could not be read";

/// Asks for all of it. What does not exist for this resource is left out.
pub(super) async fn about(client: &Client, resource: &str, workload: Option<&str>) -> Result<Gathered> {
    let mut of = vec![("resource", resource)];
    of.extend(workload.map(|workload| ("workload", workload)));
    let mut protection = client.get("/api/protection/one", &of).await?.body;
    let mut known = Gathered {
        resource: resource.to_owned(),
        workload: workload.map(str::to_owned),
        first: protection.get("workload").and_then(Value::as_str).map(str::to_owned),
        // Left out where none could be read.
        instances_unread: protection.get("instances").is_none(),
        instances: taken(&mut protection, "instances"),
        hold: one_of(&mut protection, "hold"),
        stopped: one_of(&mut protection, "stopped"),
        other_holds: taken(&mut protection, "otherHolds"),
        other_stops: taken(&mut protection, "otherStops"),
        unread: unread(&protection),
        ..Gathered::default()
    };
    if known.instances.is_empty() {
        left(client, &mut known).await?;
    }
    let decision = or_say(decided(client, &of).await, "the decision", &mut known.unread)?;
    known.decision = decision.unwrap_or_else(|| UNREAD.to_owned());
    for other in known.others(resource, workload) {
        let of = [("resource", resource), ("workload", other.as_str())];
        let decision = decided(client, &of).await;
        let decision = or_say(decision, &format!("the decision about its {other}"), &mut known.unread)?;
        known.other_decisions.extend(decision.map(|decision| (other.clone(), decision)));
    }
    known.points = match known.instances.as_slice() {
        [] => (!known.instances_unread).then(Points::default),
        _ => {
            let read = or_say(points(client, &of).await, "the recovery points", &mut known.unread)?;
            read.map(|(points, unread)| {
                note(unread, &mut known.unread);
                points
            })
        }
    };
    happened(client, resource, &mut known).await?;
    Ok(known)
}

/// What was deleted softly, or is left of a resource that is gone, is in the list alone.
async fn left(client: &Client, known: &mut Gathered) -> Result<()> {
    let resource = known.resource.clone();
    let listed = client.list("/api/protection", &[("name", name(&resource))]).await;
    let Some(Listed { items, unread }) = or_say(listed, "what is left of it", &mut known.unread)? else {
        known.instances_unread = true;
        return Ok(());
    };
    let is_it = |one: &Value| {
        one.get("resource").and_then(Value::as_str).is_some_and(|id| id.eq_ignore_ascii_case(&resource))
            && one.get("instance").is_some()
    };
    known.instances = items.into_iter().filter(is_it).collect();
    known.instances_unread |= !unread.is_empty();
    known.instances_unread &= known.instances.is_empty();
    note(unread, &mut known.unread);
    Ok(())
}

/// Operations that are not over, and what failed last.
async fn happened(client: &Client, resource: &str, known: &mut Gathered) -> Result<()> {
    let open = client.list("/api/operations", &[("resource", resource), ("open", "true")]).await;
    let open = or_say(open, "the operations that are not over", &mut known.unread)?;
    let Listed { items, unread } = open.unwrap_or_default();
    known.open_operations = items;
    note(unread, &mut known.unread);
    let failed = [("resource", resource), ("status", "Failed"), ("top", "1")];
    let mut jobs = Vec::new();
    for vault in vaults(&known.instances) {
        let of_vault = [("vault", vault.as_str())];
        let job = first(client, "/api/jobs", &[failed.as_slice(), of_vault.as_slice()].concat()).await;
        let what = format!("the jobs of vault {}", name(&vault));
        jobs.extend(or_say(job, &what, &mut known.unread)?.flatten());
    }
    let began = |job: &Value| job.get("started").and_then(Value::as_str).map(str::to_owned);
    known.last_failed_job = jobs.into_iter().max_by_key(began);
    let last = first(client, "/api/operations", &failed).await;
    known.last_failed_operation =
        or_say(last, "the last operation that failed", &mut known.unread)?.flatten();
    Ok(())
}

impl Gathered {
    /// Whether more is shown than one workload of the resource.
    pub(super) fn is_of_several(&self) -> bool {
        let workloads: BTreeSet<String> = self.instances.iter().map(|one| text(one, "workload")).collect();
        workloads.len() > 1
            || !(self.other_holds.is_empty()
                && self.other_stops.is_empty()
                && self.other_decisions.is_empty())
    }

    /// The other workloads of the resource of which anything is known; none where one was asked about.
    fn others(&self, resource: &str, asked: Option<&str>) -> BTreeSet<String> {
        if asked.is_some() {
            return BTreeSet::new();
        }
        let holds = self.other_holds.iter();
        let own_holds = holds.filter(|hold| text(hold, "resource").eq_ignore_ascii_case(resource));
        let all = self.instances.iter().chain(own_holds).chain(&self.other_stops);
        let is_other = |name: &String| !name.is_empty() && Some(name) != self.first.as_ref();
        all.map(|one| text(one, "workload")).filter(is_other).collect()
    }
}

/// The decision about a target in one sentence.
async fn decided(client: &Client, of: &[(&str, &str)]) -> Result<String> {
    let answer = or_absent(client.get("/api/decide", of).await.map(|answer| answer.body))?;
    Ok(answer.as_ref().map_or_else(|| GONE.to_owned(), decision))
}

/// The vaults of the instances, each once: only their jobs need be listed.
fn vaults(instances: &[Value]) -> BTreeSet<String> {
    let vault = |instance: &Value| {
        let id = instance.get("id").or_else(|| instance.get("instance"))?.as_str()?;
        let segments: Vec<&str> = id.split('/').collect();
        Some(segments.get(..9)?.join("/"))
    };
    instances.iter().filter_map(vault).collect()
}

/// Recovery points in short, and what could not be read of them.
async fn points(client: &Client, of: &[(&str, &str)]) -> Result<(Points, Vec<String>)> {
    let found = or_absent(client.list("/api/recovery-points", of).await)?.unwrap_or_default();
    let ranges = or_absent(client.list("/api/recovery-points/ranges", of).await)?.unwrap_or_default();
    let time = |point: Option<&Value>| point?.get("time")?.as_str().map(str::to_owned);
    let (points, mut unread) = (found.items, found.unread);
    note(ranges.unread, &mut unread);
    let points = Points {
        count: points.len(),
        newest: time(points.first()),
        oldest: time(points.last()),
        ranges: ranges.items,
        partial: !unread.is_empty(),
    };
    Ok((points, unread))
}

async fn first(client: &Client, path: &str, query: &[(&str, &str)]) -> Result<Option<Value>> {
    let mut page = client.get(path, query).await?.body;
    Ok(taken(&mut page, "value").into_iter().next())
}

fn one_of(answer: &mut Value, key: &str) -> Option<Value> {
    answer.get_mut(key).map(Value::take).filter(|one| !one.is_null())
}

fn taken(answer: &mut Value, key: &str) -> Vec<Value> {
    match answer.get_mut(key).map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

fn decision(answer: &Value) -> String {
    let text = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let summary = text("/decision/record/summary");
    if !summary.is_empty() {
        return summary;
    }
    let (outcome, reason, note) = (text("/outcome/outcome"), text("/outcome/reason"), text("/note"));
    let parts: Vec<String> = [outcome, reason, note].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(": ")
}

#[test]
fn the_other_workloads_are_those_of_which_anything_is_known() {
    let machine = "/x/virtualMachines/erp";
    let known = Gathered {
        first: Some("azure-vm".to_owned()),
        instances: vec![serde_json::json!({ "workload": "azure-vm" })],
        other_holds: vec![
            serde_json::json!({ "resource": "/X/virtualMachines/ERP", "workload": "hana-in-vm" }),
            serde_json::json!({ "resource": format!("{machine}/sqlInstances/main/databases/sales") }),
        ],
        other_stops: vec![serde_json::json!({ "workload": "sql-in-vm" })],
        ..Gathered::default()
    };
    assert!(known.others(machine, None).into_iter().eq(["hana-in-vm", "sql-in-vm"]));
    assert!(known.others(machine, Some("azure-vm")).is_empty());
    assert!(known.is_of_several() && !Gathered::default().is_of_several());
}

#[test]
fn the_jobs_of_every_vault_are_looked_through() {
    let vault = |name: &str| format!("/subscriptions/s/resourceGroups/g/providers/p/vaults/{name}");
    let instance = |name: &str| serde_json::json!({ "id": format!("{}/backupInstances/i", vault(name)) });
    let left = serde_json::json!({ "instance": format!("{}/x/y", vault("b")) });
    let found = vaults(&[instance("b"), instance("a"), left]);
    assert!(found.into_iter().eq([vault("a"), vault("b")]));
}

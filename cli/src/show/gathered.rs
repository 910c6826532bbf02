//! What the function app knows of one resource, out of several answers.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use crate::client::{Client, Refused};
use crate::listing::text;

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
    /// What could not be read, and why; the rest stands.
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
}

/// Why there is no decision.
const GONE: &str = "the resource is gone, or may not be read by the function app";

/// Asks for all of it. What does not exist for this resource is left out.
pub(super) async fn about(client: &Client, resource: &str, workload: Option<&str>) -> Result<Gathered> {
    let mut of = vec![("resource", resource)];
    of.extend(workload.map(|workload| ("workload", workload)));
    let mut protection = client.get("/api/protection/one", &of).await?.body;
    let mut instances = taken(&mut protection, "instances");
    if instances.is_empty() {
        instances = listed(client, resource).await?;
    }
    let decision = decided(client, &of).await?;
    let mut known = Gathered {
        first: protection.get("workload").and_then(Value::as_str).map(str::to_owned),
        other_holds: taken(&mut protection, "otherHolds"),
        other_stops: taken(&mut protection, "otherStops"),
        instances,
        ..Gathered::default()
    };
    let mut unread = Vec::new();
    for other in known.others(resource, workload) {
        let of = [("resource", resource), ("workload", other.as_str())];
        let decision = decided(client, &of).await;
        let decision = or_say(decision, &format!("the decision about its {other}"), &mut unread)?;
        known.other_decisions.extend(decision.map(|decision| (other.clone(), decision)));
    }
    let instances = known.instances.as_slice();
    let open = client.list("/api/operations", &[("resource", resource), ("open", "true")]).await?;
    let failed = [("resource", resource), ("status", "Failed"), ("top", "1")];
    let mut jobs = Vec::new();
    for vault in vaults(instances) {
        let job = first(client, "/api/jobs", &[failed.as_slice(), &[("vault", &vault)]].concat()).await;
        jobs.extend(
            or_say(job, &format!("the jobs of vault {}", crate::words::name(&vault)), &mut unread)?.flatten(),
        );
    }
    let began = |job: &Value| job.get("started").and_then(Value::as_str).map(str::to_owned);
    let points = match instances {
        [] => Some(Points::default()),
        _ => or_say(points(client, &of).await, "the recovery points", &mut unread)?,
    };
    Ok(Gathered {
        resource: resource.to_owned(),
        workload: workload.map(str::to_owned),
        points,
        last_failed_job: jobs.into_iter().max_by_key(began),
        last_failed_operation: first(client, "/api/operations", &failed).await?,
        hold: one_of(&mut protection, "hold"),
        stopped: one_of(&mut protection, "stopped"),
        decision,
        open_operations: open,
        unread,
        ..known
    })
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

/// What was deleted softly, or is left of a resource that is gone, is in the list alone.
async fn listed(client: &Client, resource: &str) -> Result<Vec<Value>> {
    let name = crate::words::name(resource);
    let found = client.list("/api/protection", &[("name", name)]).await?;
    let is_it = |one: &Value| {
        one.get("resource").and_then(Value::as_str).is_some_and(|id| id.eq_ignore_ascii_case(resource))
            && one.get("instance").is_some()
    };
    Ok(found.into_iter().filter(is_it).collect())
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

async fn points(client: &Client, of: &[(&str, &str)]) -> Result<Points> {
    let found = or_absent(client.list("/api/recovery-points", of).await)?.unwrap_or_default();
    let ranges = or_absent(client.list("/api/recovery-points/ranges", of).await)?.unwrap_or_default();
    let time = |point: Option<&Value>| point?.get("time")?.as_str().map(str::to_owned);
    Ok(Points { count: found.len(), newest: time(found.first()), oldest: time(found.last()), ranges })
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

/// What was read; none, and a word about it, where the function app or Azure refuses: a vault may be out of reach, and what
/// is known besides is wanted most then.
fn or_say<T>(read: Result<T>, what: &str, unread: &mut Vec<String>) -> Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.is::<Refused>() => {
            let why = format!("{error:#}").replace('\n', ";");
            unread.push(format!("{what} could not be read: {why}"));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// None where the function app says that there is nothing of the kind.
fn or_absent<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) => match error.downcast_ref::<Refused>() {
            Some(refused) if refused.is_absence() => Ok(None),
            _ => Err(error),
        },
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

#[test]
fn a_refusal_costs_the_part_that_was_refused() {
    let mut unread = Vec::new();
    assert!(matches!(or_say(Ok(1), "x", &mut unread), Ok(Some(1))) && unread.is_empty());
    assert!(or_say::<u8>(Err(anyhow::anyhow!("no answer")), "x", &mut unread).is_err());
}

//! What recordings of databases presuppose: vaults, servers, databases, points and policies that were there before.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::super::Recorded;
use super::super::read::{head, path, text};
use crate::azure::{Answer, Azure};

/// The vault that a recording is about, if it is one of databases: those have names of their own.
fn vault(calls: &[Recorded]) -> Option<String> {
    let of_databases = |call: &&Recorded| {
        path(&call.url).contains("/vaults/") && !path(&call.url).contains("/clitest-vault")
    };
    let found = calls.iter().find(of_databases)?;
    let is_of_databases = calls
        .iter()
        .any(|call| call.url.contains("AzureWorkload") || call.url.to_lowercase().contains("vmappcontainer"))
        || calls.iter().any(|call| policies(call).any(|policy| kind_of(policy) == Some("AzureWorkload")));
    let made =
        calls.iter().any(|call| call.method == "PUT" && path(&call.url).contains("/vaults/clitest-vault"));
    (is_of_databases && !made).then(|| head(path(&found.url), 8)).flatten()
}

fn kind_of(policy: &Value) -> Option<&str> {
    text(policy, &["properties", "backupManagementType"])
}

/// Listed things of a type, whose name ends in `noun`.
fn listed<'a>(calls: &'a [Recorded], noun: &'a str) -> impl Iterator<Item = &'a Value> {
    let bodies = calls.iter().filter_map(|call| call.response.as_ref());
    let lists = bodies.flat_map(|body| {
        let many = body.get("value").and_then(Value::as_array).into_iter().flatten();
        many.chain(body.get("value").is_none().then_some(body))
    });
    lists.filter(move |one| text(one, &["type"]).is_some_and(|kind| kind.ends_with(noun)))
}

fn policies(call: &Recorded) -> impl Iterator<Item = &Value> {
    let body = call.response.iter();
    body.filter(|body| text(body, &["type"]).is_some_and(|kind| kind.ends_with("/backupPolicies")))
}

/// The last two words of a container's name, in lower case.
fn short(container: &str) -> String {
    let words: Vec<&str> = container.rsplit(';').take(2).collect();
    words.join("/").to_lowercase()
}

fn container_in(id: &str) -> Option<&str> {
    id.split_once("/protectionContainers/")?.1.split('/').next()
}

/// Which servers a recording works on, by their short names: the containers in its URLs.
fn worked_on(calls: &[Recorded]) -> BTreeMap<String, String> {
    let decoded = |call: &Recorded| path(&call.url).replace("%3B", ";");
    let names = calls.iter().filter_map(|call| container_in(&decoded(call)).map(str::to_owned));
    names.map(|name| (short(&name), name)).collect()
}

/// The vault, the machines of the servers with what is in them, and the policies.
pub(super) fn estate(calls: &[Recorded]) -> Option<Value> {
    let vault = vault(calls)?;
    let location = "centraluseuap";
    let containers = listed(calls, "/protectionContainers").filter_map(|one| text(one, &["name"]));
    let shown: BTreeSet<String> = containers.map(short).chain(worked_on(calls).into_keys()).collect();
    let mut machines: BTreeSet<String> = BTreeSet::new();
    for container in listed(calls, "/protectionContainers").chain(listed(calls, "/protectableContainers")) {
        let id = text(container, &["properties", "sourceResourceId"])
            .or_else(|| text(container, &["properties", "containerId"]));
        machines.extend(id.map(str::to_owned));
    }
    let requests = calls.iter().filter_map(|call| call.request.as_ref());
    machines.extend(
        requests.filter_map(|request| text(request, &["properties", "sourceResourceId"]).map(str::to_owned)),
    );
    let items = listed(calls, "/protectableItems").chain(listed(calls, "/protectedItems"));
    let known: Vec<&Value> = items.collect();
    let guests: Vec<Value> = machines
        .iter()
        .filter(|id| shown.contains(&of_machine(id)))
        .map(|id| guest(id, calls, &known))
        .collect();
    let place = |id: &String| json!({ "id": id, "location": location });
    let groups: BTreeSet<String> = machines.iter().chain([&vault]).filter_map(|id| head(id, 4)).collect();
    let policies: BTreeMap<String, Value> = calls
        .iter()
        .take_while(|call| call.method != "PUT" || !path(&call.url).contains("/backupPolicies/"))
        .flat_map(policies)
        .filter(|policy| text(policy, &["name"]) != Some("HourlyLogBackup"))
        .filter_map(|policy| Some((text(policy, &["name"])?.to_owned(), policy.get("properties")?.clone())))
        .collect();
    let policies: Vec<Value> = policies
        .into_iter()
        .map(|(name, properties)| json!({ "vault": vault, "name": name, "properties": properties }))
        .collect();
    Some(json!({
        "resourceGroups": groups.iter().map(place).collect::<Vec<_>>(),
        "vaults": [{ "id": vault, "location": location }],
        "policies": policies,
        "resources": machines.iter().map(place).collect::<Vec<_>>(),
        "guests": guests,
    }))
}

fn of_machine(id: &str) -> String {
    let parts: Vec<&str> = id.split('/').collect();
    let at = |from_end: usize| parts.iter().rev().nth(from_end).copied().unwrap_or_default();
    let group = parts.iter().position(|part| part.eq_ignore_ascii_case("resourceGroups"));
    let group = group.and_then(|at| parts.get(at + 1)).copied().unwrap_or_default();
    format!("{}/{group}", at(0)).to_lowercase()
}

/// The databases of a machine, as far as the recording shows them.
fn guest(machine: &str, calls: &[Recorded], items: &[&Value]) -> Value {
    let own = |item: &&&Value| {
        let id = text(item, &["id"]).unwrap_or_default();
        container_in(id).is_some_and(|name| short(name) == of_machine(machine))
    };
    let mut instances: BTreeMap<(String, String), Vec<Value>> = BTreeMap::new();
    let mut host = None;
    for item in items.iter().filter(own) {
        let get = |name: &str| text(item, &["properties", name]);
        host = host.or_else(|| get("serverName").map(str::to_owned));
        let hana = get("workloadType").is_some_and(|word| word.starts_with("SAPHana"));
        let engine = if hana { "hana" } else { "sql" };
        let Some(parent) = get("parentName") else { continue };
        if get("protectableItemType") == Some("SAPHanaDBInstance") {
            continue;
        }
        let databases = instances.entry((engine.to_owned(), parent.to_owned())).or_default();
        let is_database = matches!(get("protectableItemType"), Some("SQLDataBase" | "SAPHanaDatabase"))
            || text(item, &["type"]).is_some_and(|kind| kind.ends_with("/protectedItems"));
        let name = get("friendlyName").unwrap_or_default();
        let listed = databases
            .iter()
            .any(|one| one["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name)));
        if is_database && !listed {
            let model = text(item, &["properties", "extendedInfo", "recoveryModel"]).unwrap_or("SIMPLE");
            databases.push(json!({ "name": name, "recoveryModel": model }));
        }
    }
    let found = details(calls, machine);
    if instances.is_empty() {
        let asked = calls
            .iter()
            .filter_map(|call| call.request.as_ref())
            .any(|request| request.to_string().contains("SAPHana"));
        let hana = found.map_or(asked, |found| found[0]["type"] == "SAPHana");
        let (engine, name) = if hana { ("hana", "HXE") } else { ("sql", "MSSQLSERVER") };
        let own = if hana { vec![json!({ "name": "HXE" })] } else { Vec::new() };
        instances.insert((engine.to_owned(), name.to_owned()), own);
    }
    for ((engine, _), databases) in &mut instances {
        let word = if engine == "hana" { "SAPHana" } else { "SQL" };
        let mut all = found.and_then(Value::as_array).into_iter().flatten();
        let wanted =
            all.find(|detail| detail["type"] == word).and_then(|detail| detail["itemCount"].as_u64());
        if engine == "sql" {
            filled(databases, wanted.unwrap_or_default());
        }
    }
    let trouble = details(calls, machine)
        .and_then(|details| text(&details[0], &["inquiryValidation", "errorDetail", "code"]))
        .filter(|code| *code != "Success");
    let instances: Vec<Value> = instances
        .into_iter()
        .map(|((engine, name), databases)| {
            json!({ "engine": engine, "name": name, "databases": databases, "trouble": trouble })
        })
        .collect();
    let mut guest = json!({ "machine": machine, "instances": instances });
    if let Some(host) = host {
        guest["host"] = json!(host);
    }
    guest
}

/// Adds databases that a recording counts and does not name.
fn filled(databases: &mut Vec<Value>, wanted: u64) {
    let system = ["master", "model", "msdb"];
    let named = |databases: &[Value], name: &str| databases.iter().any(|one| one["name"] == name);
    for name in system {
        if !named(databases, name) {
            databases.push(json!({ "name": name, "recoveryModel": "SIMPLE" }));
        }
    }
    // One of the servers had 38, of which one is enough.
    while (databases.len() as u64) < wanted.min(4) {
        databases.push(json!({ "name": format!("other{}", databases.len()) }));
    }
}

/// What inquiries have found in a machine.
fn details<'a>(calls: &'a [Recorded], machine: &str) -> Option<&'a Value> {
    let own = |one: &&Value| text(one, &["name"]).is_some_and(|name| short(name) == of_machine(machine));
    let found = listed(calls, "/protectionContainers").find(own)?;
    found.pointer("/properties/extendedInfo/inquiryInfo/inquiryDetails")
}

/// Whether the recording makes what `path` names, before it reads it.
fn makes(calls: &[Recorded], path_of: &str) -> bool {
    let same = |call: &&Recorded| path(&call.url).replace("%3B", ";").eq_ignore_ascii_case(path_of);
    calls.iter().find(same).is_some_and(|call| call.method == "PUT")
}

/// Registers the servers, protects the databases and makes the points and files that a recording finds.
pub(super) async fn bring_about(azure: &Azure, calls: &[Recorded]) -> Result<()> {
    let Some(vault) = vault(calls) else { return Ok(()) };
    azure.running.freeze(true);
    let fabric = format!("{vault}/backupFabrics/Azure/protectionContainers");
    for name in worked_on(calls).values() {
        if !is_made(calls, &fabric, name) {
            register(azure, &fabric, name, calls).await?;
        }
    }
    one_more(azure, &fabric, calls).await?;
    let paths: BTreeSet<String> =
        calls.iter().filter_map(|call| item_in(&path(&call.url).replace("%3B", ";"))).collect();
    for item in paths {
        let made = calls.iter().any(|call| {
            call.method == "PUT" && item_in(&path(&call.url).replace("%3B", ";")).as_ref() == Some(&item)
        });
        if !made {
            protect(azure, &vault, &item, calls).await?;
        }
    }
    Ok(())
}

fn is_made(calls: &[Recorded], fabric: &str, name: &str) -> bool {
    makes(calls, &format!("{fabric}/{name}"))
}

/// Lists show servers that a recording never touches: one of them is enough.
async fn one_more(azure: &Azure, fabric: &str, calls: &[Recorded]) -> Result<()> {
    let servers = worked_on(calls);
    let other = listed(calls, "/protectionContainers").filter_map(|one| text(one, &["name"])).find(|name| {
        name.starts_with("VMAppContainer")
            && !servers.contains_key(&short(name))
            && !name.ends_with("pstestvm")
    });
    match other {
        Some(name) => register(azure, fabric, name, calls).await,
        None => Ok(()),
    }
}

async fn register(azure: &Azure, fabric: &str, name: &str, calls: &[Recorded]) -> Result<()> {
    let machine = listed(calls, "/protectionContainers")
        .find(|one| text(one, &["name"]).is_some_and(|known| short(known) == short(name)))
        .and_then(|one| text(one, &["properties", "sourceResourceId"]))
        .context("the container is shown nowhere")?;
    let found = details(calls, machine).and_then(Value::as_array).cloned().unwrap_or_default();
    let engines = found.iter().filter_map(|detail| text(detail, &["type"]));
    let spelled = format!("VMAppContainer;Compute;{}", name.splitn(3, ';').nth(2).unwrap_or_default());
    for engine in engines {
        let workload = if engine == "SAPHana" { "SAPHanaDatabase" } else { "SQLDataBase" };
        let body = json!({ "properties": { "backupManagementType": "AzureWorkload", "containerType": "VMAppContainer",
            "sourceResourceId": machine, "workloadType": workload } });
        over(azure, &azure.put(&format!("{fabric}/{spelled}"), body).await?).await?;
    }
    Ok(())
}

async fn over(azure: &Azure, started: &Answer) -> Result<()> {
    ensure!(started.status == 202, "{started:?}");
    azure.running.advance(900.0);
    Ok(())
}

/// The item that a path names or lies below, in lower case.
fn item_in(path: &str) -> Option<String> {
    let lower = path.to_lowercase();
    let (before, after) = lower.split_once("/protecteditems/")?;
    Some(format!("{before}/protecteditems/{}", after.split('/').next()?))
}

/// Protects a database, backs it up when its points are read, and leaves the files on which a restore stumbles.
async fn protect(azure: &Azure, vault: &str, item: &str, calls: &[Recorded]) -> Result<()> {
    let body = json!({ "properties": { "protectedItemType": "AzureVmWorkloadSQLDatabase", "policyId": format!("{vault}/backupPolicies/HourlyLogBackup") } });
    over(azure, &azure.put(item, body).await?).await?;
    if !calls.iter().any(|call| path(&call.url).contains("/recoveryPoints")) {
        return Ok(());
    }
    let full = json!({ "properties": { "objectType": "AzureWorkloadBackupRequest", "backupType": "Full" } });
    over(azure, &azure.post(&format!("{item}/backup"), full).await?).await?;
    let points = azure.get(&format!("{item}/recoveryPoints")).await?.body;
    let point = points["value"][0]["name"].as_str().context("no point")?.to_owned();
    for call in calls.iter().filter(|call| path(&call.url).ends_with("/restore")) {
        let request = call.request.clone().context("a restore has a body")?;
        over(azure, &azure.post(&format!("{item}/recoveryPoints/{point}/restore"), request).await?).await?;
    }
    Ok(())
}

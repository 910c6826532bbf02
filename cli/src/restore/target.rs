//! What `--to` says: short for what people restore every day, the API's own JSON for everything else.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// `--to` as it was given, if it can be read: what cannot is wrong usage, known before anybody is asked.
pub(super) fn checked(text: &str) -> Result<String, String> {
    read(text, "").map(|_| text.to_owned()).map_err(|error| format!("{error:#}"))
}

/// Reads `--to`. Names without a slash in front are of things beside the resource.
pub(super) fn read(text: &str, resource: &str) -> Result<Value> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).context("read --to as JSON");
    }
    let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
    Ok(match kind {
        "disk" => {
            let (group, name) = last_segment(rest, "disk:GROUP/NAME")?;
            json!({ "kind": "disk", "resourceGroup": group_id(group, resource), "name": name })
        }
        "blobs" => {
            let (prefixes, containers): (Vec<&str>, Vec<&str>) =
                list(rest).partition(|path| path.contains('/'));
            json!({ "kind": "blobs-in-place", "containers": containers, "prefixes": prefixes })
        }
        "containers" => {
            let (account, rest) = id_and_rest(rest, STORAGE, resource)?;
            let containers: Vec<Value> = list(rest).map(|name| json!({ "name": name })).collect();
            json!({ "kind": "containers", "account": account, "containers": containers })
        }
        "database" => database(rest, resource)?,
        "files" => files(rest, resource)?,
        "cluster" if rest.is_empty() => json!({ "kind": "cluster" }),
        "cluster" => {
            let (cluster, rest) = id_and_rest(rest, CLUSTERS, resource)?;
            let namespaces: Vec<&str> = list(rest).collect();
            json!({ "kind": "cluster", "cluster": cluster, "namespaces": namespaces })
        }
        "vm-disks" if !rest.is_empty() => {
            json!({ "kind": "vm-disks", "resourceGroup": group_id(rest, resource) })
        }
        "vm-disks" => bail!("--to vm-disks:GROUP lacks the resource group"),
        "vm" => {
            let (group, name) = last_segment(rest, "vm:GROUP/NAME")?;
            json!({ "kind": "vm", "resourceGroup": group_id(group, resource), "name": name })
        }
        "vm-in-place" => json!({ "kind": "vm-in-place" }),
        "share" if rest.is_empty() => json!({ "kind": "share" }),
        "share" => share(rest, resource)?,
        "sql-database" | "hana-database" => {
            let collection = if kind == "sql-database" { "sqlInstances" } else { "hanaSystems" };
            let mut to = json!({ "kind": kind });
            add_database(&mut to, rest, collection, resource)?;
            to
        }
        "database-files" => database_files(rest, resource)?,
        other => bail!(
            "`{other}` is nothing that can be restored to; expected disk, blobs, containers, database, files, cluster, \
             vm-disks, vm, vm-in-place, share, sql-database, hana-database or database-files"
        ),
    })
}

const STORAGE: &str = "Microsoft.Storage/storageAccounts";
const SERVERS: &str = "Microsoft.DBforPostgreSQL/servers";
const CLUSTERS: &str = "Microsoft.ContainerService/managedClusters";
const MACHINES: &str = "Microsoft.Compute/virtualMachines";

fn database(rest: &str, resource: &str) -> Result<Value> {
    let (server, name) = id_and_rest(rest, SERVERS, resource)?;
    if name.is_empty() {
        bail!("--to database:SERVER/NAME lacks the name of the new database");
    }
    Ok(json!({ "kind": "database", "server": server, "name": name }))
}

fn files(rest: &str, resource: &str) -> Result<Value> {
    let (account, rest) = id_and_rest(rest, STORAGE, resource)?;
    let (container, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if container.is_empty() {
        bail!("--to files:ACCOUNT/CONTAINER lacks the container");
    }
    let prefix = (!prefix.is_empty()).then_some(prefix);
    Ok(json!({ "kind": "files", "account": account, "container": container, "prefix": prefix }))
}

fn share(rest: &str, resource: &str) -> Result<Value> {
    let (account, share) = id_and_rest(rest, STORAGE, resource)?;
    let share = share.trim_start_matches("fileServices/default/shares/");
    if share.is_empty() {
        bail!("--to share:ACCOUNT/SHARE lacks the share");
    }
    Ok(json!({ "kind": "share", "share": format!("{account}/fileServices/default/shares/{share}") }))
}

fn database_files(rest: &str, resource: &str) -> Result<Value> {
    let (machine, folder) = match rest.strip_prefix('@').and_then(|rest| rest.split_once(':')) {
        Some((machine, folder)) => (Some(id_and_rest(machine, MACHINES, resource)?.0), folder),
        None => (None, rest),
    };
    if folder.is_empty() {
        bail!("--to database-files:FOLDER lacks the folder");
    }
    let mut to = json!({ "kind": "database-files", "folder": folder });
    put(&mut to, "machine", machine);
    Ok(to)
}

/// `NAME`, `INSTANCE/NAME` or `MACHINE/INSTANCE/NAME`, or nothing for where it was; an ARM id of a machine has slashes of its
/// own.
fn add_database(to: &mut Value, text: &str, collection: &str, resource: &str) -> Result<()> {
    let (machine, rest) = match text.starts_with('/') {
        true => {
            let (machine, rest) = id_and_rest(text, MACHINES, resource)?;
            (Some(machine), rest.trim_start_matches(&format!("{collection}/")).replace("/databases/", "/"))
        }
        false => match text.splitn(3, '/').collect::<Vec<_>>().as_slice() {
            [machine, instance, name] => {
                (Some(id_and_rest(machine, MACHINES, resource)?.0), format!("{instance}/{name}"))
            }
            _ => (None, text.to_owned()),
        },
    };
    let (instance, name) = match rest.split_once('/') {
        Some((instance, name)) => (Some(instance.to_owned()), Some(name.to_owned())),
        None => (None, Some(rest).filter(|name| !name.is_empty())),
    };
    put(to, "machine", machine);
    put(to, "instance", instance);
    put(to, "name", name);
    Ok(())
}

fn put(to: &mut Value, key: &str, value: Option<String>) {
    if let (Some(members), Some(value)) = (to.as_object_mut(), value) {
        members.insert(key.to_owned(), value.into());
    }
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|one| !one.is_empty())
}

fn last_segment<'a>(text: &'a str, expected: &str) -> Result<(&'a str, &'a str)> {
    match text.rsplit_once('/') {
        Some((before, last)) if !before.is_empty() && !last.is_empty() => Ok((before, last)),
        _ => bail!("--to {expected} expected, not `{text}`"),
    }
}

fn group_id(group: &str, resource: &str) -> String {
    if group.starts_with('/') {
        return group.to_owned();
    }
    let subscription: Vec<&str> = resource.split('/').take(3).collect();
    format!("{}/resourceGroups/{group}", subscription.join("/"))
}

/// The thing's ARM id, and what follows it: `NAME/rest` beside the resource, or a whole id and `/rest`.
fn id_and_rest<'a>(text: &'a str, kind: &str, resource: &str) -> Result<(String, &'a str)> {
    if !text.starts_with('/') {
        let (name, rest) = text.split_once('/').unwrap_or((text, ""));
        if name.is_empty() {
            bail!("--to lacks the name of a {kind}");
        }
        let group: Vec<&str> = resource.split('/').take(5).collect();
        return Ok((format!("{}/providers/{kind}/{name}", group.join("/")), rest));
    }
    // /subscriptions/S/resourceGroups/G/providers/Namespace/type/name
    const SEGMENTS: usize = 9;
    let end = text.match_indices('/').nth(SEGMENTS - 1).map_or(text.len(), |(at, _)| at);
    let (id, rest) = text.split_at(end);
    if !id.to_ascii_lowercase().contains(&format!("/{}/", kind.to_ascii_lowercase())) {
        bail!("`{id}` is not of the type {kind}");
    }
    Ok((id.to_owned(), rest.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DISK: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/disks/d";

    fn account(name: &str) -> String {
        format!("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/{name}")
    }

    #[test]
    fn names_are_of_things_beside_the_resource() {
        for (text, expected) in [
            (
                "disk:rg-2/d-2",
                json!({ "kind": "disk", "resourceGroup": "/subscriptions/s/resourceGroups/rg-2", "name": "d-2" }),
            ),
            (
                "disk:/subscriptions/t/resourceGroups/x/d-2",
                json!({ "kind": "disk", "resourceGroup": "/subscriptions/t/resourceGroups/x", "name": "d-2" }),
            ),
            (
                "blobs:a,b/2026",
                json!({ "kind": "blobs-in-place", "containers": ["a"], "prefixes": ["b/2026"] }),
            ),
            (
                "files:acc/dumps/erp-",
                json!({ "kind": "files", "account": account("acc"), "container": "dumps", "prefix": "erp-" }),
            ),
            (
                "containers:acc/a,b",
                json!({ "kind": "containers", "account": account("acc"), "containers": [{ "name": "a" }, { "name": "b" }] }),
            ),
            ("cluster", json!({ "kind": "cluster" })),
            (
                "vm-disks:rg-2",
                json!({ "kind": "vm-disks", "resourceGroup": "/subscriptions/s/resourceGroups/rg-2" }),
            ),
            (
                "vm:rg-2/web-2",
                json!({ "kind": "vm", "resourceGroup": "/subscriptions/s/resourceGroups/rg-2", "name": "web-2" }),
            ),
            (
                "share:acc/home",
                json!({ "kind": "share", "share": format!("{}/fileServices/default/shares/home", account("acc")) }),
            ),
            (r#"{"kind": "cluster"}"#, json!({ "kind": "cluster" })),
        ] {
            assert_eq!(read(text, DISK).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn a_whole_id_may_be_followed_by_more() {
        let text = format!("files:{}/dumps", account("acc"));
        assert_eq!(
            read(&text, DISK).unwrap(),
            json!({ "kind": "files", "account": account("acc"), "container": "dumps", "prefix": null })
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        for (text, word) in [
            ("disk:x", "disk:GROUP/NAME"),
            ("floppy:a", "`floppy`"),
            ("files:acc", "lacks the container"),
            ("database:server", "lacks the name"),
            (&format!("files:{DISK}/x"), "is not of the type Microsoft.Storage"),
        ] {
            let said = read(text, DISK).unwrap_err().to_string();
            assert!(said.contains(word), "{text}: {said}");
        }
    }
}

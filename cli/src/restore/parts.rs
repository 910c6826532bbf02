//! What of a machine or share comes back and how: options beside `--to`, each for the kinds that know it.

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

/// Options of single kinds of target.
#[derive(Args, Default)]
#[command(next_help_heading = "Virtual machines, file shares and databases in machines")]
pub(super) struct Parts {
    /// Storage account that a machine's data passes through, in the vault's region and not zone-redundant: its ARM
    /// id, or its name beside the machine.
    #[arg(long, value_name = "ACCOUNT")]
    staging: Option<String>,
    /// ARM id of the subnet that a new machine is put in.
    #[arg(long, value_name = "ID")]
    subnet: Option<String>,
    /// Availability zone of a new machine.
    #[arg(long)]
    zone: Option<String>,
    /// Only these data disks, by their logical unit numbers, and the disk of the system; `none` for that one alone.
    #[arg(long, value_name = "LUN,…")]
    disks: Option<String>,
    /// Only these files of a share; what ends with a slash is a folder.
    #[arg(long, value_name = "PATH,…", value_delimiter = ',')]
    items: Vec<String>,
    /// Folder of the share that files are put in.
    #[arg(long, value_name = "PATH")]
    folder: Option<String>,
    /// What happens where a file of the same name is there: it stays without this.
    #[arg(long, value_enum, value_name = "HOW")]
    conflicts: Option<Conflicts>,
    /// Replace a database, or files of it, of the same name that are there.
    #[arg(long)]
    overwrite: bool,
    /// Leave a SQL Server database so that backups of its log can still be restored into it.
    #[arg(long)]
    no_recovery: bool,
    /// Where a file of a SQL Server database goes: its logical name, and the whole path that it gets.
    #[arg(long, value_name = "LOGICAL=PATH")]
    file: Vec<String>,
}

/// What happens to a file that is there.
#[derive(Clone, Copy, ValueEnum)]
enum Conflicts {
    Skip,
    Overwrite,
    CreateCopy,
    FailOnConflict,
}

const MACHINES: &[&str] = &["vm-disks", "vm", "vm-in-place"];
const DATABASES: &[&str] = &["sql-database", "hana-database", "database-files"];

impl Parts {
    /// Adds them to a target; what its kind does not know is wrong usage.
    pub(super) fn add_to(&self, mut to: Value, resource: &str) -> Result<Value> {
        let Some(target) = to.as_object_mut() else {
            bail!("--to is not a JSON object; write --to disk:GROUP/NAME or another form of --help")
        };
        let kind = target.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
        let staging = self.staging.as_deref().map(|name| beside(name, resource));
        let items: Vec<Value> = self.items.iter().map(|path| item(path)).collect();
        let disks = self.disks.as_deref().map(luns).transpose()?;
        let files: Vec<Value> = self.file.iter().map(|text| file(text)).collect::<Result<_>>()?;
        for (option, key, value, kinds) in [
            ("--staging", "staging", json!(staging), MACHINES),
            ("--subnet", "subnet", json!(self.subnet), &["vm"]),
            ("--zone", "zone", json!(self.zone), &["vm"]),
            ("--disks", "disks", json!(disks), &["vm-disks"]),
            ("--items", "items", json!((!items.is_empty()).then_some(items)), &["share"]),
            ("--folder", "folder", json!(self.folder), &["share"]),
            ("--conflicts", "conflicts", json!(self.conflicts.map(Conflicts::as_str)), &["share"]),
            ("--overwrite", "overwrite", json!(self.overwrite.then_some(true)), DATABASES),
            ("--no-recovery", "noRecovery", json!(self.no_recovery.then_some(true)), &["sql-database"]),
            ("--file", "files", json!((!files.is_empty()).then_some(files)), &["sql-database"]),
        ] {
            if value.is_null() {
                continue;
            }
            if !kinds.contains(&kind.as_str()) {
                bail!("{option} is for --to {}, not for {kind}", kinds.join(" or "));
            }
            target.insert(key.to_owned(), value);
        }
        complete(&kind, target)?;
        Ok(to)
    }
}

/// Whether a machine's target has all that it needs.
fn complete(kind: &str, target: &Map<String, Value>) -> Result<()> {
    if MACHINES.contains(&kind) && !target.contains_key("staging") {
        bail!(
            "--to {kind} needs --staging ACCOUNT: Azure passes the data of a machine through a storage account"
        );
    }
    if kind == "vm" && !target.contains_key("subnet") {
        bail!("--to vm needs --subnet ID: the subnet that the new machine is put in");
    }
    Ok(())
}

impl Conflicts {
    fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Overwrite => "overwrite",
            Self::CreateCopy => "create-copy",
            Self::FailOnConflict => "fail-on-conflict",
        }
    }
}

fn beside(name: &str, resource: &str) -> String {
    if name.starts_with('/') {
        return name.to_owned();
    }
    let group: Vec<&str> = resource.split('/').take(5).collect();
    format!("{}/providers/Microsoft.Storage/storageAccounts/{name}", group.join("/"))
}

fn item(path: &str) -> Value {
    match path.strip_suffix('/') {
        Some(folder) => json!({ "path": folder, "kind": "directory" }),
        None => json!({ "path": path }),
    }
}

fn file(text: &str) -> Result<Value> {
    match text.split_once('=') {
        Some((logical, path)) if !logical.is_empty() && !path.is_empty() => {
            Ok(json!({ "logicalName": logical, "path": path }))
        }
        _ => bail!("--file takes LOGICAL=PATH, not `{text}`"),
    }
}

fn luns(text: &str) -> Result<Vec<u32>> {
    if text == "none" {
        return Ok(Vec::new());
    }
    let numbers = text.split(',').map(|one| one.trim().parse());
    match numbers.collect() {
        Ok(numbers) => Ok(numbers),
        Err(_) => bail!("--disks takes logical unit numbers such as 0,2, or `none`, not `{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VM: &str = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web";

    #[test]
    fn options_go_into_the_target_that_knows_them() {
        let parts =
            Parts { staging: Some("stage".to_owned()), disks: Some("0, 2".to_owned()), ..Parts::default() };
        let to = parts.add_to(json!({ "kind": "vm-disks", "resourceGroup": "/x" }), VM).unwrap();
        let staging = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stage";
        assert_eq!(
            to,
            json!({ "kind": "vm-disks", "resourceGroup": "/x", "staging": staging, "disks": [0, 2] })
        );
        let parts = Parts { items: vec!["a/b.txt".to_owned(), "docs/".to_owned()], ..Parts::default() };
        let to = parts.add_to(json!({ "kind": "share" }), VM).unwrap();
        assert_eq!(to["items"], json!([{ "path": "a/b.txt" }, { "path": "docs", "kind": "directory" }]));
    }

    #[test]
    fn what_a_kind_does_not_know_and_what_it_lacks_is_named() {
        let refused = |parts: &Parts, to: Value| parts.add_to(to, VM).unwrap_err().to_string();
        let staging = Parts { staging: Some("stage".to_owned()), ..Parts::default() };
        assert!(
            refused(&staging, json!({ "kind": "disk" })).contains("--staging is for --to vm-disks or vm")
        );
        assert!(refused(&Parts::default(), json!({ "kind": "vm-in-place" })).contains("needs --staging"));
        assert!(refused(&staging, json!({ "kind": "vm" })).contains("needs --subnet"));
        let odd = Parts { disks: Some("all".to_owned()), ..staging };
        assert!(refused(&odd, json!({ "kind": "vm-disks" })).contains("logical unit numbers"));
    }
}

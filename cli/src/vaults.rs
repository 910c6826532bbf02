//! `holdfast vaults`: every vault with what it is safe against, and the end of one.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value, json};

use crate::client::Server;
use crate::exit::{self, Exit};
use crate::listing::{self, text};
use crate::words::{counted, name};
use crate::{out, page, question};

/// What of vaults.
#[derive(Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Options {
    /// Delete the vault of this ARM id. What is in the way is named, and nothing is done.
    #[arg(long, value_name = "VAULT")]
    delete: Option<String>,
    /// Show what is in the way of that, and delete nothing.
    #[arg(long, requires = "delete")]
    dry_run: bool,
    /// Why; recorded.
    #[arg(long, value_name = "TEXT", requires = "delete")]
    why: Option<String>,
    /// Do not ask before the vault is deleted.
    #[arg(long, requires = "delete")]
    yes: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    server: Server,
}

/// Lists vaults, or deletes one.
pub(crate) async fn run(options: Options) -> Result<Exit> {
    let client = options.server.client().await?;
    let Some(vault) = &options.delete else {
        let mut found = client.list("/api/vaults", &[]).await?;
        found.items.sort_by_cached_key(|vault| text(vault, "id").to_ascii_lowercase());
        let none = found.none("there is no vault in the watched subscriptions");
        listing::print_entries(&found.items, options.json, none, entry)?;
        return Ok(found.end());
    };
    if !options.yes
        && !options.dry_run
        && !question::agreed(&format!("This deletes vault\n  {vault}"), "Delete it?")?
    {
        bail!("not deleted");
    }
    let body = json!({ "vault": vault, "dry_run": options.dry_run, "why": options.why });
    let answer = client.order("/api/vaults/delete", &body).await?.body;
    if options.json {
        out::json(&answer)?;
    } else {
        out::page(&page::of_lines(&[format!("{}: {}", name(vault), described(&text(&answer, "status")))]));
    }
    Ok(Exit::Done)
}

fn described(status: &str) -> &str {
    match status {
        "Succeeded" => "deleted",
        "InProgress" => "Azure deletes it; `holdfast vaults` lists it until then",
        "NothingInTheWay" => "nothing is in the way; nothing was done",
        other => other,
    }
}

/// A vault in a few lines.
fn entry(vault: &Value) -> Vec<String> {
    let id = text(vault, "id");
    let count = |name: &str| vault.get(name).and_then(Value::as_u64).unwrap_or_default();
    let is = |name: &str| vault.get(name).and_then(Value::as_bool);
    let mut lines = vec![
        format!("{}: {} in {}", name(&id), text(vault, "family"), text(vault, "location")),
        format!("  {id}"),
        match vault.get("instances") {
            Some(_) => {
                format!("  {}, room for {} more", counted(count("instances"), "instance"), count("room"))
            }
            None => "  how many instances it has could not be read".to_owned(),
        },
    ];
    let days = count("softDeleteDays");
    let mut safe = vec![
        text(vault, "redundancy"),
        format!(
            "soft delete {}{}",
            text(vault, "softDelete"),
            if days > 0 { format!(" for {days} days") } else { String::new() }
        ),
        format!("immutability {}", text(vault, "immutability")),
    ];
    safe.push(match (is("crossRegionRestore"), text(vault, "pairedRegion")) {
        (Some(true), pair) if !pair.is_empty() => format!("restores in {pair} too"),
        (Some(true), _) => "restores in its paired region too".to_owned(),
        _ => "no cross-region restore".to_owned(),
    });
    if let Some(guarded) = is("guarded") {
        safe.push(if guarded {
            "behind a resource guard".to_owned()
        } else {
            "no resource guard".to_owned()
        });
    }
    if is("publicAccess") == Some(false) {
        safe.push("no public access".to_owned());
    }
    if !text(vault, "key").is_empty() {
        safe.push("encrypted with a key of the customer".to_owned());
    }
    safe.retain(|part| !part.is_empty());
    lines.push(format!("  {}", safe.join(", ")));
    lines
}

#[test]
fn an_entry_says_what_a_vault_is_safe_against() {
    let vault = json!({ "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/rsv",
        "family": "recovery-services", "location": "westeurope", "redundancy": "GeoRedundant", "softDelete": "AlwaysON",
        "softDeleteDays": 14, "immutability": "unlocked", "crossRegionRestore": true, "pairedRegion": "northeurope",
        "guarded": true, "instances": 3, "room": 997 });
    let shown = entry(&vault);
    assert_eq!(shown[0], "rsv: recovery-services in westeurope");
    assert_eq!(shown[2], "  3 instances, room for 997 more");
    assert_eq!(
        shown[3],
        "  GeoRedundant, soft delete AlwaysON for 14 days, immutability unlocked, restores in northeurope too, behind a resource guard"
    );
    let mut single = vault.clone();
    single["instances"] = json!(1);
    assert_eq!(entry(&single)[2], "  1 instance, room for 997 more");
    let mut uncounted = vault;
    uncounted.as_object_mut().unwrap().remove("instances");
    assert_eq!(entry(&uncounted)[2], "  how many instances it has could not be read");
}

//! Where one vault of two, or one part of what there is to say, cannot be read: the rest is shown, what is lacking is
//! named with what to do, and nothing is done on the strength of the rest.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use holdfast_tests::{Knobs, Stage};
use serde_json::{Value, json};

use crate::cli_lists::until;
use crate::http_operations::KEYS;
use crate::terminal::holdfast;
use crate::world;

/// A function app with one protected disk, and two vaults, of which `bv-other` holds nothing.
async fn with_two_vaults() -> Result<(Stage, String)> {
    let mut estate = world::granted();
    let other = world::vault().replace("bv-westeurope", "bv-other");
    let vaults = estate["vaults"].as_array_mut().context("vaults")?;
    vaults.push(json!({ "id": other, "location": "northeurope" }));
    let settings = vec![("HOLDFAST_KEYS".to_owned(), KEYS.to_owned())];
    let stage = Stage::set(Knobs { estate, settings, ..Knobs::default() }).await?;
    let disk = world::disk("rg-app", "erp-data");
    world::create_disk(&stage, &disk).await?;
    stage.until_ended(std::slice::from_ref(&disk), Duration::from_secs(120)).await?;
    Ok((stage, disk))
}

/// Has Azure refuse all reading of a path from now on.
async fn shut(stage: &Stage, path: &str) -> Result<()> {
    let fault = json!({ "method": "GET", "path": path, "status": 403, "code": "AuthorizationFailed", "times": 10_000 });
    stage.azure("POST", "/_simulator/faults", Some(&fault)).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_vault_of_two_that_cannot_be_read_hides_no_target_and_makes_no_name_unique() -> Result<()> {
    let (stage, disk) = with_two_vaults().await?;
    shut(&stage, "backupVaults/bv-other/deletedBackupInstances").await?;
    let said = "what was deleted softly in vault `bv-other` could not be read: AuthorizationFailed: ";
    // The index of resources is behind.
    let listed = until(&stage, &["protection"], |ended| {
        ended.out.contains("erp-data: protected") && ended.said().contains(said)
    });
    let listed = listed.await?.is(1)?;
    ensure!(listed.said().contains("give the function app's identity the roles"), "{listed:?}");
    let (status, page) = stage.functions("GET", "/api/protection", None).await?;
    let target = page["unread"][0]["target"].as_str().unwrap_or_default().to_ascii_lowercase();
    ensure!(status == 200 && target.ends_with("/backupvaults/bv-other"), "{page}");
    ensure!(
        page["unread"][0]["wayOut"].as_str().is_some_and(|text| text.contains("infra/README.md")),
        "{page}"
    );

    let none = holdfast(&stage, &["protection", "--state", "soft-deleted"]).await?.is(1)?;
    ensure!(none.out.contains("nothing in what could be read"), "{none:?}");
    let refused =
        holdfast(&stage, &["stop", "erp-data", "--data", "retain", "--why", "moved"]).await?.is(1)?;
    ensure!(refused.said().contains("Give the ARM id of the one that you mean"), "{refused:?}");
    holdfast(&stage, &["show", disk.as_str()]).await?.is(0)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn vaults_that_cannot_be_listed_hide_no_others() -> Result<()> {
    let (stage, _) = with_two_vaults().await?;
    shut(&stage, "Microsoft.RecoveryServices/vaults([?]|$)").await?;
    let listed = holdfast(&stage, &["vaults"]).await?.is(1)?;
    ensure!(
        listed.out.contains("bv-westeurope: backup-vault") && listed.out.contains("bv-other: "),
        "{listed:?}"
    );
    ensure!(listed.said().contains("the Recovery Services vaults of subscription"), "{listed:?}");
    let listed = holdfast(&stage, &["vaults", "--json"]).await?.is(1)?;
    ensure!(listed.json()?.as_array().map(Vec::len) == Some(2), "{listed:?}");
    // Where nothing can be read, an empty list would say that there is nothing.
    shut(&stage, "Microsoft.DataProtection/backupVaults([?]|$)").await?;
    let (status, refused) = stage.functions("GET", "/api/vaults", None).await?;
    ensure!((status, &refused["error"]["code"]) == (403, &json!("AuthorizationFailed")), "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_is_shown_without_the_part_that_cannot_be_read_and_nothing_is_done_to_it() -> Result<()> {
    let (stage, disk) = with_two_vaults().await?;
    shut(&stage, "disks/erp-data/providers/Microsoft.DataProtection/backupInstances").await?;
    let (status, protection) =
        stage.functions("GET", &format!("/api/protection/one?resource={disk}"), None).await?;
    let unread = &protection["unread"][0];
    ensure!(status == 200 && unread["code"] == "AuthorizationFailed", "{protection}");
    ensure!(unread["what"] == "backup instances of `erp-data` in Backup vaults", "{protection}");
    ensure!(
        protection["instances"] != json!([]),
        "an empty list says that nothing protects it: {protection}"
    );
    let shown = holdfast(&stage, &["show", disk.as_str()]).await?.is(1)?;
    ensure!(shown.out.contains("\nthe rules") && !shown.out.contains("protection: none"), "{shown:?}");
    ensure!(
        shown.said().contains("backup instances of `erp-data` in Backup vaults could not be read"),
        "{shown:?}"
    );
    let shown = holdfast(&stage, &["show", disk.as_str(), "--json"]).await?.is(1)?.json()?;
    ensure!(shown["unread"].as_array().is_some_and(|lines| !lines.is_empty()), "{shown}");
    let disk = disk.as_str();
    for arguments in [
        ["stop", disk, "--data", "retain", "--why", "moved"],
        ["backup", disk, "--why", "now", "--timeout", "1m"],
    ] {
        let refused = holdfast(&stage, &arguments).await?.is(1)?;
        ensure!(refused.err.contains("AuthorizationFailed"), "{arguments:?}: {refused:?}");
    }
    let url = format!("{}/api/ui/resource?id={disk}", stage.host.url());
    let asked = reqwest::Client::new().get(&url).header("cookie", "holdfast-key=alice");
    let answer = asked.send().await?;
    let status = answer.status();
    let text = answer.text().await?;
    ensure!(status == 200 && text.contains("could not be read: "), "{status}: {text}");
    ensure!(!text.contains("nothing protects it"), "{text}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_whose_points_cannot_be_read_is_refused_where_there_is_no_other() -> Result<()> {
    let (stage, disk) = with_two_vaults().await?;
    shut(&stage, "/recoveryPoints([?]|$)").await?;
    let (status, refused): (u16, Value) =
        stage.functions("GET", &format!("/api/recovery-points?resource={disk}"), None).await?;
    ensure!((status, &refused["error"]["code"]) == (403, &json!("AuthorizationFailed")), "{refused}");
    holdfast(&stage, &["points", disk.as_str()]).await?.is(1)?;
    let shown = holdfast(&stage, &["show", disk.as_str()]).await?.is(1)?;
    ensure!(
        shown.out.contains("\nprotection: protected") && !shown.out.contains("recovery points:"),
        "{shown:?}"
    );
    ensure!(shown.said().contains("the recovery points could not be read"), "{shown:?}");
    Ok(())
}

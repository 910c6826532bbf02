//! What is in need is found: by its name, whatever state it is in, and in the lists.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use holdfast_tests::Stage;
use reqwest::Method;
use serde_json::{Value, json};

use crate::http_operations::{call, restorable};
use crate::terminal::{Ended, holdfast, holdfast_as};
use crate::world;

/// Disks, each in a state of its own, of which `erp-data` is protected.
async fn in_need() -> Result<Stage> {
    let (stage, _) = restorable().await?;
    let names = ["stopped-1", "suspended-1", "deleted-1", "orphan-1"];
    let disks: Vec<String> = names.iter().map(|name| world::disk("rg-app", name)).collect();
    for disk in &disks {
        world::create_disk(&stage, disk).await?;
    }
    let plain = json!({ "location": "westeurope", "sku": { "name": "Premium_LRS" },
        "properties": { "diskSizeGB": 32, "creationData": { "createOption": "Empty" } } });
    let path = format!("{}?api-version=2023-04-02", world::disk("rg-app", "plain-1"));
    stage.azure("PUT", &path, Some(&plain)).await?;
    stage.until_ended(&disks, Duration::from_secs(120)).await?;
    for (command, options) in [
        ("stop", &["stopped-1", "--data", "retain"] as &[&str]),
        ("suspend", &["suspended-1"]),
        ("stop", &["deleted-1", "--data", "delete", "--yes"]),
    ] {
        until(&stage, &["points", options[0]], |ended| ended.code == Some(0)).await?;
        let arguments = [&[command], options, &["--why", "moved away", "--json"]].concat();
        let asked = holdfast(&stage, &arguments).await?.is(3)?.json()?;
        let id = asked["id"].as_str().context("id")?;
        holdfast_as(&stage, "bob", &["approve", id, "--yes"]).await?.is(0)?;
    }
    stage.azure("DELETE", &format!("{}?api-version=2023-04-02", disks[3]), None).await?;
    Ok(stage)
}

/// Runs a command until it comes to it: the index of resources is behind.
pub(crate) async fn until(
    stage: &Stage,
    arguments: &[&str],
    is_so: impl Fn(&Ended) -> bool,
) -> Result<Ended> {
    for _ in 0..150 {
        let ended = holdfast(stage, arguments).await?;
        if is_so(&ended) {
            return Ok(ended);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("{arguments:?} never came to it: {:?}", holdfast(stage, arguments).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_state_a_resource_is_in_its_name_finds_it() -> Result<()> {
    let stage = in_need().await?;
    for (name, state, option) in [
        ("erp-data", "protected", "protected"),
        ("stopped-1", "stopped", "stopped"),
        ("suspended-1", "suspended", "suspended"),
        ("deleted-1", "soft-deleted", "soft-deleted"),
        ("orphan-1", "protected, orphaned", "orphaned"),
        ("plain-1", "unprotected", "unprotected"),
    ] {
        let id = world::disk("rg-app", name);
        let head = format!("{name}: {state}\n  {id}\n").to_ascii_lowercase();
        // Azure spells ids as it likes.
        let is_listed = |ended: &Ended| ended.out.to_ascii_lowercase().contains(&head);
        let listed = until(&stage, &["protection", "--state", option], is_listed).await?;
        let heads = listed.out.lines().filter(|line| !line.starts_with(' ')).count();
        // The disk that is left behind is protected as well, and what is deleted softly is not backed up.
        let count = if ["protected", "unprotected"].contains(&option) { 2 } else { 1 };
        ensure!(heads == count, "{option}: {listed:?}");
        let by_name = until(&stage, &["protection", &name.to_uppercase()], is_listed).await?;
        ensure!(by_name.is(0)?.out.lines().filter(|line| !line.starts_with(' ')).count() == 1, "{name}");
        let shown = holdfast(&stage, &["show", name]).await?.is(0)?;
        let protection = if name == "plain-1" { "none" } else { state };
        ensure!(
            shown
                .out
                .contains(&format!("\nprotection: {}", protection.split(',').next().unwrap_or_default())),
            "{shown:?}"
        );
    }
    let shown = holdfast(&stage, &["show", "stopped-1", "--json"]).await?.is(0)?.json()?;
    ensure!(shown["instances"][0]["state"] == "ProtectionStopped", "{shown}");
    ensure!(
        holdfast(&stage, &["show", "orphan-1"]).await?.said().contains("the rules: the resource is gone")
    );
    ensure!(
        holdfast(&stage, &["show", "deleted-1"]).await?.said().contains("holdfast resume /subscriptions/")
    );
    for name in ["stopped-1", "suspended-1", "orphan-1"] {
        holdfast(&stage, &["points", name]).await?.is(0)?;
        holdfast(&stage, &["jobs", "--resource", name]).await?.is(0)?;
    }
    holdfast(&stage, &["decide", "plain-1"]).await?.is(0)?;
    holdfast(&stage, &["what-if", "plain-1"]).await?.is(0)?;
    pages(&stage).await?;
    operations(&stage).await?;
    let back = holdfast(&stage, &["resume", "deleted-1"]).await?.is(0)?;
    ensure!(back.out.starts_with("resume of deleted-1: done\n"), "{back:?}");
    moved(&stage).await
}

/// Pages of every size hold the same targets once.
async fn pages(stage: &Stage) -> Result<()> {
    let all = pages_of(stage, "/api/protection?top=1000").await?;
    ensure!(all.len() == 5, "{all:?}");
    for top in [1, 2, 4] {
        ensure!(pages_of(stage, &format!("/api/protection?top={top}")).await? == all, "in pages of {top}");
    }
    let held = pages_of(stage, "/api/holds").await?;
    ensure!(held.len() == 3, "{held:?}");
    for top in [1, 2] {
        ensure!(pages_of(stage, &format!("/api/holds?top={top}")).await? == held, "in pages of {top}");
    }
    let (status, refused) = stage.functions("GET", "/api/protection?state=broken", None).await?;
    let said = refused["error"]["message"].as_str().unwrap_or_default();
    ensure!(status == 400 && said.contains("soft-deleted"), "{refused}");
    for path in [
        "/api/protection?name=a%27b",
        "/api/protection?skipToken=eA",
        "/api/operations?skipToken=eA",
        "/api/holds?skipToken=eA",
    ] {
        let (status, refused) = stage.functions("GET", path, None).await?;
        ensure!((status, &refused["error"]["code"]) == (400, &json!("BadQuery")), "{path}: {refused}");
    }
    Ok(())
}

async fn pages_of(stage: &Stage, path: &str) -> Result<Vec<String>> {
    let mut path = path.to_owned();
    let mut found = Vec::new();
    loop {
        let page: Value = call(stage, Method::GET, &path, None, &[]).await?.json().await?;
        let items = page["value"].as_array().with_context(|| page.to_string())?;
        found.extend(items.iter().map(|one| format!("{} {}", one["resource"], one["state"])));
        match page["nextLink"].as_str() {
            Some(next) => next.clone_into(&mut path),
            None => return Ok(found),
        }
    }
}

/// What was asked for, by kind, status and person, and no filter that nobody knows.
async fn operations(stage: &Stage) -> Result<()> {
    let all = holdfast(stage, &["operations"]).await?.is(0)?;
    let heads: Vec<&str> = all.out.lines().filter(|line| !line.starts_with(' ')).collect();
    ensure!(heads.len() == 4 && heads[0].contains("stop-and-delete of deleted-1: done"), "{all:?}");
    ensure!(heads[3].contains("backup of erp-data: done"), "{all:?}");
    ensure!(
        all.out.contains("\n  by holder of key alice (key:alice)\n  why: moved away\n  operation "),
        "{all:?}"
    );
    for (options, count) in [
        (&["--kind", "backup"] as &[&str], 1),
        (&["--status", "succeeded"], 4),
        (&["--open"], 0),
        (&["--status", "failed"], 0),
        (&["--by", "ALICE"], 4),
        (&["--by", "bob"], 0),
        (&["--resource", "stopped-1"], 1),
        (&["--since", "1h"], 4),
    ] {
        let found = holdfast(stage, &[&["operations", "--json"], options].concat()).await?.is(0)?.json()?;
        ensure!(found.as_array().map(Vec::len) == Some(count), "{options:?}: {found}");
    }
    for path in ["status=Bogus", "kind=bogus", "open=maybe", "since=yesterday", "resource=disk-1", "who=bob"]
    {
        let (status, refused) = stage.functions("GET", &format!("/api/operations?{path}"), None).await?;
        ensure!((status, &refused["error"]["code"]) == (400, &json!("BadQuery")), "{path}: {refused}");
    }
    for path in ["status=Bogus", "operation=Bogus"] {
        let (status, refused) = stage.functions("GET", &format!("/api/jobs?{path}"), None).await?;
        let said = refused["error"]["message"].as_str().unwrap_or_default();
        ensure!(status == 400 && said.contains("expected one of"), "{path}: {refused}");
    }
    let (_, failed) = stage.functions("GET", "/api/jobs?status=COMPLETED&operation=backup", None).await?;
    ensure!(failed["value"].as_array().is_some_and(|jobs| !jobs.is_empty()), "words in any case: {failed}");
    Ok(())
}

/// Another policy by one command, which says that the rules decide otherwise, and ends the hold by another.
async fn moved(stage: &Stage) -> Result<()> {
    let world: Value =
        serde_json::from_str(include_str!("../scenarios/protection-moves-to-another-policy/world.json"))?;
    let policy = format!("{}/backupPolicies/thirty?api-version=2024-04-01", world::vault());
    stage.azure("PUT", &policy, Some(&json!({ "properties": world["policies"][0]["properties"] }))).await?;
    let moved = holdfast(stage, &["change-policy", "erp-data", "thirty"]).await?.is(0)?;
    ensure!(moved.out.starts_with("change-policy of erp-data: done\n"), "{moved:?}");
    ensure!(moved.out.contains("the rules decide otherwise"), "{moved:?}");
    ensure!(
        holdfast(stage, &["show", "erp-data"]).await?.is(0)?.out.contains("\n  policy thirty in vault"),
        "{moved:?}"
    );
    ensure!(
        holdfast(stage, &["holds"]).await?.is(0)?.out.contains("erp-data: held as change-policy until"),
        "{moved:?}"
    );
    ensure!(
        holdfast(stage, &["resume", "erp-data"]).await?.is(0)?.out.contains("the hold ends"),
        "{moved:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_cannot_be_read_is_named_and_hides_no_other() -> Result<()> {
    let (stage, _) = restorable().await?;
    let fault = json!({ "method": "GET", "path": "backupVaults/bv-westeurope([?]|$)", "status": 403,
        "code": "AuthorizationFailed", "times": 20 });
    stage.azure("POST", "/_simulator/faults", Some(&fault)).await?;
    let (status, page) = stage.functions("GET", "/api/jobs?region=secondary", None).await?;
    ensure!((status, page["value"].as_array().map(Vec::len)) == (200, Some(0)), "{status} {page}");
    let unread = &page["unread"][0];
    let target = unread["target"].as_str().unwrap_or_default().to_ascii_lowercase();
    ensure!(target.ends_with("/bv-westeurope") && unread["code"] == "AuthorizationFailed", "{page}");
    let told = holdfast(&stage, &["jobs", "--secondary"]).await?.is(1)?;
    ensure!(told.said().contains("bv-westeurope could not be read: AuthorizationFailed: "), "{told:?}");
    let told = holdfast(&stage, &["jobs", "--secondary", "--json"]).await?.is(1)?;
    ensure!(told.json()? == json!([]) && told.err.contains("could not be read"), "{told:?}");
    Ok(())
}

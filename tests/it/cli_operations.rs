//! The commands of operators as the processes they are, against a function app.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use holdfast_tests::{Knobs, SUBSCRIPTION, Stage, app};
use reqwest::Method;
use serde_json::{Value, json};

use crate::http_operations::{KEYS, call, restorable, restorable_with};
use crate::terminal::{at_a_terminal, holdfast, holdfast_as};
use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_is_backed_up_and_restored_by_its_name() -> Result<()> {
    let (stage, disk) = restorable().await?;
    let done = holdfast(&stage, &["backup", "erp-data", "--why", "before the upgrade"]).await?.is(0)?;
    ensure!(done.out.starts_with("backup of erp-data: done\n"), "{done:?}");
    let id = done.out.lines().last().and_then(|line| line.strip_prefix("  operation ")).context("no id")?;
    ensure!(
        done.err == format!("operation {id}\n"),
        "its id comes first, a bar only at a terminal: {done:?}"
    );
    let again = holdfast(&stage, &["operation", id, "--json"]).await?.is(0)?;
    ensure!(again.json()?["status"] == "Succeeded", "{again:?}");

    let points = holdfast(&stage, &["points", "erp-data"]).await?.is(0)?;
    let rows: Vec<Vec<&str>> = points.out.lines().map(|line| line.split_whitespace().collect()).collect();
    ensure!(rows.first() == Some(&vec!["TIME", "TIER", "EXPIRES", "ID"]) && rows.len() == 3, "{points:?}");
    let (time, id) = (rows[2][0], rows[2][3]);

    let to = ["--to", "disk:rg-other/from-the-past"];
    let restore = [&["restore", "erp-data", "--point", time], to.as_slice()].concat();
    let dry = holdfast(&stage, &[restore.as_slice(), &["--dry-run"]].concat()).await?.is(0)?;
    ensure!(dry.out.contains("nothing was changed"), "{dry:?}");
    let told =
        holdfast(&stage, &[restore.as_slice(), &["--json", "--why", "drill"]].concat()).await?.is(0)?;
    let told = told.json()?;
    ensure!((&told["status"], &told["why"]) == (&json!("Succeeded"), &json!("drill")), "{told}");
    let restored = stage.azure("GET", "/_simulator/state", None).await?["restores"].take();
    ensure!(
        restored[0]["recoveryPoint"] == id,
        "the oldest was named by its time as it is shown: {restored}"
    );
    ensure!(restored.as_array().map(Vec::len) == Some(1), "a dry run restores nothing: {restored}");

    let latest = ["restore", &disk, "--to", "disk:rg-other/latest"];
    let latest = holdfast(&stage, &latest).await?.is(0)?;
    ensure!(latest.out.contains("restore of erp-data: done"), "{latest:?}");
    let jobs = holdfast(&stage, &["jobs", "--watch"]).await?.is(0)?;
    let heads: Vec<&str> = jobs.out.lines().filter(|line| !line.starts_with(' ')).collect();
    ensure!(heads.len() == 4 && heads[0].contains("Restore of erp-data: Completed, took "), "{jobs:?}");
    ensure!(jobs.out.contains("/disks/latest\n") && jobs.out.contains("/disks/from-the-past\n"), "{jobs:?}");
    ensure!(
        jobs.out.matches("\n  job ").count() == 4 && jobs.out.contains("in vault bv-westeurope"),
        "{jobs:?}"
    );
    let jobs = holdfast(&stage, &["jobs", "--operation", "backup", "--resource", "erp-data", "--json"]);
    ensure!(jobs.await?.is(0)?.json()?.as_array().map(Vec::len) == Some(2));
    let bogus = holdfast(&stage, &["jobs", "--status", "Bogus"]).await?.is(2)?;
    ensure!(bogus.said().contains("CompletedWithWarnings"), "{bogus:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_says_why_and_ends_with_1_and_wrong_usage_with_2() -> Result<()> {
    let (stage, _) = restorable().await?;
    for (arguments, code, words) in [
        (
            &["restore", "erp-data", "--to", "disk:rg-app/erp-data"] as &[&str],
            1,
            &["error: UserErrorSameNameDiskAlreadyExists: ", "another name"] as &[&str],
        ),
        (
            &["backup", "nobody"],
            1,
            &["error: no resource named `nobody` is protected", "give the ARM id of what is new"],
        ),
        (&["backup", "erp-data", "--rule", "Nightly"], 1, &["Nightly"]),
        (&["approve", "00000000-0000-0000-0000-000000000000", "--yes"], 1, &["error: OperationNotFound: "]),
        (
            &["jobs", "--url", "http://127.0.0.1:9", "--retry-for", "0s"],
            1,
            &["error: could not reach the function app at http://127.0.0.1:9/", "--url or HOLDFAST_URL"],
        ),
        (&["restore", "erp-data"], 2, &["--to <TO>"]),
        (&["restore", "erp-data", "--to", "floppy:a"], 2, &["`floppy` is nothing that can be restored to"]),
        (&["restore", "erp-data", "--to", "disk:x"], 2, &["--to disk:GROUP/NAME expected"]),
        (
            &["restore", "erp-data", "--to", "disk:rg-app/x", "--disks", "0"],
            2,
            &["--disks is for --to vm-disks, not for disk"],
        ),
        (&["restore", "erp-data", "--to", "cluster", "--rehydrate", "high", "--days", "9"], 2, &["10..=30"]),
        (&["points", "erp-data", "--tier", "Cellar"], 2, &["OperationalStore, VaultStore, ArchiveStore"]),
        (&["backup", "erp-data", "--timeout", "soon"], 2, &["`soon` is not a valid length of time"]),
        (&["rules", "rollback", "1"], 2, &["--why <TEXT>"]),
        (&["decide", "nobody"], 1, &["error: no resource named `nobody` is protected"]),
        (&["points", "erp-data", "--from", "yesterday"], 2, &["`yesterday` is not a valid time"]),
    ] {
        let ended = holdfast(&stage, arguments).await?.is(code).context(format!("{arguments:?}"))?;
        for word in words {
            ensure!(ended.said().contains(word), "{arguments:?} does not say {word:?}: {ended:?}");
        }
        ensure!(ended.out.is_empty(), "{arguments:?}: {ended:?}");
        // One rule for all: with --json, what a person reads on standard error is one document on standard output too.
        let json = holdfast(&stage, &[arguments, &["--json"]].concat()).await?.is(code)?;
        let envelope = json.json()?;
        let (code, message) = (&envelope["error"]["code"], &envelope["error"]["message"]);
        ensure!(code.is_string() && message.is_string() && json.err.starts_with("error: "), "{json:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_decisions_and_plans_are_shown_without_curl() -> Result<()> {
    let admins = ("HOLDFAST_ADMINS".to_owned(), "key:alice".to_owned());
    let (stage, disk) = restorable_with(&[admins]).await?;
    let rules = holdfast(&stage, &["rules"]).await?.is(0)?;
    ensure!(rules.out.starts_with("Revision 1 is in force\n"), "{rules:?}");
    let select = rules.out.lines().find(|line| line.starts_with("select ")).context("no row of select")?;
    let cells: Vec<&str> = select.split_whitespace().collect();
    ensure!(cells.contains(&"enforce") && cells.iter().filter(|cell| **cell == "0").count() == 2, "{select}");
    let json = holdfast(&stage, &["rules", "--json"]).await?.is(0)?.json()?;
    ensure!(json["accepted"] == json!([1]), "{json}");
    let refreshed = holdfast(&stage, &["rules", "refresh"]).await?.is(0)?;
    ensure!(refreshed.out == "Refreshed: revision 1 is in force\n", "{refreshed:?}");

    let back = async |to| holdfast(&stage, &["rules", "rollback", to, "--why", "drill"]).await;
    ensure!(back("1").await?.is(0)?.out == "Rolled back: revision 1 is in force\n");
    let never = back("99").await?.is(1)?;
    ensure!(never.err.contains("RollbackRefused: revision 99 was never accepted"), "{never:?}");

    let decided = holdfast(&stage, &["decide", "erp-data"]).await?.is(0)?;
    for part in ["erp-data", "Protected", "Who said what", "select: protect", "Without this rule"] {
        ensure!(decided.out.contains(part), "no {part:?}: {decided:?}");
    }
    let decided = holdfast(&stage, &["decide", &disk, "--json"]).await?.is(0)?.json()?;
    ensure!(decided["decision"]["outcome"] == "protect", "{decided}");
    let planned = holdfast(&stage, &["what-if", &disk]).await?.is(0)?;
    ensure!(planned.out.contains("Nothing would be done"), "it is protected: {planned:?}");
    let unreachable =
        holdfast(&stage, &["rules", "--json", "--url", "http://127.0.0.1:9", "--retry-for", "0s"])
            .await?
            .is(1)?;
    ensure!(unreachable.json()?["error"]["code"] == "NotReached", "{unreachable:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_exists_is_changed_only_with_somebodys_word() -> Result<()> {
    let (stage, _) = restorable().await?;
    let account = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app/providers/Microsoft.Storage/storageAccounts/assets"
    );
    let body = json!({ "location": "westeurope", "kind": "StorageV2", "tags": { "env": "prod" },
        "sku": { "name": "Standard_LRS" }, "properties": {} });
    stage.azure("PUT", &format!("{account}?api-version=2023-01-01"), Some(&body)).await?;
    let orders = format!("{account}/blobServices/default/containers/orders?api-version=2023-01-01");
    stage.azure("PUT", &orders, Some(&json!({}))).await?;
    stage.until_ended(std::slice::from_ref(&account), Duration::from_secs(120)).await?;

    let ranges = holdfast(&stage, &["points", &account]).await?.is(0)?;
    ensure!(ranges.out.starts_with("any moment from 20"), "{ranges:?}");
    let silent = holdfast(&stage, &["restore", &account, "--to", "blobs", "--point", "1m"]).await?.is(2)?;
    ensure!(silent.said().contains("Add --yes to agree"), "{silent:?}");
    let line = format!("restore {account} --to blobs --point 1m");
    let no = at_a_terminal(&stage, "alice", &line, "n\n").await?.is(1)?;
    ensure!(no.out.contains("Restore? [y/N]") && no.out.contains("not restored"), "{no:?}");
    let restored = async || -> Result<usize> {
        let state = stage.azure("GET", "/_simulator/state", None).await?;
        Ok(state["restores"].as_array().map(Vec::len).unwrap_or_default())
    };
    ensure!(restored().await? == 0);
    let yes = at_a_terminal(&stage, "alice", &line, "y\n").await?.is(0)?;
    ensure!(yes.out.contains("restore of assets: done"), "{yes:?}");
    ensure!(yes.out.contains("InProgress"), "a terminal shows how far it is: {yes:?}");
    holdfast(&stage, &["restore", &account, "--to", "blobs:orders/2026", "--point", "1m", "--yes"])
        .await?
        .is(0)?;
    ensure!(restored().await? == 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_second_person_ends_with_3_until_that_person_agrees() -> Result<()> {
    let rules = tempfile::tempdir()?;
    for entry in std::fs::read_dir(app()?.join("rules"))? {
        let path = entry?.path();
        if path.is_file() {
            std::fs::copy(&path, rules.path().join(path.file_name().context("no name")?))?;
        }
    }
    let file = rules.path().join("ruleset.toml");
    let shipped = std::fs::read_to_string(&file)?;
    let stricter = shipped.replace("[review]", "[review]\noperations = { backup = \"needs-approval\" }");
    ensure!(stricter != shipped, "the shipped rule set has no [review]");
    std::fs::write(&file, stricter)?;
    let settings = vec![
        ("HOLDFAST_KEYS".to_owned(), KEYS.to_owned()),
        ("HOLDFAST_RULES".to_owned(), file.display().to_string()),
    ];
    let stage = Stage::set(Knobs { estate: world::granted(), settings, ..Knobs::default() }).await?;
    let disk = world::disk("rg-app", "erp-data");
    world::create_disk(&stage, &disk).await?;
    stage.until_ended(std::slice::from_ref(&disk), Duration::from_secs(120)).await?;

    let asked = holdfast(&stage, &["backup", &disk, "--why", "before the upgrade"]).await?.is(3)?;
    let id = asked.out.lines().find_map(|line| line.trim().strip_prefix("holdfast approve "));
    let id = id.with_context(|| format!("{asked:?}"))?;
    let own = holdfast(&stage, &["approve", id, "--yes"]).await?.is(1)?;
    ensure!(own.err.contains("error: SecondPersonNeeded: "), "{own:?}");
    let waiting = holdfast_as(&stage, "bob", &["approve"]).await?.is(0)?;
    for part in [
        "backup of erp-data",
        &disk,
        "asked for by holder of key alice (key:alice)",
        "why: before the upgrade",
        "by rule BackupDaily",
    ] {
        ensure!(waiting.said().contains(part), "no {part:?}: {waiting:?}");
    }
    let silent = holdfast_as(&stage, "bob", &["approve", id]).await?.is(2)?;
    ensure!(silent.said().contains("Add --yes to agree"), "{silent:?}");
    let line = format!("approve {id}");
    let no = at_a_terminal(&stage, "bob", &line, "n\n").await?.is(1)?;
    ensure!(no.said().contains(&disk) && no.said().contains("Approve it? [y/N]"), "{no:?}");
    let agreed = at_a_terminal(&stage, "bob", &format!("{line} --why seen"), "y\n").await?.is(0)?;
    ensure!(agreed.out.contains("backup of erp-data: done"), "{agreed:?}");

    let again: Value = holdfast(&stage, &["backup", &disk, "--json"]).await?.is(3)?.json()?;
    let id = again["id"].as_str().context("id")?;
    let rejected = holdfast_as(&stage, "bob", &["approve", id, "--reject", "--why", "twice"]).await?.is(0)?;
    ensure!(rejected.out.starts_with("backup of erp-data: rejected\n"), "{rejected:?}");
    let seen = holdfast(&stage, &["operation", id]).await?.is(1)?;
    ensure!(seen.out.starts_with("backup of erp-data: rejected\n"), "{seen:?}");
    let shown = call(&stage, Method::GET, &format!("/api/operations/{id}"), None, &[]).await?;
    let shown: Value = shown.json().await?;
    ensure!(shown["error"]["code"] == "OperationRejected", "{shown}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_two_resources_have_is_answered_with_both() -> Result<()> {
    let (stage, disk) = restorable().await?;
    let other = world::disk("rg-other", "erp-data");
    world::create_disk(&stage, &other).await?;
    stage.until_ended(std::slice::from_ref(&other), Duration::from_secs(120)).await?;
    let mut refused = holdfast(&stage, &["points", "erp-data"]).await?;
    for _ in 0..100 {
        // The index of resources is behind.
        if refused.code == Some(1) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        refused = holdfast(&stage, &["points", "erp-data"]).await?;
    }
    let said = refused.is(1)?.err.to_ascii_lowercase();
    ensure!(
        said.contains(&disk.to_ascii_lowercase()) && said.contains(&other.to_ascii_lowercase()),
        "{said}"
    );
    Ok(())
}

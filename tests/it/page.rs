//! The page in headless Chromium, against the packaged handler behind the Functions host stand-in.
//!
//! Needs Debian's `chromium`; `HOLDFAST_CHROMIUM` names another one. `playwright-core` and `axe-core` are installed below
//! `target/` when they are missing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use holdfast_tests::{Knobs, SUBSCRIPTION, Stage};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::http_operations::KEYS;
use crate::{npm, world};

/// Pinned: a newer driver, or a newer set of checks, is a change to look at.
const PACKAGES: [&str; 2] = ["playwright-core@1.65.1", "axe-core@4.14.1"];

/// The key of a third person, which is `carol`.
const CAROL: &str = "carol=4c26d9074c27d89ede59270c0ac14b71e071b15239519f75474b2f3ba63481f5";

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target").join(name)
}

/// Chromium, and the folder in which the packages lie.
fn installed() -> Result<PathBuf> {
    let chromium = std::env::var_os("HOLDFAST_CHROMIUM")
        .map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from);
    ensure!(
        chromium.exists(),
        "{} is missing: install it (Debian: apt-get install --no-install-recommends chromium), or name another one in HOLDFAST_CHROMIUM",
        chromium.display()
    );
    let folder = folder("test-page");
    npm::install(&folder, &PACKAGES).context("the tests need Node 20 with npm")?;
    Ok(folder)
}

/// Has a browser do what the script calls `what`.
async fn browse(stage: &Stage, what: &str, pictures: &str, facts: &Value) -> Result<String> {
    let packages = installed()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/javascript/page.cjs");
    let mut command = Command::new("node");
    command.arg(script).arg(stage.host.url()).args([what, pictures]).arg(facts.to_string());
    let output = command.env("NODE_PATH", packages.join("node_modules")).output().await?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{said}");
    let complaints = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the browser is not content:\n{said}\n{complaints}");
    Ok(said)
}

/// An estate with something of every kind, swept once.
async fn stage(estate: Value) -> Result<Stage> {
    let people = format!("{KEYS}, {CAROL}");
    let settings = [
        ("HOLDFAST_KEYS", people.as_str()),
        ("HOLDFAST_ADMINS", "key:alice, key:bob"),
        ("HOLDFAST_READERS", "key:carol"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Stage::set(Knobs { estate, settings, ..Knobs::default() }).await
}

/// Runs a sweep through to its end.
async fn sweep(stage: &Stage) -> Result<()> {
    let (status, _) =
        stage.functions("POST", "/admin/functions/Sweep", Some(&json!({ "input": "" }))).await?;
    ensure!(status == 202, "the sweep was not begun: {status}");
    for _ in 0..300 {
        let answer = get(stage, "/api/report", "alice").await?;
        if answer["run"].is_object() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    anyhow::bail!("no sweep ended")
}

async fn get(stage: &Stage, path: &str, key: &str) -> Result<Value> {
    let url = format!("{}{path}", stage.host.url());
    let answer = reqwest::Client::new().get(&url).header("x-functions-key", key).send().await?;
    Ok(answer.json().await.unwrap_or_default())
}

fn disk(name: &str, tags: Value) -> Value {
    json!({ "id": world::disk("rg-app", name), "location": "westeurope", "tags": tags,
        "sku": { "name": "Premium_LRS" }, "properties": { "diskSizeGB": 64 } })
}

fn estate() -> Value {
    let mut estate = world::granted();
    let mut resources: Vec<Value> =
        (0..12).map(|n| disk(&format!("erp-data-{n:02}"), json!({ "env": "prod", "team": "erp" }))).collect();
    resources.push(disk("scratch", json!({ "env": "prod", "backup": "off" })));
    resources.push(disk("untagged", json!({})));
    estate["resources"] = json!(resources);
    estate
}

fn facts() -> Value {
    json!({
        "disk": world::disk("rg-app", "erp-data-00"),
        "group": format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-other"),
        "unprotectedName": "scratch",
        "unprotectedWhy": "backup=off",
    })
}

/// The estate, protected by its first sweep and seen by its second.
async fn protected() -> Result<Stage> {
    let stage = stage(estate()).await?;
    sweep(&stage).await?;
    let disks: Vec<String> = (0..12).map(|n| world::disk("rg-app", &format!("erp-data-{n:02}"))).collect();
    stage.until_ended(&disks, Duration::from_secs(120)).await?;
    stage.functions("POST", "/admin/functions/Sweep", Some(&json!({ "input": "" }))).await?;
    for _ in 0..300 {
        let report = get(&stage, "/api/report", "alice").await?;
        if report["coverage"]["all"]["protected"] == 12 {
            return Ok(stage);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    anyhow::bail!(
        "the second sweep does not see that all is protected: {}",
        get(&stage, "/api/report", "alice").await?
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_does_a_mornings_work_with_a_script_and_without() -> Result<()> {
    let stage = protected().await?;
    let report = get(&stage, "/api/report", "alice").await?;
    assert_eq!(report["headline"]["sentence"], "Nothing needs you", "{report}");
    let told = ["measured", "older", "unknown"].map(|name| report["timeToProtection"]["all"][name].as_u64());
    assert_eq!(told.iter().flatten().sum::<u64>(), 12, "each is told once: {}", report["timeToProtection"]);
    let said = browse(&stage, "tasks", "-", &facts()).await?;
    ensure!(said.contains("safety: 3"), "{said}");
    let clicks =
        said.lines().find_map(|line| line.strip_prefix("tasks: ")).context("no clicks are counted")?;
    let clicks: BTreeMap<String, u64> = serde_json::from_str(clicks)?;
    let documented = include_str!("../../docs/page.md");
    for task in [
        "why is it not protected",
        "restore to yesterday noon",
        "what failed tonight",
        "who may approve",
        "what would a rule set change",
    ] {
        let row = format!("| {task} | {} |", clicks[task]);
        ensure!(documented.contains(&row), "docs/page.md has no row that begins with `{row}`");
    }
    let mut without = facts();
    without["script"] = json!(false);
    without["disk"] = json!(world::disk("rg-app", "erp-data-01"));
    let said = browse(&stage, "tasks", "-", &without).await?;
    ensure!(said.contains("tasks without a script:"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_is_fit_for_everybody_at_every_width_in_both_schemes() -> Result<()> {
    let stage = protected().await?;
    let pictures = std::env::var("HOLDFAST_SCREENSHOTS").unwrap_or_else(|_| "-".to_owned());
    let said = browse(&stage, "views", &pictures, &facts()).await?;
    ensure!(said.contains("views: 90"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_would_be_elements_are_names() -> Result<()> {
    let mut estate = world::granted();
    let script = "<script>window.holdfastWasHere=true</script>";
    let tags = json!({ "env": "prod", "team": script, "owner": "\u{202e}gnp.exe", "long": "x".repeat(10_000), "\"><img src=x>": "\u{0007}" });
    estate["resources"] = json!([disk("hostile", tags)]);
    let stage = stage(estate).await?;
    sweep(&stage).await?;
    let mut facts = facts();
    facts["disk"] = json!(world::disk("rg-app", "hostile"));
    let body = json!({ "resource": facts["disk"], "why": format!("{script}\u{202e}") });
    stage.functions("POST", "/api/protection/stop", Some(&body)).await?;
    let said = browse(&stage, "hostile", "-", &facts).await?;
    ensure!(said.contains("hostile: 1"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_anything_without_a_key_that_has_a_name() -> Result<()> {
    let stage = stage(estate()).await?;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    for (name, value) in [
        ("x-functions-key", "alice-to-be"),
        ("cookie", "holdfast-key=wrong"),
        ("x-ms-client-principal", "e30="),
    ] {
        let url = format!("{}/api/ui/resources", stage.host.url());
        let answer = client.get(&url).header(name, value).send().await?;
        let location =
            answer.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert!(
            answer.status() == 303 && location.starts_with("/api/ui/sign-in"),
            "{name}: {} {location}",
            answer.status()
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_cannot_be_read_costs_its_jobs_and_not_the_view() -> Result<()> {
    let stage = stage(estate()).await?;
    let fault = json!({ "method": "GET", "path": "backupJobs", "status": 403, "code": "AuthorizationFailed", "times": 20 });
    stage.azure("POST", "/_simulator/faults", Some(&fault)).await?;
    let url = format!("{}/api/ui/jobs", stage.host.url());
    let answer = reqwest::Client::new().get(&url).header("cookie", "holdfast-key=alice").send().await?;
    let status = answer.status();
    let text = answer.text().await?;
    ensure!(status == 200 && text.contains("could not be read"), "{status}: {text}");
    Ok(())
}

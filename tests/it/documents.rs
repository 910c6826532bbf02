//! Every command line of the documents: run as it is printed, or listed here with the reason why it cannot be.

mod az;
pub(crate) mod blocks;
mod held;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use holdfast_simulator::Storage;
use holdfast_tests::{SUBSCRIPTION, Stage, app};
use tokio::process::Command;

use crate::code_cache;
use crate::http_operations::restorable_with;

/// What cannot be run here, by its beginning, and why.
const NOT_RUN: [(&str, &str); 27] = [
    ("cargo xtask demo", "builds everything; CI runs it with --once --json"),
    ("cargo xtask test", "this test is part of it"),
    ("cargo xtask rules", "`cargo xtask test` runs it first"),
    ("cargo xtask package", "`cargo xtask test` runs it first"),
    ("cargo run --package holdfast -- simulator", "serves until it is interrupted, on fixed ports"),
    ("cargo install --path cli", "writes into the home of whoever runs the test"),
    (
        "holdfast rule new keep-disks --lang js",
        "the project needs npm: rules/templates/tests builds each template",
    ),
    ("cd keep-disks", "as above"),
    ("holdfast rule build", "as above"),
    ("holdfast rule test", "as above"),
    ("holdfast rule dev", "goes on until Ctrl-C; cli/tests/rule/watching.rs runs it"),
    ("holdfast rule push", "needs that registry; cli/tests/registry pushes to a real one"),
    ("holdfast rule pull", "needs that registry; cli/tests/registry pulls from a real one"),
    ("export HOLDFAST_URL=https://<app>", "names an app in Azure; this test names the stage instead"),
    ("holdfast restore erp-data --point 2026-03-01T12:00:00Z", "the stage has no recovery point of that day"),
    ("holdfast points sales", "the stage has no database; the scenario restore-a-sql-database plays it"),
    ("holdfast restore sales", "the stage has no database; the scenario restore-a-sql-database plays it"),
    (
        "holdfast diff --candidate rules/next.toml --live",
        "reads the estate of Azure; cli/tests/it/live.rs runs it",
    ),
    ("git worktree add", "needs the tag of a release"),
    ("(cd target/last", "needs the tag of a release"),
    (
        "HOLDFAST_OLD_APP=",
        "needs the package of a release; without one, upgrade.rs takes that of these sources",
    ),
    ("holdfast export --sweep https://ACCOUNT", "names an account in Azure; cli/tests/it/export.rs exports"),
    (
        "duckdb ",
        "reads what the line above would have written; cli/tests/it/export.rs has DuckDB read an export",
    ),
    (
        "holdfast assess --management-group",
        "reads Azure; cli/tests/it/assess.rs assesses the simulator's estate",
    ),
    ("python3 infra/check.py", "a step of CI by itself"),
    ("python3 infra/test_check.py", "a step of CI by itself"),
    ("python3 infra/test_terraform.py", "a step of CI by itself"),
];

/// It tells one story, which `http_docs.rs` runs.
const STORY: &str = "docs/http-api.md";

/// The lines of every `sh` block of every other document, each with its document.
fn lines() -> Result<Vec<(String, String)>> {
    let mut lines = Vec::new();
    for block in blocks::every()? {
        if block.language == "sh" && block.document != STORY {
            lines.extend(commands(&block.text).into_iter().map(|line| (block.document.clone(), line)));
        }
    }
    Ok(lines)
}

/// The commands of a block, without comments.
fn commands(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_line_is_run_or_says_why_it_is_not() -> Result<()> {
    let admins = ("HOLDFAST_ADMINS".to_owned(), "key:alice".to_owned());
    let (stage, disk) = restorable_with(&[admins]).await?;
    let drill = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-drill?api-version=2021-04-01");
    stage.azure("PUT", &drill, Some(&serde_json::json!({ "location": "westeurope" }))).await?;
    let folder = tempfile::tempdir()?;
    furnish(folder.path())?;
    let mut not_run = BTreeSet::new();
    let mut run = 0;
    for (document, line) in lines()? {
        if az::call(&line).is_some() {
            println!("not run, needs Azure; documents/az.rs has `az` read it: {line} ({document})");
            continue;
        }
        if let Some((beginning, reason)) = NOT_RUN.iter().find(|(beginning, _)| line.starts_with(beginning)) {
            println!("not run, {reason}: {line} ({document})");
            not_run.insert(beginning);
            continue;
        }
        self::run(&stage, &disk, folder.path(), &line).await.with_context(|| document.clone())?;
        run += 1;
    }
    let stale: Vec<&str> = NOT_RUN
        .iter()
        .map(|(beginning, _)| *beginning)
        .filter(|beginning| !not_run.contains(beginning))
        .collect();
    ensure!(stale.is_empty(), "no document has these lines any more: {stale:?}");
    ensure!(run > 12, "only {run} lines were run");
    Ok(())
}

/// What the documents take for granted in the folder that one works in.
fn furnish(folder: &Path) -> Result<()> {
    let packaged = app()?.join("rules");
    for place in ["rules", "dist"] {
        std::fs::create_dir_all(folder.join(place))?;
    }
    for entry in std::fs::read_dir(&packaged)? {
        let path = entry?.path();
        if path.is_file() {
            std::fs::copy(&path, folder.join("rules").join(path.file_name().context("no name")?))?;
        }
    }
    let built = blocks::root().join("target/rules");
    std::fs::copy(built.join("select.wasm"), folder.join("dist/keep-disks.wasm"))?;
    std::fs::copy(built.join("conditions.wasm"), folder.join("rules/conditions.wasm"))?;
    let text = std::fs::read_to_string(folder.join("rules/ruleset.toml"))?;
    std::fs::write(folder.join("rules/next.toml"), text.replace("revision = 1", "revision = 2"))?;
    let assignment = serde_json::json!({
        "id": "/subscriptions/s/providers/Microsoft.Authorization/policyAssignments/disk-backup",
        "name": "disk-backup",
        "properties": {
            "policyDefinitionId":
                "/providers/Microsoft.Authorization/policyDefinitions/7b5a3b1d-d2e1-4c0b-9f3b-ad0b9a2283f4",
            "parameters": {
                "vaultLocation": { "value": "westeurope" },
                "backupPolicyId": { "value": "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/bv/backupPolicies/gold" },
                "snapshotResourceGroupName": { "value": "rg" },
                "inclusionTagName": { "value": "env" },
                "inclusionTagValues": { "value": ["prod"] },
            },
        },
    });
    std::fs::write(folder.join("assignment.json"), assignment.to_string())?;
    let disk = serde_json::json!({
        "id": format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/disks/d"),
        "name": "d", "type": "microsoft.compute/disks", "location": "westeurope", "resourceGroup": "rg",
        "subscriptionId": SUBSCRIPTION, "tags": { "env": "prod" }, "properties": {},
    });
    for (file, rows) in [("estate.json", vec![disk]), ("protection.json", vec![]), ("policy.json", vec![])] {
        std::fs::write(folder.join(file), serde_json::json!({ "data": rows }).to_string())?;
    }
    Ok(())
}

/// The search path, with the folder of the built command before all others.
pub(crate) fn path_with_holdfast() -> Result<String> {
    let program =
        app()?.join("../debug").canonicalize().context("run `cargo xtask test`, which builds the command")?;
    Ok(format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default()))
}

async fn run(stage: &Stage, disk: &str, folder: &Path, line: &str) -> Result<()> {
    let output = Command::new("bash")
        .args(["-c", line])
        .current_dir(folder)
        .env("PATH", path_with_holdfast()?)
        .env("HOLDFAST_URL", stage.host.url())
        .env("HOLDFAST_KEY", "alice")
        .env("DISK", disk)
        .envs(code_cache::environment())
        .env("CONNECTION", Storage::connection_string(&stage.azure.http_url))
        .output()
        .await?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    ensure!(output.status.success(), "{line}\n{}{}", said(&output.stdout), said(&output.stderr));
    Ok(())
}

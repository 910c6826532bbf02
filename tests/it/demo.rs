//! The demo, as a person starts and ends it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use holdfast_tests::app;
use serde_json::{Value, json};
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn a_night_in_which_four_backups_fail_ends_with_two_for_a_person() -> Result<()> {
    let mut demo = Command::new(app()?.join("../debug/holdfast"));
    demo.args(["demo", "--night", "--once", "--json", "--app"]).arg(app()?);
    let demo = demo.stdin(Stdio::null()).kill_on_drop(true).output();
    let output =
        tokio::time::timeout(Duration::from_secs(900), demo).await.context("the demo does not end")??;
    let progress = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{progress}");
    let night = serde_json::from_slice::<Value>(&output.stdout)?["night"].take();
    ensure!(
        (&night["failed"], &night["mended"], &night["granted"]) == (&json!(4), &json!(2), &json!(1)),
        "{night}"
    );
    let failures = night["failures"].as_array().context("failures")?;
    for failure in failures {
        let is_passing = failure["kind"] == "transient" || failure["kind"] == "missing-permission";
        ensure!((failure["ended"] == "Succeeded") == is_passing, "{failure}");
        ensure!(failure["action"].as_str().is_some_and(|action| !action.is_empty()), "{failure}");
    }
    // A person is told of each, while it happens.
    ensure!(progress.matches("\n  told ").count() >= failures.len(), "{progress}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_that_is_told_to_end_leaves_no_process_behind() -> Result<()> {
    let work = tempfile::tempdir()?;
    let mut demo = Command::new(app()?.join("../debug/holdfast"));
    demo.args(["demo", "--app"]).arg(app()?).arg("--work").arg(work.path());
    demo.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut demo = demo.kill_on_drop(true).spawn()?;
    let patience = Duration::from_secs(120);
    tokio::time::timeout(patience, until(|| of_demo(work.path()).len() >= 4))
        .await
        .context("nothing starts")?;
    let pid = demo.id().context("it has ended")?.to_string();
    ensure!(Command::new("kill").args(["-TERM", &pid]).status().await?.success());
    let status = tokio::time::timeout(patience, demo.wait()).await.context("it does not end")??;
    ensure!(status.code() == Some(1), "{status}");
    // The handler is killed with its host, which takes a moment.
    let gone = tokio::time::timeout(patience, until(|| of_demo(work.path()).is_empty())).await;
    ensure!(gone.is_ok(), "still there: {:?}", of_demo(work.path()));
    Ok(())
}

/// The demo itself, the simulator, the host and the handler: all that speak of the demo's folder.
fn of_demo(folder: &Path) -> Vec<String> {
    let named = folder.to_string_lossy().into_owned();
    let speaks = |process: &Path| {
        let read = |file: &str| std::fs::read(process.join(file)).unwrap_or_default();
        let said = [read("cmdline"), read("environ")].concat();
        String::from_utf8_lossy(&said).contains(&named).then(|| process.display().to_string())
    };
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter_map(|process| speaks(&process.path())).collect()
}

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

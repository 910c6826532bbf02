//! The demo with its night, as a person starts it.

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

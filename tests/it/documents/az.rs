//! Every line of the documents that calls `az` is one that `az` takes; nothing is sent.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::blocks::root;
use super::lines;

/// What `az` does not know by itself, by its beginning, and why it is not read.
const NOT_READ: [(&str, &str); 1] =
    [("az graph ", "an extension, which `az` fetches when it is first asked for")];

/// The call of `az` in a line, without what is around it.
pub(super) fn call(line: &str) -> Option<&str> {
    let inner = line.split_once("$(az ").map_or(line, |(_, rest)| rest.trim_end_matches(')'));
    let words = inner.strip_prefix("az ").or((inner != line).then_some(inner))?;
    Some(words.split(" > ").next().unwrap_or(words))
}

async fn read(calls: &str) -> Result<String> {
    let az = std::env::var("HOLDFAST_AZ")
        .context("HOLDFAST_AZ is not set: run `cargo xtask test`, which installs `az`")?;
    let python = Path::new(&az).with_file_name("python");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/python/az_reads.py");
    let configuration = tempfile::tempdir()?;
    let mut reading = Command::new(python)
        .arg(script)
        .current_dir(root())
        .env("AZURE_CONFIG_DIR", configuration.path())
        .env("AZURE_CORE_COLLECT_TELEMETRY", "0")
        .env("AZURE_EXTENSION_USE_DYNAMIC_INSTALL", "no")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()?;
    reading.stdin.take().context("no input")?.write_all(calls.as_bytes()).await?;
    let output = reading.wait_with_output().await?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    Ok(said)
}

#[tokio::test(flavor = "multi_thread")]
async fn az_takes_every_line_that_calls_it() -> Result<()> {
    let mut calls = String::new();
    for (document, line) in lines()? {
        if let Some((_, reason)) = NOT_READ.iter().find(|(beginning, _)| line.starts_with(beginning)) {
            println!("not read, {reason}: {line} ({document})");
        } else if let Some(call) = call(&line) {
            calls.push_str(call);
            calls.push('\n');
        }
    }
    let said = read(&calls).await?;
    ensure!(said.contains(&format!("{} lines", calls.lines().count())), "{said}");
    ensure!(calls.lines().count() > 12, "only these lines were found:\n{calls}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_az_does_not_take_is_found() -> Result<()> {
    let planted = [
        ("deployment sub creat --name holdfast", "creat"),
        ("deployment sub create --location a --template infra/main.json", "ambiguous option: --template"),
        ("deployment sub create --location a --template-file infra/main.json --region b", "--region"),
        (
            "deployment sub create --location a --template-file infra/main.json --parameters alertMail=a@b.example",
            "alertMail",
        ),
        ("deployment sub create --location a --template-file infra/none.json", "infra/none.json"),
        ("deployment sub show --name h --query properties.outputs.functionApp.value", "functionApp"),
        ("functionapp delete --resource-group rg", "--name"),
        ("eventgrid system-topic update --resource-group g --name t --mi-user-assigned i", "clientId"),
    ];
    // All at once: `az` takes seconds to start.
    let calls: String = planted.iter().map(|(call, _)| format!("{call}\n")).collect();
    let said = read(&calls).await.err().map(|error| format!("{error:#}")).unwrap_or_default();
    for (call, named) in planted {
        let refused = format!("az does not take `az {call}`: ");
        let told = said.lines().find_map(|line| line.split_once(&refused));
        ensure!(told.is_some_and(|(_, why)| why.contains(named)), "{call}: {said}");
    }
    Ok(())
}

//! The command as the process it is, with a terminal or without; whatever it prints fits 80 columns.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use holdfast_tests::{Stage, app};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::code_cache;

/// Columns of the terminal.
const COLUMNS: usize = 80;

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    pub(crate) fn is(self, code: i32) -> Result<Self> {
        ensure!(self.code == Some(code), "not {code}: {self:?}");
        Ok(self)
    }

    pub(crate) fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.out).with_context(|| format!("{self:?}"))
    }

    /// All that was said, as words with one space between them: where lines are broken is not a promise.
    pub(crate) fn said(&self) -> String {
        let words = self.out.split_whitespace().chain(self.err.split_whitespace());
        words.collect::<Vec<_>>().join(" ")
    }
}

/// Runs `holdfast` for alice, without a terminal.
pub(crate) async fn holdfast(stage: &Stage, arguments: &[&str]) -> Result<Ended> {
    holdfast_as(stage, "alice", arguments).await
}

/// Runs `holdfast` for somebody, without a terminal.
pub(crate) async fn holdfast_as(stage: &Stage, key: &str, arguments: &[&str]) -> Result<Ended> {
    let ended = run(command(stage, key)?.args(arguments), "").await?;
    if !arguments.contains(&"--json") {
        fits(&ended.out).with_context(|| format!("{arguments:?}"))?;
    }
    fits(&ended.err).with_context(|| format!("{arguments:?}"))?;
    Ok(ended)
}

/// Runs it in a terminal of 80 columns, with somebody who types.
pub(crate) async fn at_a_terminal(stage: &Stage, key: &str, line: &str, typed: &str) -> Result<Ended> {
    let holdfast = command(stage, key)?;
    let mut script = Command::new("script");
    for (name, value) in holdfast.as_std().get_envs() {
        script.env(name, value.unwrap_or_default());
    }
    let line = format!("stty cols {COLUMNS}; {} {line}", holdfast.as_std().get_program().to_string_lossy());
    let ended = run(script.args(["--quiet", "--return", "--command", &line, "/dev/null"]), typed).await?;
    fits(&without_styles(&ended.out)).with_context(|| line)?;
    Ok(ended)
}

/// The command, ready to be run.
pub(crate) fn command(stage: &Stage, key: &str) -> Result<Command> {
    let built = app()?.join("../debug/holdfast").canonicalize();
    let mut command = Command::new(built.context("run `cargo xtask test`, which builds the command")?);
    command.env("HOLDFAST_URL", stage.host.url()).env("HOLDFAST_KEY", key);
    // Azure's time runs faster here, and what it asks for in seconds has long happened.
    command.env("HOLDFAST_POLL", "1s");
    command.envs(code_cache::environment());
    Ok(command)
}

/// Runs a command to its end.
pub(crate) async fn run(command: &mut Command, typed: &str) -> Result<Ended> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let mut stdin = child.stdin.take().context("stdin")?;
    stdin.write_all(typed.as_bytes()).await?;
    let output = tokio::time::timeout(Duration::from_secs(90), child.wait_with_output()).await??;
    drop(stdin);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Ended { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) })
}

/// No line is wider than the terminal, but for an ARM id, which can only be copied whole, and a command with one.
pub(crate) fn fits(text: &str) -> Result<()> {
    for line in text.lines().flat_map(|line| line.split('\r')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_id = |word: &&str| word.trim_start_matches(['`', '\'']).starts_with("/subscriptions/");
        let is_whole = match words.as_slice() {
            [one] => is_id(one),
            ["holdfast" | "az", ..] => true,
            _ => false,
        };
        ensure!(is_whole || line.chars().count() <= COLUMNS, "wider than {COLUMNS} columns: {line}");
    }
    Ok(())
}

/// The text without what colours it and moves the cursor.
fn without_styles(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        shown.push_str(before);
        let end = after.find(|one: char| one.is_ascii_alphabetic()).map_or(after.len(), |at| at + 1);
        rest = after.get(end..).unwrap_or_default();
    }
    shown + rest
}

//! `dev` and `test --watch`: the real binary that goes on, a save at a time, until it is told to end.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::stage::{Stage, rules};

/// Far more than a round takes anywhere; it only ends a test that would wait for ever.
const PATIENCE: Duration = Duration::from_secs(300);

/// A `holdfast rule` that goes on.
struct Running {
    child: Child,
    lines: Receiver<String>,
    notes: Receiver<String>,
}

impl Running {
    fn start(stage: &Stage, words: &[&str]) -> anyhow::Result<Self> {
        let mut child = stage.begin(words)?;
        let lines = lines_of(child.stdout.take().context("no output")?);
        let notes = lines_of(child.stderr.take().context("no errors")?);
        Ok(Self { child, lines, notes })
    }

    /// The next round's answer, in JSON.
    fn round(&self) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&self.lines.recv_timeout(PATIENCE)?)?)
    }

    /// Waits until all of this was printed since the last time, on either way.
    fn until(&self, said: &[&str]) -> anyhow::Result<String> {
        let mut printed = String::new();
        let until = Instant::now() + PATIENCE;
        while !said.iter().all(|said| printed.contains(said)) {
            ensure!(Instant::now() < until, "{said:?} was not said in:\n{printed}");
            let lines = self.lines.try_iter().chain(self.notes.try_iter());
            lines.for_each(|line| printed += &(line + "\n"));
            thread::sleep(Duration::from_millis(20));
        }
        Ok(printed)
    }

    /// Sends this signal, and gives the exit code.
    fn end(mut self, signal: &str) -> anyhow::Result<Option<i32>> {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status()?;
        ensure!(sent.success(), "the signal was not sent");
        Ok(self.child.wait()?.code())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended, or a test has failed before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines_of(from: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        BufReader::new(from).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
    });
    lines
}

fn project(protect: &str) -> String {
    format!(
        "[rule]\nname = \"mine\"\nlang = \"ours\"\n[build]\nshipped = \"select.wasm\"\n\
         output = \"dist/mine.wasm\"\n[settings]\nprotect = {protect}\n"
    )
}

const CASES: &str = "\
cases:
  - name: a tagged disk
    resource: { type: Microsoft.Compute/disks, tags: { env: prod } }
    expect: { verdict: protect }
";

fn desk() -> anyhow::Result<Stage> {
    rules()?;
    let stage = Stage::new()?;
    stage.write("mine/holdfast-rule.toml", project("[{ tags = { env = [\"prod\"] } }]"))?;
    stage.write("mine/tests/rule.yaml", CASES)?;
    stage.write("disk.yaml", "{ type: Microsoft.Compute/disks, name: one, tags: { env: prod } }")?;
    Ok(stage)
}

#[test]
fn each_save_is_built_tested_and_explained_and_what_is_broken_ends_nothing() -> anyhow::Result<()> {
    let stage = desk()?;
    let running = Running::start(&stage, &["dev", "mine", "--resource", "disk.yaml", "--json"])?;
    let round = running.round()?;
    assert_eq!((&round["build"]["built"], &round["test"]["passed"]), (&true.into(), &1.into()), "{round}");
    let outcome = &round["explain"]["decision"]["outcome"];
    assert!(outcome.to_string().contains("protect"), "{round}");

    stage.write("mine/holdfast-rule.toml", project("\"everything\""))?;
    let round = running.round()?;
    assert_eq!(round["build"]["built"], false, "{round}");
    let error = round["build"]["error"].as_str().unwrap_or_default();
    assert!(error.contains("the project's settings do not fit: /protect"), "{round}");

    stage.write("mine/holdfast-rule.toml", "[rule")?;
    let round = running.round()?;
    assert!(round["error"]["message"].to_string().contains("holdfast-rule.toml"), "{round}");

    stage.write("mine/holdfast-rule.toml", project("[{ tags = { env = [\"test\"] } }]"))?;
    let round = running.round()?;
    assert_eq!((&round["build"]["built"], &round["test"]["failed"]), (&true.into(), &1.into()), "{round}");

    stage.write("disk.yaml", "{ type: Microsoft.Compute/disks, name: two, tags: { env: test } }")?;
    let round = running.round()?;
    assert!(round["explain"]["decision"]["outcome"].to_string().contains("protect"), "{round}");
    assert_eq!(running.end("-INT")?, Some(0));
    Ok(())
}

#[test]
fn a_page_for_people_ends_with_why_the_first_case_is_decided_so() -> anyhow::Result<()> {
    let stage = desk()?;
    let running = Running::start(&stage, &["dev", "mine"])?;
    let end = "Waiting for a file to be saved; Ctrl-C ends.\n";
    let said = ["Built select", "1 case passed", "a tagged disk\n", "Protected", "Who said what", end];
    let page = running.until(&said)?;
    assert!(!page.contains('\u{1b}'), "no terminal, so no screen to clear:\n{page}");
    stage.write("mine/tests/rule.yaml", CASES.replace("env: prod", "env: none"))?;
    running.until(&["mine/tests/rule.yaml has changed", "1 case failed", "Not covered", end])?;
    assert_eq!(running.end("-TERM")?, Some(0));
    Ok(())
}

#[test]
fn cases_are_run_again_when_they_are_saved() -> anyhow::Result<()> {
    let stage = desk()?;
    stage.shipped("select")?;
    stage
        .write("cases.yaml", format!("settings: {{ protect: [{{ tags: {{ env: [prod] }} }}] }}\n{CASES}"))?;
    let words = ["test", "select.wasm", "--cases", "cases.yaml", "--watch", "--json"];
    let running = Running::start(&stage, &words)?;
    assert_eq!(running.round()?["passed"], 1);
    stage.write("cases.yaml", "cases: [")?;
    let round = running.round()?;
    assert!(round["error"]["message"].to_string().contains("cases.yaml:1"), "{round}");
    stage.write("cases.yaml", CASES)?;
    assert_eq!(running.round()?["failed"], 1);
    assert_eq!(running.end("-INT")?, Some(0));
    Ok(())
}

#[test]
fn what_is_not_there_is_said_at_once() -> anyhow::Result<()> {
    let stage = Stage::new()?;
    stage.rule(&["dev"])?.expect(2, &["holdfast-rule.toml", "holdfast rule new"]);
    stage.rule(&["test", "none.wasm", "--cases", "c.yaml", "--watch"])?.expect(2, &["none.wasm"]);
    stage.rule(&["test", "--watch", "--update"])?.expect(2, &["--update"]);
    Ok(())
}

//! `holdfast rule keygen|sign|verify|push|pull|list` as people call them, with a shipped rule and a
//! real registry.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a failed step fails the test, and a skipped test says so"
)]

#[path = "../../../distribution/tests/it/docker_registry.rs"]
#[allow(dead_code, reason = "the tests of the crate use all of it")]
mod docker_registry;
mod publishing;
#[path = "../../../rules/shipped.rs"]
mod shipped_rules;
mod signing;

use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

/// What a command said and how it ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A folder with a shipped rule in it, in which commands are run.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(shipped_rules::built().unwrap().join("select.wasm"), folder.path().join("select.wasm"))
            .unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Runs `holdfast rule` with these words, without anybody's credentials.
    pub(crate) fn rule(&self, words: &str) -> Ended {
        self.rule_with(words, &[])
    }

    /// The same, with these variables in the environment.
    pub(crate) fn rule_with(&self, words: &str, variables: &[(&str, &str)]) -> Ended {
        let output: Output = Command::new(env!("CARGO_BIN_EXE_holdfast"))
            .arg("rule")
            .args(words.split_whitespace())
            .current_dir(self.0.path())
            .env("DOCKER_CONFIG", self.path("docker"))
            .envs(shipped_rules::code_cache::environment())
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        Ended {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs it and expects it to end well.
    #[track_caller]
    pub(crate) fn done(&self, words: &str) -> String {
        let ended = self.rule(words);
        assert_eq!(ended.code, 0, "{words}: {}", ended.err);
        ended.out
    }

    /// Runs it with `--json` and expects it to end well.
    #[track_caller]
    pub(crate) fn json(&self, words: &str) -> serde_json::Value {
        serde_json::from_str(&self.done(&format!("{words} --json"))).unwrap()
    }

    /// Runs it and expects this exit code, and all of these words on standard error.
    #[track_caller]
    pub(crate) fn fails(&self, words: &str, code: i32, described: &[&str]) {
        let ended = self.rule(words);
        assert_eq!(ended.code, code, "{words}: {} {}", ended.out, ended.err);
        // Where lines are broken is not a promise.
        let said = ended.err.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in described {
            assert!(said.contains(part), "{words}: expected `{part}` in: {}", ended.err);
        }
    }
}

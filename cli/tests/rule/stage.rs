//! What the tests stand on: the binary, a folder of their own, and the shipped rules.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use serde_json::Value;
use tempfile::TempDir;

use crate::shipped_rules;

/// A folder in which the binary is run.
pub(crate) struct Stage {
    folder: TempDir,
}

/// How a run of the binary ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Stage {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self { folder: TempDir::new()? })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> anyhow::Result<PathBuf> {
        let path = self.path(name);
        fs::create_dir_all(path.parent().context("no parent")?)?;
        fs::write(&path, content)?;
        Ok(path)
    }

    pub(crate) fn read(&self, name: &str) -> anyhow::Result<String> {
        Ok(fs::read_to_string(self.path(name))?)
    }

    /// Puts a shipped rule here as `NAME.wasm`.
    pub(crate) fn shipped(&self, name: &str) -> anyhow::Result<PathBuf> {
        self.write(&format!("{name}.wasm"), fs::read(rules()?.join(format!("{name}.wasm")))?)
    }

    /// Runs `holdfast rule` with these words.
    pub(crate) fn rule(&self, words: &[&str]) -> anyhow::Result<Ran> {
        self.rule_with(words, &[])
    }

    /// The same, with these variables in the environment.
    pub(crate) fn rule_with(&self, words: &[&str], variables: &[(&str, &str)]) -> anyhow::Result<Ran> {
        let output = self.command(words).envs(variables.iter().copied()).output()?;
        Ok(Ran {
            code: output.status.code().context("ended by a signal")?,
            out: String::from_utf8(output.stdout)?,
            err: String::from_utf8(output.stderr)?,
        })
    }

    /// Starts it, with output and errors to be read.
    pub(crate) fn begin(&self, words: &[&str]) -> anyhow::Result<Child> {
        let mut command = self.command(words);
        Ok(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
        command
            .arg("rule")
            .args(words)
            .current_dir(self.folder.path())
            .env("CARGO_NET_OFFLINE", "true")
            .envs(shipped_rules::code_cache::environment());
        command
    }

    /// Runs it, and takes its answer in JSON.
    pub(crate) fn json(&self, words: &[&str]) -> anyhow::Result<(i32, Value)> {
        let ran = self.rule(&[words, &["--json"]].concat())?;
        let answer = serde_json::from_str(&ran.out).with_context(|| format!("{ran:?}"))?;
        Ok((ran.code, answer))
    }
}

impl Ran {
    /// Fails unless it ended so, and said all of this.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, said: &[&str]) {
        // Where lines are broken is not a promise.
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let all = format!("{}{}\n{}", self.out, self.err, words(&self.err));
        assert_eq!(self.code, code, "{all}");
        for said in said {
            assert!(all.contains(said), "`{said}` was not said in:\n{all}");
        }
        assert!(!all.contains("panicked"), "{all}");
        assert!(!all.contains('\u{1b}'), "colour without a terminal:\n{all}");
    }
}

pub(crate) fn root() -> anyhow::Result<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no workspace")
}

/// The folder with the built rules and the pinned rule set; builds them first.
pub(crate) fn rules() -> anyhow::Result<PathBuf> {
    shipped_rules::built().map(Path::to_owned).map_err(anyhow::Error::msg)
}

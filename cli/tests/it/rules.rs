//! The shipped rule set and another one, as folders.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::shipped_rules;

/// The folder with the built rules and the pinned rule set; builds them first.
pub(crate) fn shipped() -> &'static Path {
    shipped_rules::built().unwrap()
}

/// Revision 2: other tags, other vaults, no opting out for sandboxes, no schedule of the silver tier.
pub(crate) fn candidate() -> TempDir {
    edited(&[
        ("revision = 1", "revision = 2"),
        (r#"env = ["prod", "staging"]"#, r#"env = ["prod", "test"]"#),
        (r#"env = ["sandbox"]"#, r#"env = ["scratch"]"#),
        (r#"vault = "bv-{location}""#, r#"vault = "bv-prod-{location}""#),
        ("min-days = 30", "min-days = 45"),
    ])
}

/// A folder with the shipped rule set, its text edited.
pub(crate) fn edited(edits: &[(&str, &str)]) -> TempDir {
    let mut text = std::fs::read_to_string(shipped().join("ruleset.toml")).unwrap();
    for (from, to) in edits {
        assert!(text.contains(from), "the shipped rule set has no `{from}`");
        text = text.replace(from, to);
    }
    let folder = tempfile::tempdir().unwrap();
    for module in ["select.wasm", "retention.wasm", "placement.wasm"] {
        std::fs::copy(shipped().join(module), folder.path().join(module)).unwrap();
    }
    std::fs::write(folder.path().join("ruleset.toml"), text).unwrap();
    folder
}

/// The command, with nothing of this test's surroundings.
pub(crate) fn holdfast() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
    command.envs(shipped_rules::code_cache::environment());
    for name in ["AzureWebJobsStorage", "HOLDFAST_RULES", "HOLDFAST_SUBSCRIPTIONS", "HOLDFAST_ARM_ENDPOINT"] {
        command.env_remove(name);
    }
    command
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// What was said on standard error, as words with one space between them: where lines are broken is not a promise.
    pub(crate) fn said(&self) -> String {
        self.err.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Runs the command to its end.
pub(crate) fn run(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

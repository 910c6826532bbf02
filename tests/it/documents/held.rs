//! Every block of every document is held by a test, or listed here with the reason why none can hold it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result, bail, ensure};
use holdfast_distribution::{SigningKey, TrustPolicy};
use holdfast_rule_set::RuleSetFile;

use super::blocks::{Block, every, of, root};
use crate::scenarios::{reads_change, reads_step};

/// Blocks that show something to people and hold nothing that a program reads: document, a part of the block, the reason.
const SHOWN: [(&str, &str, &str); 2] = [
    ("README.md", "Event Grid ──", "a drawing"),
    ("README.md", "26 resources", "what the demo prints; how fast it is differs from run to run"),
];

/// What a block is for, as far as its document and its language tell.
#[derive(Debug, Clone, Copy)]
enum Held {
    /// A test of another file holds it; the file is named, and names the document.
    By(&'static str),
    RuleSet,
    Trust,
    Changes,
    Steps,
    Query,
}

fn held(block: &Block) -> Option<Held> {
    Some(match (&*block.document, &*block.language) {
        ("docs/http-api.md", "sh" | "json") => Held::By("tests/it/http_docs.rs"),
        (_, "sh") => Held::By("tests/it/documents.rs"),
        ("README.md", "rust") | ("rules/templates/rego/README.md", "rego") | ("docs/rules.md", "yaml") => {
            Held::By("cli/tests/rule/documents.rs")
        }
        ("docs/deploy.md", "json") => Held::By("tests/it/deployment/settings.rs"),
        ("infra/README.md", "hcl") => Held::By("infra/checks/documents.py"),
        ("docs/rules.md", "toml") if block.text.contains("[[key]]") => Held::Trust,
        (_, "toml") => Held::RuleSet,
        ("tests/scenarios/README.md", "json") if block.text.contains("\"call\"") => Held::Changes,
        ("tests/scenarios/README.md", "json") => Held::Steps,
        (_, "kusto") => Held::Query,
        _ => return None,
    })
}

impl Held {
    /// Holds the block; what did it.
    fn hold(self, block: &Block) -> Result<String> {
        match self {
            Self::By(file) => {
                let test = std::fs::read_to_string(root().join(file)).with_context(|| file.to_owned())?;
                let name = block.document.as_str();
                ensure!(
                    file == "tests/it/documents.rs" || test.contains(name),
                    "{file} does not name {name}"
                );
                return Ok(file.to_owned());
            }
            Self::RuleSet => RuleSetFile::parse(&completed(&block.text)).map(drop)?,
            Self::Trust => trusted(&block.text)?,
            Self::Changes => block.text.lines().try_for_each(reads_change)?,
            Self::Steps => block.text.lines().try_for_each(reads_step)?,
            Self::Query => {
                for line in block.text.lines() {
                    // Two functions that Resource Graph's part of the language lacks.
                    let query = line.replace("ago(2h)", "'2026'").replace("ago(1d)", "'2026'");
                    let query = query.replace("parse_json(", "tostring(");
                    ensure!(holdfast_simulator::reads_query(&query), "no query: {line}");
                }
            }
        }
        Ok(format!("read here as {self:?}"))
    }
}

/// A trust policy, beside the key that it names.
fn trusted(text: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("platform.pub"), SigningKey::generate()?.public().to_pem())?;
    let file = folder.path().join("trust.toml");
    std::fs::write(&file, text)?;
    TrustPolicy::load(&file).map(drop).map_err(anyhow::Error::from)
}

/// A part of a rule set, with what a whole one needs beside it and a digest for the one that is left out.
fn completed(part: &str) -> String {
    let digest = format!("sha256:{}", "0".repeat(64));
    let mut text = part.replace("sha256:...", &digest).replace("sha256:…", &digest);
    text = text.replace("{{name}}", "keep-disks");
    if text.trim_start().starts_with("[[rule.settings.") {
        text.insert_str(0, "[[rule]]\nid = \"a\"\nmodule = \"conditions.wasm\"\nlayer = \"team\"\n");
    }
    let mut head = String::new();
    if !text.contains("revision = ") {
        head.push_str("revision = 1\n");
    }
    if !text.contains("[[rule]]") {
        head.push_str("rule = []\n");
    }
    let layers = ["platform", "organisation", "team"].map(|name| format!("[[layer]]\nname = \"{name}\"\n"));
    format!("{head}{text}\n{}", layers.concat())
}

fn judge(block: &Block) -> Result<String> {
    if let Some((.., reason)) =
        SHOWN.iter().find(|(document, part, _)| block.document == *document && block.text.contains(part))
    {
        return Ok(format!("not run: {reason}"));
    }
    match held(block) {
        Some(by) => by.hold(block),
        None => bail!("nothing runs it: write a test that does, and name it in {}", file!()),
    }
}

#[test]
fn every_block_of_every_document_is_held_by_a_test() -> Result<()> {
    let (mut table, mut wrong) = (BTreeMap::<String, usize>::new(), String::new());
    let blocks = every()?;
    for block in &blocks {
        match judge(block) {
            Ok(by) => *table.entry(format!("{} {}: {by}", block.document, block.language)).or_default() += 1,
            Err(error) => writeln!(wrong, "{}: {error:#}", block.place())?,
        }
    }
    for (row, count) in &table {
        println!("{count:>3}  {row}");
    }
    ensure!(wrong.is_empty(), "{wrong}");
    ensure!(blocks.len() > 70, "only {} blocks were found", blocks.len());
    for (document, part, _) in SHOWN {
        let still = blocks.iter().any(|block| block.document == document && block.text.contains(part));
        ensure!(still, "{document} has no block with `{part}` any more");
    }
    Ok(())
}

#[test]
fn a_block_that_nothing_runs_is_found() -> Result<()> {
    let planted = [
        ("```lua\nprint(1)\n```", "nothing runs it"),
        ("1. a step\n\n   ```text\n   hello\n   ```", "nothing runs it"),
        ("```toml\n[[rule]]\nid = \"a\"\nmodul = \"b\"\n```", "modul"),
        ("```kusto\ntraces | were x == 1\n```", "no query"),
    ];
    for (text, expected) in planted {
        let blocks = of("docs/planted.md", text)?;
        ensure!(blocks.len() == 1, "{text}: {} blocks", blocks.len());
        let said = judge(&blocks[0]).err().map(|error| format!("{error:#}")).unwrap_or_default();
        ensure!(said.contains(expected), "{text}: {said}");
    }
    for text in ["```\nx\n```", "```sh\nx"] {
        ensure!(of("docs/planted.md", text).is_err(), "taken: {text}");
    }
    Ok(())
}

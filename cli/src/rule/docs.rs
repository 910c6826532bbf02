//! `holdfast rule docs`: what an administrator has to know of a rule, from its manifest alone.

mod settings;

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use holdfast_evaluator::{FactKind, Limits, OpenedModule, Visible};
use serde_json::{Value, json};

use super::answer::{Answer, Ended};
use super::module::Module;
use super::page::{GOOD, size};

/// What to document.
#[derive(Args)]
pub(crate) struct Options {
    /// A project's folder, or a module file.
    #[arg(default_value = ".", value_name = "DIR|MODULE")]
    module: PathBuf,
    /// File to write. Default: standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Writes the documentation.
///
/// # Errors
///
/// Fails if the module cannot be read or the file not written.
pub(crate) fn run(options: &Options) -> anyhow::Result<Answer> {
    let module = Module::open(&options.module)?;
    let file = module.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let markdown = markdown(&module, &file);
    let page = match &options.out {
        Some(out) => {
            fs::write(out, &markdown).with_context(|| format!("could not write {}", out.display()))?;
            format!("{GOOD}Wrote{GOOD:#} {}\n", out.display())
        }
        None => markdown.clone(),
    };
    let json = json!({ "module": module.path, "manifest": module.inspected.manifest, "markdown": markdown });
    Ok(Answer { page, json, ended: Ended::Well })
}

fn markdown(module: &Module, file: &str) -> String {
    let inspected = &module.inspected;
    let manifest = &inspected.manifest;
    let mut text = String::new();
    let _ = writeln!(text, "# {}\n\n{}\n", manifest.name, sentence(&manifest.summary));
    let _ = writeln!(text, "| | |\n| --- | --- |");
    let _ = writeln!(text, "| version | {} |", manifest.version);
    let _ = writeln!(text, "| world | `{}` of `{}` |", inspected.world_name(), inspected.contract);
    let _ = writeln!(text, "| size | {} |", size(inspected.size));
    let _ = writeln!(text, "| digest | `{}` |", inspected.digest);
    types(&mut text, &manifest.resource_types);
    facts(&mut text, &manifest.fact_kinds);
    let schema: Value = serde_json::from_str(&manifest.settings_schema).unwrap_or_default();
    settings::table(&mut text, &schema);
    reasons(&mut text, &manifest.reason_codes);
    binding(&mut text, module, file, &schema);
    text
}

fn types(text: &mut String, types: &[String]) {
    text.push_str("\n## Resource types\n\n");
    if types.is_empty() {
        text.push_str("Every type; a binding narrows that with `types`.\n");
    }
    for name in types {
        let _ = writeln!(text, "- `{name}`");
    }
}

fn facts(text: &mut String, kinds: &[String]) {
    text.push_str("\n## Facts\n\n");
    if kinds.is_empty() {
        text.push_str(
            "None are fetched for every resource; it may ask for some with `need-facts` while it decides.\n",
        );
    }
    for kind in kinds {
        let meaning = kind.parse().map_or("unknown to this version of Holdfast", FactKind::meaning);
        let _ = writeln!(text, "- `{kind}`: {meaning}");
    }
}

fn reasons(text: &mut String, codes: &[String]) {
    text.push_str("\n## Reason codes\n\n");
    if codes.is_empty() {
        text.push_str("None are stated.\n");
    }
    for code in codes {
        let _ = writeln!(text, "- `{code}`");
    }
}

fn binding(text: &mut String, module: &Module, file: &str, schema: &Value) {
    let inspected = &module.inspected;
    let name = &inspected.manifest.name;
    let _ = writeln!(
        text,
        "\n## Binding\n\nIn a rule set; in shadow mode first, so that it is asked and recorded but not heeded:\n"
    );
    let _ = writeln!(
        text,
        "```toml\n[[rule]]\nid = \"{name}\"\nmodule = \"{file}\"\ndigest = \"{}\"",
        inspected.digest
    );
    let _ = writeln!(text, "layer = \"team\"\nmode = \"shadow\"");
    let example = proposed(module, schema);
    if example.as_object().is_some_and(|fields| !fields.is_empty())
        && let Ok(example) = toml::to_string(&json!({ "rule": { "settings": example } }))
    {
        let shown = example.trim_end().lines().map(|line| Visible::within(line, LINE).to_string());
        let _ = writeln!(text, "\n{}", shown.collect::<Vec<_>>().join("\n"));
    }
    text.push_str("```\n");
}

/// Characters of a line of the example.
const LINE: usize = 500;

/// Settings that the rule takes: the project's own, else those that its schema shows.
fn proposed(module: &Module, schema: &Value) -> Value {
    let stated = module.settings(None).unwrap_or_default();
    let candidates = [stated, json!({})];
    let opened = OpenedModule::open(&module.bytes);
    let takes = |settings: &&Value| {
        opened.as_ref().is_ok_and(|opened| opened.rule_set((*settings).clone(), Limits::default()).is_ok())
    };
    let shown = settings::example(schema);
    if takes(&&shown) {
        return shown;
    }
    candidates.iter().find(takes).cloned().unwrap_or(shown)
}

fn sentence(text: &str) -> String {
    let mut letters = text.trim().chars();
    let mut sentence: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    sentence.extend(letters);
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

//! The built templates, bound together in one rule set.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use holdfast_evaluator::{Digest, RuleSet};
use serde_json::Value;

use crate::cases::CaseFile;
use crate::code_cache;

/// A template that was built, and its cases.
pub struct Guest {
    /// `rust`, `js`, `python` or `rego`.
    pub language: &'static str,
    /// The component.
    pub module: PathBuf,
    /// The template's own test cases.
    pub cases: CaseFile,
    /// What the component is given.
    pub settings: Value,
}

/// Where the program behind `cargo xtask` is, for tests that it runs: another cargo would wait for whatever is built
/// meanwhile.
const XTASK: &str = "HOLDFAST_XTASK";

/// `cargo xtask`, without its task.
fn xtask() -> Command {
    if let Some(program) = std::env::var_os(XTASK) {
        return Command::new(program);
    }
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg("xtask");
    cargo
}

/// Every template that could be built.
pub struct Guests {
    /// In the order of their names.
    pub built: Vec<Guest>,
    /// Languages whose registry cannot be reached, each with the reason.
    pub unreachable: Vec<String>,
}

impl Guests {
    /// Builds what has changed (`cargo xtask guests`) and reads the cases.
    ///
    /// # Errors
    ///
    /// Fails if a template does not build for a reason other than the network.
    pub fn build() -> anyhow::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let output = xtask().current_dir(&root).arg("guests").output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complained = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "`cargo xtask guests` failed:\n{said}{complained}");
        let unreachable: Vec<String> =
            said.lines().filter(|line| line.contains("not built")).map(str::to_owned).collect();
        let missing = |language: &str| unreachable.iter().any(|line| line.starts_with(language));
        let built = ["js", "python", "rego", "rust"]
            .into_iter()
            .filter(|language| !missing(language))
            .map(|language| Guest::of(&root, language))
            .collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self { built, unreachable })
    }

    /// A rule set that binds each guest, under its language as id, in `folder`.
    ///
    /// # Errors
    ///
    /// Fails if the evaluator refuses a guest.
    pub fn rule_set(&self, folder: &Path) -> anyhow::Result<RuleSet> {
        rule_set(&self.built.iter().collect::<Vec<_>>(), folder)
    }
}

impl Guest {
    fn of(root: &Path, language: &'static str) -> anyhow::Result<Self> {
        let module = root.join("target/guests").join(language).with_extension("wasm");
        let template = root.join("rules/templates").join(language);
        let cases = CaseFile::read(&template.join("tests/rule.yaml"))?;
        let settings = match &cases.settings {
            Some(settings) => settings.clone(),
            None => stated(&template)?,
        };
        Ok(Self { language, module, cases, settings })
    }

    /// A rule set of this guest alone.
    ///
    /// # Errors
    ///
    /// Fails if the evaluator refuses it.
    pub fn rule_set(&self, folder: &Path) -> anyhow::Result<RuleSet> {
        rule_set(&[self], folder)
    }
}

/// The settings that holdfast-rule.toml states, with the texts of the files that it names.
fn stated(template: &Path) -> anyhow::Result<Value> {
    let path = template.join("holdfast-rule.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
    let project: toml::Table = text.parse().with_context(|| path.display().to_string())?;
    let settings =
        project.get("settings").context("neither the cases nor holdfast-rule.toml state settings")?;
    let mut settings = serde_json::to_value(settings)?;
    for (name, file) in project.get("settings-from").and_then(toml::Value::as_table).into_iter().flatten() {
        let file = template.join(file.as_str().context("`settings-from` names files")?);
        let text = fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
        settings.as_object_mut().context("settings are a table")?.insert(name.clone(), text.into());
    }
    Ok(settings)
}

fn rule_set(guests: &[&Guest], folder: &Path) -> anyhow::Result<RuleSet> {
    code_cache::shared();
    let layer = toml::Table::from_iter([("name".to_owned(), "team".into())]);
    let mut rules = Vec::new();
    for guest in guests {
        let bytes =
            fs::read(&guest.module).with_context(|| format!("could not read {}", guest.module.display()))?;
        let module = format!("{}.wasm", guest.language);
        fs::write(folder.join(&module), &bytes)?;
        rules.push(toml::Value::from(toml::Table::from_iter([
            ("id".to_owned(), guest.language.into()),
            ("module".to_owned(), module.into()),
            ("digest".to_owned(), Digest::of(&bytes).to_string().into()),
            ("layer".to_owned(), "team".into()),
            ("settings".to_owned(), toml::Value::try_from(&guest.settings)?),
        ])));
    }
    let rule_set = toml::Table::from_iter([
        ("revision".to_owned(), 1.into()),
        ("layer".to_owned(), vec![toml::Value::from(layer)].into()),
        ("rule".to_owned(), rules.into()),
    ]);
    let path = folder.join("ruleset.toml");
    fs::write(&path, toml::to_string(&rule_set)?)?;
    Ok(RuleSet::load(&path)?)
}

//! `holdfast-rule.toml`: how a rule's project is built and tested, whatever its language.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, ensure};
use serde::Deserialize;
use serde_json::Value;

/// Name of the file.
pub(crate) const FILE: &str = "holdfast-rule.toml";

/// A rule's project.
pub(crate) struct Project {
    folder: PathBuf,
    form: Form,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Form {
    rule: About,
    build: Build,
    #[serde(default)]
    test: Tests,
    settings: Option<toml::Table>,
    #[serde(default)]
    settings_from: BTreeMap<String, PathBuf>,
}

/// What the rule is.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct About {
    /// Its name, as the manifest has it.
    pub(crate) name: String,
    /// `rust`, `js`, `python` or `rego`.
    pub(crate) lang: String,
    /// Folder for the rule contract, for toolchains that read it; `holdfast rule new` writes it there.
    pub(crate) wit: Option<PathBuf>,
    /// Version of the contract that is written there.
    #[serde(default = "first_contract")]
    pub(crate) contract: String,
}

/// What projects that state no version were written for.
fn first_contract() -> String {
    "1.0.0".to_owned()
}

/// How the module comes about.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Build {
    /// Commands, run in the project's folder one after the other.
    #[serde(default)]
    pub(crate) command: Vec<Vec<String>>,
    /// What the commands write, if that is a core module which has yet to become the component.
    pub(crate) core: Option<PathBuf>,
    /// A module that Holdfast ships, which is taken as it is: the project is its settings.
    pub(crate) shipped: Option<String>,
    /// The component.
    pub(crate) output: PathBuf,
    /// Tools that have to be there.
    #[serde(default)]
    pub(crate) needs: Vec<Need>,
}

/// A tool that has to be there.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Need {
    /// Its name, for people.
    pub(crate) tool: String,
    /// A command that succeeds if it is there; the first line that it prints is taken for the version.
    pub(crate) check: Vec<String>,
    /// Text that the check has to print, where success alone says little.
    pub(crate) prints: Option<String>,
    /// How to get it.
    pub(crate) install: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct Tests {
    cases: String,
}

impl Default for Tests {
    fn default() -> Self {
        Self { cases: "tests/*.yaml".to_owned() }
    }
}

impl Project {
    /// Reads the project in a folder.
    ///
    /// # Errors
    ///
    /// Says which key of the file is wrong, or that there is none.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(FILE);
        ensure!(
            path.exists(),
            "{} has no {FILE}; start a project with `holdfast rule new`, or name a module file",
            folder.display()
        );
        let text = fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
        Self::read(folder, &path, &text)
    }

    /// Reads the text of the file, as `path` is to be called in errors.
    ///
    /// # Errors
    ///
    /// Says which key is wrong.
    pub(crate) fn read(folder: &Path, path: &Path, text: &str) -> anyhow::Result<Self> {
        let form: Form = toml::from_str(text)
            .map_err(|error| anyhow!("{}: {}", path.display(), error.to_string().trim_end()))?;
        ensure!(
            form.build.command.iter().all(|command| !command.is_empty()),
            "{}: `build.command` has an empty command; each is a list such as [\"npm\", \"ci\"]",
            path.display()
        );
        let ways = [!form.build.command.is_empty(), form.build.shipped.is_some()];
        ensure!(
            ways.into_iter().filter(|way| *way).count() == 1,
            "{}: state either `build.command`, what makes the module, or `build.shipped`, the module to take",
            path.display()
        );
        ensure!(
            form.build.needs.iter().all(|need| !need.check.is_empty()),
            "{}: a `check` in `build.needs` is empty; it is a command such as [\"node\", \"--version\"]",
            path.display()
        );
        Ok(Self { folder: folder.to_owned(), form })
    }

    /// Where it lies.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the rule is.
    pub(crate) fn about(&self) -> &About {
        &self.form.rule
    }

    /// How the module comes about.
    pub(crate) fn build(&self) -> &Build {
        &self.form.build
    }

    /// The component.
    pub(crate) fn output(&self) -> PathBuf {
        self.folder.join(&self.form.build.output)
    }

    /// The settings that the project states, which hold where a command or a case states none.
    ///
    /// # Errors
    ///
    /// Fails if a file that holds a setting's text cannot be read.
    pub(crate) fn settings(&self) -> anyhow::Result<Option<Value>> {
        if self.form.settings.is_none() && self.form.settings_from.is_empty() {
            return Ok(None);
        }
        let stated = serde_json::to_value(self.form.settings.clone().unwrap_or_default())?;
        let mut settings = stated.as_object().cloned().unwrap_or_default();
        for (name, file) in &self.form.settings_from {
            let path = self.folder.join(file);
            let text = fs::read_to_string(&path)
                .with_context(|| format!("could not read {}, the setting `{name}`", path.display()))?;
            settings.insert(name.clone(), Value::String(text));
        }
        Ok(Some(Value::Object(settings)))
    }

    /// Files of test cases, sorted by name.
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be read or no file matches.
    pub(crate) fn cases(&self) -> anyhow::Result<Vec<PathBuf>> {
        let pattern = Path::new(&self.form.test.cases);
        let folder = self.folder.join(pattern.parent().unwrap_or(Path::new("")));
        let name = pattern.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("could not read the folder of test cases {}", folder.display()))?;
        let mut found: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.file_name().is_some_and(|found| matches(&name, &found.to_string_lossy())))
            .filter(|path| path.is_file())
            .collect();
        found.sort();
        ensure!(
            !found.is_empty(),
            "no file matches `{}` in {}; write a first case (`holdfast rule test --help` shows one)",
            self.form.test.cases,
            self.folder.display()
        );
        Ok(found)
    }
}

/// Whether a name fits a pattern in which `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices()
                .map(|(at, _)| at)
                .chain([rest.len()])
                .any(|at| rest.get(at..).is_some_and(|rest| matches(after, rest)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(matches("*.yaml", "disks.yaml"));
        assert!(matches("a*b*.yaml", "a-b-c.yaml"));
        assert!(matches("*", ""));
        assert!(!matches("*.yaml", "disks.yml"));
        assert!(!matches("disks.yaml", "disk.yaml"));
    }
}

//! A rule module or a rule set file: what it is and what it says of itself.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use holdfast_distribution::{Kind, Label, Labels, Subject};
use holdfast_evaluator::{Digest, Manifest, Visible, admit, inspect, manifest_issues};
use serde::Deserialize;

use crate::exit::Unusable;
use crate::progress;

/// A file that can be signed and published.
pub(super) struct RuleFile {
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
    pub(super) bytes: Vec<u8>,
    pub(super) digest: Digest,
    /// Name and version of the rule, or file name and revision of the rule set.
    pub(super) labels: Labels,
}

impl RuleFile {
    /// Reads the file. A module is taken through the load gate and asked who it is.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let bytes = read(path)?;
        Self::of(path, bytes)
    }

    /// What these bytes are, by the ending of the path.
    pub(super) fn of(path: &Path, bytes: Vec<u8>) -> Result<Self> {
        let is_rule_set = path.extension().is_some_and(|ending| ending == "toml");
        let (kind, labels) = if is_rule_set {
            (Kind::RuleSet, rule_set(path, &bytes)?)
        } else {
            (Kind::Rule, rule(path, &bytes)?)
        };
        Ok(Self { path: path.to_owned(), kind, digest: Digest::of(&bytes), bytes, labels })
    }

    /// A module that comes with labels, which are a stranger's word: it is taken through the load gate, and is not asked
    /// who it is. Anyone who loads it asks.
    pub(super) fn labelled(path: &Path, bytes: Vec<u8>, labels: Labels) -> Result<Self> {
        admit(&bytes).with_context(|| format!("{} is not a rule", path.display()))?;
        Ok(Self { path: path.to_owned(), kind: Kind::Rule, digest: Digest::of(&bytes), bytes, labels })
    }

    /// What is signed of it.
    pub(super) fn subject(&self) -> Result<Subject> {
        let label = |text: &str| -> Result<Label> {
            text.parse().with_context(|| format!("could not sign {}", self.path.display()))
        };
        Ok(Subject {
            kind: self.kind,
            digest: self.digest,
            name: label(&self.labels.name)?,
            version: label(&self.labels.version)?,
        })
    }

    /// `select 1.2.0`, or `rule set ruleset.toml, revision 7`.
    pub(super) fn described(&self) -> String {
        described(self.kind, &self.labels)
    }
}

/// A rule or rule set for people.
pub(super) fn described(kind: Kind, labels: &Labels) -> String {
    match kind {
        Kind::Rule => format!("{} {}", Visible::of(&labels.name), Visible::of(&labels.version)),
        Kind::RuleSet => format!("rule set {}, revision {}", labels.name, labels.version),
    }
}

fn rule(path: &Path, bytes: &[u8]) -> Result<Labels> {
    let _progress = progress::of(format!("reading what {} says of itself", path.display()));
    let inspected = inspect(bytes).with_context(|| format!("{} is not a rule", path.display()))?;
    let manifest = inspected.manifest;
    let issues = manifest_issues(&manifest);
    if let Some(issue) = issues.first() {
        bail!("{} describes itself as no rule may: {issue}; see `holdfast rule check`", path.display());
    }
    let Manifest { name, version, summary, .. } = manifest;
    Ok(Labels { name, version, summary, contract: inspected.contract.to_string() })
}

fn rule_set(path: &Path, bytes: &[u8]) -> Result<Labels> {
    #[derive(Deserialize)]
    struct Form {
        revision: u64,
    }
    let text = std::str::from_utf8(bytes).map_err(Unusable::of)?;
    let form: Form = toml::from_str(text).map_err(|error| {
        Unusable::described(format!("{} is not a rule set: {}", path.display(), error.message()))
    })?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Labels { name, version: form.revision.to_string(), ..Labels::default() })
}

/// Reads input that the user named.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("could not read {}", path.display())).map_err(Unusable::of)
}

/// Reads a file that need not be there.
pub(super) fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    if path.exists() { read(path).map(Some) } else { Ok(None) }
}

/// Writes a file whole or not at all.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = || format!("could not write {}", path.display());
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
    file.write_all(bytes).with_context(failed)?;
    readable(file.as_file()).with_context(failed)?;
    file.persist(path).with_context(failed).map(|_| ())
}

/// A temporary file is for its owner alone; what is published may be read by all.
fn readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

/// `path` with `ending` after its whole name.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

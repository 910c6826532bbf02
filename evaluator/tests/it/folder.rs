//! A folder with a rule set of modules that a test makes.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use holdfast_evaluator::{Digest, Evaluator, LoadError, RuleSet, Trust};
use tempfile::TempDir;

use crate::said::whole;
use crate::shipped_rules::code_cache;

/// A rule set that grows, with its modules beside it.
pub(crate) struct Folder {
    folder: TempDir,
    text: String,
}

impl Folder {
    /// A rule set of this revision, with the usual layers and no rules.
    pub(crate) fn new(revision: u64) -> anyhow::Result<Self> {
        code_cache::shared();
        let layers =
            ["platform", "organisation", "team"].map(|name| format!("[[layer]]\nname = \"{name}\"\n"));
        Ok(Self { folder: TempDir::new()?, text: format!("revision = {revision}\n{}", layers.concat()) })
    }

    /// A rule set that says that it has no rules.
    pub(crate) fn without_rules(revision: u64) -> anyhow::Result<Self> {
        let Self { folder, text } = Self::new(revision)?;
        Ok(Self { folder, text: format!("rule = []\n{text}") })
    }

    /// Adds text to the rule set.
    pub(crate) fn with(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self.text.push('\n');
        self
    }

    /// Adds a module and a binding for it, in the layer `organisation`.
    pub(crate) fn rule(self, id: &str, module: &[u8], binding: &str) -> anyhow::Result<Self> {
        fs::write(self.path().join(format!("{id}.wasm")), module)?;
        let digest = Digest::of(module);
        self.bound(id, &format!("{id}.wasm"), Some(digest), "organisation", binding)
    }

    /// Adds a binding.
    pub(crate) fn bound(
        mut self,
        id: &str,
        module: &str,
        digest: Option<Digest>,
        layer: &str,
        binding: &str,
    ) -> anyhow::Result<Self> {
        let digest = digest.map(|digest| format!("digest = \"{digest}\"")).unwrap_or_default();
        write!(
            self.text,
            "[[rule]]\nid = \"{id}\"\nmodule = \"{module}\"\nlayer = \"{layer}\"\n{digest}\n{binding}\n"
        )?;
        Ok(self)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the rule set.
    pub(crate) fn written(&self) -> anyhow::Result<PathBuf> {
        let path = self.path().join("ruleset.toml");
        fs::write(&path, &self.text)?;
        Ok(path)
    }

    pub(crate) fn load(&self) -> anyhow::Result<Result<RuleSet, LoadError>> {
        Ok(RuleSet::load(&self.written()?))
    }

    pub(crate) fn evaluator(&self) -> anyhow::Result<Evaluator> {
        Ok(Evaluator::new(self.load()??)?)
    }

    /// The whole message of the error that loading must end with.
    pub(crate) fn refused(&self) -> anyhow::Result<String> {
        said_by(self.load()?)
    }

    /// The same, with a trust policy.
    pub(crate) fn refused_by(&self, trust: &dyn Trust) -> anyhow::Result<String> {
        said_by(RuleSet::load_with(&self.written()?, trust))
    }
}

fn said_by(loaded: Result<RuleSet, LoadError>) -> anyhow::Result<String> {
    let Err(error) = loaded else { anyhow::bail!("the rule set was taken into force") };
    Ok(whole(&error))
}

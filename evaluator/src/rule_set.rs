//! A rule set: which rules are asked, in whose name, with which settings. Loaded whole or not.

mod binding;
mod defaults;
mod error;
mod file;
mod module;
mod settings;

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::digest::Digest;
use crate::model::Protection;
use crate::review::ReviewDefaults;
use crate::sandbox::Prepared;
use crate::trust::{PinnedOnly, Trust};

pub use binding::{Algorithm, Binding, Decides, Layer, Mode, OnError};
pub use error::{LoadError, SettingsIssue};

use defaults::Defaults;

/// A rule set that has been checked: every module is pinned, admitted and configured.
pub struct RuleSet {
    path: PathBuf,
    revision: u64,
    digest: Digest,
    layers: Vec<Layer>,
    defaults: Defaults,
    review: ReviewDefaults,
    rules: Vec<Rule>,
}

/// A binding and the module that it configures.
pub(crate) struct Rule {
    pub(crate) binding: Binding,
    pub(crate) prepared: Prepared,
}

impl RuleSet {
    /// Reads a rule set and the modules that it names, relative to its folder.
    ///
    /// Compiles and runs every module within its limits: `describe`, then `configure` with the
    /// settings that its schema admitted.
    ///
    /// # Errors
    ///
    /// Names the file, the rule, what was expected and found, and the way out.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        Self::load_with(path, &PinnedOnly)
    }

    /// Like [`RuleSet::load`], asking `trust` about every module before anything of it runs.
    ///
    /// # Errors
    ///
    /// As [`RuleSet::load`], and names rule, layer and reason where a module is not trusted.
    pub fn load_with(path: &Path, trust: &dyn Trust) -> Result<Self, LoadError> {
        let file = file::read(path)?;
        let layers: Vec<Layer> = file.layers()?;
        let mut rules = file.load_rules(&layers, trust)?;
        rules.sort_by(|one, other| one.binding.standing.rank().cmp(&other.binding.standing.rank()));
        let revision = file.revision();
        let (defaults, review) = file.into_defaults();
        let digest = whole_digest(revision, &layers, &defaults, &review, &rules);
        Ok(Self { path: path.to_owned(), revision, digest, layers, defaults, review, rules })
    }

    /// The file that it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number that the file states.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Digest of every module, its settings and its binding, of layers, defaults and revision.
    ///
    /// Comments, formatting and the order of rules in the file do not count.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The layers, the one with the most authority first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The rules in evaluation order: layer, priority, id.
    pub fn bindings(&self) -> impl Iterator<Item = &Binding> {
        self.rules.iter().map(|rule| &rule.binding)
    }

    /// What holds for operations that no rule speaks of.
    pub fn review_defaults(&self) -> &ReviewDefaults {
        &self.review
    }

    pub(crate) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What holds for this type (lower case) where no rule says otherwise.
    pub(crate) fn defaults_of(&self, resource_type: &str) -> &Protection {
        self.defaults.of(resource_type)
    }
}

impl fmt::Debug for RuleSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RuleSet({}, revision {}, {})", self.path.display(), self.revision, self.digest)
    }
}

fn whole_digest(
    revision: u64,
    layers: &[Layer],
    defaults: &Defaults,
    review: &ReviewDefaults,
    rules: &[Rule],
) -> Digest {
    #[derive(Serialize)]
    struct Whole<'a> {
        revision: u64,
        layers: &'a [Layer],
        defaults: &'a Defaults,
        #[serde(skip_serializing_if = "ReviewDefaults::is_unstated")]
        review: &'a ReviewDefaults,
        bindings: Vec<&'a Binding>,
    }
    let bindings = rules.iter().map(|rule| &rule.binding).collect();
    let whole = Whole { revision, layers, defaults, review, bindings };
    Digest::of(&serde_json::to_vec(&whole).unwrap_or_default())
}

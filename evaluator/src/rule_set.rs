//! A rule set: which rules are asked, in whose name, with which settings. Loaded whole or not.

mod binding;
mod error;
mod loading;
mod making;
#[cfg(feature = "compiler")]
mod opening;
#[cfg(feature = "compiler")]
mod parallel;
#[cfg(feature = "compiler")]
mod precompile;
mod settings;
#[cfg(feature = "compiler")]
mod sharing;
#[cfg(feature = "compiler")]
mod single;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

#[cfg(feature = "compiler")]
use holdfast_rule_set::PinnedOnly;
use holdfast_rule_set::{
    Allowances, Defaults, Digest, Important, Layer, Protection, ReviewDefaults, RuleSetFile, Trust,
};
use serde::Serialize;
#[cfg(feature = "compiler")]
use serde_json::Value;

use crate::key::CompiledKey;
use crate::precompiled::Folder;
use crate::sandbox::Prepared;
#[cfg(feature = "compiler")]
use crate::sandbox::Source;

pub use binding::Binding;
pub use error::{LoadError, SettingsIssue};
pub use making::Otherwise;
#[cfg(feature = "compiler")]
pub use precompile::precompile;
#[cfg(feature = "compiler")]
pub use single::OpenedModule;

use loading::Loading;
use making::{Building, From};

/// The folder of precompiled rules, beside the rule set.
const COMPILED: &str = "compiled";

/// A rule set that has been checked: every module is pinned, admitted and configured.
pub struct RuleSet {
    path: PathBuf,
    revision: u64,
    digest: Digest,
    layers: Vec<Layer>,
    defaults: Defaults,
    review: ReviewDefaults,
    important: Vec<Important>,
    allowances: Allowances,
    rules: Vec<Rule>,
    notices: Vec<String>,
    compiled: usize,
}

/// A binding and the module that it configures.
pub(crate) struct Rule {
    pub(crate) binding: Binding,
    pub(crate) prepared: Prepared,
}

impl RuleSet {
    /// Reads a rule set and the modules that it names, relative to its folder.
    ///
    /// Compiles and runs every module within its limits, once for all rules that pin it: `describe`, then `configure`
    /// with the settings of each that its schema admitted, in an instance of its own.
    ///
    /// # Errors
    ///
    /// Names the file, the rule, what was expected and found, and the way out.
    #[cfg(feature = "compiler")]
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        Self::load_with(path, &PinnedOnly)
    }

    /// Like [`RuleSet::load`], asking `trust` about every module before anything of it runs.
    ///
    /// # Errors
    ///
    /// As [`RuleSet::load`], and names rule, layer and reason where a module is not trusted.
    #[cfg(feature = "compiler")]
    pub fn load_with(path: &Path, trust: &dyn Trust) -> Result<Self, LoadError> {
        Self::load_after(path, trust, None)
    }

    /// Like [`RuleSet::load_with`], but that what `earlier` has compiled of a module is shared instead of compiled again. The
    /// file is read and pinned and `trust` is asked as always.
    ///
    /// # Errors
    ///
    /// As [`RuleSet::load_with`].
    #[cfg(feature = "compiler")]
    pub fn load_after(path: &Path, trust: &dyn Trust, earlier: Option<&Self>) -> Result<Self, LoadError> {
        Self::load_by(path, &Building { from: From::Modules, trust, earlier })
    }

    /// Reads a rule set, and the folder `compiled` beside it instead of the modules that it names.
    ///
    /// Of the folder only the manifest is read and authenticated: who signed it, and that it lists code
    /// of this version and for this machine for every rule. The code is authenticated when it is first
    /// needed, or by [`crate::Evaluator::warm`]; with [`Otherwise::Compile`] at once. Anyone who signed the
    /// folder vouches for who had signed the modules; whether that suffices, `trust` is asked each time.
    ///
    /// # Errors
    ///
    /// Names the file, the rule, what was expected and found, and the way out.
    pub fn load_precompiled(
        path: &Path,
        key: &CompiledKey,
        trust: &dyn Trust,
        otherwise: Otherwise,
    ) -> Result<Self, LoadError> {
        Self::load_precompiled_after(path, key, trust, otherwise, None)
    }

    /// Like [`RuleSet::load_precompiled`], but that what `earlier` made of a module with the same settings is shared
    /// instead of compiled again, where compiling is the other way.
    ///
    /// # Errors
    ///
    /// As [`RuleSet::load_precompiled`].
    pub fn load_precompiled_after(
        path: &Path,
        key: &CompiledKey,
        trust: &dyn Trust,
        otherwise: Otherwise,
        earlier: Option<&Self>,
    ) -> Result<Self, LoadError> {
        let folder = path.parent().unwrap_or(Path::new("")).join(COMPILED);
        match (Folder::open(&folder, key), otherwise) {
            (Ok(folder), otherwise) => Self::load_by(
                path,
                &Building { from: From::Precompiled { folder: Box::new(folder), otherwise }, trust, earlier },
            ),
            #[cfg(feature = "compiler")]
            (Err(refused), Otherwise::Compile) => {
                let mut rule_set = Self::load_after(path, trust, earlier)?;
                let why = making::whole(&refused);
                rule_set.notices.insert(0, format!("every rule was compiled instead: {why}"));
                Ok(rule_set)
            }
            (Err(source), _) => {
                Err(LoadError::Precompiled { path: path.to_owned(), source: Box::new(source) })
            }
        }
    }

    fn load_by(path: &Path, making: &Building<'_>) -> Result<Self, LoadError> {
        let loading = Loading::read(path)?;
        let (mut rules, mut notices, mut compiled) = (Vec::new(), Vec::new(), 0);
        #[cfg_attr(not(feature = "compiler"), expect(unused_mut, reason = "nothing is compiled"))]
        let mut all = loading.rules(making)?;
        #[cfg(feature = "compiler")]
        sharing::share(&mut all, making.earlier);
        for loaded in all {
            rules.push(loaded.rule);
            notices.extend(loaded.notice);
            compiled += usize::from(loaded.compiled);
        }
        rules.sort_by(|one, other| one.binding.rank.order().cmp(&other.binding.rank.order()));
        let Loading { path, file } = loading;
        let allowances = file.allowances();
        let RuleSetFile { revision, defaults, review, important, layers, .. } = file;
        let digest = whole_digest(revision, &layers, &defaults, &review, &important, &allowances, &rules);
        Ok(Self {
            path,
            revision,
            digest,
            layers,
            defaults,
            review,
            important,
            allowances,
            rules,
            notices,
            compiled,
        })
    }

    /// How many components were compiled for it: neither precompiled, nor shared with an earlier rule set or another rule.
    pub fn compiled(&self) -> usize {
        self.compiled
    }

    /// The rule that was compiled from this module with these settings.
    #[cfg(feature = "compiler")]
    fn compiled_from(&self, module: Digest, settings: &Value) -> Option<&Rule> {
        self.rules.iter().find(|Rule { binding, prepared }| {
            let compiled = matches!(prepared.source, Source::Component(_));
            compiled && binding.digest == module && binding.settings == *settings
        })
    }

    /// What a person should know of how it was loaded, such as which rules were compiled although
    /// there is precompiled code, and why.
    pub fn notices(&self) -> &[String] {
        &self.notices
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

    /// Whether a resource is worked on first when there is more to do than Azure takes.
    ///
    /// Without tags, only what the type alone says counts.
    pub fn is_important(&self, resource_type: &str, tags: Option<&BTreeMap<String, String>>) -> bool {
        self.important.iter().any(|clause| clause.fits(resource_type, tags))
    }

    /// What may be done beside protecting.
    pub fn allowances(&self) -> &Allowances {
        &self.allowances
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
    important: &[Important],
    allowances: &Allowances,
    rules: &[Rule],
) -> Digest {
    #[derive(Serialize)]
    struct Whole<'a> {
        revision: u64,
        layers: &'a [Layer],
        defaults: &'a Defaults,
        #[serde(skip_serializing_if = "ReviewDefaults::is_unstated")]
        review: &'a ReviewDefaults,
        #[serde(skip_serializing_if = "<[Important]>::is_empty")]
        important: &'a [Important],
        #[serde(rename = "conduct", skip_serializing_if = "Allowances::is_unstated")]
        allowances: &'a Allowances,
        bindings: Vec<&'a Binding>,
    }
    let bindings = rules.iter().map(|rule| &rule.binding).collect();
    let whole = Whole { revision, layers, defaults, review, important, allowances, bindings };
    Digest::of(&serde_json::to_vec(&whole).unwrap_or_default())
}

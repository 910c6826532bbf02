//! A rule set of one module, made in memory: for an author's tests and benchmarks.

use std::path::{Path, PathBuf};

use holdfast_rule_set::{
    Algorithm, Allowances, Decides, Defaults, Digest, FactKind, Layer, Mode, OnError, Rank, ReviewDefaults,
};
use serde_json::Value;

use crate::engine::Limits;

use super::binding::Binding;
use super::error::LoadError;
use super::opening::Opened;
use super::{Rule, RuleSet, whole_digest};

/// What errors call a module that came without a file.
const MODULE: &str = "the module";
/// What they call its rule before the module has said its name.
const RULE: &str = "rule";

/// A module that was admitted, compiled for checking and asked who it is: for rule sets that differ in settings only.
pub struct OpenedModule<'a> {
    digest: Digest,
    opened: Opened<'a>,
}

impl<'a> OpenedModule<'a> {
    /// Opens a module.
    ///
    /// # Errors
    ///
    /// Those of [`RuleSet::load`] that concern a module.
    pub fn open(bytes: &'a [u8]) -> Result<Self, LoadError> {
        let opened = Opened::of(bytes).map_err(|refused| refused.of(RULE, Path::new(MODULE)))?;
        Ok(Self { digest: Digest::of(bytes), opened })
    }

    /// A rule set, revision 0, that asks this one module about every type that it speaks of.
    ///
    /// Each is given its settings in an instance of its own. Where settings are no part of the code, all share what is
    /// compiled when one of them is first asked.
    ///
    /// # Errors
    ///
    /// Those of [`RuleSet::load`] that concern settings.
    pub fn rule_set(&self, settings: Value, limits: Limits) -> Result<RuleSet, LoadError> {
        let (module, manifest) = (PathBuf::from(MODULE), self.opened.manifest().clone());
        let id = manifest.name.clone();
        let kinds: Result<Vec<FactKind>, _> = manifest.fact_kinds.iter().map(|kind| kind.parse()).collect();
        let fact_kinds = kinds.map_err(|source| LoadError::FactKind {
            rule: id.clone(),
            module: module.clone(),
            source,
        })?;
        let prepared = self.opened.configured(&settings, &id, &module)?;
        let layer = Layer { name: "team".to_owned(), algorithm: Algorithm::default() };
        let types = manifest.resource_types.iter().map(|name| name.to_ascii_lowercase()).collect();
        let binding = Binding {
            rank: Rank {
                id: id.into(),
                layer: 0,
                priority: 0,
                mode: Mode::Enforce,
                decides: Decides::WhetherAndHow,
                on_error: OnError::Hold,
            },
            layer: layer.name.as_str().into(),
            module: MODULE.to_owned(),
            path: module,
            digest: self.digest,
            types,
            workloads: manifest.workloads.clone(),
            settings,
            limits,
            named: format!("{} {}", manifest.name, manifest.version).into(),
            manifest,
            starts_configured: prepared.starts_configured(),
            world: prepared.world(),
            contract: prepared.version(),
            fact_kinds,
            signed_by: Vec::new(),
            allow_downgrade: false,
        };
        let (layers, rules) = (vec![layer], vec![Rule { binding, prepared }]);
        let defaults = Defaults::default();
        let review = ReviewDefaults::default();
        let allowances = Allowances::default();
        let digest = whole_digest(0, &layers, &defaults, &review, &[], &allowances, &rules);
        Ok(RuleSet {
            path: PathBuf::new(),
            revision: 0,
            digest,
            layers,
            defaults,
            review,
            important: Vec::new(),
            allowances,
            rules,
            notices: Vec::new(),
            compiled: 1,
        })
    }
}

impl RuleSet {
    /// A rule set of a module that is opened for it alone: [`OpenedModule::rule_set`].
    ///
    /// # Errors
    ///
    /// Those of [`RuleSet::load`] that concern a module and its settings.
    pub fn of_module(bytes: &[u8], settings: Value, limits: Limits) -> Result<Self, LoadError> {
        OpenedModule::open(bytes)?.rule_set(settings, limits)
    }
}

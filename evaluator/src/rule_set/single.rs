//! A rule set of one module, made in memory: for an author's tests and benchmarks.

use std::path::PathBuf;

use holdfast_rule_set::{
    Algorithm, Allowances, Decides, Defaults, Digest, FactKind, Layer, Mode, OnError, Rank, ReviewDefaults,
    manifest_issues,
};
use serde_json::Value;

use crate::engine::Limits;
use crate::sandbox::{self, ConfigureError, ModuleLoader};

use super::binding::Binding;
use super::error::LoadError;
use super::{Rule, RuleSet, settings, whole_digest};

/// What errors call a module that came without a file.
const MODULE: &str = "the module";

impl RuleSet {
    /// A rule set, revision 0, that asks this one module about every type that it speaks of.
    ///
    /// # Errors
    ///
    /// Those of [`RuleSet::load`] that concern a module and its settings.
    pub fn of_module(bytes: &[u8], settings: Value, limits: Limits) -> Result<Self, LoadError> {
        let module = PathBuf::from(MODULE);
        let mut id = "rule".to_owned();
        let gate = |source| LoadError::Gate { rule: id.clone(), module: module.clone(), source };
        let shape = sandbox::admit(bytes).map_err(gate)?;
        let loader =
            ModuleLoader::open(bytes, shape).map_err(|error| LoadError::opening(&id, &module, error))?;
        let manifest = loader.describe().map_err(|source| LoadError::Module {
            rule: id.clone(),
            module: module.clone(),
            export: "describe",
            source,
        })?;
        let wrong = manifest_issues(&manifest);
        if !wrong.is_empty() {
            return Err(LoadError::manifest(&id, &module, &wrong));
        }
        id.clone_from(&manifest.name);
        let kinds: Result<Vec<FactKind>, _> = manifest.fact_kinds.iter().map(|kind| kind.parse()).collect();
        let fact_kinds = kinds.map_err(|source| LoadError::FactKind {
            rule: id.clone(),
            module: module.clone(),
            source,
        })?;
        let unfit = |issues| LoadError::Settings { rule: id.clone(), module: module.clone(), issues };
        let issues = settings::issues(&manifest.settings_schema, &settings)
            .map_err(|message| LoadError::Schema { rule: id.clone(), module: module.clone(), message })?;
        if !issues.is_empty() {
            return Err(unfit(issues));
        }
        let prepared = loader.configure(&settings.to_string()).map_err(|error| match error {
            ConfigureError::Failed(source) => {
                let (rule, module) = (id.clone(), module.clone());
                LoadError::Module { rule, module, export: "configure", source }
            }
            ConfigureError::Unfit(issues) => unfit(settings::said_by_module(issues, &settings)),
        })?;
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
            path: module.clone(),
            digest: Digest::of(bytes),
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
        Ok(Self {
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

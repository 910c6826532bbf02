//! The rule set as written: TOML with every key known, turned into rules that are ready.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use serde::Deserialize;

use crate::composition::{DEFAULTS, Standing};
use crate::digest::Digest;
use crate::opinion::Manifest;
use crate::sandbox::{self, ConfigureError, Limits, Workshop};

use super::binding::{Binding, Decides, Layer, Mode, OnError};
use super::defaults::Defaults;
use super::error::{LoadError, SettingsIssue};
use super::{Rule, settings};

/// A rule set that has been read but not checked.
pub(super) struct RuleSetFile {
    path: PathBuf,
    form: Form,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Form {
    revision: u64,
    #[serde(default)]
    defaults: Defaults,
    layer: Vec<Layer>,
    rule: Vec<RuleForm>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RuleForm {
    id: String,
    module: String,
    digest: Option<String>,
    layer: String,
    #[serde(default)]
    priority: i32,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    decides: Decides,
    #[serde(default)]
    on_error: OnError,
    #[serde(default)]
    types: Vec<String>,
    #[serde(default)]
    limits: LimitsForm,
    #[serde(default)]
    settings: BTreeMap<String, toml::Value>,
}

/// Limits may only be lowered.
#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct LimitsForm {
    fuel: Option<u64>,
    memory_bytes: Option<usize>,
}

/// Reads the form; says where it departs from what is expected.
pub(super) fn read(path: &Path) -> Result<RuleSetFile, LoadError> {
    let text = fs::read_to_string(path).map_err(|source| LoadError::Read {
        path: path.to_owned(),
        rule: None,
        source,
    })?;
    let form_error = |at: String, message: &str| LoadError::Form {
        path: path.to_owned(),
        at,
        message: message.trim_end().to_owned(),
    };
    let document = toml::Deserializer::parse(&text)
        .map_err(|error| form_error("the file".into(), &error.to_string()))?;
    let form: Form = serde_path_to_error::deserialize(document)
        .map_err(|error| form_error(error.path().to_string(), &error.inner().to_string()))?;
    if let Some(at) = form.defaults.contradiction() {
        return Err(form_error(at, "max-days is less than min-days"));
    }
    Ok(RuleSetFile { path: path.to_owned(), form })
}

impl RuleSetFile {
    pub(super) fn revision(&self) -> u64 {
        self.form.revision
    }

    pub(super) fn into_defaults(self) -> Defaults {
        self.form.defaults.completed()
    }

    pub(super) fn layers(&self) -> Result<Vec<Layer>, LoadError> {
        let mut names = BTreeSet::new();
        for layer in &self.form.layer {
            if !names.insert(layer.name.as_str()) {
                return Err(LoadError::Form {
                    path: self.path.clone(),
                    at: "layer".into(),
                    message: format!("the layer `{}` is stated twice", layer.name),
                });
            }
        }
        Ok(self.form.layer.clone())
    }

    /// Checks, compiles and configures every rule, on all processors.
    pub(super) fn load_rules(&self, layers: &[Layer]) -> Result<Vec<Rule>, LoadError> {
        let mut ids = BTreeSet::new();
        for form in &self.form.rule {
            if form.id == DEFAULTS {
                return Err(self.binding_error(form, "`defaults` is reserved; rename the rule"));
            }
            if !ids.insert(form.id.as_str()) {
                return Err(self.binding_error(form, "the id is used twice; rename one of them"));
            }
        }
        thread::scope(|scope| {
            let loading: Vec<_> =
                self.form.rule.iter().map(|form| scope.spawn(|| self.load_rule(form, layers))).collect();
            loading
                .into_iter()
                .zip(&self.form.rule)
                .map(|(thread, form)| {
                    thread
                        .join()
                        .unwrap_or_else(|_| Err(self.binding_error(form, "the module made the loader panic")))
                })
                .collect()
        })
    }

    fn load_rule(&self, form: &RuleForm, layers: &[Layer]) -> Result<Rule, LoadError> {
        let standing = self.standing(form, layers)?;
        let module = self.path.parent().unwrap_or(Path::new("")).join(&form.module);
        let (bytes, digest) = self.pinned(form, &module)?;
        let shape = sandbox::admit(&bytes).map_err(|source| LoadError::Gate {
            rule: form.id.clone(),
            module: module.clone(),
            source,
        })?;
        let failed = |export: &'static str, source| LoadError::Module {
            rule: form.id.clone(),
            module: module.clone(),
            export,
            source,
        };
        let workshop = Workshop::open(&bytes, shape).map_err(|source| failed("describe", source))?;
        let manifest = workshop.describe().map_err(|source| failed("describe", source))?;
        if !manifest.fact_kinds.is_empty() {
            let facts = manifest.fact_kinds.join(", ");
            return Err(failed("describe", crate::RuleFailure::NeedsFacts { facts }));
        }
        let settings = settings::to_json(toml::Value::Table(form.settings.clone().into_iter().collect()));
        let unfit = |issues: Vec<SettingsIssue>| LoadError::Settings {
            rule: form.id.clone(),
            module: module.clone(),
            issues,
        };
        let issues = settings::issues(&manifest.settings_schema, &settings).map_err(|message| {
            LoadError::Schema { rule: form.id.clone(), module: module.clone(), message }
        })?;
        if !issues.is_empty() {
            return Err(unfit(issues));
        }
        let prepared = workshop.configure(&settings.to_string()).map_err(|error| match error {
            ConfigureError::Failed(source) => failed("configure", source),
            ConfigureError::Unfit(issues) => unfit(
                issues.into_iter().map(|(pointer, message)| SettingsIssue { pointer, message }).collect(),
            ),
        })?;
        let binding = Binding {
            standing,
            layer: form.layer.clone(),
            module: form.module.clone(),
            digest,
            types: self.types(form, &manifest)?,
            settings,
            limits: self.limits(form)?,
            manifest,
            starts_configured: prepared.starts_configured(),
        };
        Ok(Rule { binding, prepared })
    }

    fn standing(&self, form: &RuleForm, layers: &[Layer]) -> Result<Standing, LoadError> {
        let Some(layer) = layers.iter().position(|layer| layer.name == form.layer) else {
            let known: Vec<&str> = layers.iter().map(|layer| layer.name.as_str()).collect();
            let message =
                format!("the layer `{}` is not stated; known are: {}", form.layer, known.join(", "));
            return Err(self.binding_error(form, &message));
        };
        if form.on_error == OnError::Ignore && form.mode == Mode::Enforce {
            return Err(self.binding_error(
                form,
                "`on-error = \"ignore\"` is for shadow rules, since a failure would go unseen; \
                 choose `protect-with-default` or `hold`",
            ));
        }
        Ok(Standing {
            id: form.id.clone(),
            layer,
            priority: form.priority,
            mode: form.mode,
            decides: form.decides,
            on_error: form.on_error,
        })
    }

    fn pinned(&self, form: &RuleForm, module: &Path) -> Result<(Vec<u8>, Digest), LoadError> {
        let bytes = fs::read(module).map_err(|source| LoadError::Read {
            path: module.to_owned(),
            rule: Some(form.id.clone()),
            source,
        })?;
        let found = Digest::of(&bytes);
        let Some(pinned) = &form.digest else {
            return Err(LoadError::Unpinned {
                path: self.path.clone(),
                rule: form.id.clone(),
                module: module.to_owned(),
                found,
            });
        };
        let expected: Digest = pinned.parse().map_err(|source| LoadError::Digest {
            path: self.path.clone(),
            rule: form.id.clone(),
            source,
        })?;
        if expected != found {
            return Err(LoadError::WrongModule {
                rule: form.id.clone(),
                module: module.to_owned(),
                expected,
                found,
            });
        }
        Ok((bytes, found))
    }

    /// The types that the module speaks about, narrowed to those that the binding states.
    fn types(&self, form: &RuleForm, manifest: &Manifest) -> Result<Vec<String>, LoadError> {
        let lower = |types: &[String]| -> BTreeSet<String> {
            types.iter().map(|name| name.to_ascii_lowercase()).collect()
        };
        let (stated, spoken) = (lower(&form.types), lower(&manifest.resource_types));
        if stated.is_empty() || spoken.is_empty() {
            return Ok(stated.into_iter().chain(spoken).collect());
        }
        if let Some(foreign) = stated.difference(&spoken).next() {
            let message = format!(
                "`types` states `{foreign}`, but the module speaks only of: {}",
                manifest.resource_types.join(", ")
            );
            return Err(self.binding_error(form, &message));
        }
        Ok(stated.into_iter().collect())
    }

    fn limits(&self, form: &RuleForm) -> Result<Limits, LoadError> {
        let most = Limits::default();
        let fuel = form.limits.fuel.unwrap_or(most.fuel);
        let memory_bytes = form.limits.memory_bytes.unwrap_or(most.memory_bytes);
        if fuel > most.fuel || memory_bytes > most.memory_bytes {
            let message = format!(
                "limits may only be lowered: fuel is at most {}, memory-bytes at most {}",
                most.fuel, most.memory_bytes
            );
            return Err(self.binding_error(form, &message));
        }
        Ok(Limits { fuel, memory_bytes, ..most })
    }

    fn binding_error(&self, form: &RuleForm, message: &str) -> LoadError {
        LoadError::Binding { path: self.path.clone(), rule: form.id.clone(), message: message.to_owned() }
    }
}

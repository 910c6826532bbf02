//! The rule set as written: TOML with every key known, turned into rules that are ready.

pub(super) mod making;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
#[cfg(feature = "compiler")]
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::composition::{DEFAULTS, Standing};
use crate::conduct::{Conduct, Creation, Ending, Grants, Instances, SnapshotGroups};
use crate::digest::Digest;
use crate::facts::FactKind;
use crate::opinion::Manifest;
use crate::review::ReviewDefaults;
use crate::sandbox::{Limits, World};
use crate::visible::Visible;

use super::binding::{Binding, Decides, Layer, Mode, OnError};
use super::defaults::Defaults;
use super::error::LoadError;
use super::important::Important;
use super::module::ModuleName;
use super::{Rule, settings};

use making::{Made, Making};

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
    #[serde(default)]
    review: ReviewDefaults,
    #[serde(default)]
    important: Vec<Important>,
    #[serde(default)]
    create: Creation,
    #[serde(default)]
    snapshot_groups: SnapshotGroups,
    #[serde(default)]
    grants: Grants,
    #[serde(default)]
    instances: Instances,
    #[serde(default)]
    ending: Ending,
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
    decides: Option<Decides>,
    on_error: Option<OnError>,
    #[serde(default)]
    allow_downgrade: bool,
    #[serde(default)]
    types: Vec<String>,
    #[serde(default)]
    limits: LimitsForm,
    #[serde(default, deserialize_with = "table")]
    settings: BTreeMap<String, toml::Value>,
}

/// A table; the message of what is none does not repeat it, as serde's own would.
fn table<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, toml::Value>, D::Error> {
    match toml::Value::deserialize(from)? {
        toml::Value::Table(table) => Ok(table.into_iter().collect()),
        other => Err(D::Error::custom(format_args!("expected a table, found {}", other.type_str()))),
    }
}

/// Limits may only be lowered.
#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct LimitsForm {
    fuel: Option<u64>,
    memory_bytes: Option<usize>,
}

/// Characters of a parser's message.
const MESSAGE: usize = 500;

/// What a parser says, and where, without the line, since settings in it may be secret.
fn placed(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let place = before.map_or_else(String::new, |before| {
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!(" at line {}, column {column}", before.matches('\n').count() + 1)
    });
    format!("TOML parse error{place}: {}", error.message())
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
        message: Visible::within(message.trim_end(), MESSAGE).to_string(),
    };
    let document = toml::Deserializer::parse(&text)
        .map_err(|error| form_error("the file".into(), &placed(&text, &error)))?;
    let form: Form = serde_path_to_error::deserialize(document)
        .map_err(|error| form_error(error.path().to_string(), &placed(&text, error.inner())))?;
    if let Some(at) = form.defaults.contradiction() {
        return Err(form_error(at, "max-days is less than min-days"));
    }
    if form.review.within_hours == 0 {
        return Err(form_error("review.within-hours".into(), "an approval needs at least one hour"));
    }
    if let Some(at) = form.important.iter().position(Important::is_empty) {
        let message = "a clause without `types` and `tags` fits everything, so nothing would come first";
        return Err(form_error(format!("important[{at}]"), message));
    }
    let file = RuleSetFile { path: path.to_owned(), form };
    match file.conduct().contradiction() {
        Some((at, problem)) => Err(form_error(at, &problem)),
        None => Ok(file),
    }
}

impl RuleSetFile {
    pub(super) fn revision(&self) -> u64 {
        self.form.revision
    }

    pub(super) fn conduct(&self) -> Conduct {
        let Form { create, snapshot_groups, grants, instances, ending, .. } = &self.form;
        Conduct {
            create: create.clone(),
            snapshot_groups: *snapshot_groups,
            grants: *grants,
            instances: *instances,
            ending: ending.clone(),
        }
    }

    pub(super) fn into_defaults(self) -> (Defaults, ReviewDefaults) {
        (self.form.defaults.completed(), self.form.review)
    }

    /// Which resources are worked on first.
    pub(super) fn important(&self) -> Vec<Important> {
        self.form.important.clone()
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

    /// Makes every rule ready, on all processors where that takes compiling; with what a person should
    /// know of it.
    pub(super) fn load_rules(
        &self,
        layers: &[Layer],
        making: &Making<'_>,
    ) -> Result<(Vec<Rule>, Vec<String>), LoadError> {
        let mut ids = BTreeSet::new();
        for form in &self.form.rule {
            if form.id == DEFAULTS {
                return Err(self.binding_error(form, "`defaults` is reserved; rename the rule"));
            }
            if !ids.insert(form.id.as_str()) {
                return Err(self.binding_error(form, "the id is used twice; rename one of them"));
            }
        }
        let loaded = if making.compiles() {
            self.load_in_parallel(layers, making)
        } else {
            self.form.rule.iter().map(|form| self.load_rule(form, layers, making)).collect()
        };
        let (rules, notices): (Vec<Rule>, Vec<Option<String>>) = loaded?.into_iter().unzip();
        Ok((rules, notices.into_iter().flatten().collect()))
    }

    fn load_in_parallel(
        &self,
        layers: &[Layer],
        making: &Making<'_>,
    ) -> Result<Vec<(Rule, Option<String>)>, LoadError> {
        thread::scope(|scope| {
            let load = |form| scope.spawn(move || self.load_rule(form, layers, making));
            let loading: Vec<_> = self.form.rule.iter().map(load).collect();
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

    fn load_rule(
        &self,
        form: &RuleForm,
        layers: &[Layer],
        making: &Making<'_>,
    ) -> Result<(Rule, Option<String>), LoadError> {
        let layer = self.layer(form, layers)?;
        let settings = settings::to_json(toml::Value::Table(form.settings.clone().into_iter().collect()));
        let Made { digest, manifest, prepared, signed_by, notice } = self.make(form, &settings, making)?;
        let fact_kinds: Result<Vec<FactKind>, _> =
            manifest.fact_kinds.iter().map(|kind| kind.parse()).collect();
        let fact_kinds = fact_kinds.map_err(|source| LoadError::FactKind {
            rule: form.id.clone(),
            module: PathBuf::from(&form.module),
            source,
        })?;
        let binding = Binding {
            standing: self.standing(form, layer, prepared.world())?,
            layer: form.layer.clone(),
            module: form.module.clone(),
            path: self.pin(form)?.0.file(self.folder(), digest),
            digest,
            types: self.types(form, &manifest)?,
            settings,
            limits: self.limits(form)?,
            manifest,
            starts_configured: prepared.starts_configured(),
            world: prepared.world(),
            fact_kinds,
            signed_by,
            allow_downgrade: form.allow_downgrade,
        };
        Ok((Rule { binding, prepared }, notice))
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    fn layer(&self, form: &RuleForm, layers: &[Layer]) -> Result<usize, LoadError> {
        layers.iter().position(|layer| layer.name == form.layer).ok_or_else(|| {
            let known: Vec<&str> = layers.iter().map(|layer| layer.name.as_str()).collect();
            let message =
                format!("the layer `{}` is not stated; known are: {}", form.layer, known.join(", "));
            self.binding_error(form, &message)
        })
    }

    fn standing(&self, form: &RuleForm, layer: usize, world: World) -> Result<Standing, LoadError> {
        if world == World::Review && (form.decides.is_some() || form.on_error.is_some()) {
            return Err(self.binding_error(
                form,
                "the module judges operations: `decides` and `on-error` are for rules that judge resources, \
                 and a rule that fails in a review denies; leave them out",
            ));
        }
        let on_error = form.on_error.unwrap_or_default();
        if on_error == OnError::Ignore && form.mode == Mode::Enforce {
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
            decides: form.decides.unwrap_or_default(),
            on_error,
        })
    }

    /// The module's file, its bytes and their digest, which is the pinned one.
    #[cfg(feature = "compiler")]
    fn pinned(&self, form: &RuleForm) -> Result<(PathBuf, Vec<u8>, Digest), LoadError> {
        let folder = self.folder();
        let rule = || form.id.clone();
        let (name, expected) = self.pin(form)?;
        let module = name.file(folder, expected);
        let bytes = fs::read(&module).map_err(|source| match name {
            ModuleName::Reference(text) if source.kind() == ErrorKind::NotFound => {
                LoadError::NotFetched { rule: rule(), reference: text.to_owned(), module: module.clone() }
            }
            _ => LoadError::Read { path: module.clone(), rule: Some(rule()), source },
        })?;
        let found = Digest::of(&bytes);
        if expected != found {
            return Err(LoadError::WrongModule { rule: rule(), module, expected, found });
        }
        Ok((module, bytes, found))
    }

    /// The module's name, and the digest that the rule set pins.
    fn pin<'a>(&self, form: &'a RuleForm) -> Result<(ModuleName<'a>, Digest), LoadError> {
        let digest_error =
            |source| LoadError::Digest { path: self.path.clone(), rule: form.id.clone(), source };
        let name = ModuleName::read(&form.module);
        let stated: Option<Digest> =
            form.digest.as_deref().map(str::parse).transpose().map_err(digest_error)?;
        stated.map(|digest| (name, digest)).ok_or_else(|| self.unpinned(form, name))
    }

    fn unpinned(&self, form: &RuleForm, name: ModuleName<'_>) -> LoadError {
        let ModuleName::Path(module) = name else {
            let message = "a module that is named by reference is pinned: state the module's `digest`, which \
                           `holdfast rule pull` and `push` print";
            return self.binding_error(form, message);
        };
        let module = self.folder().join(module);
        match fs::read(&module) {
            Ok(bytes) => LoadError::Unpinned {
                path: self.path.clone(),
                rule: form.id.clone(),
                module,
                found: Digest::of(&bytes),
            },
            Err(source) => LoadError::Read { path: module, rule: Some(form.id.clone()), source },
        }
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

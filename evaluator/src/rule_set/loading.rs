//! Turns a rule set's file into rules that are ready: each module is pinned, admitted and configured.

use std::collections::BTreeSet;
use std::fs;
#[cfg(feature = "compiler")]
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use holdfast_rule_set::{BindingEntry, Digest, FactKind, FormError, Manifest, ModuleName, Rank, RuleSetFile};
use serde_json::Value;

use crate::contract::ContractVersion;
use crate::engine::{Limits, World};

use super::binding::Binding;
use super::error::LoadError;
#[cfg(feature = "compiler")]
use super::making::Otherwise;
use super::making::{Building, From, Made};
use super::{Rule, settings};

/// A rule set's file, and where it lies.
pub(super) struct Loading {
    pub(super) path: PathBuf,
    pub(super) file: RuleSetFile,
}

/// A rule that is ready.
pub(super) struct Loaded {
    pub(super) rule: Rule,
    /// What a person should know of it.
    pub(super) notice: Option<String>,
    /// Whether it was compiled for this rule set.
    pub(super) compiled: bool,
}

impl Loading {
    /// Reads the file; says where it departs from what is expected.
    pub(super) fn read(path: &Path) -> Result<Self, LoadError> {
        let text = fs::read_to_string(path).map_err(|source| LoadError::Read {
            path: path.to_owned(),
            rule: None,
            source,
        })?;
        let path = path.to_owned();
        match RuleSetFile::parse(&text) {
            Ok(file) => Ok(Self { path, file }),
            Err(FormError::Place { at, message }) => Err(LoadError::Form { path, at, message }),
            Err(FormError::Binding { rule, message }) => Err(LoadError::Binding { path, rule, message }),
        }
    }

    /// Makes every rule ready, on all processors where that takes compiling.
    pub(super) fn rules(&self, making: &Building<'_>) -> Result<Vec<Loaded>, LoadError> {
        match &making.from {
            #[cfg(feature = "compiler")]
            From::Modules | From::Precompiled { otherwise: Otherwise::Compile, .. } => {
                self.in_parallel(making).into_iter().collect()
            }
            From::Precompiled { folder, otherwise } => {
                let rule = |entry: &BindingEntry| {
                    self.rule(entry, |settings| {
                        self.precompiled(entry, settings, folder, *otherwise, making.trust)
                    })
                };
                self.file.bindings.iter().map(rule).collect()
            }
        }
    }

    /// A rule that `make` makes ready for its settings.
    pub(super) fn rule(
        &self,
        entry: &BindingEntry,
        make: impl FnOnce(&Value) -> Result<Made, LoadError>,
    ) -> Result<Loaded, LoadError> {
        let settings = settings::to_json(toml::Value::Table(entry.settings.clone()));
        let Made { digest, manifest, prepared, signed_by, notice, compiled } = make(&settings)?;
        let fact_kinds: Result<Vec<FactKind>, _> =
            manifest.fact_kinds.iter().map(|kind| kind.parse()).collect();
        let fact_kinds = fact_kinds.map_err(|source| LoadError::FactKind {
            rule: entry.id.clone(),
            module: PathBuf::from(&entry.module),
            source,
        })?;
        let binding = Binding {
            rank: self.rank(entry, prepared.world())?,
            layer: entry.layer.as_str().into(),
            module: entry.module.clone(),
            path: self.pin(entry)?.0.file(self.folder(), digest),
            digest,
            types: self.types(entry, &manifest)?,
            workloads: self.workloads(entry, &manifest, prepared.version())?,
            settings,
            limits: self.limits(entry)?,
            named: format!("{} {}", manifest.name, manifest.version).into(),
            manifest,
            starts_configured: prepared.starts_configured(),
            world: prepared.world(),
            contract: prepared.version(),
            fact_kinds,
            signed_by,
            allow_downgrade: entry.allow_downgrade,
        };
        Ok(Loaded { rule: Rule { binding, prepared }, notice, compiled })
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    fn rank(&self, entry: &BindingEntry, world: World) -> Result<Rank, LoadError> {
        if world != World::Rule && (entry.decides.is_some() || entry.on_error.is_some()) {
            return Err(self.binding_error(
                entry,
                "the module does not judge resources: `decides` and `on-error` are for rules that do; a rule that fails \
                 in a review denies, and one that fails in a verification has no result; leave them out",
            ));
        }
        entry.rank(&self.file.layers).ok_or_else(|| self.binding_error(entry, "its layer is not stated"))
    }

    /// The module's file, its bytes and their digest, which is the pinned one.
    #[cfg(feature = "compiler")]
    pub(super) fn pinned(&self, entry: &BindingEntry) -> Result<(PathBuf, Vec<u8>, Digest), LoadError> {
        let folder = self.folder();
        let rule = || entry.id.clone();
        let (name, expected) = self.pin(entry)?;
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
    pub(super) fn pin<'a>(&self, entry: &'a BindingEntry) -> Result<(ModuleName<'a>, Digest), LoadError> {
        let digest_error =
            |source| LoadError::Digest { path: self.path.clone(), rule: entry.id.clone(), source };
        let name = ModuleName::read(&entry.module);
        let stated: Option<Digest> =
            entry.digest.as_deref().map(str::parse).transpose().map_err(digest_error)?;
        stated.map(|digest| (name, digest)).ok_or_else(|| self.unpinned(entry, name))
    }

    fn unpinned(&self, entry: &BindingEntry, name: ModuleName<'_>) -> LoadError {
        let ModuleName::Path(module) = name else {
            let message = "a module that is named by reference is pinned: state the module's `digest`, which \
                           `holdfast rule pull` and `push` print";
            return self.binding_error(entry, message);
        };
        let module = self.folder().join(module);
        match fs::read(&module) {
            Ok(bytes) => LoadError::Unpinned {
                path: self.path.clone(),
                rule: entry.id.clone(),
                module,
                found: Digest::of(&bytes),
            },
            Err(source) => LoadError::Read { path: module, rule: Some(entry.id.clone()), source },
        }
    }

    /// The types that the module speaks about, narrowed to those that the binding states.
    fn types(&self, entry: &BindingEntry, manifest: &Manifest) -> Result<Vec<String>, LoadError> {
        let lower = |types: &[String]| -> BTreeSet<String> {
            types.iter().map(|name| name.to_ascii_lowercase()).collect()
        };
        let (stated, spoken) = (lower(&entry.types), lower(&manifest.resource_types));
        if stated.is_empty() || spoken.is_empty() {
            return Ok(stated.into_iter().chain(spoken).collect());
        }
        if let Some(foreign) = stated.difference(&spoken).next() {
            let message = format!(
                "`types` states `{foreign}`, but the module speaks only of: {}",
                manifest.resource_types.join(", ")
            );
            return Err(self.binding_error(entry, &message));
        }
        Ok(stated.into_iter().collect())
    }

    /// The workloads that the binding states, else those that the module speaks about.
    fn workloads(
        &self,
        entry: &BindingEntry,
        manifest: &Manifest,
        version: ContractVersion,
    ) -> Result<Vec<String>, LoadError> {
        if entry.workloads.is_empty() {
            return Ok(manifest.workloads.clone());
        }
        if version == ContractVersion::V1_0 {
            let message = format!(
                "`workloads` is for modules that know the workload, and this one was built for {version}; \
                 build it with a current SDK, or leave `workloads` out"
            );
            return Err(self.binding_error(entry, &message));
        }
        let foreign = |name: &&String| !manifest.workloads.is_empty() && !manifest.workloads.contains(name);
        if let Some(foreign) = entry.workloads.iter().find(foreign) {
            let message = format!(
                "`workloads` states `{foreign}`, but the module speaks only of: {}",
                manifest.workloads.join(", ")
            );
            return Err(self.binding_error(entry, &message));
        }
        Ok(entry.workloads.clone())
    }

    fn limits(&self, entry: &BindingEntry) -> Result<Limits, LoadError> {
        let most = Limits::default();
        let fuel = entry.limits.fuel.unwrap_or(most.fuel);
        let memory_bytes = entry.limits.memory_bytes.unwrap_or(most.memory_bytes);
        if fuel > most.fuel || memory_bytes > most.memory_bytes {
            let message = format!(
                "limits may only be lowered: fuel is at most {}, memory-bytes at most {}",
                most.fuel, most.memory_bytes
            );
            return Err(self.binding_error(entry, &message));
        }
        Ok(Limits { fuel, memory_bytes, ..most })
    }

    pub(super) fn binding_error(&self, entry: &BindingEntry, message: &str) -> LoadError {
        LoadError::Binding { path: self.path.clone(), rule: entry.id.clone(), message: message.to_owned() }
    }
}

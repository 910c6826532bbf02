//! A module is admitted, compiled for checking and asked who it is once, whatever the number of its rules, and each
//! settings is tried in an instance of its own.

use std::path::Path;
use std::sync::OnceLock;

use holdfast_rule_set::{Manifest, ManifestIssue, manifest_issues};
use serde_json::Value;

use crate::sandbox::{self, ConfigureError, GateError, ModuleLoader, OpenError, Prepared, RuleFailure};

use super::error::{LoadError, SettingsIssue};
use super::settings;

/// A module that said who it is, and can be given settings.
pub(super) struct Opened<'a> {
    loader: ModuleLoader<'a>,
    manifest: Manifest,
}

/// Why a module is refused, whatever rule has it.
#[derive(Debug, Clone)]
pub(super) enum Refused {
    Gate(GateError),
    Open(OpenError),
    Describe(RuleFailure),
    Manifest(Vec<ManifestIssue>),
}

impl<'a> Opened<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, Refused> {
        let shape = sandbox::admit(bytes).map_err(Refused::Gate)?;
        let loader = ModuleLoader::open(bytes, shape).map_err(Refused::Open)?;
        let manifest = loader.describe().map_err(Refused::Describe)?;
        let wrong = manifest_issues(&manifest);
        if wrong.is_empty() { Ok(Self { loader, manifest }) } else { Err(Refused::Manifest(wrong)) }
    }

    /// Who it says it is.
    pub(super) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The module with these settings, if its schema and the module itself take them; errors name `rule` and `module`.
    pub(super) fn configured(
        &self,
        settings: &Value,
        rule: &str,
        module: &Path,
    ) -> Result<Prepared, LoadError> {
        let of = || (rule.to_owned(), module.to_owned());
        let unfit = |issues: Vec<SettingsIssue>| {
            let (rule, module) = of();
            LoadError::Settings { rule, module, issues }
        };
        let issues = settings::issues(&self.manifest.settings_schema, settings).map_err(|message| {
            let (rule, module) = of();
            LoadError::Schema { rule, module, message }
        })?;
        if !issues.is_empty() {
            return Err(unfit(issues));
        }
        self.loader.configure(&settings.to_string()).map_err(|error| match error {
            ConfigureError::Failed(source) => {
                let (rule, module) = of();
                LoadError::Module { rule, module, export: "configure", source }
            }
            ConfigureError::Unfit(issues) => unfit(settings::said_by_module(issues, settings)),
        })
    }
}

impl Refused {
    /// The refusal of one of the rules that have the module.
    pub(super) fn of(&self, rule: &str, module: &Path) -> LoadError {
        match self.clone() {
            Self::Gate(source) => {
                LoadError::Gate { rule: rule.to_owned(), module: module.to_owned(), source }
            }
            Self::Open(error) => LoadError::opening(rule, module, error),
            Self::Describe(source) => {
                let (rule, module) = (rule.to_owned(), module.to_owned());
                LoadError::Module { rule, module, export: "describe", source }
            }
            Self::Manifest(issues) => LoadError::manifest(rule, module, &issues),
        }
    }
}

/// A module while the rules that pin it become ready: the first that is admitted opens it, others wait.
pub(super) struct Module<'a> {
    bytes: &'a OnceLock<Vec<u8>>,
    opened: OnceLock<Result<Opened<'a>, Refused>>,
}

impl<'a> Module<'a> {
    /// A module of which no rule has read anything; `bytes` is empty and keeps what they read.
    pub(super) fn new(bytes: &'a OnceLock<Vec<u8>>) -> Self {
        Self { bytes, opened: OnceLock::new() }
    }

    /// The one copy of its bytes, which are those that a rule has read and found to be the pinned ones.
    pub(super) fn bytes(&self, read: Vec<u8>) -> &'a [u8] {
        self.bytes.get_or_init(|| read)
    }

    /// The module made of these bytes.
    pub(super) fn opened(&self, bytes: &'a [u8]) -> Result<&Opened<'a>, &Refused> {
        self.opened.get_or_init(|| Opened::of(bytes)).as_ref()
    }
}

#[cfg(test)]
mod tests;

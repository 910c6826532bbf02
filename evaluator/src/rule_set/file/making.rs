//! How a rule becomes ready: compiled from its module, or taken from precompiled code.

use serde_json::Value;

use crate::digest::Digest;
use crate::opinion::{Manifest, manifest_issues};
use crate::precompiled::{Folder, Found, PrecompiledError};
#[cfg(feature = "compiler")]
use crate::sandbox::{self, ConfigureError, Workshop};
use crate::sandbox::{Prepared, Source};
#[cfg(feature = "compiler")]
use crate::trust::Offered;
use crate::trust::{OfferedCode, Trust};

#[cfg(feature = "compiler")]
use super::super::error::SettingsIssue;
#[cfg(feature = "compiler")]
use super::super::settings;
use super::{LoadError, RuleForm, RuleSetFile};

/// What becomes of a rule whose precompiled code cannot be taken into use.
#[derive(Clone, Copy)]
pub enum Otherwise {
    /// The rule set is refused.
    Refuse,
    /// The rule is compiled from its module, if that is trusted, and [`crate::RuleSet::notices`] says so.
    /// A build without a compiler refuses the rule set.
    Compile,
}

/// How the rules of a rule set become ready.
pub(in crate::rule_set) enum Making<'a> {
    /// All are compiled, if they are trusted.
    #[cfg(feature = "compiler")]
    Compile(&'a dyn Trust),
    /// They are in a folder.
    Precompiled { folder: Folder, trust: &'a dyn Trust, otherwise: Otherwise },
}

impl Making<'_> {
    /// Whether it may take long.
    pub(super) fn compiles(&self) -> bool {
        cfg!(feature = "compiler") && !matches!(self, Self::Precompiled { otherwise: Otherwise::Refuse, .. })
    }
}

/// A rule that is ready, but not bound.
pub(super) struct Made {
    pub(super) digest: Digest,
    pub(super) manifest: Manifest,
    pub(super) prepared: Prepared,
    pub(super) signed_by: Vec<String>,
    /// What a person should know: why it was compiled although there is precompiled code, or that it starts slowly.
    pub(super) notice: Option<String>,
}

impl RuleSetFile {
    pub(super) fn make(
        &self,
        form: &RuleForm,
        settings: &Value,
        making: &Making<'_>,
    ) -> Result<Made, LoadError> {
        let (folder, trust, otherwise) = match making {
            #[cfg(feature = "compiler")]
            Making::Compile(trust) => return self.compile(form, settings, *trust),
            Making::Precompiled { folder, trust, otherwise } => (folder, *trust, *otherwise),
        };
        let (_, digest) = self.pin(form)?;
        match (take(form, settings, folder, trust, digest, otherwise), otherwise) {
            (Ok(Found { manifest, prepared, signed_by }), _) => {
                Ok(Made { digest, manifest, prepared, signed_by, notice: None })
            }
            #[cfg(feature = "compiler")]
            (Err(refused), Otherwise::Compile) => {
                let notice = format!("rule `{}` was compiled instead: {}", form.id, whole(&refused));
                Ok(Made { notice: Some(notice), ..self.compile(form, settings, trust)? })
            }
            (Err(source), _) => {
                Err(LoadError::Precompiled { path: self.path.clone(), source: Box::new(source) })
            }
        }
    }

    /// Checks, compiles and configures a module, if it is trusted.
    #[cfg(feature = "compiler")]
    fn compile(&self, form: &RuleForm, settings: &Value, trust: &dyn Trust) -> Result<Made, LoadError> {
        let (module, bytes, digest) = self.pinned(form)?;
        let admitted = |name_version| {
            let (layer, rule) = (form.layer.as_str(), form.id.as_str());
            let offered = Offered { layer, rule, path: &module, digest, bytes: &bytes, name_version };
            trust.admit(&offered).map_err(|why| LoadError::Trust {
                rule: form.id.clone(),
                layer: form.layer.clone(),
                module: module.clone(),
                why,
            })
        };
        admitted(None)?;
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
        let workshop =
            Workshop::open(&bytes, shape).map_err(|error| LoadError::opening(&form.id, &module, error))?;
        let manifest = workshop.describe().map_err(|source| failed("describe", source))?;
        let wrong = manifest_issues(&manifest);
        if !wrong.is_empty() {
            return Err(LoadError::manifest(&form.id, &module, &wrong));
        }
        let signed_by = admitted(Some((&manifest.name, &manifest.version)))?;
        let unfit = |issues: Vec<SettingsIssue>| LoadError::Settings {
            rule: form.id.clone(),
            module: module.clone(),
            issues,
        };
        let issues = settings::issues(&manifest.settings_schema, settings).map_err(|message| {
            LoadError::Schema { rule: form.id.clone(), module: module.clone(), message }
        })?;
        if !issues.is_empty() {
            return Err(unfit(issues));
        }
        let prepared = workshop.configure(&settings.to_string()).map_err(|error| match error {
            ConfigureError::Failed(source) => failed("configure", source),
            ConfigureError::Unfit(issues) => unfit(settings::said_by_module(issues, settings)),
        })?;
        let notice = (!prepared.starts_configured()).then(|| {
            format!(
                "rule `{}`: {} is given its settings anew for each evaluation, which is slow: no snapshot of its \
                 state could be taken, because its memory has no page left to grow or it has globals of vectors",
                form.id,
                module.display()
            )
        });
        Ok(Made { digest, manifest, prepared, signed_by, notice })
    }
}

/// A rule from the folder. The file with its code is looked at when it is needed; but where there is
/// another way, now, since later it would be too late to compile.
fn take(
    form: &RuleForm,
    settings: &Value,
    folder: &Folder,
    trust: &dyn Trust,
    module: Digest,
    otherwise: Otherwise,
) -> Result<Found, PrecompiledError> {
    let found = folder.find(&form.id, module, &settings.to_string())?;
    let wrong = manifest_issues(&found.manifest);
    if !wrong.is_empty() {
        let issues = wrong.into_iter().map(|issue| issue.message).collect();
        return Err(PrecompiledError::Manifest { path: folder.manifest(), rule: form.id.clone(), issues });
    }
    let offered = OfferedCode {
        layer: &form.layer,
        rule: &form.id,
        digest: module,
        name_version: (&found.manifest.name, &found.manifest.version),
        signed_by: &found.signed_by,
    };
    trust.admit_precompiled(&offered).map_err(|why| PrecompiledError::Trust {
        path: folder.manifest(),
        rule: form.id.clone(),
        layer: form.layer.clone(),
        why,
    })?;
    match &found.prepared.source {
        Source::Precompiled(file) if !matches!(otherwise, Otherwise::Refuse) => {
            file.authenticate().map_err(|source| PrecompiledError::Code { rule: form.id.clone(), source })?
        }
        _ => {}
    }
    Ok(found)
}

/// An error with its causes.
#[cfg(feature = "compiler")]
pub(in crate::rule_set) fn whole(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

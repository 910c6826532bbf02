//! How a rule becomes ready: compiled from its module, or taken from precompiled code.

#[cfg(feature = "compiler")]
use std::path::Path;

#[cfg(feature = "compiler")]
use holdfast_rule_set::Offered;
use holdfast_rule_set::{BindingEntry, Digest, Manifest, OfferedCode, Trust, manifest_issues};
use serde_json::Value;

use crate::precompiled::{Folder, Found, PrecompiledError};
use crate::sandbox::{Prepared, Source};

#[cfg(feature = "compiler")]
use super::Rule;
use super::RuleSet;
use super::error::LoadError;
use super::loading::Loading;
#[cfg(feature = "compiler")]
use super::opening::Module;

/// What becomes of a rule whose precompiled code cannot be taken into force.
#[derive(Clone, Copy)]
pub enum Otherwise {
    /// The rule set is refused.
    Refuse,
    /// The rule is compiled from its module, if that is trusted, and [`crate::RuleSet::notices`] says so.
    /// A build without a compiler refuses the rule set.
    Compile,
}

/// How the rules of a rule set become ready.
pub(super) struct Building<'a> {
    pub(super) from: From,
    pub(super) trust: &'a dyn Trust,
    /// What this process has compiled already.
    #[cfg_attr(not(feature = "compiler"), expect(dead_code, reason = "nothing is compiled"))]
    pub(super) earlier: Option<&'a RuleSet>,
}

/// What rules are made of.
pub(super) enum From {
    /// Their modules: all are compiled.
    #[cfg(feature = "compiler")]
    Modules,
    /// The code in a folder.
    Precompiled { folder: Box<Folder>, otherwise: Otherwise },
}

/// A rule that is ready, but not bound.
pub(super) struct Made {
    pub(super) digest: Digest,
    pub(super) manifest: Manifest,
    pub(super) prepared: Prepared,
    pub(super) signed_by: Vec<String>,
    /// What a person should know: why it was compiled although there is precompiled code, or that it starts slowly.
    pub(super) notice: Option<String>,
    /// Whether it was compiled for this rule set.
    pub(super) compiled: bool,
}

impl Loading {
    /// A rule as it was precompiled.
    pub(super) fn precompiled(
        &self,
        entry: &BindingEntry,
        settings: &Value,
        folder: &Folder,
        otherwise: Otherwise,
        trust: &dyn Trust,
    ) -> Result<Made, LoadError> {
        let (_, digest) = self.pin(entry)?;
        let found = take(entry, settings, folder, trust, digest, otherwise)
            .map_err(|source| LoadError::Precompiled { path: self.path.clone(), source: Box::new(source) })?;
        Ok(Made::precompiled(digest, found))
    }

    /// A rule as it was precompiled, where there is such a folder and it can be taken; else made of its module.
    #[cfg(feature = "compiler")]
    pub(super) fn make(
        &self,
        entry: &BindingEntry,
        settings: &Value,
        making: &Building<'_>,
        shared: &Module<'_>,
    ) -> Result<Made, LoadError> {
        let From::Precompiled { folder, otherwise } = &making.from else {
            return self.of_module(entry, settings, making, shared);
        };
        let (_, digest) = self.pin(entry)?;
        match take(entry, settings, folder, making.trust, digest, *otherwise) {
            Ok(found) => Ok(Made::precompiled(digest, found)),
            Err(refused) => {
                let notice = format!("rule `{}` was compiled instead: {}", entry.id, whole(&refused));
                Ok(Made { notice: Some(notice), ..self.of_module(entry, settings, making, shared)? })
            }
        }
    }

    /// Checks and configures a module, if it is trusted; or takes what an earlier rule set made of it with the same
    /// settings, if it is trusted here too.
    #[cfg(feature = "compiler")]
    fn of_module(
        &self,
        entry: &BindingEntry,
        settings: &Value,
        Building { trust, earlier, .. }: &Building<'_>,
        shared: &Module<'_>,
    ) -> Result<Made, LoadError> {
        let (module, bytes, digest) = self.pinned(entry)?;
        let bytes = shared.bytes(bytes);
        let admitted = |name_version| {
            let (layer, rule) = (entry.layer.as_str(), entry.id.as_str());
            let offered = Offered { layer, rule, path: &module, digest, bytes, name_version };
            trust.admit(&offered).map_err(|why| LoadError::Trust {
                rule: entry.id.clone(),
                layer: entry.layer.clone(),
                module: module.clone(),
                why,
            })
        };
        admitted(None)?;
        if let Some(Rule { binding, prepared }) = earlier.and_then(|set| set.compiled_from(digest, settings))
        {
            let (manifest, prepared) = (binding.manifest.clone(), prepared.clone());
            let signed_by = admitted(Some((&manifest.name, &manifest.version)))?;
            let notice = notice(entry, &module, &prepared);
            return Ok(Made { digest, manifest, prepared, signed_by, notice, compiled: false });
        }
        let opened = shared.opened(bytes).map_err(|refused| refused.of(&entry.id, &module))?;
        let manifest = opened.manifest().clone();
        let signed_by = admitted(Some((&manifest.name, &manifest.version)))?;
        let prepared = opened.configured(settings, &entry.id, &module)?;
        let notice = notice(entry, &module, &prepared);
        Ok(Made { digest, manifest, prepared, signed_by, notice, compiled: true })
    }
}

impl Made {
    fn precompiled(digest: Digest, Found { manifest, prepared, signed_by }: Found) -> Self {
        Self { digest, manifest, prepared, signed_by, notice: None, compiled: false }
    }
}

/// What a person should know of a rule that is not configured once and for all.
#[cfg(feature = "compiler")]
fn notice(entry: &BindingEntry, module: &Path, prepared: &Prepared) -> Option<String> {
    (!prepared.starts_configured()).then(|| configured_each_time(&entry.id, module))
}

#[cfg(feature = "compiler")]
fn configured_each_time(rule: &str, module: &Path) -> String {
    format!(
        "rule `{rule}`: {} gets its settings again for each evaluation, which is slow: its instance cannot be put back, \
         and no snapshot of its state could be taken, because its memory has no page left to grow or it has \
         globals of vectors; build it with a larger maximum of its memory, or none, and without globals of vectors, \
         and look with `holdfast rule check` whether an evaluation starts with its settings parsed",
        module.display()
    )
}

/// A rule from the folder. The file with its code is looked at when it is needed; but where there is
/// another way, now, since later it would be too late to compile.
fn take(
    entry: &BindingEntry,
    settings: &Value,
    folder: &Folder,
    trust: &dyn Trust,
    module: Digest,
    otherwise: Otherwise,
) -> Result<Found, PrecompiledError> {
    let found = folder.find(&entry.id, module, &settings.to_string())?;
    let wrong = manifest_issues(&found.manifest);
    if !wrong.is_empty() {
        let issues = wrong.into_iter().map(|issue| issue.message).collect();
        return Err(PrecompiledError::Manifest { path: folder.manifest(), rule: entry.id.clone(), issues });
    }
    let offered = OfferedCode {
        layer: &entry.layer,
        rule: &entry.id,
        digest: module,
        name_version: (&found.manifest.name, &found.manifest.version),
        signed_by: &found.signed_by,
    };
    trust.admit_precompiled(&offered).map_err(|why| PrecompiledError::Trust {
        path: folder.manifest(),
        rule: entry.id.clone(),
        layer: entry.layer.clone(),
        why,
    })?;
    match &found.prepared.source {
        Source::Precompiled(file) if !matches!(otherwise, Otherwise::Refuse) => {
            file.authenticate().map_err(|source| PrecompiledError::Code { rule: entry.id.clone(), source })?
        }
        _ => {}
    }
    Ok(found)
}

/// An error with its causes.
#[cfg(feature = "compiler")]
pub(super) fn whole(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(all(test, feature = "compiler"))]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_is_configured_each_time_is_told_with_what_to_do() {
        let told = configured_each_time("select", Path::new("select.wasm"));
        assert!(told.starts_with("rule `select`: select.wasm gets its settings again"), "{told}");
        assert!(told.contains("; build it with") && told.contains("`holdfast rule check`"), "{told}");
    }
}

//! The few keys of a rule set that fetching needs. The evaluator checks the rest.

use holdfast_rule_set::{Digest, ModuleName};
use serde::Deserialize;

use super::error::FetchError;
use crate::oci::Target;
use crate::relative::RelativePath;
use crate::source::Source;

/// A module that a rule set names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Module {
    pub(super) rule: String,
    pub(super) text: String,
    pub(super) place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Beside the rule set.
    Beside { path: RelativePath, pinned: Option<Digest> },
    /// Anywhere, but this one.
    Elsewhere { source: Source, pinned: Digest },
}

#[derive(Deserialize)]
struct Form {
    #[serde(default)]
    rule: Vec<RuleForm>,
}

#[derive(Deserialize)]
struct RuleForm {
    id: String,
    module: String,
    digest: Option<String>,
}

/// The modules of a rule set, in its order.
pub(super) fn modules(bytes: &[u8], source_text: &str) -> Result<Vec<Module>, FetchError> {
    let wrong = |at: String, problem: &dyn std::fmt::Display| FetchError::Form {
        source_text: source_text.to_owned(),
        at,
        problem: problem.to_string().trim_end().to_owned(),
    };
    let text = std::str::from_utf8(bytes).map_err(|error| wrong("the file".to_owned(), &error))?;
    let document = toml::Deserializer::parse(text).map_err(|error| wrong("the file".to_owned(), &error))?;
    let form: Form = serde_path_to_error::deserialize(document)
        .map_err(|error| wrong(error.path().to_string(), error.inner()))?;
    form.rule
        .into_iter()
        .map(|form| {
            let digest = form.digest.as_deref().map(str::parse::<Digest>).transpose();
            let pinned = digest.map_err(|error| wrong(format!("rule `{}`", form.id), &error))?;
            let place = place(&form, pinned)?;
            Ok(Module { rule: form.id, text: form.module, place })
        })
        .collect()
}

fn place(form: &RuleForm, pinned: Option<Digest>) -> Result<Place, FetchError> {
    let rule = || form.id.clone();
    if let ModuleName::Path(path) = ModuleName::read(&form.module) {
        let path = path.parse().map_err(|source| FetchError::Path { rule: rule(), source })?;
        return Ok(Place::Beside { path, pinned });
    }
    let source: Source =
        form.module.parse().map_err(|source| FetchError::Reference { rule: rule(), source })?;
    let unpinned = |missing| FetchError::Unpinned { rule: rule(), module: form.module.clone(), missing };
    if let Source::Oci(reference) = &source
        && matches!(reference.target, Target::Tag(_))
    {
        return Err(unpinned("write `@sha256:...` in place of the tag (`holdfast rule list` shows it)"));
    }
    let pinned = pinned.ok_or_else(|| {
        unpinned("add `digest = \"sha256:...\"` of the module (`holdfast rule pull` shows it)")
    })?;
    Ok(Place::Elsewhere { source, pinned })
}

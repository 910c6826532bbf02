//! The trait that an author implements, and the macro that exports it.

use std::sync::OnceLock;

use serde::de::DeserializeOwned;

use crate::{Failure, Issue, Manifest, Opinion, Request, from_json};

/// A rule: pure functions of settings and request.
pub trait Rule {
    /// What an administrator may tune. The host has checked it against the manifest's schema.
    type Settings: DeserializeOwned + Send + Sync + 'static;

    /// Who the rule is, which resource types it speaks about, and the JSON Schema of its settings.
    fn manifest() -> Manifest;

    /// Reads the settings from their JSON text. For a rule whose settings need more of JSON than
    /// [`from_json`] gives, such as values kept as they are written; nearly no rule does.
    ///
    /// # Errors
    ///
    /// Names a place in the settings.
    fn read(settings: &str) -> Result<Self::Settings, Issue> {
        from_text(settings)
    }

    /// Says what is wrong with settings that the schema lets through; nothing by default.
    ///
    /// Runs once, when the rule set is loaded; a rule set with an issue is not taken into force.
    fn check(_settings: &Self::Settings) -> Vec<Issue> {
        Vec::new()
    }

    /// Says what the rule thinks of one resource.
    fn evaluate(settings: &Self::Settings, request: &Request<'_>) -> Opinion;

    /// Like [`Rule::evaluate`], for a rule that may have to give up: what the component calls.
    ///
    /// # Errors
    ///
    /// The binding's `on-error` says what a failure means.
    fn try_evaluate(settings: &Self::Settings, request: &Request<'_>) -> Result<Opinion, Failure> {
        Ok(Self::evaluate(settings, request))
    }
}

/// Parses, checks and keeps the settings. Called by the code that [`rule!`](crate::rule!) writes.
///
/// # Errors
///
/// Each issue names a place in the settings.
pub fn configure<R: Rule>(kept: &OnceLock<R::Settings>, settings: &str) -> Result<(), Vec<Issue>> {
    keep(kept, R::read(settings), R::check)
}

/// Settings from their JSON text, or the place in it that does not fit.
pub(crate) fn from_text<S: DeserializeOwned>(text: &str) -> Result<S, Issue> {
    from_json(text)
        .map_err(|error| Issue { pointer: error.pointer().into(), message: error.message().into() })
}

/// Checks settings and keeps them, once.
pub(crate) fn keep<S>(
    kept: &OnceLock<S>,
    read: Result<S, Issue>,
    check: impl FnOnce(&S) -> Vec<Issue>,
) -> Result<(), Vec<Issue>> {
    let settings = read.map_err(|issue| vec![issue])?;
    let issues = check(&settings);
    if !issues.is_empty() {
        return Err(issues);
    }
    let again = || Issue { pointer: String::new(), message: "the rule has been configured before".into() };
    kept.set(settings).map_err(|_| vec![again()])
}

/// Asks the rule. Called by the code that [`rule!`](crate::rule!) writes.
///
/// # Errors
///
/// Fails if [`configure`] did not keep any settings before, or the rule gives up.
pub fn evaluate<R: Rule>(kept: &OnceLock<R::Settings>, request: &Request<'_>) -> Result<Opinion, Failure> {
    let settings = kept.get().ok_or_else(not_configured)?;
    let mut said = R::try_evaluate(settings, request);
    if let (false, Ok(opinion)) = (request.explain, &mut said) {
        opinion.reasons.iter_mut().for_each(|reason| reason.evidence.clear());
    }
    said
}

pub(crate) fn not_configured() -> Failure {
    Failure::Internal("evaluate was called before configure".into())
}

/// Exports a type that implements [`Rule`] as the component's rule.
///
/// Does nothing on targets other than WASM, so that a rule can be tested and linked natively.
#[macro_export]
macro_rules! rule {
    ($rule:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            static SETTINGS: ::std::sync::OnceLock<<$rule as $crate::Rule>::Settings> =
                ::std::sync::OnceLock::new();

            struct Exported;

            impl $crate::bindings::Guest for Exported {
                fn describe() -> $crate::Manifest {
                    <$rule as $crate::Rule>::manifest()
                }

                fn configure(
                    settings: ::std::string::String,
                ) -> ::std::result::Result<(), ::std::vec::Vec<$crate::Issue>> {
                    $crate::configure::<$rule>(&SETTINGS, &settings)
                }

                fn evaluate(
                    request: $crate::owned::Request,
                ) -> ::std::result::Result<$crate::owned::Opinion, $crate::Failure> {
                    $crate::evaluate::<$rule>(&SETTINGS, &request.view()).map(::std::convert::Into::into)
                }

                fn evaluate_packed(requests: ::std::vec::Vec<u8>) -> ::std::vec::Vec<u8> {
                    // SAFETY: the host lays requests out as packed.md says.
                    unsafe { $crate::evaluate_packed::<$rule>(&SETTINGS, &requests) }
                }
            }

    $crate::bindings::export!(Exported with_types_in $crate::bindings);
        };
    };
}

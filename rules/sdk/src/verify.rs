//! Rules that judge restores: the trait that an author implements, and the macro that exports it.

use std::sync::OnceLock;

use serde::de::DeserializeOwned;

use crate::{Failure, Finding, Issue, Manifest, Measured, Verification, VerifyRequest, reasons, rule};

/// A rule that judges what was restored: pure functions of settings and request.
///
/// ```
/// use holdfast_rule_sdk::{Manifest, Measured, Verification, Verify, VerifyRequest, verify_rule};
///
/// #[derive(serde::Deserialize)]
/// #[serde(deny_unknown_fields)]
/// pub struct Settings {}
///
/// pub struct Boots;
///
/// impl Verify for Boots {
///     type Settings = Settings;
///
///     fn manifest() -> Manifest {
///         Manifest {
///             name: "boots".into(),
///             version: env!("CARGO_PKG_VERSION").into(),
///             summary: "a restored machine has to boot".into(),
///             resource_types: vec!["Microsoft.Compute/virtualMachines".into()],
///             reason_codes: vec!["no-boot".into(), "not-tried".into()],
///             ..Manifest::default()
///         }
///     }
///
///     fn verify(_settings: &Settings, request: &VerifyRequest) -> Verification {
///         match request.measured("boots") {
///             Some(Measured::Truth(true)) => Verification::passed(),
///             Some(_) => Verification::failed().because("no-boot", "the machine does not boot"),
///             None => Verification::inconclusive().because("not-tried", "nobody has tried to boot it"),
///         }
///     }
/// }
///
/// verify_rule!(Boots);
/// ```
pub trait Verify {
    /// What an administrator may tune. The host has checked it against the manifest's schema.
    type Settings: DeserializeOwned + Send + Sync + 'static;

    /// Who the rule is, which resource types it speaks about, and the JSON Schema of its settings.
    fn manifest() -> Manifest;

    /// Says what is wrong with settings that the schema lets through; nothing by default.
    ///
    /// Runs once, when the rule set is loaded; a rule set with an issue is not taken into force.
    fn check(_settings: &Self::Settings) -> Vec<Issue> {
        Vec::new()
    }

    /// Says what the restore is worth. A rule that fails tells nothing: the restore is inconclusive.
    fn verify(settings: &Self::Settings, request: &VerifyRequest) -> Verification;
}

impl Verification {
    /// Nothing to say of this restore.
    pub fn abstain() -> Self {
        Self::of(Finding::Abstain)
    }

    /// What was restored is what it should be, as far as this rule is concerned.
    pub fn passed() -> Self {
        Self::of(Finding::Passed)
    }

    /// It is not; add the reason.
    pub fn failed() -> Self {
        Self::of(Finding::Failed)
    }

    /// What was measured does not suffice to tell; add what is lacking.
    pub fn inconclusive() -> Self {
        Self::of(Finding::Inconclusive)
    }

    /// Adds a reason: one of the manifest's codes, and a few words for a person.
    #[must_use]
    pub fn because(mut self, code: &str, message: impl Into<String>) -> Self {
        reasons::add(&mut self.reasons, code, message);
        self
    }

    /// Adds evidence to the last reason: a JSON pointer into the request and the value found there.
    #[must_use]
    pub fn seen(mut self, pointer: impl Into<String>, value: impl Into<String>) -> Self {
        reasons::prove(&mut self.reasons, pointer, value);
        self
    }

    fn of(finding: Finding) -> Self {
        Self { finding, reasons: Vec::new() }
    }
}

impl VerifyRequest {
    /// What was found out under this name; none if nobody looked.
    pub fn measured(&self, name: &str) -> Option<&Measured> {
        self.measurements.iter().find(|measurement| measurement.name == name).map(|found| &found.value)
    }

    /// Whether what was backed up is of this type, compared without case.
    pub fn is_about(&self, resource_type: &str) -> bool {
        self.target.type_.eq_ignore_ascii_case(resource_type)
    }
}

/// Parses, checks and keeps the settings. Called by the code that
/// [`verify_rule!`](crate::verify_rule!) writes.
///
/// # Errors
///
/// Each issue names a place in the settings.
pub fn configure_verify<R: Verify>(kept: &OnceLock<R::Settings>, settings: &str) -> Result<(), Vec<Issue>> {
    rule::keep(kept, rule::from_text(settings), R::check)
}

/// Asks the rule. Called by the code that [`verify_rule!`](crate::verify_rule!) writes.
///
/// # Errors
///
/// Fails if [`configure_verify`] did not keep any settings before.
pub fn verify<R: Verify>(
    kept: &OnceLock<R::Settings>,
    request: &VerifyRequest,
) -> Result<Verification, Failure> {
    let settings =
        kept.get().ok_or_else(|| Failure::Internal("verify was called before configure".into()))?;
    let mut verification = R::verify(settings, request);
    if !request.explain {
        reasons::strip(&mut verification.reasons);
    }
    Ok(verification)
}

/// Exports a type that implements [`Verify`] as the component's rule.
///
/// Does nothing on targets other than WASM, so that a rule can be tested and linked natively.
#[macro_export]
macro_rules! verify_rule {
    ($rule:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            static SETTINGS: ::std::sync::OnceLock<<$rule as $crate::Verify>::Settings> =
                ::std::sync::OnceLock::new();

            struct Exported;

            impl $crate::verify_bindings::Guest for Exported {
                fn describe() -> $crate::Manifest {
                    <$rule as $crate::Verify>::manifest()
                }

                fn configure(
                    settings: ::std::string::String,
                ) -> ::std::result::Result<(), ::std::vec::Vec<$crate::Issue>> {
                    $crate::configure_verify::<$rule>(&SETTINGS, &settings)
                }

                fn verify(
                    request: $crate::VerifyRequest,
                ) -> ::std::result::Result<$crate::Verification, $crate::Failure> {
                    $crate::verify::<$rule>(&SETTINGS, &request)
                }
            }

    $crate::verify_bindings::export!(Exported with_types_in $crate::verify_bindings);
        };
    };
}

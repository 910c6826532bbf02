//! Rules that judge operations: the trait that an author implements, and the macro that exports it.

use std::sync::OnceLock;

use serde::de::DeserializeOwned;

use crate::bindings::holdfast::rule::types::{
    Approval, Failure, Issue, Judgement, Manifest, OperationKind, ReviewRequest, Ruling,
};
use crate::{reasons, rule};

/// The body of a resource of which nothing is known but its id, type and region.
const TAGS_UNKNOWN: &str = r#"{"holdfast":{"unknown":["tags"]}}"#;

/// A rule that judges operations: pure functions of settings and request.
///
/// ```
/// use holdfast_rule_sdk::{Judgement, Manifest, OperationKind, Review, ReviewRequest, review_rule};
///
/// #[derive(serde::Deserialize)]
/// #[serde(deny_unknown_fields)]
/// pub struct Settings {}
///
/// pub struct KeepBackups;
///
/// impl Review for KeepBackups {
///     type Settings = Settings;
///
///     fn manifest() -> Manifest {
///         Manifest {
///             name: "keep-backups".into(),
///             version: env!("CARGO_PKG_VERSION").into(),
///             summary: "denies the deletion of backups".into(),
///             settings_schema: r#"{ "type": "object", "additionalProperties": false }"#.into(),
///             reason_codes: vec!["deletes-backups".into()],
///             ..Manifest::default()
///         }
///     }
///
///     fn review(_settings: &Settings, request: &ReviewRequest) -> Judgement {
///         match request.operation.kind {
///             OperationKind::StopAndDelete => {
///                 Judgement::deny().because("deletes-backups", "backups are never deleted by hand")
///             }
///             _ => Judgement::abstain(),
///         }
///     }
/// }
///
/// review_rule!(KeepBackups);
/// ```
pub trait Review {
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

    /// Says whether the operation may go on. A rule that fails denies.
    fn review(settings: &Self::Settings, request: &ReviewRequest) -> Judgement;
}

impl Judgement {
    /// Nothing to say of this operation.
    pub fn abstain() -> Self {
        Self::of(Ruling::Abstain)
    }

    /// It may go on, as far as this rule is concerned.
    pub fn allow() -> Self {
        Self::of(Ruling::Allow)
    }

    /// It may not go on; add the reason.
    pub fn deny() -> Self {
        Self::of(Ruling::Deny)
    }

    /// It may go on once somebody with one of these roles (empty: one that may do it) has agreed.
    pub fn needs_approval(roles: Vec<String>, within_hours: u32) -> Self {
        Self::of(Ruling::NeedsApproval(Approval { roles, within_hours }))
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

    fn of(ruling: Ruling) -> Self {
        Self { ruling, reasons: Vec::new() }
    }
}

impl OperationKind {
    /// Such as `stop-and-delete`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Restore => "restore",
            Self::StopAndRetain => "stop-and-retain",
            Self::StopAndDelete => "stop-and-delete",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::ChangePolicy => "change-policy",
        }
    }
}

impl ReviewRequest {
    /// A tag of the resource, as Azure spells it. Tag names are compared without case, as Azure does.
    pub fn tag(&self, name: &str) -> Option<(&str, &str)> {
        let tag = self.target.tags.iter().find(|tag| tag.name.eq_ignore_ascii_case(name))?;
        Some((&tag.name, &tag.value))
    }

    /// A tag of the resource that this one lies in, such as the server of a database.
    pub fn parent_tag(&self, name: &str) -> Option<(&str, &str)> {
        let tag = self.parent_tags.iter().find(|tag| tag.name.eq_ignore_ascii_case(name))?;
        Some((&tag.name, &tag.value))
    }

    /// Whether nobody knows the tags of the resource: it was deleted before any decision about it was recorded.
    ///
    /// Its list of tags is then empty. A rule that asks for tags should assume what does the least harm.
    pub fn tags_are_unknown(&self) -> bool {
        self.target.body == TAGS_UNKNOWN
    }

    /// Whether the resource is of this type, compared without case.
    pub fn is_about(&self, resource_type: &str) -> bool {
        self.target.type_.eq_ignore_ascii_case(resource_type)
    }

    /// Whether the caller has this role.
    pub fn caller_has(&self, role: &str) -> bool {
        self.caller.roles.iter().any(|own| own.eq_ignore_ascii_case(role))
    }
}

/// Parses, checks and keeps the settings. Called by the code that
/// [`review_rule!`](crate::review_rule!) writes.
///
/// # Errors
///
/// Each issue names a place in the settings.
pub fn configure_review<R: Review>(kept: &OnceLock<R::Settings>, settings: &str) -> Result<(), Vec<Issue>> {
    rule::keep(kept, rule::from_text(settings), R::check)
}

/// Asks the rule. Called by the code that [`review_rule!`](crate::review_rule!) writes.
///
/// # Errors
///
/// Fails if [`configure_review`] did not keep any settings before.
pub fn review<R: Review>(
    kept: &OnceLock<R::Settings>,
    request: &ReviewRequest,
) -> Result<Judgement, Failure> {
    let settings =
        kept.get().ok_or_else(|| Failure::Internal("review was called before configure".into()))?;
    let mut judgement = R::review(settings, request);
    if !request.explain {
        reasons::strip(&mut judgement.reasons);
    }
    Ok(judgement)
}

/// Exports a type that implements [`Review`] as the component's rule.
///
/// Does nothing on targets other than WASM, so that a rule can be tested and linked natively.
#[macro_export]
macro_rules! review_rule {
    ($rule:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            static SETTINGS: ::std::sync::OnceLock<<$rule as $crate::Review>::Settings> =
                ::std::sync::OnceLock::new();

            struct Exported;

            impl $crate::review_bindings::Guest for Exported {
                fn describe() -> $crate::Manifest {
                    <$rule as $crate::Review>::manifest()
                }

                fn configure(
                    settings: ::std::string::String,
                ) -> ::std::result::Result<(), ::std::vec::Vec<$crate::Issue>> {
                    $crate::configure_review::<$rule>(&SETTINGS, &settings)
                }

                fn review(
                    request: $crate::ReviewRequest,
                ) -> ::std::result::Result<$crate::Judgement, $crate::Failure> {
                    $crate::review::<$rule>(&SETTINGS, &request)
                }
            }

    $crate::review_bindings::export!(Exported with_types_in $crate::review_bindings);
        };
    };
}

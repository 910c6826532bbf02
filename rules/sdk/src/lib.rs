//! Write a Holdfast rule in Rust.
//!
//! A rule looks at one Azure resource and says whether it is to be protected, and how. It is a
//! component without imports: no clock, no files, no network. What it may know is in the
//! [`Request`], what it may say is an [`Opinion`], and what an administrator may tune is its
//! settings. An author writes three things:
//!
//! ```
//! use holdfast_rule_sdk::{Manifest, Opinion, Protection, Request, Retention, Rule, rule};
//!
//! #[derive(serde::Deserialize)]
//! #[serde(rename_all = "kebab-case", deny_unknown_fields)]
//! pub struct Settings {
//!     min_days: u32,
//! }
//!
//! pub struct KeepDisks;
//!
//! impl Rule for KeepDisks {
//!     type Settings = Settings;
//!
//!     fn manifest() -> Manifest {
//!         Manifest {
//!             name: "keep-disks".into(),
//!             version: env!("CARGO_PKG_VERSION").into(),
//!             summary: "protects every disk".into(),
//!             resource_types: vec!["Microsoft.Compute/disks".into()],
//!             settings_schema: r#"{
//!                 "type": "object",
//!                 "properties": { "min-days": { "type": "integer", "minimum": 1 } },
//!                 "required": ["min-days"],
//!                 "additionalProperties": false
//!             }"#
//!             .into(),
//!             reason_codes: vec!["is-a-disk".into()],
//!             ..Manifest::default()
//!         }
//!     }
//!
//!     fn evaluate(settings: &Settings, request: &Request) -> Opinion {
//!         let keep = Retention { min_days: Some(settings.min_days), max_days: None };
//!         Opinion::protect(Protection { retention: Some(keep), ..Protection::default() })
//!             .because("is-a-disk", format!("{} is a disk", request.target.name))
//!     }
//! }
//!
//! rule!(KeepDisks);
//! ```
//!
//! The crate is a `cdylib` (for WASM) and an `rlib` (so that its tests run natively).
//! `cargo xtask rules` builds it, turns it into a component and pins its digest in the rule set.
//!
//! On WASM this crate also is the allocator: a small arena, so that an instance fits in one page of
//! memory and making a fresh one for every evaluation costs microseconds.

#[cfg(target_arch = "wasm32")]
mod arena;
#[doc(hidden)]
pub mod bindings;
mod copies;
mod json;
mod opinion;
mod packed;
mod reasons;
mod request;
mod review;
#[doc(hidden)]
pub mod review_bindings;
mod rule;
mod text;
mod verify;
#[doc(hidden)]
pub mod verify_bindings;

/// What the typed doors bring and take, with text of its own: what tests make requests from, and the reasons of rules
/// that judge operations or restores.
pub mod owned {
    pub use crate::bindings::holdfast::rule::types::{
        AzResource, Evidence, Fact, FactKey, Opinion, Reason, Request, Tag,
    };
}

pub use bindings::holdfast::rule::types::{
    Approval, Caller, Judgement, Operation, OperationKind, ReviewRequest, Ruling,
};
pub use bindings::holdfast::rule::types::{
    Archive, Consistency, Exclusion, ExclusionKind, FactKey, Failure, Issue, Items, LogBackup, LongTerm,
    Luns, Manifest, PartialBackup, PartialKind, Protection, Redundancy, RestoreTest, Retention, Schedule,
    Tag, TestJudge, TestPoint, TestTarget, Tier, VaultChoice, Verdict, Weekday,
};
pub use bindings::holdfast::rule::types::{
    Finding, Measured, Measurement, RecoveryPoint, Verification, VerifyRequest,
};
pub use copies::joined;
pub use json::{JsonError, from_json};
pub use opinion::{Evidence, Opinion, Reason};
#[doc(hidden)]
pub use packed::evaluate_packed;
pub use request::{AzResource, FactRef, Facts, Request, TagRef, Tags, same, tag_pointer};
pub use review::{Review, configure_review, review};
pub use rule::{Rule, configure, evaluate};
pub use text::Text;
pub use verify::{Verify, configure_verify, verify};

//! The contract `holdfast:rule`, 1.0.0 and 1.1.0, as Wasmtime sees it: the shapes of what crosses the sandbox.
//!
//! The request is lowered from borrowed text, so that nothing is copied twice. A shape that does
//! not match the WIT package fails when a rule's exports are looked up, at load.

mod answer;
mod manifest;
mod packed;
mod request;
mod review;
pub(crate) mod v1_1;
mod version;

pub(crate) use answer::{FailureAnswer, OpinionAnswer};
pub(crate) use manifest::IssueAnswer;
#[cfg(feature = "compiler")]
pub(crate) use manifest::ManifestAnswer;
pub(crate) use packed::{
    Answers, CONFIGURE, Depth, EVALUATE_PACKED, EvaluatePacked, Malformed, PackedRequests,
};
pub(crate) use request::{RequestParts, RequestView};
pub(crate) use review::{ReviewCall, ReviewParts};
pub(crate) use v1_1::{VerifyCall, VerifyParts};
pub use version::ContractVersion;

/// The imports that a rule may have: names of the contract's own types, no functions.
#[cfg(feature = "compiler")]
pub(crate) const TYPES_INTERFACES: [&str; 2] = ["holdfast:rule/types@1.0.0", "holdfast:rule/types@1.1.0"];

/// Parameters and results of `describe`.
#[cfg(feature = "compiler")]
pub(crate) type Describe = wasmtime::component::TypedFunc<(), (ManifestAnswer,)>;

/// Parameters and results of `configure`.
pub(crate) type Configure<'a> = wasmtime::component::TypedFunc<(&'a str,), (Result<(), Vec<IssueAnswer>>,)>;

/// Parameters and results of `evaluate`.
pub(crate) type Evaluate<'a> =
    wasmtime::component::TypedFunc<(RequestView<'a>,), (Result<OpinionAnswer, FailureAnswer>,)>;

//! What differs in `holdfast:rule@1.1.0`: the rest is the same in both, and shared.

mod answer;
mod manifest;
mod protection;
mod request;
mod restore_test;
mod schedule;
mod verify;

#[cfg(feature = "compiler")]
use wasmtime::component::TypedFunc;

use super::answer::FailureAnswer;
use super::review::JudgementAnswer;

use answer::OpinionAnswer;
#[cfg(feature = "compiler")]
use manifest::ManifestAnswer;
use request::{RequestView, ReviewView};

pub(crate) use verify::{VerifyCall, VerifyParts};

/// Parameters and results of `describe`.
#[cfg(feature = "compiler")]
pub(crate) type Describe = TypedFunc<(), (ManifestAnswer,)>;

/// Parameters and results of `evaluate`.
pub(crate) type Evaluate<'a> =
    wasmtime::component::TypedFunc<(RequestView<'a>,), (Result<OpinionAnswer, FailureAnswer>,)>;

/// Parameters and results of `review`.
pub(crate) type ReviewCall<'a> =
    wasmtime::component::TypedFunc<(ReviewView<'a>,), (Result<JudgementAnswer, FailureAnswer>,)>;

//! Sandboxed rules and the one composition that turns their opinions into a decision.
//!
//! The only crate that names Wasmtime. It reads module files and does no other I/O.
//!
//! - [`RuleSet::load`] reads a rule set, refuses what does not fit, and configures every rule.
//! - [`Evaluator::decide`] asks every rule that speaks of a resource, each in a fresh sandbox, and
//!   composes a [`Decision`] whose [`DecisionRecord`] says who won what, and why.

mod composition;
mod contract;
mod digest;
mod evaluator;
mod model;
mod opinion;
mod record;
mod rule_set;
mod sandbox;
mod summary;

pub use digest::{Digest, DigestError};
pub use evaluator::{Evaluator, EvaluatorError};
pub use model::{
    Decision, ExclusionKind, Fact, Outcome, Protection, Redundancy, Request, Resource, Retention, Schedule,
    Tier, VaultChoice,
};
pub use opinion::Manifest;
pub use record::{Conflict, Counterfactual, DecisionRecord, Digests, Evidence, Reason, RuleOpinion, Winner};
pub use rule_set::{Algorithm, Binding, Decides, Layer, LoadError, Mode, OnError, RuleSet, SettingsIssue};
pub use sandbox::{GateError, Limits, RuleFailure};

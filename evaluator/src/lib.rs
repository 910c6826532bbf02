//! Sandboxed rules and the one composition that turns their opinions into a decision.
//!
//! The only crate that names Wasmtime. It reads module files, writes precompiled code where it is asked to, and
//! compiles in child processes where the program wants that ([`compile_in_children`]); it does no other I/O.
//!
//! - [`RuleSet::load`] reads a rule set, refuses what does not fit, and configures every rule.
//! - [`Evaluator::decide`] asks every rule that speaks of a resource, each in a fresh sandbox, and
//!   composes a [`Decision`] whose [`DecisionRecord`] says who won what, and why;
//!   [`Evaluator::ask`] first says which facts the rules want.
//! - [`Evaluator::review`] asks the rules that judge operations.
//! - [`ActiveRules`] swaps the rule set in force, and rolls back.

mod active;
mod batch;
#[cfg(feature = "compiler")]
mod compiling;
mod composition;
mod conduct;
mod contract;
mod digest;
mod evaluator;
mod expiry;
mod facts;
#[cfg(feature = "compiler")]
mod inspect;
mod largest;
mod model;
mod opinion;
mod precompiled;
mod probe;
mod record;
mod review;
mod rule_set;
mod sandbox;
mod summary;
mod trust;
mod visible;

pub use active::{ActiveRules, Past, PastStanding, SwapError, Swapped};
#[cfg(feature = "compiler")]
pub use compiling::{BadBound, CompileBounds, CompileError, compile_in_children, compiling_child};
pub use conduct::{
    Conduct, Creation, End, Ending, EndingCause, GrantScope, Grants, Instances, NewImmutability,
    SnapshotGroupCreation, SnapshotGroups, SoftDelete, VaultCreation, WhenForeign, WhenStopped,
};
pub use digest::{Digest, DigestError};
pub use evaluator::{Blocking, Evaluator, EvaluatorError, Round, Setup};
pub use facts::{FACT_KEYS, FACT_ROUNDS, FactKey, FactKind, FactsRefused, UnknownFactKind};
#[cfg(feature = "compiler")]
pub use inspect::{CONTRACT, InspectError, Inspected, inspect, schema_issues};
pub use largest::LARGEST_MODULE;
pub use model::{
    Decision, ExclusionKind, Fact, Outcome, Protection, Redundancy, Request, Resource, Retention, Schedule,
    Tier, VaultChoice,
};
pub use opinion::{Manifest, ManifestIssue, ManifestPart, manifest_issues};
pub use precompiled::{CompiledKey, CompiledKeyError, CompiledSigner, PrecompiledError};
#[cfg(feature = "compiler")]
pub use precompiled::{Precompiled, PublishError, precompile};
pub use record::{
    Conflict, Counterfactual, DecisionRecord, Digests, Evidence, Reason, RuleOpinion, ShadowDifference,
    Winner,
};
pub use review::{
    Caller, DefaultRuling, Denial, Operation, OperationKind, Review, ReviewDefaults, ReviewRecord,
    ReviewRequest, Ruling,
};
pub use rule_set::{
    Algorithm, Binding, Decides, Layer, LoadError, Mode, OnError, Otherwise, RuleSet, SettingsIssue,
};
#[cfg(feature = "compiler")]
pub use sandbox::GateError;
pub use sandbox::{CodeError, Freshness, Limits, RuleFailure, World};
pub use trust::{Offered, OfferedCode, PinnedOnly, Trust};
pub use visible::{Visible, VisibleLines};

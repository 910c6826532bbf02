//! Sandboxed rules and the one composition that turns their opinions into a decision.
//!
//! The only crate that names Wasmtime. It reads module files, writes precompiled code where it is asked to, and
//! compiles in child processes where the program wants that ([`compile_in_children`]); it does no other I/O.
//!
//! - [`RuleSet::load`] reads a rule set, refuses what does not fit, and configures every rule.
//! - [`Evaluator::decide`] asks every rule that speaks of a resource, each in a fresh sandbox, and
//!   composes a [`Decision`] whose [`DecisionRecord`] says who won what, and why;
//!   [`Evaluator::ask`] first says which facts the rules want, and [`Rounds`] asks only those again that wanted some.
//!   [`Evaluator::beside`] does either away from a thread that must not wait.
//! - [`Evaluator::review`] asks the rules that judge operations.
//! - [`ActiveRules`] swaps the rule set in force, and rolls back.

mod active;
mod batch;
#[cfg(feature = "compiler")]
mod compiling;
mod composition;
mod contract;
mod engine;
mod evaluator;
mod expiry;
mod facts;
#[cfg(feature = "compiler")]
mod inspect;
mod key;
mod model;
mod opinion;
mod precompiled;
mod probe;
mod record;
mod review;
mod rule_set;
mod sandbox;
mod summary;
mod verification;

pub use active::{ActiveRules, Past, PastState, SwapError, Swapped};
pub use batch::{Answered, Ruled};
#[cfg(feature = "compiler")]
pub use compiling::{
    BadBound, CacheBounds, CodeCache, CodeCacheError, CompileBounds, CompileError, compile_in_children,
    compiling_child, keep_code_in,
};
pub use contract::ContractVersion;
pub use engine::{Freshness, Limits, World};
pub use evaluator::{Beside, Evaluator, EvaluatorError, Round, Rounds, Setup, Work};
pub use facts::{FACT_KEYS, FACT_ROUNDS, FactKey, FactsRefused};
#[cfg(feature = "compiler")]
pub use inspect::{InspectError, Inspected, admit, inspect, schema_issues};
pub use key::{CompiledKey, CompiledKeyError, CompiledSigner};
pub use model::{
    Caller, Decision, Fact, Labels, Measured, Measurement, Operation, Outcome, RecoveryPoint, Request,
    Resource, ReviewRequest, TargetWorkload, VerifyRequest,
};
pub use precompiled::PrecompiledError;
#[cfg(feature = "compiler")]
pub use precompiled::{Precompiled, PublishError};
pub use record::{
    Conflict, Counterfactual, DecisionRecord, Digests, Evidence, Reason, RuleOpinion, Said, ShadowDifference,
    Winner,
};
pub use review::{Denial, Review, ReviewRecord, Ruling};
pub use rule_set::{Binding, LoadError, Otherwise, RuleSet, SettingsIssue};
#[cfg(feature = "compiler")]
pub use rule_set::{OpenedModule, precompile};
#[cfg(feature = "compiler")]
pub use sandbox::GateError;
pub use sandbox::{CodeError, RuleFailure};
pub use verification::{Fault, Finding, Verification, VerificationRecord};

/// What a loaded rule set and its decisions are made of.
pub use holdfast_rule_set::{
    APPROVING_ROLES, Algorithm, Allowances, Archive, Consistency, Creation, Decides, DefaultRuling, Digest,
    DigestError, End, Ending, EndingCause, ExclusionKind, FactKind, GrantScope, Grants, Instances, Items,
    LARGEST_MODULE, Layer, LogBackup, LongTerm, Manifest, ManifestIssue, ManifestPart, Mode, NewImmutability,
    Offered, OfferedCode, OnError, OperationKind, PartialBackup, PartialKind, PinnedOnly, Placement,
    Protection, Redundancy, RestoreTest, Retention, ReviewDefaults, Schedule, SnapshotGroupCreation,
    SnapshotGroups, SoftDelete, TestJudge, TestPoint, TestTarget, Tier, Trust, UnknownFactKind, VaultChoice,
    VaultCreation, VaultLimits, Visible, VisibleLines, Weekday, WhenForeign, WhenStopped, manifest_issues,
};

//! The rule set as an administrator writes it: which rules are asked, in whose name, with which settings, and what
//! Holdfast may do around a protection.
//!
//! Plain values and their serde forms: no Wasmtime, no I/O. [`RuleSetFile::parse`] reads the text of a rule set and
//! refuses what contradicts itself; what needs the modules, the evaluator checks when it loads them.

mod allowances;
mod binding;
mod defaults;
mod digest;
mod fact_kind;
mod file;
mod hexadecimal;
mod important;
mod layer;
mod manifest;
mod module;
mod operation;
mod protection;
mod rank;
mod review;
mod trust;
mod visible;

pub use allowances::{
    Allowances, Creation, End, Ending, EndingCause, GrantScope, Grants, Instances, NewImmutability,
    Placement, SnapshotGroupCreation, SnapshotGroups, SoftDelete, VaultCreation, VaultLimits, WhenForeign,
    WhenStopped,
};
pub use binding::{BindingEntry, LimitsEntry};
pub use defaults::Defaults;
pub use digest::{Digest, DigestError, Digester};
pub use fact_kind::{FactKind, UnknownFactKind};
pub use file::{FormError, RuleSetFile};
pub use hexadecimal::{hex, unhex};
pub use important::Important;
pub use layer::{Algorithm, Layer};
pub use manifest::{Manifest, ManifestIssue, ManifestPart, manifest_issues};
pub use module::{LARGEST_MODULE, ModuleName};
pub use operation::OperationKind;
pub use protection::{
    Archive, Consistency, ExclusionKind, Items, LogBackup, LongTerm, PartialBackup, PartialKind, Protection,
    Redundancy, RestoreTest, Retention, Schedule, TestJudge, TestPoint, TestTarget, Tier, VaultChoice,
    Weekday,
};
pub use rank::{DEFAULTS, Decides, Mode, OnError, Rank};
pub use review::{APPROVING_ROLES, DefaultRuling, ReviewDefaults};
pub use trust::{Offered, OfferedCode, PinnedOnly, Trust};
pub use visible::{Visible, VisibleLines};

//! The report: what the protection of an estate comes to, and what needs a person.
//!
//! Rows go in (lines of a finished sweep, jobs, vaults, holds), one [`Report`] comes out. Nothing here reads or writes
//! anything: the HTTP API, the page, the command line and an assessment without a deployment all show this one value, so
//! that their numbers cannot differ.

mod arrivals;
mod assigned;
mod cadence;
mod causes;
mod cost;
mod coverage;
mod csv;
mod digest;
mod drift;
mod exclusions;
mod gaps;
mod headline;
mod jobs;
mod places;
mod purge;
mod report;
mod rpo;
mod rules;
mod shadows;
mod state;
mod tally;
mod trend;
mod vaults;

pub use arrivals::{Arrivals, DayWaits, TimeToProtection, Waits};
pub use assigned::{AssignedPolicy, EquivalentRule};
pub use cadence::Cadence;
pub use causes::{Cause, Failure, Proposal, Sample, Source, causes};
pub use cost::{Cost, Range};
pub use coverage::{Coverage, Part, Share, TagPart};
pub use csv::{Section, csv};
pub use digest::{Digest, Item};
pub use drift::{Drift, DriftSample, Drifts};
pub use exclusions::{Exclusions, Expiry};
pub use gaps::{Gap, Stop, Uncovered};
pub use headline::Headline;
pub use jobs::{Good, JobCounts, Nights, failures_of};
pub use places::{Filter, Order, PageMarks, Place};
pub use purge::Purge;
pub use report::{Held, Input, Report, RunSeen};
pub use rpo::{Late, Rpo};
pub use rules::RuleEffect;
pub use shadows::{Shadow, ShadowDay, Shadows};
pub use state::State;
pub use tally::Tally;
pub use trend::{Day, Trend};
pub use vaults::{Check, PROFILE, VaultChecks, check};

//! Whatever goes wrong: the real client and the real passes against the simulator, in virtual time.
//!
//! Assertions are the same everywhere: it converges, with one instance, no role assigned twice, no resource lost.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a failed step fails the test"
)]

mod administrator;
mod attached;
mod burst;
mod calls;
mod databases;
mod deaths;
mod deluge;
mod disasters;
mod each;
mod held;
mod holds;
mod lagging;
mod life;
mod limits;
mod line;
mod lost_answers;
mod meanwhile;
mod moves;
mod operations;
mod order;
mod paired_region;
mod parts;
mod passing;
mod recovery;
mod recovery_refusals;
mod refusals;
mod retrying;
mod revived;
mod rules;
mod run;
mod secrets;
mod sweeping;
mod table;
mod twice;
mod values;
mod withdrawn;
mod worlds;

pub(crate) use worlds::{Case, cases, granted};

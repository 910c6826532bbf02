//! A stage for the whole product: the simulator, the Functions host stand-in, and the real handler as a process.

#![expect(clippy::indexing_slicing, reason = "an absent key of a JSON value is null, not a panic")]

mod deployed;
pub mod disks;
mod ledger;
pub mod process;
mod quiet;
mod stage;
mod subscribing;

pub use deployed::{Deployed, event_subscriptions};
pub use ledger::{Story, target};
pub use stage::{Knobs, SUBSCRIPTION, Stage, app, settings};
pub use subscribing::Events;

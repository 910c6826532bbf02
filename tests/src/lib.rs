//! A stage for the whole product: the simulator, the Functions host stand-in, and the real handler as a process.

mod ledger;
mod stage;

pub use ledger::Story;
pub use stage::{Knobs, SUBSCRIPTION, Stage, app, settings};

//! Notifications with everything outside held in memory.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod deaths;
mod delivery;
mod news;
mod world;

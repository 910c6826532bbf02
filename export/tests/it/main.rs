//! Exports from an estate in memory.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod exports;
mod reports;
mod world;

//! Restores: what is wished becomes exactly one request, or is refused before any call with a way out.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bad_input;
mod databases;
mod ground;
mod kinds;
mod laws;
mod machines;
mod shares;

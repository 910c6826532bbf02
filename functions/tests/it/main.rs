//! The handler's parts that need no function app around them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bearer;
mod caching;
mod entra;
mod forwarded;
mod handler;
mod openapi;
mod set_up;
mod stopping;
mod strangers;

//! Whatever goes wrong: the real client and the real looks against the simulator, in virtual time.
//!
//! Assertions are the same everywhere: it converges, with one instance, no role assigned twice, no resource lost.

mod calls;
mod deaths;
mod line;
mod operations;
mod parts;
mod refusals;
mod run;
mod worlds;

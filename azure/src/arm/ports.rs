//! The ports of `protection`, answered by the client: one file for each.

mod arm;
mod azure;
mod estate;
mod pace;

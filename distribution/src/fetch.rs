//! From a source to a folder on this machine that an evaluator can load.

mod cache;
mod connections;
mod covered;
mod error;
mod fetcher;
mod files;
mod folder;
mod gather;
mod half;
mod look;
mod modules;
mod prune;
mod publish;
mod rule_set;
mod staging;

pub use covered::{LeftOut, Taken, Taking};
pub use error::FetchError;
pub use fetcher::{Fetched, Fetcher};
pub use publish::rule_set_files;

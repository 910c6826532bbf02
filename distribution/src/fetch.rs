//! From a source to a folder on this machine that an evaluator can load.

mod cache;
mod error;
mod fetcher;
mod files;
mod modules;
mod publish;
mod rule_set;

pub use error::FetchError;
pub use fetcher::{Fetcher, Materialised};
pub use files::Blobs;
pub use publish::rule_set_files;

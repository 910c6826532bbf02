//! Lists of targets, page by page.
//!
//! Azure's index of resources pages what has an instance and what has none. Instances that were deleted softly are in
//! no index, only in the list of their vault: they come after, vault by vault.

mod cursor;
mod listing;

pub use cursor::{BadCursor, Cursor};
pub use listing::{TargetFilter, TargetPage, list};

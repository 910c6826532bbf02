//! Lists of a vault come in pages, with a link to the next (official; of how many items is not written down: as many as those of
//! Recovery Services).

use serde_json::Value;

use crate::wire::{Call, Reply};

/// Most items of a page.
const LARGEST: usize = 200;

/// The page of `values` that `call` asks for.
pub(super) fn of(call: &Call, values: Vec<Value>) -> Reply {
    Reply::page(call, values, LARGEST)
}

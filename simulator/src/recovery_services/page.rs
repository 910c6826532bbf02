//! Long lists come in pages: at most 200 items each, with a link to the next (official).

use serde_json::Value;

use crate::wire::{Call, Reply};

/// Most items of a page.
const LARGEST: usize = 200;

/// The page of `values` that `call` asks for.
pub(super) fn of(call: &Call, values: Vec<Value>) -> Reply {
    Reply::page(call, values, LARGEST)
}

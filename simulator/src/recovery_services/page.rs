//! Long lists come in pages: at most 200 items each, with a link to the next (official).

use crate::wire::{ArmError, Call, Page};

/// Most items of a page.
const LARGEST: usize = 200;

/// The page that `call` asks for.
pub(super) fn asked(call: &Call) -> Result<Page<'_>, ArmError> {
    Page::asked(call, LARGEST)
}

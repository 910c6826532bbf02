//! Lists of a vault come in pages, with a link to the next (official; of how many items is not written down: as many as those of
//! Recovery Services).

use crate::wire::{ArmError, Call, Page};

/// Most items of a page.
const LARGEST: usize = 200;

/// The page that `call` asks for.
pub(super) fn asked(call: &Call) -> Result<Page<'_>, ArmError> {
    Page::asked(call, LARGEST)
}

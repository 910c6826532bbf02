//! How often code was asked for in this process: what tests count.

use std::sync::{Mutex, PoisonError};

use holdfast_rule_set::Digest;

use super::Purpose;

static ASKED: Mutex<Vec<(Digest, Purpose)>> = Mutex::new(Vec::new());

pub(super) fn note(component: &[u8], purpose: Purpose) {
    ASKED.lock().unwrap_or_else(PoisonError::into_inner).push((Digest::of(component), purpose));
}

/// How often code of this component was asked for, for this purpose.
pub(crate) fn asked(component: &[u8], purpose: Purpose) -> usize {
    let wanted = (Digest::of(component), purpose);
    let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    asked.iter().filter(|asked| **asked == wanted).count()
}

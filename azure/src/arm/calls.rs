//! How many calls this process made, for whoever watches it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Calls by method and status; 0 for no answer.
static CALLS: Mutex<BTreeMap<(&'static str, u16), u64>> = Mutex::new(BTreeMap::new());

pub(super) fn count(method: &'static str, status: u16) {
    *CALLS.lock().unwrap_or_else(PoisonError::into_inner).entry((method, status)).or_default() += 1;
}

/// Calls to Azure Resource Manager since this process began: method, status (`none` without an answer), number.
pub fn calls() -> Vec<(&'static str, String, u64)> {
    let calls = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
    let word = |status: u16| if status == 0 { "none".to_owned() } else { status.to_string() };
    calls.iter().map(|((method, status), count)| (*method, word(*status), *count)).collect()
}

//! Reasons of rules that judge operations or restores: they are asked one by one, so their texts are allocated.

use crate::owned::{Evidence, Reason};

/// Adds a reason without evidence.
pub(crate) fn add(reasons: &mut Vec<Reason>, code: &str, message: impl Into<String>) {
    reasons.push(Reason { code: code.into(), message: message.into(), evidence: Vec::new() });
}

/// Adds evidence to the last reason, if there is one.
pub(crate) fn prove(reasons: &mut [Reason], pointer: impl Into<String>, value: impl Into<String>) {
    if let Some(reason) = reasons.last_mut() {
        reason.evidence.push(Evidence { pointer: pointer.into(), value: value.into() });
    }
}

/// Takes all evidence away, for a caller who wants none.
pub(crate) fn strip(reasons: &mut [Reason]) {
    for reason in reasons {
        reason.evidence.clear();
    }
}

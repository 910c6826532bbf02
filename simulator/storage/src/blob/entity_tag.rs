//! Entity tags: one for every state that a blob or container was ever in.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::time_of_day;

/// A strong entity tag, unique among all that this process gave out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntityTag(u64);

impl EntityTag {
    /// A tag that no state had before. It looks like Azure's, which are made from the time of the change.
    pub(crate) fn fresh() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let now = u64::try_from(time_of_day().as_microsecond()).unwrap_or_default();
        let newer = |last: u64| now.max(last.saturating_add(1));
        let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(newer(last)));
        Self(newer(last.unwrap_or_default()))
    }

    /// The tag in quotes, as headers carry it.
    pub(crate) fn quoted(&self) -> String {
        format!("\"{self}\"")
    }

    /// Whether a header such as `If-Match` names this tag, alone or in a list.
    pub(crate) fn is_in(&self, header: &str) -> bool {
        header.split(',').any(|candidate| {
            let candidate = candidate.trim();
            candidate == "*" || candidate.trim_start_matches("W/").trim_matches('"') == self.to_string()
        })
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:X}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_the_same() {
        let (first, second) = (EntityTag::fresh(), EntityTag::fresh());
        assert_ne!(first, second);
        assert!(first.is_in(&first.quoted()));
        assert!(first.is_in(&format!("\"x\", {first}")));
        assert!(first.is_in("*"));
        assert!(!first.is_in(&second.quoted()));
    }
}

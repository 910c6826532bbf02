//! Differences from Azure, found and allowed.

use anyhow::Result;
use serde::Deserialize;

/// A difference between a recorded answer and ours.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Difference {
    /// Recording and line.
    pub(crate) place: String,
    /// Method and nouns of the call, such as `GET backupVaults/backupJobs`.
    pub(crate) call: String,
    /// `status`, `header x` or a JSON pointer with `*` for list positions.
    pub(crate) what: String,
    pub(crate) detail: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowed {
    call: String,
    /// The only place where it may occur, as recording and line.
    place: Option<String>,
    what: String,
    reason: String,
}

/// The checked-in table of the differences that a provider is allowed.
#[derive(Debug)]
pub(crate) struct Differences {
    allowed: Vec<Allowed>,
}

impl Differences {
    pub(crate) fn read(table: &str) -> Result<Self> {
        Ok(Self { allowed: serde_json::from_str(table)? })
    }

    /// What no entry explains, and the entries that explain nothing.
    pub(crate) fn unexplained(&self, found: &[Difference]) -> Vec<String> {
        let explains = |allowed: &Allowed, difference: &Difference| {
            !allowed.reason.is_empty()
                && difference.call == allowed.call
                && allowed.place.as_ref().is_none_or(|place| *place == difference.place)
                && fits(&allowed.what, &difference.what)
        };
        let mut lines: Vec<String> = found
            .iter()
            .filter(|difference| !self.allowed.iter().any(|allowed| explains(allowed, difference)))
            .map(|one| format!("{} ({}) {}: {}", one.place, one.call, one.what, one.detail))
            .collect();
        let stale = self
            .allowed
            .iter()
            .filter(|allowed| !found.iter().any(|difference| explains(allowed, difference)));
        lines.extend(stale.map(|allowed| {
            format!("the allowed difference {} {} does not occur", allowed.call, allowed.what)
        }));
        lines.sort();
        lines.dedup();
        lines
    }
}

/// Whether `what` is `pattern`, or lies below it when it ends in `/**`.
fn fits(pattern: &str, what: &str) -> bool {
    match pattern.strip_suffix("/**") {
        Some(prefix) => what.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/')),
        None => pattern == what,
    }
}

#[test]
fn an_unexplained_difference_and_a_stale_entry_both_show() {
    let table = Differences {
        allowed: vec![Allowed {
            call: "GET x".into(),
            place: None,
            what: "/a/**".into(),
            reason: "why".into(),
        }],
    };
    let difference = |what: &str| Difference {
        place: "f:1".into(),
        call: "GET x".into(),
        what: what.into(),
        detail: String::new(),
    };
    assert!(table.unexplained(&[difference("/a/b")]).is_empty());
    assert_eq!(table.unexplained(&[difference("/c")]).len(), 2, "the difference and the stale entry");
}

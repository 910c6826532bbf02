//! A recorded decision as the ledger holds it.

use std::borrow::Cow;

use holdfast_evaluator::{Decision, Digests, Request};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Part of every decision's name.
const DECIDED: &str = "-1-decided-";

/// A decision of the ledger with its whole input, read from the text of one document.
#[derive(Debug)]
pub struct Recorded<'a> {
    /// What the rules were told.
    pub request: Request,
    decision: &'a RawValue,
}

/// A document of the ledger that is not a recorded decision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenEntry {
    /// It is not JSON, or lacks something.
    #[error("it is not a recorded decision: {0}")]
    Form(String),
    /// It lies under the path of another resource.
    #[error("it is about `{0}`, but lies under the path of another resource")]
    Misplaced(String),
    /// It says the same, in more or fewer characters than the ledger writes.
    #[error(
        "its decision was rewritten: it has blanks or escapes that the ledger never writes, or a name twice"
    )]
    Rewritten,
}

impl<'a> Recorded<'a> {
    /// Reads the document that lies at `path`.
    ///
    /// # Errors
    ///
    /// Says what is missing, or whose decision it is if not that of the path's resource.
    pub fn read(path: &str, document: &'a [u8]) -> Result<Self, BrokenEntry> {
        #[derive(Deserialize)]
        struct Document<'a> {
            #[serde(borrow)]
            resource: Cow<'a, str>,
            #[serde(borrow)]
            decision: &'a RawValue,
            request: Request,
        }
        let read: Document<'a> =
            serde_json::from_slice(document).map_err(|error| BrokenEntry::Form(error.to_string()))?;
        if !is_below(path, &read.resource) {
            return Err(BrokenEntry::Misplaced(read.resource.into_owned()));
        }
        if !read.request.resource.id.eq_ignore_ascii_case(&read.resource) {
            return Err(BrokenEntry::Misplaced(read.request.resource.id));
        }
        Ok(Self { request: read.request, decision: read.decision })
    }

    /// The recorded decision, typed.
    ///
    /// # Errors
    ///
    /// Says what does not fit.
    pub fn decision(&self) -> Result<Decision, BrokenEntry> {
        serde_json::from_str(self.decision.get()).map_err(|error| BrokenEntry::Form(error.to_string()))
    }

    /// The recorded decision as it was written.
    pub(crate) fn decision_text(&self) -> &'a str {
        self.decision.get()
    }

    /// The digests of the record, without reading the rest of it.
    pub(crate) fn digests(&self) -> Result<Digests, BrokenEntry> {
        #[derive(Deserialize)]
        struct Peeked {
            record: Record,
        }
        #[derive(Deserialize)]
        struct Record {
            digests: Digests,
        }
        let peeked: Peeked = serde_json::from_str(self.decision.get())
            .map_err(|error| BrokenEntry::Form(error.to_string()))?;
        Ok(peeked.record.digests)
    }
}

/// Whether the entry at `path` lies directly in the folder of `resource`.
fn is_below(path: &str, resource: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    folder.strip_prefix("resources").is_some_and(|folder| folder.eq_ignore_ascii_case(resource))
}

/// A span of time in which causes lie; the end does not belong to it.
#[derive(Debug, Clone, Default)]
pub struct Period {
    since: Option<String>,
    until: Option<String>,
}

impl Period {
    /// From `since` until just before `until`; open where nothing is given.
    pub fn new(since: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        Self { since: since.map(in_paths), until: until.map(in_paths) }
    }

    /// Whether the ledger's entry at `path` is a decision whose cause lies in this period.
    pub fn has_decision(&self, path: &str) -> bool {
        self.has_entry(path) && name_of(path).contains(DECIDED)
    }

    /// Whether the ledger's entry at `path` is about a resource, with a cause that lies in this period.
    pub fn has_entry(&self, path: &str) -> bool {
        let Some((at, _)) = name_of(path).split_once('-') else { return false };
        path.starts_with("resources/")
            && is_time(at)
            && self.since.as_deref().is_none_or(|since| since <= at)
            && self.until.as_deref().is_none_or(|until| at < until)
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// As the ledger writes times into paths: they sort as the times do.
fn in_paths(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%S%.6fZ").to_string()
}

fn is_time(text: &str) -> bool {
    text.len() == "20260101T000000.000000Z".len()
        && text.ends_with('Z')
        && text.as_bytes().get(8) == Some(&b'T')
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "resources/subscriptions/s/resourcegroups/g/providers/a.b/c/d/20260102T030405.000000Z-1-decided-0a.json";

    fn period(since: &str, until: &str) -> Period {
        Period::new(Some(since.parse().unwrap()), Some(until.parse().unwrap()))
    }

    #[test]
    fn the_period_is_read_from_the_path() {
        assert!(Period::default().has_decision(PATH));
        assert!(period("2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z").has_decision(PATH));
        assert!(!period("2026-01-01T00:00:00Z", "2026-01-02T03:04:05Z").has_decision(PATH));
        assert!(!period("2026-01-02T03:04:05.000001Z", "2027-01-01T00:00:00Z").has_decision(PATH));
        let waiting = PATH.replace("1-decided-0a", "2-waiting-permissions-0a");
        assert!(Period::default().has_entry(&waiting) && !Period::default().has_decision(&waiting));
        assert!(!Period::default().has_entry("rejected/event/0a.json"));
        assert!(!Period::default().has_entry("resources/notes.json"));
    }

    #[test]
    fn an_entry_lies_under_its_own_resource() {
        assert!(is_below(PATH, "/subscriptions/S/resourceGroups/g/providers/A.B/c/d"));
        assert!(!is_below(PATH, "/subscriptions/s/resourceGroups/g/providers/A.B/c/e"));
        assert!(!is_below(PATH, "/subscriptions/s/resourceGroups/g/providers/A.B/c"));
    }
}

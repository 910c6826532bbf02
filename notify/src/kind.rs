//! The kinds of events.

use std::fmt;
use std::str::FromStr;

/// A kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A target is protected.
    Protected,
    /// Rules or a person refused an operation.
    Refused,
    /// An operation waits until a second person agrees.
    NeedsApproval,
    /// Somebody has to give permissions that Holdfast may not give.
    NeedsPermission,
    /// A target could not be protected, or an operation failed.
    Failed,
    /// Something that had failed was put to work once more.
    Retried,
    /// Of what the rules want protected, less is protected than the settings demand.
    CoverageLow,
    /// A rule fails that did not fail before.
    RuleFailing,
    /// The report of a day or a week in a few lines.
    Digest,
}

/// What every type of event begins with: the project's address, reversed.
const PREFIX: &str = "com.github.holdfast-backup";

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Protected,
        Self::Refused,
        Self::NeedsApproval,
        Self::NeedsPermission,
        Self::Failed,
        Self::Retried,
        Self::CoverageLow,
        Self::RuleFailing,
        Self::Digest,
    ];

    /// The word in settings, and the end of the event's type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::Refused => "refused",
            Self::NeedsApproval => "needs-approval",
            Self::NeedsPermission => "needs-permission",
            Self::Failed => "failed",
            Self::Retried => "retried",
            Self::CoverageLow => "coverage-low",
            Self::RuleFailing => "rule-failing",
            Self::Digest => "digest",
        }
    }

    /// The `type` of its CloudEvent.
    pub fn event_type(self) -> String {
        format!("{PREFIX}.{self}")
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| {
            let all: Vec<&str> = Self::ALL.into_iter().map(Self::as_str).collect();
            format!("`{word}` is not a kind of event; the kinds are {}", all.join(", "))
        })
    }
}

#[test]
fn a_kind_is_read_as_it_is_written() {
    for kind in Kind::ALL {
        assert_eq!(kind.as_str().parse(), Ok(kind));
    }
    assert!("Protected".parse::<Kind>().unwrap_err().contains("needs-approval"));
}

//! How a target is covered, in one word.

use holdfast_protection::instance::ProtectionState;
use holdfast_protection::sweep::Line;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a target is covered. The order is that of lists: what needs a person comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = CoverageState)]
pub enum State {
    /// It is protected, and Azure says that this does not work.
    Failing,
    /// A rule failed, and its binding says to wait for a person.
    Undecided,
    /// The rules protect it, and nothing does.
    Unprotected,
    /// No backups are taken; those there are stay or expire.
    Stopped,
    /// The resource is gone, and its backups are there.
    Orphaned,
    /// Azure sets its protection up.
    Configuring,
    /// Backups are taken.
    Protected,
    /// A rule leaves it unprotected on purpose.
    Excluded,
    /// No rule speaks of it, it cannot be protected, or what is protected lies in it.
    NotCovered,
}

impl State {
    /// Every state, in their order.
    pub const ALL: [Self; 9] = [
        Self::Failing,
        Self::Undecided,
        Self::Unprotected,
        Self::Stopped,
        Self::Orphaned,
        Self::Configuring,
        Self::Protected,
        Self::Excluded,
        Self::NotCovered,
    ];

    /// The state of what a sweep saw.
    pub fn of(line: &Line) -> Self {
        let state = line.state.clone().map(ProtectionState::from);
        match (line.outcome.as_str(), state) {
            ("protected", Some(ProtectionState::Error)) => Self::Failing,
            ("protected", Some(ProtectionState::Configuring)) => Self::Configuring,
            ("protected", _) => Self::Protected,
            ("unprotected", Some(ProtectionState::Stopped | ProtectionState::Suspended)) => Self::Stopped,
            ("unprotected", _) => Self::Unprotected,
            ("failed", _) => Self::Undecided,
            ("gone", _) => Self::Orphaned,
            ("excluded", _) => Self::Excluded,
            _ => Self::NotCovered,
        }
    }

    /// Whether the rules want it protected.
    pub fn is_due(self) -> bool {
        match self {
            Self::Failing
            | Self::Undecided
            | Self::Unprotected
            | Self::Stopped
            | Self::Configuring
            | Self::Protected => true,
            Self::Orphaned | Self::Excluded | Self::NotCovered => false,
        }
    }

    /// The word in addresses, JSON and CSV.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Undecided => "undecided",
            Self::Unprotected => "unprotected",
            Self::Stopped => "stopped",
            Self::Orphaned => "orphaned",
            Self::Configuring => "configuring",
            Self::Protected => "protected",
            Self::Excluded => "excluded",
            Self::NotCovered => "not-covered",
        }
    }

    /// The words for people.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Failing => "backups fail",
            Self::Undecided => "a rule failed",
            Self::Unprotected => "unprotected",
            Self::Stopped => "stopped",
            Self::Orphaned => "resource deleted",
            Self::Configuring => "being set up",
            Self::Protected => "protected",
            Self::Excluded => "excluded",
            Self::NotCovered => "not covered",
        }
    }
}

impl std::str::FromStr for State {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::as_str).join(", ");
        let found = Self::ALL.into_iter().find(|state| state.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| format!("`{text}` is not a state; expected one of {}", known()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::tests::line;

    #[test]
    fn what_azure_says_outweighs_that_something_is_there() {
        for (outcome, state, is) in [
            ("protected", Some("ProtectionConfigured"), State::Protected),
            ("protected", Some("ProtectionError"), State::Failing),
            ("unprotected", Some("ProtectionStopped"), State::Stopped),
            ("unprotected", None, State::Unprotected),
            ("failed", None, State::Undecided),
            ("gone", Some("ProtectionConfigured"), State::Orphaned),
            ("excluded", None, State::Excluded),
            ("prepared", None, State::NotCovered),
            ("something of a later version", None, State::NotCovered),
        ] {
            let mut line = line("d", outcome);
            line.state = state.map(str::to_owned);
            assert_eq!(State::of(&line), is, "{outcome} {state:?}");
        }
    }

    #[test]
    fn every_state_is_read_as_it_is_written() {
        for state in State::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(serde_json::json!(state), state.as_str());
        }
        assert!("broken".parse::<State>().unwrap_err().contains("unprotected"));
    }
}

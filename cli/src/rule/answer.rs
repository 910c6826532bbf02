//! What a command of `holdfast rule` gives back: the same answer for people and for programs.

use std::process::ExitCode;

use serde_json::Value;

/// The answer of a command.
pub(crate) struct Answer {
    /// For people; styled, ends with a line break.
    pub(crate) page: String,
    /// For programs.
    pub(crate) json: Value,
    /// For the shell.
    pub(crate) ended: Ended,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Everything is in order.
    Well,
    /// A check, a test or a build failed.
    Failed,
}

impl Ended {
    /// Failed unless this holds.
    pub(crate) fn well_if(well: bool) -> Self {
        if well { Self::Well } else { Self::Failed }
    }

    /// The exit code.
    pub(crate) fn code(self) -> ExitCode {
        match self {
            Self::Well => ExitCode::SUCCESS,
            Self::Failed => ExitCode::FAILURE,
        }
    }
}

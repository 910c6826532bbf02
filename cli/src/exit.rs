//! How every command ends: one table of exit codes, and the errors that are not an ordinary failure.

use std::fmt;
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, and everything is in order.
    Done,
    /// Refused, or failed.
    Failed,
    /// Wrong usage, or input that could not be read.
    Usage,
    /// A second person has to agree.
    NeedsApproval,
    /// Two things that were compared differ.
    Differs,
    /// There was nothing that could be compared, so that nothing is known.
    ProvesNothing,
}

/// What `--help` says of exit codes; the table in `docs/command-line.md` says the same.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done, and everything is in order
  1  refused, or failed
  2  wrong usage, or input that could not be read
  3  a second person has to agree: holdfast approve ID
  4  what was compared differs (diff, replay)
  5  nothing could be compared (diff, replay)";

impl Exit {
    fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NeedsApproval => 3,
            Self::Differs => 4,
            Self::ProvesNothing => 5,
        }
    }

    /// How a command ends that could not be carried out.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        if error.is::<Unusable>() { Self::Usage } else { Self::Failed }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// Wrong usage that the command line itself cannot show, or input that could not be read.
#[derive(Debug)]
pub(crate) struct Unusable(String);

impl Unusable {
    /// An error of that kind, in these words.
    pub(crate) fn described(text: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Self(text.into()))
    }

    /// An error of that kind, with its causes in one line.
    pub(crate) fn of(error: impl Into<anyhow::Error>) -> anyhow::Error {
        Self::described(format!("{:#}", error.into()))
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Unusable {}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Exit; 6] =
        [Exit::Done, Exit::Failed, Exit::Usage, Exit::NeedsApproval, Exit::Differs, Exit::ProvesNothing];

    #[test]
    fn every_code_has_one_meaning_and_the_page_and_the_help_say_the_same() {
        let page = include_str!("../../docs/command-line.md");
        let meanings: Vec<(String, String)> = HELP
            .lines()
            .skip(1)
            .filter_map(|line| line.trim().split_once("  "))
            .map(|(code, meaning)| (code.to_owned(), meaning.to_owned()))
            .collect();
        let numbers: Vec<String> = ALL.iter().map(|exit| exit.number().to_string()).collect();
        assert!(meanings.iter().map(|(code, _)| code).eq(&numbers), "{meanings:?}");
        for (code, meaning) in meanings {
            let cell = meaning.replace("holdfast approve ID", "`holdfast approve ID`");
            assert!(page.contains(&format!("| {code} | {cell} |")), "no row for {code} {cell}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_apart_from_what_failed() {
        assert_eq!(Exit::of(&Unusable::of(anyhow::anyhow!("inner").context("outer"))), Exit::Usage);
        assert_eq!(Exit::of(&Unusable::described("x").context("while doing y")), Exit::Usage);
        assert_eq!(Exit::of(&anyhow::anyhow!("x")), Exit::Failed);
    }
}

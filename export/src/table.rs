//! The tables.

use std::fmt;

use crate::{Column, Kind};

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// What the rules decided about each target, where it is new or another than before.
    Decisions,
    /// What protects each target, where it is new or another than before.
    Protections,
    /// How work on targets ended.
    Outcomes,
    /// Jobs of Azure that ended.
    Jobs,
    /// What each run of the sweep came to.
    Coverage,
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text }
}

const fn time(name: &'static str) -> Column {
    Column { name, kind: Kind::Time }
}

const fn number(name: &'static str) -> Column {
    Column { name, kind: Kind::Number }
}

const DECISIONS: &[Column] = &[
    text("record"),
    time("seen_at"),
    text("run"),
    text("resource"),
    text("workload"),
    text("outcome"),
    text("reason"),
    text("rules"),
    text("decision"),
    text("location"),
    text("every"),
    number("gigabytes"),
];

const PROTECTIONS: &[Column] = &[
    text("record"),
    time("seen_at"),
    text("run"),
    text("resource"),
    text("workload"),
    text("outcome"),
    text("instance"),
    text("policy"),
    text("state"),
];

const OUTCOMES: &[Column] = &[
    text("record"),
    time("hour"),
    text("resource"),
    text("workload"),
    text("outcome"),
    text("reason"),
    text("instance"),
];

const JOBS: &[Column] = &[
    text("record"),
    time("ended_at"),
    time("started_at"),
    text("operation"),
    text("status"),
    text("datasource"),
    text("instance"),
    text("policy"),
    text("on_demand"),
    number("transferred_bytes"),
    text("code"),
    text("message"),
];

const COVERAGE: &[Column] = &[
    text("record"),
    time("ended_at"),
    number("seen"),
    number("protected"),
    number("prepared"),
    number("unprotected"),
    number("excluded"),
    number("ignored"),
    number("failed"),
    number("gone"),
    number("queued"),
    number("refused"),
];

impl Table {
    /// Every table.
    pub const ALL: [Self; 5] =
        [Self::Decisions, Self::Protections, Self::Outcomes, Self::Jobs, Self::Coverage];

    /// Its name, which is that of its folder.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decisions => "decisions",
            Self::Protections => "protections",
            Self::Outcomes => "outcomes",
            Self::Jobs => "jobs",
            Self::Coverage => "coverage",
        }
    }

    /// Its columns. `record` names the row, and no other row of the table has the same.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Decisions => DECISIONS,
            Self::Protections => PROTECTIONS,
            Self::Outcomes => OUTCOMES,
            Self::Jobs => JOBS,
            Self::Coverage => COVERAGE,
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

//! The words of a policy that stand for one of several things.

use holdfast_rule_sdk::{Consistency, PartialKind, Redundancy, TestJudge, TestPoint, Tier, Weekday};
use serde::Deserialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kept {
    Operational,
    Vault,
}

impl From<Kept> for Tier {
    fn from(word: Kept) -> Self {
        match word {
            Kept::Operational => Self::Operational,
            Kept::Vault => Self::Vault,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::enum_variant_names, reason = "the words of the contract")]
pub(super) enum Copies {
    LocallyRedundant,
    ZoneRedundant,
    GeoRedundant,
}

impl From<Copies> for Redundancy {
    fn from(word: Copies) -> Self {
        match word {
            Copies::LocallyRedundant => Self::LocallyRedundant,
            Copies::ZoneRedundant => Self::ZoneRedundant,
            Copies::GeoRedundant => Self::GeoRedundant,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl From<Day> for Weekday {
    fn from(word: Day) -> Self {
        match word {
            Day::Monday => Self::Monday,
            Day::Tuesday => Self::Tuesday,
            Day::Wednesday => Self::Wednesday,
            Day::Thursday => Self::Thursday,
            Day::Friday => Self::Friday,
            Day::Saturday => Self::Saturday,
            Day::Sunday => Self::Sunday,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Part {
    Differential,
    Incremental,
}

impl From<Part> for PartialKind {
    fn from(word: Part) -> Self {
        match word {
            Part::Differential => Self::Differential,
            Part::Incremental => Self::Incremental,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Promise {
    Application,
    Crash,
}

impl From<Promise> for Consistency {
    fn from(word: Promise) -> Self {
        match word {
            Promise::Application => Self::Application,
            Promise::Crash => Self::Crash,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Point {
    Latest,
    LatestClean,
    Oldest,
}

impl From<Point> for TestPoint {
    fn from(word: Point) -> Self {
        match word {
            Point::Latest => Self::Latest,
            Point::LatestClean => Self::LatestClean,
            Point::Oldest => Self::Oldest,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Judge {
    Completion,
    Rules,
}

impl From<Judge> for TestJudge {
    fn from(word: Judge) -> Self {
        match word {
            Judge::Completion => Self::Completion,
            Judge::Rules => Self::Rules,
        }
    }
}

//! What a replay came to, counted, with examples.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::replayer::{Difference, Finding};

/// Counts of a replay, and the first examples of what is not equal.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayReport {
    /// Decisions that were looked at.
    pub decisions: u64,
    /// Equal, bit for bit.
    pub equal: u64,
    /// Not equal.
    pub different: u64,
    /// Equal but for fuel: another version of the evaluator decided them.
    pub other_host: u64,
    /// Their rule set is not at hand.
    pub unknown_rule_set: u64,
    /// Cannot be read.
    pub broken: u64,
    /// How many differ first at each JSON pointer.
    pub pointers: BTreeMap<String, u64>,
    /// How many were decided by each version of the evaluator that is not ours.
    pub hosts: BTreeMap<String, u64>,
    /// How many were decided by each rule set that is not at hand: revision and digest.
    pub rule_sets: BTreeMap<String, u64>,
    /// The first that differ.
    pub differences: Vec<Noted<Difference>>,
    /// The first that cannot be read, and why.
    pub unreadable: Vec<Noted<String>>,
}

/// Something about one entry of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Noted<T> {
    /// The entry.
    pub path: String,
    /// What is to be said of it.
    pub finding: T,
}

impl ReplayReport {
    /// Counts a finding; keeps it while there are fewer than `examples` of its kind.
    pub fn add(&mut self, path: &str, finding: Finding, examples: usize) {
        self.decisions += 1;
        match finding {
            Finding::Equal => self.equal += 1,
            Finding::Different(difference) => {
                self.different += 1;
                *self.pointers.entry(difference.pointer.clone()).or_default() += 1;
                note(&mut self.differences, path, *difference, examples);
            }
            Finding::OtherHost { host } => {
                self.other_host += 1;
                *self.hosts.entry(host).or_default() += 1;
            }
            Finding::UnknownRuleSet { digest, revision } => {
                self.unknown_rule_set += 1;
                *self.rule_sets.entry(format!("revision {revision} ({digest})")).or_default() += 1;
            }
            Finding::Broken(broken) => self.add_broken(path, broken.to_string(), examples),
        }
    }

    fn add_broken(&mut self, path: &str, why: String, examples: usize) {
        self.broken += 1;
        note(&mut self.unreadable, path, why, examples);
    }

    /// Counts an entry that could not even be fetched.
    pub fn add_unfetched(&mut self, path: &str, why: String, examples: usize) {
        self.decisions += 1;
        self.add_broken(path, why, examples);
    }

    /// Adds what was counted elsewhere; its examples come after those that are here.
    pub fn merge(&mut self, other: Self, examples: usize) {
        self.decisions += other.decisions;
        self.equal += other.equal;
        self.different += other.different;
        self.other_host += other.other_host;
        self.unknown_rule_set += other.unknown_rule_set;
        self.broken += other.broken;
        for (mine, theirs) in [
            (&mut self.pointers, other.pointers),
            (&mut self.hosts, other.hosts),
            (&mut self.rule_sets, other.rule_sets),
        ] {
            for (name, count) in theirs {
                *mine.entry(name).or_default() += count;
            }
        }
        self.differences.extend(other.differences);
        self.differences.truncate(examples);
        self.unreadable.extend(other.unreadable);
        self.unreadable.truncate(examples);
    }

    /// Whether every decision that could be made again is what is recorded, and every entry could be read.
    pub fn nothing_differs(&self) -> bool {
        self.different == 0 && self.broken == 0
    }

    /// Whether no decision could be made again bit for bit, because there was none or for other reasons.
    pub fn proves_nothing(&self) -> bool {
        self.equal == 0 && self.nothing_differs()
    }
}

fn note<T>(noted: &mut Vec<Noted<T>>, path: &str, finding: T, most: usize) {
    if noted.len() < most {
        noted.push(Noted { path: path.to_owned(), finding });
    }
}

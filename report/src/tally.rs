//! What is counted while the pages of a run go by. It grows with the parts of an estate, never with its resources.

use std::collections::BTreeMap;

use holdfast_protection::sweep::Line;
use serde::{Deserialize, Serialize};

use crate::coverage::{Coverage, Share, TagPart, parts};
use crate::exclusions::Expiry;
use crate::gaps::Uncovered;
use crate::places::PageMarks;
use crate::rules::RuleEffect;
use crate::{State, cost};

/// Values of a tag beyond which it is a name of things, and no part of the estate.
const VALUES: usize = 24;
/// Names of tags that are counted.
const NAMES: usize = 200;
/// Targets of each state that are kept to be explained one by one.
const EXPLAINED: usize = 400;

/// What the pages of a run come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tally {
    /// Pages counted.
    pub pages: u32,
    all: Share,
    workloads: BTreeMap<String, Share>,
    subscriptions: BTreeMap<String, Share>,
    regions: BTreeMap<String, Share>,
    tags: BTreeMap<String, Tag>,
    pub(crate) rules: BTreeMap<String, RuleEffect>,
    /// Of how many targets a rule in shadow would decide otherwise.
    pub(crate) shadows: BTreeMap<String, u64>,
    pub(crate) exclusions: BTreeMap<String, u64>,
    /// When targets cease to be left out, by the same reasons.
    pub(crate) expiries: BTreeMap<String, Expiry>,
    pub(crate) uncovered: BTreeMap<State, Vec<Uncovered>>,
    /// Hours between two backups, by the key of the policy that its targets follow.
    pub(crate) intervals: BTreeMap<String, u32>,
    pub(crate) instances: BTreeMap<String, cost::Counted>,
    /// What is on which page: lists read only the pages that they need.
    pub marks: Vec<PageMarks>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Tag {
    Values(BTreeMap<String, Share>),
    /// Nearly every resource has its own value.
    TooMany,
}

impl Tally {
    /// Counts a page.
    pub fn add(&mut self, lines: &[Line]) {
        self.pages += 1;
        let mut marks = PageMarks::default();
        for line in lines {
            let state = State::of(line);
            marks.add(line, state);
            self.count(line, state);
        }
        self.marks.push(marks);
    }

    fn count(&mut self, line: &Line, state: State) {
        self.all.add(state);
        let part = |parts: &mut BTreeMap<String, Share>, name: &str| {
            if let Some(share) = parts.get_mut(name) {
                share.add(state);
            } else {
                parts.entry(name.to_owned()).or_default().add(state);
            }
        };
        part(&mut self.workloads, &line.workload.to_string());
        part(&mut self.subscriptions, &line.resource.subscription().to_ascii_lowercase());
        if !line.location.is_empty() {
            part(&mut self.regions, &line.location);
        }
        self.count_tags(line, state);
        self.count_rules(line, state);
        for rule in &line.shadows {
            *self.shadows.entry(rule.to_string()).or_default() += 1;
        }
        if state == State::Excluded {
            *self.exclusions.entry(line.reason.clone()).or_default() += 1;
            if let Some(until) = line.until {
                let expiry = self.expiries.entry(line.reason.clone()).or_default();
                expiry.add(&line.resource, until);
            }
        }
        if let Some((policy, every)) = line.policy.as_ref().zip(line.every) {
            let hours = self.intervals.entry(policy.key()).or_insert_with(|| every.hours());
            *hours = (*hours).min(every.hours());
        }
        if line.instance.is_some() {
            self.instances.entry(line.workload.to_string()).or_default().add(line.gigabytes);
        }
        if matches!(
            state,
            State::Failing | State::Undecided | State::Unprotected | State::Stopped | State::Orphaned
        ) {
            let kept = self.uncovered.entry(state).or_default();
            if kept.len() < EXPLAINED {
                kept.push(Uncovered::of(line));
            }
        }
    }

    fn count_tags(&mut self, line: &Line, state: State) {
        for (name, value) in &line.tags {
            if self.tags.len() >= NAMES && !self.tags.contains_key(name) {
                continue;
            }
            let tag = self.tags.entry(name.clone()).or_insert_with(|| Tag::Values(BTreeMap::new()));
            if let Tag::Values(values) = tag {
                values.entry(value.clone()).or_default().add(state);
                if values.len() > VALUES {
                    *tag = Tag::TooMany;
                }
            }
        }
    }

    fn count_rules(&mut self, line: &Line, state: State) {
        for rule in &line.rules {
            let effect = self.rules.entry(rule.to_string()).or_default();
            rule.as_ref().clone_into(&mut effect.rule);
            effect.excludes += u64::from(state == State::Excluded);
            effect.protects += u64::from(state != State::Excluded);
            effect.alone += u64::from(line.rules.len() == 1);
        }
    }

    /// The whole estate.
    pub fn all(&self) -> &Share {
        &self.all
    }

    /// What the rules protect and nothing does, as far as it was kept one by one.
    pub fn unprotected(&self) -> Vec<Uncovered> {
        self.uncovered.get(&State::Unprotected).cloned().unwrap_or_default()
    }

    /// How many targets are in a state.
    pub fn count_of(&self, state: State) -> u64 {
        self.all.of(state)
    }

    /// How many targets there are.
    pub fn seen(&self) -> u64 {
        self.all.states.values().sum()
    }

    pub(crate) fn coverage(&self) -> Coverage {
        let tags = self.tags.iter().filter_map(|(name, tag)| match tag {
            Tag::Values(values) => Some(TagPart { tag: name.clone(), values: parts(values) }),
            Tag::TooMany => None,
        });
        Coverage {
            percent: self.all.percent(),
            all: self.all.clone(),
            workloads: parts(&self.workloads),
            subscriptions: parts(&self.subscriptions),
            regions: parts(&self.regions),
            tags: tags.collect(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use holdfast_protection::Workload;

    use super::*;

    pub(crate) fn line(name: &str, outcome: &str) -> Line {
        Line {
            resource: format!(
                "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg/providers/Microsoft.Compute/disks/{name}"
            )
            .parse()
            .unwrap(),
            workload: Workload::AzureDisks,
            outcome: outcome.to_owned(),
            reason: String::new(),
            decision: String::new(),
            instance: None,
            policy: None,
            state: None,
            queued: None,
            location: "westeurope".to_owned(),
            tags: BTreeMap::new(),
            rules: Vec::new(),
            shadows: Vec::new(),
            until: None,
            every: None,
            gigabytes: None,
        }
    }

    #[test]
    fn a_tag_whose_values_are_names_is_no_part_of_the_estate() {
        let mut tally = Tally::default();
        let lines: Vec<Line> = (0..30)
            .map(|n| {
                let mut line = line(&format!("d{n}"), "protected");
                line.tags = BTreeMap::from([
                    ("env".to_owned(), if n % 2 == 0 { "prod" } else { "test" }.to_owned()),
                    ("host".to_owned(), format!("h{n}")),
                ]);
                line
            })
            .collect();
        tally.add(&lines);
        let coverage = tally.coverage();
        let names: Vec<&str> = coverage.tags.iter().map(|tag| tag.tag.as_str()).collect();
        assert_eq!(names, ["env"]);
        assert_eq!(coverage.tags[0].values.len(), 2);
        assert_eq!(coverage.all.protected, 30);
    }

    #[test]
    fn memory_grows_with_the_parts_and_not_with_the_resources() {
        let mut tally = Tally::default();
        let page: Vec<Line> = (0..1000).map(|n| line(&format!("d{n}"), "unprotected")).collect();
        tally.add(&page);
        let small = serde_json::to_string(&tally).unwrap().len();
        (0..9).for_each(|_| tally.add(&page));
        let large = serde_json::to_string(&tally).unwrap().len();
        assert_eq!(tally.seen(), 10_000);
        assert!(large < small + small / 20, "{small} -> {large}");
    }
}

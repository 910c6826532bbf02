//! What is not protected, and the rule or the step that explains it.

use std::collections::{BTreeMap, HashMap};

use holdfast_protection::sweep::Line;
use holdfast_protection::{ResourceId, Workload};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::State;

/// Samples of a group.
const SAMPLES: usize = 5;

/// A target that is not covered as the rules want it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Uncovered {
    /// The resource.
    pub resource: ResourceId,
    /// Which of its workloads.
    pub workload: Workload,
    /// Rules that decided about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// What the sweep says of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Azure's word for the state of its protection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// Where the work on a target stopped, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stop {
    /// A stable word, Azure's where Azure refused; what it waits for where it waits.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to do next; empty where nobody has to do anything.
    pub way_out: String,
    /// Whether it goes on by itself.
    pub goes_on: bool,
}

/// Targets that are missing for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReportedGap)]
pub struct Gap {
    /// How they are covered.
    pub state: State,
    /// A stable word for the reason.
    pub code: String,
    /// The reason, as one of them has it.
    pub reason: String,
    /// What to do next; empty where it goes on by itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub way_out: String,
    /// Whether a person has to do something.
    pub needs_you: bool,
    /// Rules that want them protected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// How many.
    pub count: u64,
    /// Some of them.
    pub samples: Vec<ResourceId>,
}

impl Uncovered {
    pub(crate) fn of(line: &Line) -> Self {
        Self {
            resource: line.resource.clone(),
            workload: line.workload,
            rules: line.rules.iter().map(ToString::to_string).collect(),
            reason: line.reason.clone(),
            state: line.state.clone(),
        }
    }
}

/// Groups what is missing by its reason; those that need a person first, and the largest of them.
///
/// `total` says how many there are in each state: those that were not kept one by one are a group of their own.
pub(crate) fn gaps(
    uncovered: &BTreeMap<State, Vec<Uncovered>>,
    total: impl Fn(State) -> u64,
    stops: &HashMap<(String, Workload), Stop>,
    is_assessment: bool,
) -> Vec<Gap> {
    let mut groups: BTreeMap<(State, String), Gap> = BTreeMap::new();
    for (state, targets) in uncovered {
        // What fails is told by its cause, and what was stopped by the hold or the person that stopped it.
        if *state == State::Failing {
            continue;
        }
        for target in targets {
            let stop = stops.get(&(target.resource.key(), target.workload));
            let gap = explained(*state, target, stop, is_assessment);
            let group = groups.entry((*state, gap.code.clone())).or_insert_with(|| Gap { count: 0, ..gap });
            group.count += 1;
            if group.samples.len() < SAMPLES {
                group.samples.push(target.resource.clone());
            }
            group.rules.extend(
                target.rules.iter().filter(|rule| !group.rules.contains(rule)).cloned().collect::<Vec<_>>(),
            );
        }
        let more = total(*state).saturating_sub(targets.len() as u64);
        if more > 0 {
            let gap = unexplained(*state, more, is_assessment);
            groups.insert((*state, gap.code.clone()), gap);
        }
    }
    let mut gaps: Vec<Gap> = groups.into_values().collect();
    gaps.sort_by(|a, b| {
        (b.needs_you, b.count).cmp(&(a.needs_you, a.count)).then_with(|| a.code.cmp(&b.code))
    });
    gaps
}

fn explained(state: State, target: &Uncovered, stop: Option<&Stop>, is_assessment: bool) -> Gap {
    match (state, stop) {
        (State::Unprotected, Some(stop)) => Gap {
            way_out: stop.way_out.clone(),
            ..bare(state, stop.code.clone(), stop.message.clone(), !stop.goes_on)
        },
        (State::Unprotected, None) if is_assessment => Gap {
            way_out: "deploy Holdfast with these rules, or protect them by hand".to_owned(),
            ..bare(
                state,
                "NothingProtectsIt".to_owned(),
                "the rules protect it, and no backup does".to_owned(),
                true,
            )
        },
        (State::Unprotected, None) => bare(
            state,
            "Queued".to_owned(),
            "it is on the queue; a pass protects it when its turn comes".to_owned(),
            false,
        ),
        (State::Undecided, _) => Gap {
            way_out: "mend the rule or its settings, or change its `on-error`; the next sweep decides anew"
                .to_owned(),
            ..bare(state, "RuleFailed".to_owned(), target.reason.clone(), true)
        },
        (State::Stopped, _) if is_assessment => bare(
            state,
            "Stopped".to_owned(),
            "a person stopped its backups, or another tool did".to_owned(),
            false,
        ),
        (State::Stopped, _) => bare(
            state,
            "Stopped".to_owned(),
            "a person stopped its backups, or another tool did: `holdfast show RESOURCE` says who holds it, and \
             `holdfast resume RESOURCE` brings them back"
                .to_owned(),
            false,
        ),
        (State::Orphaned, _) => bare(
            state,
            "ResourceDeleted".to_owned(),
            "the resource is gone, and its backups are kept as the rule set says".to_owned(),
            false,
        ),
        (state, _) => bare(state, state.as_str().to_owned(), state.in_words().to_owned(), false),
    }
}

/// Those of a state that were not kept one by one. They need a person where one of them may.
fn unexplained(state: State, count: u64, is_assessment: bool) -> Gap {
    let needs_you = matches!(state, State::Unprotected | State::Undecided);
    let way_out = match (needs_you, is_assessment) {
        (false, _) => String::new(),
        (true, true) => "assess fewer subscriptions at a time: each has its reason then".to_owned(),
        (true, false) => format!(
            "go through the page's list of resources, or `GET /api/report/targets?state={}`",
            state.as_str()
        ),
    };
    let reason = format!("{count} more are like that, and were not looked at one by one");
    Gap { count, way_out, ..bare(state, "MoreOfTheSame".to_owned(), reason, needs_you) }
}

fn bare(state: State, code: String, reason: String, needs_you: bool) -> Gap {
    Gap {
        state,
        code,
        reason,
        way_out: String::new(),
        needs_you,
        rules: Vec::new(),
        count: 0,
        samples: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::tests::line;

    #[test]
    fn what_waits_for_a_person_comes_before_what_goes_on_by_itself() {
        let uncovered = |name: &str| Uncovered::of(&line(name, "unprotected"));
        let targets =
            BTreeMap::from([(State::Unprotected, vec![uncovered("a"), uncovered("b"), uncovered("c")])]);
        let stop = |code: &str, goes_on| Stop {
            code: code.to_owned(),
            message: format!("{code} of one"),
            way_out: "give it".to_owned(),
            goes_on,
        };
        let key = |name: &str| (line(name, "").resource.key(), Workload::AzureDisks);
        let stops = HashMap::from([(key("b"), stop("UserCannotAssignRoles", false))]);
        let gaps = gaps(&targets, |_| 7, &stops, false);
        let told: Vec<(&str, u64, bool)> =
            gaps.iter().map(|gap| (gap.code.as_str(), gap.count, gap.needs_you)).collect();
        assert_eq!(
            told,
            [("MoreOfTheSame", 4, true), ("UserCannotAssignRoles", 1, true), ("Queued", 2, false)]
        );
        assert_eq!(gaps[1].way_out, "give it");
        assert!(gaps[0].way_out.contains("/api/report/targets?state=unprotected"), "{}", gaps[0].way_out);
    }

    #[test]
    fn many_that_somebody_stopped_need_nobody() {
        let targets = BTreeMap::from([(State::Stopped, vec![Uncovered::of(&line("a", "unprotected"))])]);
        let gaps = gaps(&targets, |_| 900, &HashMap::new(), false);
        assert_eq!(gaps.iter().map(|gap| gap.count).sum::<u64>(), 900);
        assert!(gaps.iter().all(|gap| !gap.needs_you && gap.way_out.is_empty()), "{gaps:?}");
        assert!(gaps.iter().any(|gap| gap.reason.contains("`holdfast show RESOURCE`")), "{gaps:?}");
    }
}

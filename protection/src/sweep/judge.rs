//! What has to be done about the resources of one page.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use holdfast_evaluator::{
    End, EndingCause, Evaluator, ExclusionKind, Fact, FactKey, Outcome as Whether, Protection, Request,
    Resource, Ruled, WhenStopped,
};
use jiff::Timestamp;

use super::{Beside, Line, Row, Turn, Why, size};
use crate::facts::Source;
use crate::family::Family;
use crate::hold::OpenHolds;
use crate::instance::ProtectionState;
use crate::ledger::About;
use crate::ports::Azure;
use crate::schedule::Frequency;
use crate::target::{Target, TargetProtection};
use crate::work::{Cause, WorkItem};
use crate::{AzureError, ResourceId, Workload, digest, plan};

/// Facts that are fetched at the same time.
const ASKING: usize = 16;

/// What a run goes by.
#[derive(Clone, Copy)]
pub struct Judge<'a> {
    /// The rules in force.
    pub evaluator: &'a Evaluator,
    /// What people decided against the rules.
    pub holds: &'a OpenHolds,
    /// Whose turn it is.
    pub turn: Turn,
    /// The time of the cause: the same for all runs of a day, so that the same decision is not recorded at each of them.
    pub at: Timestamp,
}

/// What became of the targets of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judged {
    /// A line for each target.
    pub lines: Vec<Line>,
    /// The reconcile passes that are asked for.
    pub work: Vec<WorkItem>,
    /// Which cases need no pass, and are recorded here.
    pub(super) settled: Vec<usize>,
}

/// One target of a page, with all that rules want to know of it.
pub struct Case {
    pub(super) id: ResourceId,
    pub(super) workload: Workload,
    /// As records name it: none for the first one.
    named: Option<Workload>,
    pub(super) request: Request,
    /// Every instance that names its resource.
    protections: Vec<TargetProtection>,
}

impl Judge<'_> {
    /// The targets of these rows that rules speak of, with the facts that rules declare. What several want to know is asked once.
    ///
    /// # Errors
    ///
    /// When Azure cannot be asked for a fact. What it refuses for one resource leaves the others alone: the rules then
    /// decide without the fact, as `on-error` says.
    pub async fn cases(&self, azure: &dyn Azure, rows: Vec<Row>) -> Result<Vec<Case>, AzureError> {
        let mut cases: Vec<Case> = rows.into_iter().flat_map(|row| self.cases_of(row)).collect();
        let mut wanted: BTreeMap<String, (FactKey, Resource)> = BTreeMap::new();
        for Case { request, .. } in &cases {
            for key in self.evaluator.facts_for(&request.resource) {
                let name = name_of(&key, &request.resource);
                wanted.entry(name).or_insert_with(|| (key, request.resource.clone()));
            }
        }
        if wanted.is_empty() {
            return Ok(cases);
        }
        let at = self.at.to_string();
        let source = Source { azure, evaluator: self.evaluator, caused_by: None, at: &at };
        let ask = |(name, (key, resource)): (String, (FactKey, Resource))| async move {
            match source.gather(&resource, &[key]).await {
                Ok(found) => Ok((name, found)),
                Err(AzureError::Refused { .. }) => Ok((name, Vec::new())),
                Err(error) => Err(error),
            }
        };
        let known: BTreeMap<String, Vec<Fact>> =
            stream::iter(wanted).map(ask).buffered(ASKING).try_collect().await?;
        for Case { request, .. } in &mut cases {
            for key in self.evaluator.facts_for(&request.resource) {
                let found = known.get(&name_of(&key, &request.resource)).cloned();
                request.facts.extend(found.into_iter().flatten());
            }
        }
        Ok(cases)
    }

    /// The same without any fact: where Azure cannot be asked. Rules that want one decide as `on-error` says.
    pub fn cases_without_facts(&self, rows: Vec<Row>) -> Vec<Case> {
        rows.into_iter().flat_map(|row| self.cases_of(row)).collect()
    }

    fn cases_of(&self, Row { resource, protections }: Row) -> Vec<Case> {
        let Ok(id) = resource.id.parse::<ResourceId>() else { return Vec::new() };
        if !self.evaluator.covers(id.resource_type()) {
            return Vec::new();
        }
        let all = Workload::all_of(&resource);
        let case = |workload: &Workload| Case {
            id: id.clone(),
            workload: *workload,
            named: workload.unless_first_of_all(&all),
            request: Request {
                resource: resource.clone(),
                workload: Some(workload.for_rules(&all)),
                event_time: self.at.to_string(),
                ..Request::default()
            },
            protections: protections.clone(),
        };
        all.iter().map(case).collect()
    }

    /// What the rules decide about each case, where nobody can be asked for facts.
    pub fn decided(&self, cases: &[Case], threads: NonZeroUsize) -> Vec<Ruled> {
        self.evaluator.decide_many_by_rule(cases.iter().map(|case| &case.request), threads)
    }

    /// Compares what was decided about the targets of a page with what protects them and with what the last run saw.
    pub fn judge(&self, cases: &[Case], rulings: &[Ruled], beside: &Beside) -> Judged {
        let mut judged = Judged::default();
        for (at, (case, ruled)) in cases.iter().zip(rulings).enumerate() {
            let mut line = self.line(case, &ruled.outcome, beside);
            line.rules.clone_from(&ruled.rules);
            line.shadows.clone_from(&ruled.shadows);
            if Self::is_settled(case, &ruled.outcome, &line) {
                line.queued = None;
                judged.settled.push(at);
            }
            if line.queued.is_some() {
                judged.ask_for(self.work(case));
            }
            judged.lines.push(line);
        }
        judged
    }

    fn line(&self, case: &Case, outcome: &Whether, beside: &Beside) -> Line {
        let protection = case.protection();
        let (word, reason) = case.named(outcome);
        let mut line = Line {
            resource: case.id.clone(),
            workload: case.workload,
            outcome: word.to_owned(),
            reason,
            decision: digest::of(&serde_json::json!(outcome)),
            instance: protection.map(|one| one.instance.clone()),
            policy: protection.and_then(|one| one.policy.clone()),
            state: protection.map(|one| String::from(one.state.clone())),
            queued: None,
            location: case.request.resource.location.clone(),
            tags: case.request.resource.tags.clone(),
            rules: Vec::new(),
            shadows: Vec::new(),
            until: left_out_until(outcome),
            every: how_often(outcome),
            gigabytes: size::stated(&case.request.resource),
        };
        let before = beside.line(&case.id, case.workload);
        let is_known = before.is_some_and(|before| before.covers(&line)) || case.is_as_decided(outcome);
        // An ending may wait for a person that the rules do not want any more.
        let was_to_end = before.is_some_and(|before| before.queued == Some(Why::NotCovered))
            && protection.is_some_and(|found| is_active(&found.state));
        // What a person decided stays so; where that is over, the end of the run asks for a pass.
        if !self.is_held(case.target()) {
            let is_changed = !is_known || was_to_end;
            line.queued = self.why(case, outcome).or(is_changed.then_some(Why::Changed));
        }
        line
    }

    /// Whether a person's word counts for a target, or has just ceased to.
    fn is_held(&self, target: About<'_>) -> bool {
        self.holds.leave_alone(target) || self.holds.over.iter().any(|over| About::from(over) == target)
    }

    /// Why a reconcile pass has to see a target, whatever was seen before.
    fn why(&self, case: &Case, outcome: &Whether) -> Option<Why> {
        let in_turn = || self.turn.is_of(&case.id).then_some(Why::InTurn);
        let allowances = self.evaluator.rule_set().allowances();
        let protection = case.protection();
        let ended = match outcome {
            Whether::Protect { protection: how } => {
                return match protection.map(|found| &found.state) {
                    None if case.impossible(how).is_some() => None,
                    None if case.only_holds() => in_turn(),
                    None => Some(Why::Unprotected),
                    Some(ProtectionState::Error) => Some(Why::InError),
                    Some(ProtectionState::Stopped | ProtectionState::Suspended)
                        if allowances.instances.stopped == WhenStopped::Resume =>
                    {
                        Some(Why::Stopped)
                    }
                    Some(_) => in_turn(),
                };
            }
            Whether::Exclude { kind, .. } => EndingCause::Excluded(*kind),
            Whether::NotCovered => EndingCause::NotCovered,
            Whether::Hold { .. } => return protection.and_then(|_| in_turn()),
        };
        let ends = allowances.ending.of(ended) != End::Leave;
        protection.filter(|found| ends && is_active(&found.state)).map(|_| Why::NotCovered)
    }

    fn work(&self, case: &Case) -> WorkItem {
        let resource = &case.request.resource;
        WorkItem {
            urgent: self.evaluator.is_important(&resource.resource_type, Some(&resource.tags)),
            workload: case.target().workload,
            ..WorkItem::new(case.id.clone(), Cause::Sweep, self.at)
        }
    }

    /// What is gone, and still has backups taken of it.
    pub fn gone(&self, targets: Vec<Target>) -> Judged {
        let mut judged = Judged::default();
        let ends = self.evaluator.rule_set().allowances().ending.of(EndingCause::Deleted) != End::Leave;
        for Target { resource, protection, .. } in targets {
            let (Some(found), Some(workload)) = (protection, Workload::of_id(&resource)) else { continue };
            let is_free = !self.is_held(About::from(&resource));
            let queued = Some(Why::Gone).filter(|_| ends && is_free && is_active(&found.state));
            if queued.is_some() {
                judged.work.push(WorkItem::new(resource.clone(), Cause::Sweep, self.at));
            }
            judged.lines.push(Line {
                resource,
                workload,
                outcome: "gone".to_owned(),
                reason: String::new(),
                decision: String::new(),
                instance: Some(found.instance),
                policy: found.policy,
                state: Some(String::from(found.state)),
                queued,
                location: String::new(),
                tags: BTreeMap::new(),
                rules: Vec::new(),
                shadows: Vec::new(),
                until: None,
                every: None,
                gigabytes: None,
            });
        }
        judged
    }
}

impl Judged {
    /// A pass over the first workload of a resource brings about those over its others.
    fn ask_for(&mut self, item: WorkItem) {
        let is_asked = |other: &&WorkItem| other.workload.is_none() && other.resource == item.resource;
        if self.work.last().filter(is_asked).is_none() {
            self.work.push(item);
        }
    }
}

impl Case {
    pub(super) fn key(&self) -> String {
        self.id.key()
    }

    /// The target, as holds and the ledger name it: the first workload of a resource goes without its name.
    pub(super) fn target(&self) -> About<'_> {
        About { resource: &self.id, workload: self.named }
    }

    /// What protects it: an instance of its family. Of several, one that works.
    pub(super) fn protection(&self) -> Option<&TargetProtection> {
        if self.only_holds() {
            return None;
        }
        let family = self.workload.family();
        let of_family = self.protections.iter().filter(|one| Family::of(&one.instance) == Some(family));
        of_family.min_by_key(|one| (!is_active(&one.state), one.instance.key()))
    }

    /// Whether what is protected are targets of their own, in it.
    fn only_holds(&self) -> bool {
        self.workload.holds(&self.id)
    }

    /// Why what was decided cannot be, or leaves it out.
    fn impossible(&self, how: &Protection) -> Option<String> {
        let resource = &self.request.resource;
        let unsupported = self.workload.unsupported(resource).map(|why| why.to_string());
        unsupported.or_else(|| self.workload.left_out(resource, how))
    }

    /// Whether it follows the very policy that was decided: then we protected it, and that is recorded.
    fn is_as_decided(&self, outcome: &Whether) -> bool {
        let Whether::Protect { protection: how } = outcome else { return false };
        let policy =
            self.protection().filter(|found| is_active(&found.state)).and_then(|found| found.policy.as_ref());
        let decided = policy.and_then(|_| plan::decided_policy(self.workload, how));
        policy.zip(decided).is_some_and(|(policy, decided)| policy.name().eq_ignore_ascii_case(&decided))
    }

    fn named(&self, outcome: &Whether) -> (&'static str, String) {
        match outcome {
            Whether::Protect { protection } => match self.impossible(protection) {
                Some(why) => ("ignored", why),
                None if self.only_holds() => ("prepared", String::new()),
                None if self.protection().is_some_and(|found| is_active(&found.state)) => {
                    ("protected", String::new())
                }
                None => ("unprotected", String::new()),
            },
            Whether::Exclude { kind, .. } => ("excluded", word(*kind)),
            Whether::NotCovered => ("ignored", "no rule speaks of it".to_owned()),
            Whether::Hold { reason } => ("failed", reason.clone()),
        }
    }
}

/// What a fact is about. Vaults are those of a region in the subscription of the resource.
fn name_of(key: &FactKey, resource: &Resource) -> String {
    format!("{} {} {}", key.kind.name(), resource.subscription, key.scope)
}

fn how_often(outcome: &Whether) -> Option<Frequency> {
    let Whether::Protect { protection } = outcome else { return None };
    Frequency::try_from(protection.schedule.as_ref()?.every.clone()).ok()
}

fn left_out_until(outcome: &Whether) -> Option<Timestamp> {
    let Whether::Exclude { until, .. } = outcome else { return None };
    until.as_ref()?.parse().ok()
}

/// The word that rules have for a kind of exclusion.
fn word(kind: ExclusionKind) -> String {
    serde_json::json!(kind).as_str().unwrap_or_default().to_owned()
}

/// Whether backups are taken, or will be.
fn is_active(state: &ProtectionState) -> bool {
    matches!(state, ProtectionState::Configured | ProtectionState::Configuring | ProtectionState::Error)
}

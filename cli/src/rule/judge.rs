//! Asks a rule in the sandbox that serves it, and keeps one evaluator for each settings.

use std::num::NonZeroUsize;
use std::time::Duration;

use anyhow::Context as _;
use holdfast_evaluator::{
    Decision, Evaluator, FactKey, Limits, LoadError, OpenedModule, Request, Round, RuleOpinion, SettingsIssue,
};
use serde_json::Value;

use crate::progress;

use super::cases::{Question, Verdict};

/// What an evaluation may use here: as in a rule set, but for the wall clock. On an author's busy machine
/// it would end what fuel lets through, and a test would depend on the machine.
pub(crate) fn limits() -> Limits {
    Limits { deadline: Duration::from_secs(60), ..Limits::default() }
}

/// A rule that can be asked under any settings.
pub(crate) struct Judge<'a> {
    bytes: &'a [u8],
    /// As soon as it was asked under any.
    opened: Option<OpenedModule<'a>>,
    ready: Vec<(Value, Readiness)>,
}

enum Readiness {
    Ready(Evaluator),
    Refused(Vec<SettingsIssue>),
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Heard {
    /// The rule was asked: its opinion, or how it failed.
    Opinion(RuleOpinion),
    /// It wants facts that it was not given.
    Wants {
        /// Which.
        keys: Vec<FactKey>,
        /// Fuel burnt until then.
        fuel: u64,
    },
    /// Its manifest does not speak of the resource's type, or it judges something else.
    NotAsked,
    /// It does not take these settings.
    Refused(Vec<SettingsIssue>),
}

impl<'a> Judge<'a> {
    /// A judge of this module.
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, opened: None, ready: Vec::new() }
    }

    /// Makes the rule ready for these settings, if it is not yet.
    ///
    /// # Errors
    ///
    /// Fails if the module cannot be made ready, whatever the settings.
    pub(crate) fn prepare(&mut self, settings: &Value) -> anyhow::Result<()> {
        self.ready(settings).map(drop)
    }

    /// Asks the rule under these settings.
    ///
    /// # Errors
    ///
    /// Fails if the module cannot be made ready, whatever the settings.
    pub(crate) fn hear(&mut self, settings: &Value, question: &Question) -> anyhow::Result<Heard> {
        Ok(match self.ready(settings)? {
            Readiness::Refused(issues) => Heard::Refused(issues.clone()),
            Readiness::Ready(evaluator) => match question {
                Question::Resource(request) => said(evaluator, request),
                Question::Operation(request) => {
                    let mut opinions = evaluator.review(request).record.opinions;
                    opinions.pop().map_or(Heard::NotAsked, Heard::Opinion)
                }
                Question::Restore(request) => {
                    let mut opinions = evaluator.verify(request).record.opinions;
                    opinions.pop().map_or(Heard::NotAsked, Heard::Opinion)
                }
            },
        })
    }

    /// What this rule alone leads to, and the facts that it had to do without; nothing where it refuses the settings.
    ///
    /// # Errors
    ///
    /// Fails if the module cannot be made ready, whatever the settings.
    pub(crate) fn decide(
        &mut self,
        settings: &Value,
        request: &Request,
    ) -> anyhow::Result<Option<(Decision, Vec<FactKey>)>> {
        let Readiness::Ready(evaluator) = self.ready(settings)? else { return Ok(None) };
        let wanted = match evaluator.ask(request) {
            Round::Wants(keys) => keys,
            Round::Decided(_) => Vec::new(),
        };
        Ok(Some((evaluator.decide(request), wanted)))
    }

    fn ready(&mut self, settings: &Value) -> anyhow::Result<&Readiness> {
        if let Some(at) = self.ready.iter().position(|(known, _)| known == settings) {
            let found = self.ready.get(at).map(|(_, readiness)| readiness);
            return found.context("a known evaluator is gone");
        }
        let _progress = progress::of("making the rule ready".to_owned());
        let opened = match &self.opened {
            Some(opened) => opened,
            None => &*self.opened.insert(OpenedModule::open(self.bytes)?),
        };
        let readiness = match opened.rule_set(settings.clone(), limits()) {
            Ok(rule_set) => Readiness::Ready(Evaluator::with_lanes(rule_set, NonZeroUsize::MIN)?),
            Err(LoadError::Settings { issues, .. }) => Readiness::Refused(issues),
            Err(error) => return Err(error.into()),
        };
        self.ready.push((settings.clone(), readiness));
        self.ready.last().map(|(_, readiness)| readiness).context("a new evaluator is gone")
    }
}

fn said(evaluator: &Evaluator, request: &Request) -> Heard {
    match evaluator.ask(request) {
        Round::Decided(mut decision) => {
            decision.record.opinions.pop().map_or(Heard::NotAsked, Heard::Opinion)
        }
        Round::Wants(keys) => {
            let opinions = evaluator.decide(request).record.opinions;
            Heard::Wants { keys, fuel: opinions.first().map_or(0, |opinion| opinion.fuel) }
        }
    }
}

impl Heard {
    /// The word for it.
    pub(crate) fn verdict(&self) -> Verdict {
        match self {
            Self::NotAsked => Verdict::NotAsked,
            Self::Wants { .. } => Verdict::NeedFacts,
            Self::Refused(_) => Verdict::Refused,
            Self::Opinion(opinion) => match &*opinion.verdict {
                "abstain" => Verdict::Abstain,
                "protect" => Verdict::Protect,
                "exclude" => Verdict::Exclude,
                "expired" => Verdict::Expired,
                "allow" => Verdict::Allow,
                "deny" => Verdict::Deny,
                "needs-approval" => Verdict::NeedsApproval,
                "passed" => Verdict::Passed,
                "failed" => Verdict::Failed,
                "inconclusive" => Verdict::Inconclusive,
                _ => Verdict::Indeterminate,
            },
        }
    }

    /// The opinion, if the rule was asked.
    pub(crate) fn opinion(&self) -> Option<&RuleOpinion> {
        match self {
            Self::Opinion(opinion) => Some(opinion),
            Self::Wants { .. } | Self::NotAsked | Self::Refused(_) => None,
        }
    }

    /// Fuel burnt; 0 if the rule was not asked.
    pub(crate) fn fuel(&self) -> u64 {
        match self {
            Self::Opinion(RuleOpinion { fuel, .. }) | Self::Wants { fuel, .. } => *fuel,
            Self::NotAsked | Self::Refused(_) => 0,
        }
    }

    /// The failure, in the host's words.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.opinion()?.said.failure()
    }

    /// Reason codes, in order.
    pub(crate) fn codes(&self) -> Vec<&str> {
        let reasons = self.opinion().map_or(&[][..], |opinion| &opinion.reasons);
        reasons.iter().map(|reason| reason.code.as_str()).collect()
    }
}

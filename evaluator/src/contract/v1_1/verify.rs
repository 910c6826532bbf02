//! What a rule of the world `verify` is told, and what it answers.

use wasmtime::component::{ComponentType, Lift, Lower};

use holdfast_rule_set::Tier;

use crate::model::{Fact, Measured, Measurement, Resource, VerifyRequest};
use crate::opinion::{Assessment, RuleFinding};

use super::super::answer::{FailureAnswer, ReasonAnswer, reasons};
use super::super::request::{
    FactView, ResourceView, TagView, fact, facts_bytes, label_bytes, resource_bytes, tags, workload,
};

/// Parameters and results of `verify`.
pub(crate) type VerifyCall<'a> =
    wasmtime::component::TypedFunc<(VerifyView<'a>,), (Result<AssessmentAnswer, FailureAnswer>,)>;

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum TierView {
    #[component(name = "operational")]
    Operational,
    #[component(name = "vault")]
    Vault,
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct PointView<'a> {
    id: &'a str,
    time: &'a str,
    tier: Option<TierView>,
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(variant)]
pub(crate) enum MeasuredView<'a> {
    #[component(name = "text")]
    Text(&'a str),
    #[component(name = "number")]
    Number(i64),
    #[component(name = "fraction")]
    Fraction(f64),
    #[component(name = "truth")]
    Truth(bool),
    #[component(name = "time")]
    Time(&'a str),
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct MeasurementView<'a> {
    name: &'a str,
    value: MeasuredView<'a>,
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct VerifyView<'a> {
    target: ResourceView<'a>,
    workload: &'a str,
    labels: &'a [TagView<'a>],
    point: PointView<'a>,
    restored: Option<ResourceView<'a>>,
    measurements: &'a [MeasurementView<'a>],
    facts: &'a [FactView<'a>],
    #[component(name = "event-time")]
    event_time: &'a str,
    explain: bool,
}

/// The lists of a verification, borrowed from it; the view borrows from both.
pub(crate) struct VerifyParts<'a> {
    request: &'a VerifyRequest,
    tags: Vec<TagView<'a>>,
    labels: Vec<TagView<'a>>,
    restored: Option<(&'a Resource, Vec<TagView<'a>>)>,
    measurements: Vec<MeasurementView<'a>>,
    facts: Vec<FactView<'a>>,
}

impl<'a> VerifyParts<'a> {
    /// The request with those of its facts that `shown` names. Measurements are put in one order, so that what rules
    /// see depends on no caller.
    pub(crate) fn showing(request: &'a VerifyRequest, shown: &[&'a Fact]) -> Self {
        let mut measurements: Vec<&Measurement> = request.measurements.iter().collect();
        measurements.sort_by(|one, other| one.name.cmp(&other.name));
        Self {
            request,
            tags: tags(&request.resource.tags),
            labels: tags(&request.labels),
            restored: request.restored.as_ref().map(|restored| (restored, tags(&restored.tags))),
            measurements: measurements.into_iter().map(measurement).collect(),
            facts: shown.iter().copied().map(fact).collect(),
        }
    }

    pub(crate) fn view(&self) -> VerifyView<'_> {
        let point = &self.request.point;
        VerifyView {
            target: ResourceView::of(&self.request.resource, &self.tags),
            workload: self.workload(),
            labels: &self.labels,
            point: PointView { id: &point.id, time: &point.time, tier: point.tier.map(TierView::from) },
            restored: self.restored.as_ref().map(|(restored, tags)| ResourceView::of(restored, tags)),
            measurements: &self.measurements,
            facts: &self.facts,
            event_time: &self.request.event_time,
            explain: true,
        }
    }

    fn workload(&self) -> &'a str {
        workload(self.request.workload.as_ref())
    }

    /// Bytes of text that the rule is given.
    pub(crate) fn bytes(&self) -> usize {
        let VerifyRequest { resource, labels, point, restored, event_time, .. } = self.request;
        let measured = |measurement: &MeasurementView<'_>| match measurement.value {
            MeasuredView::Text(text) | MeasuredView::Time(text) => measurement.name.len() + text.len(),
            MeasuredView::Number(_) | MeasuredView::Fraction(_) | MeasuredView::Truth(_) => {
                measurement.name.len()
            }
        };
        resource_bytes(resource)
            + restored.as_ref().map_or(0, resource_bytes)
            + self.workload().len()
            + label_bytes(labels)
            + point.id.len()
            + point.time.len()
            + self.measurements.iter().map(measured).sum::<usize>()
            + event_time.len()
            + facts_bytes(&self.facts)
    }
}

fn measurement(measurement: &Measurement) -> MeasurementView<'_> {
    let value = match &measurement.value {
        Measured::Text(text) => MeasuredView::Text(text),
        Measured::Number(number) => MeasuredView::Number(*number),
        Measured::Fraction(fraction) => MeasuredView::Fraction(*fraction),
        Measured::Truth(truth) => MeasuredView::Truth(*truth),
        Measured::Time(time) => MeasuredView::Time(time),
    };
    MeasurementView { name: &measurement.name, value }
}

impl From<Tier> for TierView {
    fn from(tier: Tier) -> Self {
        match tier {
            Tier::Operational => Self::Operational,
            Tier::Vault => Self::Vault,
        }
    }
}

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "made by the derived lifting alone")]
pub(crate) enum FindingAnswer {
    #[component(name = "abstain")]
    Abstain,
    #[component(name = "passed")]
    Passed,
    #[component(name = "failed")]
    Failed,
    #[component(name = "inconclusive")]
    Inconclusive,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct AssessmentAnswer {
    finding: FindingAnswer,
    reasons: Vec<ReasonAnswer>,
}

impl From<AssessmentAnswer> for Assessment {
    fn from(answer: AssessmentAnswer) -> Self {
        let finding = match answer.finding {
            FindingAnswer::Abstain => RuleFinding::Abstain,
            FindingAnswer::Passed => RuleFinding::Passed,
            FindingAnswer::Failed => RuleFinding::Failed,
            FindingAnswer::Inconclusive => RuleFinding::Inconclusive,
        };
        Self { finding, reasons: reasons(answer.reasons) }
    }
}

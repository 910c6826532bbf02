//! What a rule answers about a resource.

use wasmtime::component::{ComponentType, Lift};

use crate::opinion::{AskedFact, Opinion, Verdict};

use super::super::answer::{
    ExclusionAnswer, FactKeyAnswer, ReasonAnswer, TagAnswer, exclusion_kind, reasons,
};
use super::protection::ProtectionAnswer;

#[derive(ComponentType, Lift)]
#[component(variant)]
#[expect(clippy::large_enum_variant, reason = "most opinions protect, and a box would cost each of them")]
pub(crate) enum VerdictAnswer {
    #[component(name = "abstain")]
    Abstain,
    #[component(name = "protect")]
    Protect(ProtectionAnswer),
    #[component(name = "exclude")]
    Exclude(ExclusionAnswer),
    #[component(name = "need-facts")]
    NeedFacts(Vec<FactKeyAnswer>),
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct OpinionAnswer {
    verdict: VerdictAnswer,
    labels: Vec<TagAnswer>,
    reasons: Vec<ReasonAnswer>,
}

impl From<OpinionAnswer> for Opinion {
    fn from(answer: OpinionAnswer) -> Self {
        let labels = answer.labels.into_iter().map(|label| (label.name, label.value));
        Self { verdict: answer.verdict.into(), labels: labels.collect(), reasons: reasons(answer.reasons) }
    }
}

impl From<VerdictAnswer> for Verdict {
    fn from(answer: VerdictAnswer) -> Self {
        match answer {
            VerdictAnswer::Abstain => Self::Abstain,
            VerdictAnswer::Protect(protection) => Self::Protect(Box::new(protection.into())),
            VerdictAnswer::Exclude(exclusion) => {
                Self::Exclude { kind: exclusion_kind(exclusion.kind), until: exclusion.until }
            }
            VerdictAnswer::NeedFacts(keys) => Self::NeedFacts(
                keys.into_iter().map(|key| AskedFact { kind: key.kind, scope: key.scope }).collect(),
            ),
        }
    }
}

//! What a rule of the world `review` is told, and what it answers.

use holdfast_rule_set::OperationKind;
use wasmtime::component::{ComponentType, Lift, Lower};

use crate::model::{Caller, Fact, Operation, ReviewRequest};
use crate::opinion::{Judgement, ReviewVerdict};

use super::answer::{FailureAnswer, ReasonAnswer, reasons};
use super::request::{
    FactView, ResourceView, TagView, fact, facts_bytes, label_bytes, resource_bytes, tags, workload,
};

/// Parameters and results of `review`.
pub(crate) type ReviewCall<'a> =
    wasmtime::component::TypedFunc<(ReviewView<'a>,), (Result<JudgementAnswer, FailureAnswer>,)>;

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum OperationKindView {
    #[component(name = "backup")]
    Backup,
    #[component(name = "restore")]
    Restore,
    #[component(name = "stop-and-retain")]
    StopAndRetain,
    #[component(name = "stop-and-delete")]
    StopAndDelete,
    #[component(name = "suspend")]
    Suspend,
    #[component(name = "resume")]
    Resume,
    #[component(name = "change-policy")]
    ChangePolicy,
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct OperationView<'a> {
    kind: OperationKindView,
    parameters: &'a str,
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct CallerView<'a> {
    id: &'a str,
    name: &'a str,
    roles: &'a [String],
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct ReviewView<'a> {
    operation: OperationView<'a>,
    target: ResourceView<'a>,
    caller: CallerView<'a>,
    facts: &'a [FactView<'a>],
    #[component(name = "event-time")]
    event_time: &'a str,
    explain: bool,
}

/// The lists of a review request, borrowed from it; the view borrows from both.
pub(crate) struct ReviewParts<'a> {
    pub(super) request: &'a ReviewRequest,
    pub(super) tags: Vec<TagView<'a>>,
    pub(super) parent_tags: Vec<TagView<'a>>,
    pub(super) labels: Vec<TagView<'a>>,
    pub(super) facts: Vec<FactView<'a>>,
}

impl<'a> ReviewParts<'a> {
    /// The request with those of its facts that `shown` names.
    pub(crate) fn showing(request: &'a ReviewRequest, shown: &[&'a Fact]) -> Self {
        Self {
            request,
            tags: tags(&request.resource.tags),
            parent_tags: tags(&request.parent_tags),
            labels: tags(&request.labels),
            facts: shown.iter().copied().map(fact).collect(),
        }
    }

    pub(crate) fn view(&self) -> ReviewView<'_> {
        ReviewView {
            operation: self.operation(),
            target: ResourceView::of(&self.request.resource, &self.tags),
            caller: self.caller(),
            facts: &self.facts,
            event_time: &self.request.event_time,
            explain: true,
        }
    }

    pub(super) fn operation(&self) -> OperationView<'a> {
        let Operation { kind, parameters } = &self.request.operation;
        OperationView { kind: (*kind).into(), parameters }
    }

    pub(super) fn caller(&self) -> CallerView<'a> {
        let Caller { id, name, roles } = &self.request.caller;
        CallerView { id, name, roles }
    }

    /// Empty where the caller does not say.
    pub(super) fn workload(&self) -> &'a str {
        workload(self.request.workload.as_ref())
    }

    /// Bytes of text that the rule is given.
    pub(crate) fn bytes(&self) -> usize {
        let Caller { id, name, roles } = &self.request.caller;
        let caller: usize = roles.iter().map(String::len).sum::<usize>() + id.len() + name.len();
        let rest = self.request.operation.parameters.len() + self.request.event_time.len();
        let labels = label_bytes(&self.request.parent_tags) + label_bytes(&self.request.labels);
        resource_bytes(&self.request.resource)
            + self.workload().len()
            + labels
            + caller
            + rest
            + facts_bytes(&self.facts)
    }
}

impl From<OperationKind> for OperationKindView {
    fn from(kind: OperationKind) -> Self {
        match kind {
            OperationKind::Backup => Self::Backup,
            OperationKind::Restore => Self::Restore,
            OperationKind::StopAndRetain => Self::StopAndRetain,
            OperationKind::StopAndDelete => Self::StopAndDelete,
            OperationKind::Suspend => Self::Suspend,
            OperationKind::Resume => Self::Resume,
            OperationKind::ChangePolicy => Self::ChangePolicy,
        }
    }
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct ApprovalAnswer {
    roles: Vec<String>,
    #[component(name = "within-hours")]
    within_hours: u32,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum RulingAnswer {
    #[component(name = "abstain")]
    Abstain,
    #[component(name = "allow")]
    Allow,
    #[component(name = "deny")]
    Deny,
    #[component(name = "needs-approval")]
    NeedsApproval(ApprovalAnswer),
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct JudgementAnswer {
    ruling: RulingAnswer,
    reasons: Vec<ReasonAnswer>,
}

impl From<JudgementAnswer> for Judgement {
    fn from(answer: JudgementAnswer) -> Self {
        let verdict = match answer.ruling {
            RulingAnswer::Abstain => ReviewVerdict::Abstain,
            RulingAnswer::Allow => ReviewVerdict::Allow,
            RulingAnswer::Deny => ReviewVerdict::Deny,
            RulingAnswer::NeedsApproval(ApprovalAnswer { roles, within_hours }) => {
                ReviewVerdict::NeedsApproval { roles, within_hours }
            }
        };
        Self { verdict, reasons: reasons(answer.reasons) }
    }
}

//! The input of a rule about a resource, or about an operation on it.

use wasmtime::component::{ComponentType, Lower};

use super::super::request::{FactView, RequestParts, ResourceView, TagView};
use super::super::review::{CallerView, OperationView, ReviewParts};

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct RequestView<'a> {
    target: ResourceView<'a>,
    workload: &'a str,
    labels: &'a [TagView<'a>],
    facts: &'a [FactView<'a>],
    #[component(name = "event-time")]
    event_time: &'a str,
    explain: bool,
}

impl RequestParts<'_> {
    pub(crate) fn view_1_1(&self) -> RequestView<'_> {
        RequestView {
            target: ResourceView::of(&self.request.resource, self.tags()),
            workload: self.workload(),
            labels: self.labels(),
            facts: &self.facts,
            event_time: &self.request.event_time,
            explain: self.explain,
        }
    }
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct ReviewView<'a> {
    operation: OperationView<'a>,
    target: ResourceView<'a>,
    workload: &'a str,
    #[component(name = "parent-tags")]
    parent_tags: &'a [TagView<'a>],
    labels: &'a [TagView<'a>],
    caller: CallerView<'a>,
    facts: &'a [FactView<'a>],
    #[component(name = "event-time")]
    event_time: &'a str,
    explain: bool,
}

impl ReviewParts<'_> {
    pub(crate) fn view_1_1(&self) -> ReviewView<'_> {
        ReviewView {
            operation: self.operation(),
            target: ResourceView::of(&self.request.resource, &self.tags),
            workload: self.workload(),
            parent_tags: &self.parent_tags,
            labels: &self.labels,
            caller: self.caller(),
            facts: &self.facts,
            event_time: &self.request.event_time,
            explain: true,
        }
    }
}

//! The input of a rule.

use std::cell::OnceCell;

use wasmtime::component::{ComponentType, Lower};

use crate::facts::Given;
use crate::model::{Fact, Labels, Request, Resource, TargetWorkload};

use super::packed::PackedRequests;
use super::version::ContractVersion;

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct TagView<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct ResourceView<'a> {
    id: &'a str,
    #[component(name = "type")]
    resource_type: &'a str,
    name: &'a str,
    location: &'a str,
    #[component(name = "resource-group")]
    resource_group: &'a str,
    subscription: &'a str,
    tags: &'a [TagView<'a>],
    sku: Option<&'a str>,
    kind: Option<&'a str>,
    body: &'a str,
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct FactKeyView<'a> {
    pub(super) kind: &'a str,
    pub(super) scope: &'a str,
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct FactView<'a> {
    pub(super) key: FactKeyView<'a>,
    pub(super) value: Option<&'a str>,
}

#[derive(ComponentType, Lower, Clone, Copy)]
#[component(record)]
pub(crate) struct RequestView<'a> {
    target: ResourceView<'a>,
    facts: &'a [FactView<'a>],
    #[component(name = "event-time")]
    event_time: &'a str,
    explain: bool,
}

/// The lists of a request, borrowed from it; the view borrows from both.
pub(crate) struct RequestParts<'a> {
    pub(super) request: &'a Request,
    pub(super) facts: Vec<FactView<'a>>,
    pub(super) explain: bool,
    bytes: usize,
    tags: OnceCell<Vec<TagView<'a>>>,
    labels: OnceCell<Vec<TagView<'a>>>,
    packed: [OnceCell<Vec<u8>>; 2],
}

impl<'a> RequestParts<'a> {
    /// Facts are put in one order, so that what rules see depends on no caller.
    pub(crate) fn of(request: &'a Request) -> Self {
        Self::showing(request, Given::of(&request.facts).all())
    }

    /// The request with no facts but these.
    pub(crate) fn showing(request: &'a Request, facts: &[&'a Fact]) -> Self {
        let facts: Vec<FactView<'_>> = facts.iter().copied().map(fact).collect();
        let bytes = resource_bytes(&request.resource)
            + request.event_time.len()
            + workload(request.workload.as_ref()).len()
            + label_bytes(&request.labels)
            + facts_bytes(&facts);
        Self {
            request,
            facts,
            explain: true,
            bytes,
            tags: OnceCell::new(),
            labels: OnceCell::new(),
            packed: [OnceCell::new(), OnceCell::new()],
        }
    }

    /// The same, for a caller who wants no evidence.
    pub(crate) fn without_evidence(self) -> Self {
        Self { explain: false, packed: [OnceCell::new(), OnceCell::new()], ..self }
    }

    /// This request alone as the packed door takes it, written once for all rules that see the same.
    pub(crate) fn packed(&self, version: ContractVersion) -> &[u8] {
        let [first, second] = &self.packed;
        let cell = if version.is_first() { first } else { second };
        cell.get_or_init(|| PackedRequests::of(&[self], version).to_vec())
    }

    pub(super) fn tags(&self) -> &[TagView<'a>] {
        self.tags.get_or_init(|| tags(&self.request.resource.tags))
    }

    pub(super) fn labels(&self) -> &[TagView<'a>] {
        self.labels.get_or_init(|| tags(&self.request.labels))
    }

    /// Empty where the caller does not say.
    pub(super) fn workload(&self) -> &'a str {
        workload(self.request.workload.as_ref())
    }

    pub(crate) fn view(&self) -> RequestView<'_> {
        RequestView {
            target: ResourceView::of(&self.request.resource, self.tags()),
            facts: &self.facts,
            event_time: &self.request.event_time,
            explain: self.explain,
        }
    }

    /// Bytes of text that the rule is given.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Those of them that the first version of the contract does not know.
    pub(super) fn bytes_since_1_1(&self) -> usize {
        self.workload().len() + label_bytes(&self.request.labels)
    }
}

impl<'a> ResourceView<'a> {
    pub(super) fn of(resource: &'a Resource, tags: &'a [TagView<'a>]) -> Self {
        Self {
            id: &resource.id,
            resource_type: &resource.resource_type,
            name: &resource.name,
            location: &resource.location,
            resource_group: &resource.resource_group,
            subscription: &resource.subscription,
            tags,
            sku: resource.sku.as_deref(),
            kind: resource.kind.as_deref(),
            body: &resource.body,
        }
    }
}

pub(super) fn workload(workload: Option<&TargetWorkload>) -> &str {
    workload.map_or("", |workload| &workload.name)
}

pub(super) fn label_bytes(labels: &Labels) -> usize {
    labels.iter().map(|(name, value)| name.len() + value.len()).sum()
}

pub(super) fn tags(tags: &Labels) -> Vec<TagView<'_>> {
    tags.iter().map(|(name, value)| TagView { name, value }).collect()
}

pub(super) fn fact(fact: &Fact) -> FactView<'_> {
    FactView { key: FactKeyView { kind: &fact.kind, scope: &fact.scope }, value: fact.value.as_deref() }
}

pub(super) fn resource_bytes(resource: &Resource) -> usize {
    let fixed = [
        &resource.id,
        &resource.resource_type,
        &resource.name,
        &resource.location,
        &resource.resource_group,
        &resource.subscription,
        &resource.body,
    ];
    let optional = [&resource.sku, &resource.kind];
    let fixed: usize = fixed.iter().map(|text| text.len()).sum();
    let optional: usize = optional.iter().map(|text| text.as_ref().map_or(0, String::len)).sum();
    let tags: usize = resource.tags.iter().map(|(name, value)| name.len() + value.len()).sum();
    fixed + optional + tags
}

pub(super) fn facts_bytes(facts: &[FactView<'_>]) -> usize {
    facts.iter().map(|fact| fact.key.kind.len() + fact.key.scope.len() + fact.value.map_or(0, str::len)).sum()
}

//! The packed door, laid out as `wit/packed.md` and `wit/1.1.0/packed.md` say: requests are written, answers are read and not believed.

mod answers;
#[cfg(test)]
mod hostile;
mod protection;
mod reader;

use wasmtime::component::TypedFunc;

use super::request::RequestParts;
use super::version::ContractVersion;

pub(crate) use answers::{Answers, Depth, Malformed};

/// Name of the packed door.
pub(crate) const EVALUATE_PACKED: &str = "evaluate-packed";

/// Parameters and results of `evaluate-packed`.
pub(crate) type EvaluatePacked<'a> = TypedFunc<(&'a [u8],), (Vec<u8>,)>;

/// Bytes before the tags of a block.
fn fixed(version: ContractVersion) -> usize {
    match version {
        ContractVersion::V1_0 => 92,
        ContractVersion::V1_1 => 104,
    }
}

const TAG: usize = 16;
const FACT: usize = 24;

/// One request alone, and its block within.
pub(crate) struct Packed {
    /// A buffer of one request.
    alone: Vec<u8>,
}

/// Where the only block of a buffer lies: behind the number of requests and one position.
const ALONE: usize = 8;

impl Packed {
    pub(super) fn of(parts: &RequestParts<'_>, version: ContractVersion) -> Self {
        let labels = if version.is_first() { 0 } else { parts.labels.len() };
        let table = fixed(version) + TAG * (parts.tags.len() + labels) + FACT * parts.facts.len();
        let mut alone = Vec::with_capacity(ALONE + table + parts.bytes() + 4);
        number(&mut alone, 1);
        number(&mut alone, ALONE);
        number(&mut alone, usize::from(parts.explain));
        number(&mut alone, parts.tags.len());
        number(&mut alone, parts.facts.len());
        let mut position = table;
        each_part(parts, version, |part| match part {
            Part::Text(text) => {
                let (start, length) = text.map_or((0, 0), |text| (position, text.len()));
                number(&mut alone, start);
                number(&mut alone, length);
                position += length;
            }
            Part::Count(count) => number(&mut alone, count),
        });
        each_part(parts, version, |part| {
            if let Part::Text(Some(text)) = part {
                alone.extend_from_slice(text.as_bytes());
            }
        });
        while !alone.len().is_multiple_of(4) {
            alone.push(0);
        }
        Self { alone }
    }

    /// A buffer with this request only.
    pub(crate) fn alone(&self) -> &[u8] {
        &self.alone
    }

    fn block(&self) -> &[u8] {
        self.alone.get(ALONE..).unwrap_or_default()
    }
}

/// A buffer with all of these requests.
pub(crate) fn together(requests: &[&Packed]) -> Vec<u8> {
    let table = 4 + 4 * requests.len();
    let blocks: usize = requests.iter().map(|request| request.block().len()).sum();
    let mut bytes = Vec::with_capacity(table + blocks);
    number(&mut bytes, requests.len());
    let mut position = table;
    for request in requests {
        number(&mut bytes, position);
        position += request.block().len();
    }
    for request in requests {
        bytes.extend_from_slice(request.block());
    }
    bytes
}

/// What stands in a block behind its first three numbers.
enum Part<'a> {
    Text(Option<&'a str>),
    Count(usize),
}

/// Every part of a request, in the order of the slots.
fn each_part<'a>(parts: &RequestParts<'a>, version: ContractVersion, mut part: impl FnMut(Part<'a>)) {
    let resource = &parts.request.resource;
    for text in [
        Some(resource.id.as_str()),
        Some(&resource.resource_type),
        Some(&resource.name),
        Some(&resource.location),
        Some(&resource.resource_group),
        Some(&resource.subscription),
        resource.sku.as_deref(),
        resource.kind.as_deref(),
        Some(&resource.body),
        Some(&parts.request.event_time),
    ] {
        part(Part::Text(text));
    }
    if !version.is_first() {
        part(Part::Text(Some(parts.workload())));
        part(Part::Count(parts.labels.len()));
    }
    for tag in &parts.tags {
        part(Part::Text(Some(tag.name)));
        part(Part::Text(Some(tag.value)));
    }
    for fact in &parts.facts {
        part(Part::Text(Some(fact.key.kind)));
        part(Part::Text(Some(fact.key.scope)));
        part(Part::Text(fact.value));
    }
    if !version.is_first() {
        for label in &parts.labels {
            part(Part::Text(Some(label.name)));
            part(Part::Text(Some(label.value)));
        }
    }
}

/// Limits keep requests far below four gigabytes.
fn number(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

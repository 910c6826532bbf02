//! The packed door, laid out as `wit/packed.md` says: requests are written, answers are read and not believed.

mod answers;
#[cfg(test)]
mod hostile;
mod reader;

use wasmtime::component::TypedFunc;

use super::request::RequestParts;

pub(crate) use answers::{Answers, Depth, Malformed};

/// Name of the packed door.
pub(crate) const EVALUATE_PACKED: &str = "evaluate-packed";

/// Parameters and results of `evaluate-packed`.
pub(crate) type EvaluatePacked<'a> = TypedFunc<(&'a [u8],), (Vec<u8>,)>;

/// Bytes before the tags of a block.
const FIXED: usize = 92;
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
    pub(super) fn of(parts: &RequestParts<'_>) -> Self {
        let table = FIXED + TAG * parts.tags.len() + FACT * parts.facts.len();
        let mut alone = Vec::with_capacity(ALONE + table + parts.bytes() + 4);
        number(&mut alone, 1);
        number(&mut alone, ALONE);
        number(&mut alone, usize::from(parts.explain));
        number(&mut alone, parts.tags.len());
        number(&mut alone, parts.facts.len());
        let mut position = table;
        each_text(parts, |text| {
            let (start, length) = text.map_or((0, 0), |text| (position, text.len()));
            number(&mut alone, start);
            number(&mut alone, length);
            position += length;
        });
        each_text(parts, |text| alone.extend_from_slice(text.unwrap_or_default().as_bytes()));
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

/// Every text of a request, in the order of the slots.
fn each_text<'a>(parts: &RequestParts<'a>, mut text: impl FnMut(Option<&'a str>)) {
    let resource = &parts.request.resource;
    text(Some(&resource.id));
    text(Some(&resource.resource_type));
    text(Some(&resource.name));
    text(Some(&resource.location));
    text(Some(&resource.resource_group));
    text(Some(&resource.subscription));
    text(resource.sku.as_deref());
    text(resource.kind.as_deref());
    text(Some(&resource.body));
    text(Some(&parts.request.event_time));
    for tag in &parts.tags {
        text(Some(tag.name));
        text(Some(tag.value));
    }
    for fact in &parts.facts {
        text(Some(fact.key.kind));
        text(Some(fact.key.scope));
        text(fact.value);
    }
}

/// Limits keep requests far below four gigabytes.
fn number(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

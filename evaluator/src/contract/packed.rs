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

/// Name of the function that takes settings.
pub(crate) const CONFIGURE: &str = "configure";
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

/// Bytes of a number.
const NUMBER: usize = 4;

/// Requests of one version of the contract, to be written where a guest has made room for them.
#[derive(Clone, Copy)]
pub(crate) struct PackedRequests<'a, 'b> {
    requests: &'a [&'a RequestParts<'b>],
    version: ContractVersion,
}

impl<'a, 'b> PackedRequests<'a, 'b> {
    pub(crate) fn of(requests: &'a [&'a RequestParts<'b>], version: ContractVersion) -> Self {
        Self { requests, version }
    }

    /// How long they are together.
    pub(crate) fn length(&self) -> usize {
        let blocks: usize = self.requests.iter().map(|parts| parts.block_bytes(self.version)).sum();
        table_bytes(self.requests.len()) + blocks
    }

    /// In a buffer of their own.
    pub(crate) fn to_vec(self) -> Vec<u8> {
        let mut bytes = vec![0; self.length()];
        // The room is as long as they are.
        self.write(&mut bytes).map_or_else(Vec::new, |()| bytes)
    }

    /// Writes them into room of just this length; `None` if it is not.
    pub(crate) fn write(&self, room: &mut [u8]) -> Option<()> {
        let (mut table, mut blocks) = room.split_at_mut_checked(table_bytes(self.requests.len()))?;
        let mut position = table.len();
        put_number(&mut table, self.requests.len())?;
        for parts in self.requests {
            put_number(&mut table, position)?;
            let length = parts.block_bytes(self.version);
            position += length;
            let (block, rest) = blocks.split_at_mut_checked(length)?;
            parts.write_block(self.version, block)?;
            blocks = rest;
        }
        blocks.is_empty().then_some(())
    }
}

/// The number of requests and the position of each.
fn table_bytes(requests: usize) -> usize {
    NUMBER + NUMBER * requests
}

impl RequestParts<'_> {
    /// Length of its block, with padding.
    pub(crate) fn block_bytes(&self, version: ContractVersion) -> usize {
        let texts = self.bytes() - if version.is_first() { self.bytes_since_1_1() } else { 0 };
        (self.slots_bytes(version) + texts).next_multiple_of(NUMBER)
    }

    /// What lies before the texts.
    fn slots_bytes(&self, version: ContractVersion) -> usize {
        let labels = if version.is_first() { 0 } else { self.request.labels.len() };
        fixed(version) + TAG * (self.request.resource.tags.len() + labels) + FACT * self.facts.len()
    }

    fn write_block(&self, version: ContractVersion, block: &mut [u8]) -> Option<()> {
        let (mut slots, mut texts) = block.split_at_mut_checked(self.slots_bytes(version))?;
        let mut position = slots.len();
        put_number(&mut slots, usize::from(self.explain))?;
        put_number(&mut slots, self.request.resource.tags.len())?;
        put_number(&mut slots, self.facts.len())?;
        each_part(self, version, |part| match part {
            Part::Text(Some(text)) => {
                put_number(&mut slots, position)?;
                put_number(&mut slots, text.len())?;
                let (place, rest) = std::mem::take(&mut texts).split_at_mut_checked(text.len())?;
                place.copy_from_slice(text.as_bytes());
                texts = rest;
                position += text.len();
                Some(())
            }
            Part::Text(None) => {
                put_number(&mut slots, 0)?;
                put_number(&mut slots, 0)
            }
            Part::Count(count) => put_number(&mut slots, count),
        })?;
        texts.fill(0);
        slots.is_empty().then_some(())
    }
}

/// What stands in a block behind its first three numbers.
enum Part<'a> {
    Text(Option<&'a str>),
    Count(usize),
}

/// Every part of a request, in the order of the slots.
fn each_part<'a>(
    parts: &RequestParts<'a>,
    version: ContractVersion,
    mut part: impl FnMut(Part<'a>) -> Option<()>,
) -> Option<()> {
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
        part(Part::Text(text))?;
    }
    if !version.is_first() {
        part(Part::Text(Some(parts.workload())))?;
        part(Part::Count(parts.request.labels.len()))?;
    }
    for (name, value) in &resource.tags {
        part(Part::Text(Some(name)))?;
        part(Part::Text(Some(value)))?;
    }
    for fact in &parts.facts {
        part(Part::Text(Some(fact.key.kind)))?;
        part(Part::Text(Some(fact.key.scope)))?;
        part(Part::Text(fact.value))?;
    }
    if !version.is_first() {
        for (name, value) in &parts.request.labels {
            part(Part::Text(Some(name)))?;
            part(Part::Text(Some(value)))?;
        }
    }
    Some(())
}

/// Limits keep requests far below four gigabytes.
fn put_number(room: &mut &mut [u8], number: usize) -> Option<()> {
    let (place, rest) = std::mem::take(room).split_first_chunk_mut()?;
    *place = u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes();
    *room = rest;
    Some(())
}

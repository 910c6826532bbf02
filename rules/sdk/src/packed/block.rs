//! Reading one packed request.

use crate::request::{AzResource, Facts, Request, Tags};

/// Where the tags begin.
const TAGS: usize = 104;

/// Texts that every request has a place for.
const FIXED: usize = 11;
/// Where their places begin.
const PLACES: usize = 12;

/// A packed request. Reads nothing until it is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block<'a> {
    /// INVARIANT: every slot names UTF-8 text.
    bytes: &'a [u8],
}

/// Where a text begins and how long it is, as it was written.
type Place = [u8; 8];

impl<'a> Block<'a> {
    /// SAFETY: the caller promises that the bytes are a block, followed by anything.
    #[expect(
        unsafe_code,
        reason = "the host's promise that text is UTF-8 cannot be checked without reading it"
    )]
    pub(crate) unsafe fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(crate) fn request(self) -> Request<'a> {
        let tags = number(self.bytes, 4);
        let facts = number(self.bytes, 8);
        let labels = TAGS + 16 * tags + 24 * facts;
        let places = self.places(PLACES, FIXED);
        let [id, type_, name, location, group, subscription, sku, kind, body, event_time, workload] =
            places.first_chunk().copied().unwrap_or_default();
        let text = |place| self.text(place).unwrap_or_default();
        Request {
            target: AzResource {
                id: text(id),
                type_: text(type_),
                name: text(name),
                location: text(location),
                resource_group: text(group),
                subscription: text(subscription),
                tags: Tags::packed(self, TAGS, tags),
                sku: self.text(sku),
                kind: self.text(kind),
                body: text(body),
            },
            workload: text(workload),
            labels: Tags::packed(self, labels, number(self.bytes, 100)),
            facts: Facts::packed(self, TAGS + 16 * tags, facts),
            event_time: text(event_time),
            explain: number(self.bytes, 0) & 1 != 0,
        }
    }

    /// So many places from there on; none where the block ends before.
    pub(crate) fn places(self, start: usize, count: usize) -> &'a [Place] {
        let bytes = self.bytes.get(start..start.wrapping_add(8 * count)).unwrap_or_default();
        bytes.as_chunks().0
    }

    /// The text at a place, if it has one.
    #[expect(
        unsafe_code,
        reason = "checking text that came through the sandbox's own door would cost more than the rule"
    )]
    pub(crate) fn text(self, place: Place) -> Option<&'a str> {
        let [a, b, c, d, ..] = place;
        let start = u32::from_le_bytes([a, b, c, d]) as usize;
        if start == 0 {
            return None;
        }
        let bytes = self.bytes.get(start..start.wrapping_add(length(place)))?;
        // SAFETY: the invariant of `bytes`.
        Some(unsafe { std::str::from_utf8_unchecked(bytes) })
    }
}

/// How long the text at a place is.
#[inline]
pub(crate) fn length([.., a, b, c, d]: Place) -> usize {
    u32::from_le_bytes([a, b, c, d]) as usize
}

/// The number at a position; zero behind the end.
pub(super) fn number(bytes: &[u8], at: usize) -> usize {
    let word = bytes.get(at..at.wrapping_add(4)).and_then(|bytes| bytes.try_into().ok());
    word.map_or(0, u32::from_le_bytes) as usize
}

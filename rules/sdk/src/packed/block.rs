//! Reading one packed request.

use crate::request::{AzResource, Facts, Request, Tags};

/// Where the tags begin.
const TAGS: usize = 104;

/// A packed request. Reads nothing until it is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block<'a> {
    /// INVARIANT: every slot names UTF-8 text.
    bytes: &'a [u8],
}

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
        Request {
            target: AzResource {
                id: self.text(12),
                type_: self.text(20),
                name: self.text(28),
                location: self.text(36),
                resource_group: self.text(44),
                subscription: self.text(52),
                tags: Tags::packed(self, TAGS, tags),
                sku: self.optional_text(60),
                kind: self.optional_text(68),
                body: self.text(76),
            },
            workload: self.text(92),
            labels: Tags::packed(self, labels, number(self.bytes, 100)),
            facts: Facts::packed(self, TAGS + 16 * tags, facts),
            event_time: self.text(84),
            explain: number(self.bytes, 0) & 1 != 0,
        }
    }

    pub(crate) fn text_length(self, slot: usize) -> usize {
        number(self.bytes, slot + 4)
    }

    pub(crate) fn text(self, slot: usize) -> &'a str {
        self.optional_text(slot).unwrap_or_default()
    }

    #[expect(
        unsafe_code,
        reason = "checking text that came through the sandbox's own door would cost more than the rule"
    )]
    pub(crate) fn optional_text(self, slot: usize) -> Option<&'a str> {
        let start = number(self.bytes, slot);
        if start == 0 {
            return None;
        }
        let bytes = self.bytes.get(start..start.wrapping_add(number(self.bytes, slot + 4)))?;
        // SAFETY: the invariant of `bytes`.
        Some(unsafe { std::str::from_utf8_unchecked(bytes) })
    }
}

/// The number at a place; zero behind the end.
pub(super) fn number(bytes: &[u8], at: usize) -> usize {
    let word = bytes.get(at..at.wrapping_add(4)).and_then(|bytes| bytes.try_into().ok());
    word.map_or(0, u32::from_le_bytes) as usize
}

//! What a rule is told, borrowed from what the host handed over: text that a rule does not look at costs it nothing.

mod lists;

use crate::{Text, owned};

pub use lists::{Facts, Tags};

/// What a rule is told of one resource. The same whichever door the host came through.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The resource to judge.
    pub target: AzResource<'a>,
    /// Which workload of it is decided about, such as `azure-vm`; empty when the host does not say.
    pub workload: &'a str,
    /// Labels that it was given, such as a classification; sorted by name.
    pub labels: Tags<'a>,
    /// Context that the host fetched.
    pub facts: Facts<'a>,
    /// RFC 3339, UTC. The only clock a rule has.
    pub event_time: &'a str,
    /// Whether evidence is wanted. Evidence that is given all the same is left out.
    pub explain: bool,
}

/// A resource as Azure shows it now.
#[derive(Debug, Clone, Copy)]
pub struct AzResource<'a> {
    /// ARM id, as Azure wrote it.
    pub id: &'a str,
    /// Resource type as the id spells it, such as `Microsoft.Compute/disks`.
    pub type_: &'a str,
    /// Last segment of the id.
    pub name: &'a str,
    /// Region, lower case without blanks, such as `westeurope`.
    pub location: &'a str,
    /// Name of the resource group.
    pub resource_group: &'a str,
    /// Subscription id.
    pub subscription: &'a str,
    /// Sorted by name.
    pub tags: Tags<'a>,
    /// Name of the SKU.
    pub sku: Option<&'a str>,
    /// ARM `kind`.
    pub kind: Option<&'a str>,
    /// The whole ARM body as canonical JSON: keys sorted, no blanks.
    pub body: &'a str,
}

/// A tag of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TagRef<'a> {
    /// As Azure spells it.
    pub name: &'a str,
    /// As Azure spells it.
    pub value: &'a str,
}

/// A piece of context that the host fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactRef<'a> {
    /// Such as `vaults`.
    pub kind: &'a str,
    /// What the fact is about: an ARM id or a region.
    pub scope: &'a str,
    /// Canonical JSON; none when the host looked and found nothing.
    pub value: Option<&'a str>,
}

impl<'a> AzResource<'a> {
    /// The value of a tag. Azure compares tag names without case, so this does too.
    #[inline]
    pub fn tag(&self, name: &str) -> Option<&'a str> {
        self.tags.named(name).map(|tag| tag.value)
    }

    /// Whether the resource is of this type, compared without case.
    #[inline]
    pub fn is(&self, resource_type: &str) -> bool {
        same(self.type_, resource_type)
    }
}

impl<'a> Request<'a> {
    /// The fact of this kind about this scope, both compared without case; none if the host did not fetch it.
    pub fn fact(&self, kind: &str, scope: &str) -> Option<FactRef<'a>> {
        self.facts
            .iter()
            .find(|fact| fact.kind.eq_ignore_ascii_case(kind) && fact.scope.eq_ignore_ascii_case(scope))
    }
}

impl owned::Request {
    /// The request as a rule sees it.
    pub fn view(&self) -> Request<'_> {
        Request {
            target: self.target.view(),
            workload: &self.workload,
            labels: Tags::typed(&self.labels),
            facts: Facts::typed(&self.facts),
            event_time: &self.event_time,
            explain: self.explain,
        }
    }
}

impl owned::AzResource {
    /// The resource as a rule sees it.
    pub fn view(&self) -> AzResource<'_> {
        AzResource {
            id: &self.id,
            type_: &self.type_,
            name: &self.name,
            location: &self.location,
            resource_group: &self.resource_group,
            subscription: &self.subscription,
            tags: Tags::typed(&self.tags),
            sku: self.sku.as_deref(),
            kind: self.kind.as_deref(),
            body: &self.body,
        }
    }
}

/// A request that says nothing, of which evidence is wanted: for tests, which state what matters to them.
impl Default for owned::Request {
    fn default() -> Self {
        Self {
            target: owned::AzResource::default(),
            workload: String::new(),
            labels: Vec::new(),
            facts: Vec::new(),
            event_time: String::new(),
            explain: true,
        }
    }
}

/// A resource of which nothing is known: for tests, which state what matters to them.
impl Default for owned::AzResource {
    fn default() -> Self {
        Self {
            id: String::new(),
            type_: String::new(),
            name: String::new(),
            location: String::new(),
            resource_group: String::new(),
            subscription: String::new(),
            tags: Vec::new(),
            sku: None,
            kind: None,
            body: "{}".into(),
        }
    }
}

/// Whether two texts are the same but for the case of ASCII letters, as Azure compares names. In the
/// sandbox it costs a third of what the standard library's comparison costs.
#[inline]
pub fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && alike(one.as_bytes(), other.as_bytes())
}

/// The same for bytes of one length: eight at a time, of which the last may overlap those before them.
fn alike(one: &[u8], other: &[u8]) -> bool {
    let (Some(one_last), Some(other_last)) = (one.last_chunk(), other.last_chunk()) else {
        return is_same_word(short(one), short(other));
    };
    let mut words = one.as_chunks().0.iter().zip(other.as_chunks().0);
    words.all(|(one, other)| is_same_word(u64::from_le_bytes(*one), u64::from_le_bytes(*other)))
        && is_same_word(u64::from_le_bytes(*one_last), u64::from_le_bytes(*other_last))
}

/// Fewer than eight bytes in a word: from either end, so that some of them are in it twice.
fn short(bytes: &[u8]) -> u64 {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        u64::from(u16::from_le_bytes(*first)) | u64::from(u16::from_le_bytes(*last)) << 32
    } else {
        bytes.first().copied().map_or(0, u64::from)
    }
}

/// Whether two words of eight bytes are the same but for the case of ASCII letters.
#[inline]
fn is_same_word(one: u64, other: u64) -> bool {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const CASE: u64 = 0x20 * EACH;
    const HIGH: u64 = 0x80 * EACH;
    let differs = one ^ other;
    if differs == 0 || differs & !CASE != 0 {
        return differs == 0;
    }
    // The high bit of each byte tells; sums of seven bits do not reach the next byte.
    let lower = one | CASE;
    let (from_a, behind_z) = ((lower & !HIGH) + 0x1f * EACH, (lower & !HIGH) + 0x05 * EACH);
    let letters = from_a & !behind_z & !lower & HIGH;
    differs & !(letters >> 2) == 0
}

/// JSON pointer (RFC 6901) to a tag of the request's target.
pub fn tag_pointer(name: &str) -> Text {
    let mut pointer = Text::new();
    point_to_tag(&mut pointer, name);
    pointer
}

/// The same, written where it is to lie.
pub(crate) fn point_to_tag(pointer: &mut Text, name: &str) {
    const TAGS: &str = "/target/tags/";
    if !name.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
        return pointer.put(&[TAGS, name]);
    }
    *pointer = Text::constant(TAGS);
    for part in name.split_inclusive(['~', '/']) {
        match part
            .strip_suffix('~')
            .map(|part| (part, "~0"))
            .or(part.strip_suffix('/').map(|part| (part, "~1")))
        {
            None => pointer.push_str(part),
            Some((before, escaped)) => {
                pointer.push_str(before);
                pointer.push_str(escaped);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(tags: &[(&str, &str)]) -> owned::AzResource {
        let tags =
            tags.iter().map(|(name, value)| owned::Tag { name: (*name).into(), value: (*value).into() });
        owned::AzResource {
            type_: "microsoft.compute/Disks".into(),
            name: "data".into(),
            tags: tags.collect(),
            ..owned::AzResource::default()
        }
    }

    #[test]
    fn names_are_compared_without_case() {
        let owned = disk(&[("Env", "Prod")]);
        let resource = owned.view();
        assert_eq!(resource.tag("env"), Some("Prod"));
        assert_eq!(resource.tag("tier"), None);
        assert_eq!(resource.tags.len(), 1);
        assert!(resource.is("Microsoft.Compute/disks"));
        assert!(!resource.is("Microsoft.Compute/snapshots"));
    }

    #[test]
    fn each_pair_of_bytes_is_compared_as_the_standard_library_does_wherever_it_stands() {
        for length in [1, 2, 3, 4, 6, 8, 11, 17] {
            for at in 0..length {
                let (mut one, mut other) = (vec![b'm'; length], vec![b'M'; length]);
                for pair in 0..=u16::MAX {
                    [one[at], other[at]] = pair.to_le_bytes();
                    let expected = one.eq_ignore_ascii_case(&other);
                    assert_eq!(alike(&one, &other), expected, "{one:?} and {other:?}");
                }
            }
        }
    }

    #[test]
    fn texts_are_the_same_but_for_ascii_case() {
        let texts =
            ["", "a", "A", "é", "É", "abcdefgh", "abcdefgH", "abcdefghi", "ABCDEFGHIJKLMNOPq", "[", "{"];
        for one in texts {
            for other in texts {
                assert_eq!(same(one, other), one.eq_ignore_ascii_case(other), "{one} and {other}");
            }
        }
        for length in 0..70 {
            let text: String = ('a'..='z').cycle().take(length).collect();
            assert!(same(&text, &text.to_uppercase()), "{text}");
            for place in 0..length {
                let mut other = text.clone();
                other.replace_range(place..=place, "-");
                assert!(!same(&text, &other), "{text} and {other}");
            }
        }
    }

    #[test]
    fn a_pointer_escapes_what_tag_names_may_hold() {
        assert_eq!(tag_pointer("a/b~c"), "/target/tags/a~1b~0c");
        assert_eq!(tag_pointer("env"), "/target/tags/env");
        assert_eq!(tag_pointer("~/"), "/target/tags/~0~1");
    }
}

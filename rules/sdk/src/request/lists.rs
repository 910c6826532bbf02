//! The tags and facts of a request, wherever they lie.

use super::{FactRef, TagRef, same};
use crate::owned;
use crate::packed::{Block, length};

/// The tags of a resource, read one by one as they are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Tags<'a> {
    kept: Kept<'a, owned::Tag>,
    lengths: Lengths,
}

/// How long the names of tags are, a bit for each length: rules ask for many names that no resource has, and most of
/// those are told from all others by that.
#[derive(Debug, Clone, Copy)]
struct Lengths(u64);

/// The facts of a request, read one by one as they are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a>(Kept<'a, owned::Fact>);

/// Where a list lies: in the typed request, or in a packed block.
#[derive(Debug)]
enum Kept<'a, T> {
    Typed(&'a [T]),
    Packed { block: Block<'a>, start: usize, count: usize },
}

impl<T> Clone for Kept<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Kept<'_, T> {}

impl Lengths {
    fn of(lengths: impl Iterator<Item = usize>) -> Self {
        Self(lengths.fold(0, |all, length| all | Self::bit(length)))
    }

    fn has(self, length: usize) -> bool {
        self.0 & Self::bit(length) != 0
    }

    /// Lengths that are 64 apart share one.
    fn bit(length: usize) -> u64 {
        1 << (length % 64)
    }
}

impl<'a> Tags<'a> {
    /// Number of tags.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The tags, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = TagRef<'a>> + use<'a> {
        let kept = self.kept;
        (0..kept.len()).filter_map(move |index| match kept {
            Kept::Typed(tags) => tags.get(index).map(|tag| TagRef { name: &tag.name, value: &tag.value }),
            Kept::Packed { block, start, .. } => {
                block.places(start + 16 * index, 2).first_chunk().map(|tag| packed(block, tag))
            }
        })
    }

    /// The tag of this name, compared without case as Azure does.
    #[inline]
    pub fn named(&self, name: &str) -> Option<TagRef<'a>> {
        if self.lengths.has(name.len()) { self.find(name) } else { None }
    }

    fn find(&self, name: &str) -> Option<TagRef<'a>> {
        match self.kept {
            Kept::Typed(tags) => {
                let tag = tags.iter().find(|tag| same(&tag.name, name))?;
                Some(TagRef { name: &tag.name, value: &tag.value })
            }
            Kept::Packed { block, start, count } => {
                let (tags, _) = block.places(start, 2 * count).as_chunks();
                // Most names differ in length, which is seen without looking at the text.
                let found = tags.iter().find(|[found, _]| {
                    length(*found) == name.len() && block.text(*found).is_some_and(|found| same(found, name))
                });
                found.map(|tag| packed(block, tag))
            }
        }
    }

    pub(super) fn typed(list: &'a [owned::Tag]) -> Self {
        Self { kept: Kept::Typed(list), lengths: Lengths::of(list.iter().map(|tag| tag.name.len())) }
    }

    pub(crate) fn packed(block: Block<'a>, start: usize, count: usize) -> Self {
        let (tags, _) = block.places(start, 2 * count).as_chunks::<2>();
        let lengths = Lengths::of(tags.iter().map(|[name, _]| length(*name)));
        Self { kept: Kept::Packed { block, start, count }, lengths }
    }
}

impl<'a> Facts<'a> {
    /// Number of facts.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The facts, sorted by kind and scope.
    pub fn iter(&self) -> impl Iterator<Item = FactRef<'a>> + use<'a> {
        let kept = self.0;
        (0..kept.len()).filter_map(move |index| match kept {
            Kept::Typed(facts) => facts.get(index).map(|fact| FactRef {
                kind: &fact.key.kind,
                scope: &fact.key.scope,
                value: fact.value.as_deref(),
            }),
            Kept::Packed { block, start, .. } => {
                let [kind, scope, value] = *block.places(start + 24 * index, 3).first_chunk()?;
                Some(FactRef {
                    kind: block.text(kind).unwrap_or_default(),
                    scope: block.text(scope).unwrap_or_default(),
                    value: block.text(value),
                })
            }
        })
    }

    pub(super) fn typed(list: &'a [owned::Fact]) -> Self {
        Self(Kept::Typed(list))
    }

    pub(crate) fn packed(block: Block<'a>, start: usize, count: usize) -> Self {
        Self(Kept::Packed { block, start, count })
    }
}

/// The tag whose name and value lie there. An empty text has a place too.
fn packed<'a>(block: Block<'a>, [name, value]: &[[u8; 8]; 2]) -> TagRef<'a> {
    TagRef { name: block.text(*name).unwrap_or_default(), value: block.text(*value).unwrap_or_default() }
}

impl<T> Kept<'_, T> {
    fn len(&self) -> usize {
        match self {
            Self::Typed(items) => items.len(),
            Self::Packed { count, .. } => *count,
        }
    }
}

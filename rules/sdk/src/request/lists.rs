//! The tags and facts of a request, wherever they lie.

use super::{FactRef, TagRef, same};
use crate::owned;
use crate::packed::Block;

/// The tags of a resource, read one by one as they are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Tags<'a>(Kept<'a, owned::Tag>);

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

impl<'a> Tags<'a> {
    /// Number of tags.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The tags, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = TagRef<'a>> + use<'a> {
        let kept = self.0;
        (0..kept.len()).filter_map(move |index| match kept {
            Kept::Typed(tags) => tags.get(index).map(|tag| TagRef { name: &tag.name, value: &tag.value }),
            Kept::Packed { block, start, .. } => {
                let at = start + 16 * index;
                Some(TagRef { name: block.text(at), value: block.text(at + 8) })
            }
        })
    }

    /// The tag of this name, compared without case as Azure does.
    #[inline]
    pub fn named(&self, name: &str) -> Option<TagRef<'a>> {
        match self.0 {
            Kept::Typed(tags) => {
                let tag = tags.iter().find(|tag| same(&tag.name, name))?;
                Some(TagRef { name: &tag.name, value: &tag.value })
            }
            Kept::Packed { block, start, count } => {
                // Most names differ in length, which is seen without looking at the text.
                let at = (0..count)
                    .map(|index| start + 16 * index)
                    .find(|at| block.text_length(*at) == name.len() && same(block.text(*at), name))?;
                Some(TagRef { name: block.text(at), value: block.text(at + 8) })
            }
        }
    }

    pub(super) fn typed(list: &'a [owned::Tag]) -> Self {
        Self(Kept::Typed(list))
    }

    pub(crate) fn packed(block: Block<'a>, start: usize, count: usize) -> Self {
        Self(Kept::Packed { block, start, count })
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
                let at = start + 24 * index;
                Some(FactRef {
                    kind: block.text(at),
                    scope: block.text(at + 8),
                    value: block.optional_text(at + 16),
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

impl<T> Kept<'_, T> {
    fn len(&self) -> usize {
        match self {
            Self::Typed(items) => items.len(),
            Self::Packed { count, .. } => *count,
        }
    }
}

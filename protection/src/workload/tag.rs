//! Tags of a resource that say what its own backup needs.

use holdfast_evaluator::Resource;

use crate::impossible::Impossible;

/// The trimmed value of a tag; names of tags are compared without case.
pub(super) fn tag<'r>(resource: &'r Resource, name: &str) -> Option<&'r str> {
    let mut tags = resource.tags.iter();
    tags.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// What a tag says that is either `true` or `false`; none without it.
pub(super) fn switch(resource: &Resource, name: &str) -> Result<Option<bool>, Impossible> {
    match tag(resource, name) {
        None => Ok(None),
        Some(word) if word.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(word) if word.eq_ignore_ascii_case("false") => Ok(Some(false)),
        Some(word) => Err(unusable(name, &format!("`{word}` is neither `true` nor `false`"))),
    }
}

pub(super) fn unusable(tag: &str, problem: &str) -> Impossible {
    Impossible::new("TagNotUsable", format!("tag `{tag}`: {problem}"), format!("correct the tag `{tag}`"))
}

//! Tags that a resource has from what it is in: Azure itself passes none on.

use std::collections::BTreeMap;

use holdfast_rule_sdk::{AzResource, FactKey, Failure, Request, from_json, same};
use serde::Deserialize;

/// Where tags come from that a resource does not have itself. A word wide, so that a tag is moved by words alone: by bytes
/// besides, each move waits for the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(usize)]
pub enum Source {
    /// Its resource group.
    ResourceGroup,
    /// Its subscription.
    Subscription,
}

/// A tag, whoever has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
    /// None for the resource's own.
    pub(crate) of: Option<Source>,
}

/// A resource with the tags that count as its own.
pub(crate) struct Tagged<'a> {
    pub(crate) target: &'a AzResource<'a>,
    inherited: &'a [(Source, BTreeMap<String, String>)],
}

/// What the sources say, or the facts that have to be fetched first.
pub(crate) enum Inherited {
    Known(Vec<(Source, BTreeMap<String, String>)>),
    Wanted(Vec<FactKey>),
}

impl Source {
    fn key(self, target: &AzResource<'_>) -> FactKey {
        let (kind, scope) = match self {
            Self::ResourceGroup => (
                "resource-group-tags",
                format!("/subscriptions/{}/resourceGroups/{}", target.subscription, target.resource_group),
            ),
            Self::Subscription => ("subscription-tags", target.subscription.to_owned()),
        };
        FactKey { kind: kind.to_owned(), scope }
    }

    /// Such as `its resource group`.
    pub(crate) fn told(self) -> &'static str {
        match self {
            Self::ResourceGroup => "its resource group",
            Self::Subscription => "its subscription",
        }
    }

    /// JSON pointer to the fact.
    pub(crate) fn pointer(self, request: &Request<'_>) -> String {
        let key = self.key(&request.target);
        let at = request.facts.iter().position(|fact| fact.kind == key.kind && same(fact.scope, &key.scope));
        format!("/facts/{}/value", at.unwrap_or_default())
    }
}

impl Inherited {
    /// Reads what the request has of these sources. Few rule sets have any, which the others are not to pay for.
    #[cold]
    pub(crate) fn of(sources: &[Source], request: &Request<'_>) -> Result<Self, Failure> {
        let (mut known, mut wanted) = (Vec::new(), Vec::new());
        for source in sources {
            let key = source.key(&request.target);
            match request.fact(&key.kind, &key.scope) {
                None => wanted.push(key),
                Some(fact) => known.push((*source, tags(fact.value)?)),
            }
        }
        Ok(if wanted.is_empty() { Self::Known(known) } else { Self::Wanted(wanted) })
    }
}

fn tags(value: Option<&str>) -> Result<BTreeMap<String, String>, Failure> {
    let Some(value) = value else { return Ok(BTreeMap::new()) };
    let unreadable = |error: holdfast_rule_sdk::JsonError| {
        Failure::BadInput(format!("tags are no map of texts, at `{}`: {}", error.pointer(), error.message()))
    };
    from_json(value).map_err(unreadable)
}

impl<'a> Tagged<'a> {
    pub(crate) fn new(
        target: &'a AzResource<'a>,
        inherited: &'a [(Source, BTreeMap<String, String>)],
    ) -> Self {
        Self { target, inherited }
    }

    /// The resource's own tag of this name, else that of the first source that has one.
    #[inline]
    pub(crate) fn tag(&self, name: &str) -> Option<Tag<'a>> {
        match self.target.tags.named(name) {
            Some(own) => Some(Tag { name: own.name, value: own.value, of: None }),
            None if self.inherited.is_empty() => None,
            None => self.inherited_tag(name),
        }
    }

    fn inherited_tag(&self, name: &str) -> Option<Tag<'a>> {
        self.inherited.iter().find_map(|(source, tags)| {
            let (name, value) = tags.iter().find(|(found, _)| same(found, name))?;
            Some(Tag { name, value, of: Some(*source) })
        })
    }
}

//! What a rule says of a resource, and short ways to say it.

use std::borrow::Cow;

use crate::request::point_to_tag;
use crate::{
    Exclusion, ExclusionKind, FactKey, Manifest, Protection, Schedule, Tag, TagRef, Text, Verdict, owned,
};

/// What a rule says of one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    /// Whether it is protected, and how.
    pub verdict: Verdict,
    /// Labels for the target, whatever the verdict.
    pub labels: Vec<Tag>,
    /// Why, for people.
    pub reasons: Vec<Reason>,
}

/// Why a rule says what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// One of the manifest's reason codes.
    pub code: Text,
    /// One sentence for a person.
    pub message: Text,
    /// What in the request it rests on.
    pub evidence: Vec<Evidence>,
}

/// A place in the request, and what was found there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// JSON pointer into the request, such as `/target/tags/env`.
    pub pointer: Text,
    /// What is there.
    pub value: Text,
}

impl Opinion {
    /// Nothing to say of this resource.
    #[inline]
    pub fn abstain() -> Self {
        Self::of(Verdict::Abstain)
    }

    /// Protect it, as far as the stated fields say how.
    #[inline]
    pub fn protect(protection: Protection) -> Self {
        Self::of(Verdict::Protect(protection))
    }

    /// Leave it unprotected until the rule says otherwise.
    #[inline]
    pub fn exclude(kind: ExclusionKind) -> Self {
        Self::of(Verdict::Exclude(Exclusion { kind, until: None }))
    }

    /// Leave it unprotected until then: RFC 3339, such as `2026-12-31T00:00:00Z`.
    ///
    /// Once that time has come, the host takes the opinion as an abstention.
    pub fn exclude_until(kind: ExclusionKind, until: impl Into<String>) -> Self {
        Self::of(Verdict::Exclude(Exclusion { kind, until: Some(until.into()) }))
    }

    /// Ask again with these facts.
    pub fn need_facts(keys: Vec<FactKey>) -> Self {
        Self::of(Verdict::NeedFacts(keys))
    }

    /// Adds a reason: one of the manifest's codes, and a few words for a person.
    ///
    /// The words end up in tables; `tag env=prod` serves better than a long sentence. A message that is always the
    /// same is best given as [`Text::constant`], which nothing is copied for.
    #[must_use]
    #[inline]
    pub fn because(mut self, code: impl Into<Cow<'static, str>>, message: impl Into<Text>) -> Self {
        self.add_reason(code, message);
        self
    }

    /// Adds evidence to the last reason: a JSON pointer into the request and the value found there.
    #[must_use]
    #[inline]
    pub fn seen(mut self, pointer: impl Into<Text>, value: impl Into<Text>) -> Self {
        if let Some(reason) = self.reasons.last_mut() {
            reason.add_evidence(pointer, value);
        }
        self
    }

    /// Like [`Opinion::because`], for a rule that is asked so often that it would rather not move its opinion.
    #[inline]
    pub fn add_reason(
        &mut self,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Text>,
    ) -> &mut Reason {
        one_more(&mut self.reasons, Reason::new(code, message))
    }

    /// Gives the target a label, such as a classification, whatever the verdict.
    ///
    /// Labels are recorded with the decision, and shown to rules that judge operations and restores.
    #[must_use]
    pub fn labelled(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.push(Tag { name: name.into(), value: value.into() });
        self
    }

    #[inline]
    fn of(verdict: Verdict) -> Self {
        Self { verdict, labels: Vec::new(), reasons: Vec::new() }
    }
}

impl Reason {
    /// One of the manifest's codes, and a few words for a person, as [`Opinion::because`] takes them.
    #[inline]
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<Text>) -> Self {
        Self { code: code.into().into(), message: message.into(), evidence: Vec::new() }
    }

    /// Adds evidence: a JSON pointer into the request and the value found there.
    #[inline]
    pub fn add_evidence(&mut self, pointer: impl Into<Text>, value: impl Into<Text>) -> &mut Self {
        one_more(&mut self.evidence, Evidence { pointer: pointer.into(), value: value.into() });
        self
    }

    /// Adds as evidence that the target has this tag.
    pub fn add_tag(&mut self, tag: TagRef<'_>) -> &mut Self {
        let seen = one_more(&mut self.evidence, Evidence { pointer: Text::new(), value: Text::new() });
        point_to_tag(&mut seen.pointer, tag.name);
        seen.value.put(&[tag.value]);
        self
    }
}

/// Most lists have one item: the first takes no room for others.
#[inline]
fn one_more<T>(list: &mut Vec<T>, item: T) -> &mut T {
    if list.capacity() == 0 {
        list.reserve_exact(1);
    }
    list.push_mut(item)
}

/// For the typed door, whose texts are all allocated.
impl From<Opinion> for owned::Opinion {
    fn from(opinion: Opinion) -> Self {
        let Opinion { verdict, labels, reasons } = opinion;
        Self { verdict, labels, reasons: reasons.into_iter().map(owned::Reason::from).collect() }
    }
}

impl From<Reason> for owned::Reason {
    fn from(reason: Reason) -> Self {
        let evidence = reason.evidence.into_iter();
        let evidence =
            evidence.map(|seen| owned::Evidence { pointer: seen.pointer.into(), value: seen.value.into() });
        Self { code: reason.code.into(), message: reason.message.into(), evidence: evidence.collect() }
    }
}

/// States nothing: every field is left to other rules and to the rule set's defaults.
impl Default for Protection {
    #[inline]
    fn default() -> Self {
        Self {
            vault: None,
            policy: None,
            retention: None,
            schedule: None,
            tier: None,
            redundancy: None,
            snapshot_resource_group: None,
            disk_luns: None,
            blob_containers: None,
            databases: None,
            file_shares: None,
            long_term: None,
            snapshot_days: None,
            log_backup: None,
            partial_backup: None,
            archive: None,
            consistency: None,
            compression: None,
            restore_test: None,
        }
    }
}

/// States nothing: for the fields that a rule has no use for.
impl Default for Manifest {
    fn default() -> Self {
        Self {
            name: String::new(),
            version: String::new(),
            summary: String::new(),
            resource_types: Vec::new(),
            workloads: Vec::new(),
            fact_kinds: Vec::new(),
            settings_schema: "{}".into(),
            reason_codes: Vec::new(),
        }
    }
}

/// Nothing but a period has to be stated.
impl Default for Schedule {
    fn default() -> Self {
        Self { every: String::new(), at: None, days: Vec::new(), window_hours: None, time_zone: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_seen_by_its_pointer_and_its_value() {
        let (long, short) = ("a value that is longer than a short text", "prod");
        let mut reason = Reason::new("tag-asks", "why");
        reason.add_tag(TagRef { name: "a/b", value: long }).add_tag(TagRef { name: "env", value: short });
        let seen: Vec<_> = reason.evidence.iter().map(|seen| (&*seen.pointer, &*seen.value)).collect();
        assert_eq!(seen, [("/target/tags/a~1b", long), ("/target/tags/env", short)]);
    }
}

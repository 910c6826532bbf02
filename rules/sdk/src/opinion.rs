//! Short ways to state an opinion.

use crate::{
    Exclusion, ExclusionKind, FactKey, Manifest, Opinion, Protection, Schedule, Tag, Verdict, reasons,
};

impl Opinion {
    /// Nothing to say of this resource.
    pub fn abstain() -> Self {
        Self::of(Verdict::Abstain)
    }

    /// Protect it, as far as the stated fields say how.
    pub fn protect(protection: Protection) -> Self {
        Self::of(Verdict::Protect(protection))
    }

    /// Leave it unprotected until the rule says otherwise.
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
    /// The words end up in tables; `tag env=prod` serves better than a long sentence.
    #[must_use]
    pub fn because(mut self, code: &str, message: impl Into<String>) -> Self {
        reasons::add(&mut self.reasons, code, message);
        self
    }

    /// Adds evidence to the last reason: a JSON pointer into the request and the value found there.
    #[must_use]
    pub fn seen(mut self, pointer: impl Into<String>, value: impl Into<String>) -> Self {
        reasons::prove(&mut self.reasons, pointer, value);
        self
    }

    /// Gives the target a label, such as a classification, whatever the verdict.
    ///
    /// Labels are recorded with the decision, and shown to rules that judge operations and restores.
    #[must_use]
    pub fn labelled(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.push(Tag { name: name.into(), value: value.into() });
        self
    }

    fn of(verdict: Verdict) -> Self {
        Self { verdict, labels: Vec::new(), reasons: Vec::new() }
    }
}

/// States nothing: every field is left to other rules and to the rule set's defaults.
impl Default for Protection {
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

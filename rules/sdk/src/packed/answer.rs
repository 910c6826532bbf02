//! Writing packed answers.

use crate::{
    Evidence, Exclusion, ExclusionKind, FactKey, Failure, Opinion, Protection, Reason, Redundancy, Schedule,
    Tag, Tier, VaultChoice, Verdict,
};

/// Answers, in the order of the requests.
pub(super) struct Answers {
    bytes: Vec<u8>,
}

impl Answers {
    pub(super) fn new(count: usize, each: usize) -> Self {
        let mut answers = Self { bytes: Vec::with_capacity(count.saturating_mul(each).saturating_add(4)) };
        answers.length(count);
        answers
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn push(&mut self, answer: &Result<Opinion, Failure>) {
        match answer {
            Ok(opinion) => {
                self.verdict(&opinion.verdict);
                self.list(&opinion.reasons, Self::reason);
            }
            Err(Failure::BadInput(message)) => self.failure(4, message),
            Err(Failure::Unsupported(message)) => self.failure(5, message),
            Err(Failure::Internal(message)) => self.failure(6, message),
        }
    }

    fn verdict(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Abstain => self.byte(0),
            Verdict::Protect(protection) => {
                self.byte(1);
                self.protection(protection);
            }
            Verdict::Exclude(Exclusion { kind, until }) => {
                self.byte(2);
                self.byte(match kind {
                    ExclusionKind::NotSupported => 0,
                    ExclusionKind::Ephemeral => 1,
                    ExclusionKind::ProtectedElsewhere => 2,
                    ExclusionKind::OptedOut => 3,
                    ExclusionKind::Other => 4,
                });
                self.option(until.as_deref(), Self::text);
            }
            Verdict::NeedFacts(keys) => {
                self.byte(3);
                self.list(keys, |answers, FactKey { kind, scope }| answers.texts(kind, scope));
            }
        }
    }

    fn protection(&mut self, protection: &Protection) {
        let Protection {
            vault,
            policy,
            retention,
            schedule,
            tier,
            redundancy,
            snapshot_resource_group,
            disk_luns,
            blob_containers,
            databases,
        } = protection;
        let stated = [
            vault.is_some(),
            policy.is_some(),
            retention.is_some(),
            schedule.is_some(),
            tier.is_some(),
            redundancy.is_some(),
            snapshot_resource_group.is_some(),
            disk_luns.is_some(),
            blob_containers.is_some(),
            databases.is_some(),
        ];
        let bits = stated.iter().zip(0..).fold(0, |bits, (stated, bit)| bits | u32::from(*stated) << bit);
        self.number(bits);
        if bits == 0 {
            return;
        }
        vault.iter().for_each(|vault| self.vault(vault));
        policy.iter().for_each(|policy| self.text(policy));
        if let Some(range) = retention {
            self.option(range.min_days, Self::number);
            self.option(range.max_days, Self::number);
        }
        if let Some(Schedule { every, at }) = schedule {
            self.text(every);
            self.option(at.as_deref(), Self::text);
        }
        if let Some(tier) = tier {
            self.byte(match tier {
                Tier::Operational => 0,
                Tier::Vault => 1,
            });
        }
        if let Some(redundancy) = redundancy {
            self.byte(match redundancy {
                Redundancy::LocallyRedundant => 0,
                Redundancy::ZoneRedundant => 1,
                Redundancy::GeoRedundant => 2,
            });
        }
        snapshot_resource_group.iter().for_each(|group| self.text(group));
        disk_luns.iter().for_each(|luns| self.list(luns, |answers, lun| answers.number(*lun)));
        blob_containers.iter().for_each(|names| self.list(names, |answers, name| answers.text(name)));
        databases.iter().for_each(|names| self.list(names, |answers, name| answers.text(name)));
    }

    fn vault(&mut self, vault: &VaultChoice) {
        match vault {
            VaultChoice::Named(name) => {
                self.byte(0);
                self.text(name);
            }
            VaultChoice::Selector(tags) => {
                self.byte(1);
                self.list(tags, |answers, Tag { name, value }| answers.texts(name, value));
            }
        }
    }

    fn reason(&mut self, reason: &Reason) {
        self.texts(&reason.code, &reason.message);
        self.list(&reason.evidence, |answers, Evidence { pointer, value }| answers.texts(pointer, value));
    }

    fn failure(&mut self, kind: u8, message: &str) {
        self.byte(kind);
        self.text(message);
    }

    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.length(items.len());
        for item in items {
            write(self, item);
        }
    }

    fn option<T>(&mut self, value: Option<T>, write: impl Fn(&mut Self, T)) {
        match value {
            None => self.byte(0),
            Some(value) => {
                self.byte(1);
                write(self, value);
            }
        }
    }

    fn texts(&mut self, one: &str, other: &str) {
        self.text(one);
        self.text(other);
    }

    fn text(&mut self, text: &str) {
        self.bytes.reserve(4 + text.len());
        self.length(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    #[expect(clippy::cast_possible_truncation, reason = "a guest's memory has four gigabytes")]
    fn length(&mut self, length: usize) {
        self.number(length as u32);
    }

    fn number(&mut self, number: u32) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }
}

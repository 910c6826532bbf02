//! Writing packed answers.

mod protection;

use crate::copies::append;
use crate::{Evidence, Exclusion, ExclusionKind, FactKey, Failure, Opinion, Reason, Tag, Verdict};

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

    /// Adds an answer, with its evidence if that is wanted.
    pub(super) fn push(&mut self, answer: &Result<Opinion, Failure>, explain: bool) {
        match answer {
            Ok(opinion) => {
                self.verdict(&opinion.verdict);
                self.list(&opinion.labels, |answers, Tag { name, value }| answers.texts(name, value));
                self.list(&opinion.reasons, |answers, reason| answers.reason(reason, explain));
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

    fn reason(&mut self, reason: &Reason, explain: bool) {
        self.texts(&reason.code, &reason.message);
        let evidence = if explain { reason.evidence.as_slice() } else { &[] };
        self.list(evidence, |answers, Evidence { pointer, value }| answers.texts(pointer, value));
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
        append(&mut self.bytes, text.as_bytes());
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

//! What a signature says: these bytes are this rule or rule set, and this key vouches for them.

use std::fmt;
use std::str::FromStr;

use holdfast_rule_set::Digest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::key::KeyId;

/// First line of the signed text. A later format is another line, so no signature fits both.
const FORMAT: &str = "holdfast-signature/1";
/// Longest name or version, in bytes.
const MOST_LABEL: usize = 200;

/// What the signed bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A rule module.
    Rule,
    /// A rule set file.
    RuleSet,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Rule => "rule",
            Self::RuleSet => "rule-set",
        })
    }
}

/// A name or version: one line of at most 200 bytes without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(String);

/// The text is not a name or version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` can't be signed as a name or version; expected 1 to 200 bytes on one line")]
pub struct LabelError(String);

impl FromStr for Label {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        let fits = (1..=MOST_LABEL).contains(&text.len()) && !text.chars().any(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(LabelError(text.escape_debug().collect())) }
    }
}

impl Label {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// What is signed of a rule or rule set, no matter who signs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What the bytes are.
    pub kind: Kind,
    /// Their digest.
    pub digest: Digest,
    /// The rule's name by its manifest; of a rule set its file name.
    pub name: Label,
    /// The rule's version by its manifest; of a rule set its revision.
    pub version: Label,
}

/// A subject, the moment, and the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What is vouched for.
    pub subject: Subject,
    /// When, by the signer's clock, to the second.
    pub signed_at: Timestamp,
    /// By whom.
    pub key: KeyId,
}

impl Statement {
    /// The signed text: UTF-8, seven lines in this order, each ended by one line feed.
    ///
    /// ```text
    /// holdfast-signature/1
    /// kind: rule
    /// digest: sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
    /// name: select
    /// version: 1.2.0
    /// signed-at: 2026-11-21T07:30:00Z
    /// key: ed25519:0123456789abcdef
    /// ```
    ///
    /// No value can hold a line feed, so the text has one reading. Ed25519 (RFC 8032) signs it
    /// without hashing first, so `openssl pkeyutl -verify -rawin` can check it.
    pub fn signed_text(&self) -> String {
        let Subject { kind, digest, name, version } = &self.subject;
        let (signed_at, key) = (self.signed_at, &self.key);
        format!(
            "{FORMAT}\nkind: {kind}\ndigest: {digest}\nname: {name}\nversion: {version}\n\
             signed-at: {signed_at}\nkey: {key}\n"
        )
    }
}

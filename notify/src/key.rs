//! Whose outbox: a target, a rule, or the estate as a whole.

use std::fmt;
use std::str::FromStr;

use holdfast_protection::ledger::About;
use serde::{Deserialize, Serialize};

/// Names an outbox. Events of one outbox are sent in order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutboxKey(String);

/// Longest key: a blob's name has room for 1,024 characters (official), and a path is put around the key.
const LONGEST: usize = 960;
const TARGETS: &str = "resources/";
const RULES: &str = "rules/";
const COVERAGE: &str = "coverage";
const DIGEST: &str = "digest";

/// The form of messages.
const FORMAT: &str = "holdfast.notify/1";
/// Characters of a bad key that are repeated.
const SHOWN: usize = 200;

#[derive(Serialize, Deserialize)]
struct Message {
    #[serde(default)]
    format: Option<String>,
    outbox: String,
}

/// The text names no outbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` does not name an outbox")]
pub struct BadKey(String);

impl OutboxKey {
    /// The outbox of a target; each workload of a resource has its own.
    pub fn of_target(target: About<'_>) -> Self {
        let resource = target.resource.key();
        let workload = target.workload.map(|workload| format!("@{workload}")).unwrap_or_default();
        Self(format!("{TARGETS}{}{workload}", resource.trim_start_matches('/')))
    }

    /// The outbox of a rule, by the id of its binding.
    pub fn of_rule(rule: &str) -> Self {
        Self(format!("{RULES}{rule}"))
    }

    /// The outbox of the estate.
    pub fn of_coverage() -> Self {
        Self(COVERAGE.to_owned())
    }

    /// The outbox of digests.
    pub fn of_digest() -> Self {
        Self(DIGEST.to_owned())
    }

    /// The text of a message that says that this outbox has something to send.
    pub fn message(&self) -> String {
        // Texts are always JSON.
        serde_json::json!(Message { format: Some(FORMAT.to_owned()), outbox: self.0.clone() }).to_string()
    }

    /// Reads such a message, of whatever version.
    ///
    /// # Errors
    ///
    /// If it names no outbox.
    pub fn of_message(text: &str) -> Result<Self, BadKey> {
        let message: Message =
            serde_json::from_str(text).map_err(|_| BadKey(text.chars().take(SHOWN).collect()))?;
        message.outbox.parse()
    }

    /// The key as a path without an ending.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OutboxKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for OutboxKey {
    type Err = BadKey;

    /// Reads a key out of a message; a path that leads elsewhere is refused.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix(TARGETS).or_else(|| text.strip_prefix(RULES));
        let is_below = rest.is_some_and(|rest| !rest.is_empty() && rest.split('/').all(is_name));
        if (is_below || [COVERAGE, DIGEST].contains(&text)) && text.len() <= LONGEST {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadKey(text.chars().take(SHOWN).collect()))
        }
    }
}

fn is_name(segment: &str) -> bool {
    !segment.is_empty() && segment != "." && segment != ".." && !segment.contains(['\\', '\0'])
}

#[cfg(test)]
mod tests {
    use holdfast_protection::{ResourceId, Workload};

    use super::*;

    const DISK: &str = "/subscriptions/S/resourceGroups/g/providers/Microsoft.Compute/disks/Data";

    #[test]
    fn a_key_is_read_as_it_is_written_and_ignores_the_case_of_ids() {
        let disk: ResourceId = DISK.parse().unwrap();
        let other: ResourceId =
            DISK.to_uppercase().replace("SUBSCRIPTIONS", "subscriptions").parse().unwrap();
        let key = OutboxKey::of_target((&disk).into());
        assert_eq!(key, OutboxKey::of_target((&other).into()));
        let blobs = OutboxKey::of_target(About { resource: &disk, workload: Some(Workload::AzureBlobs) });
        assert!(blobs.as_str().ends_with("/disks/data@azure-blobs"), "{blobs}");
        for key in
            [key, blobs, OutboxKey::of_rule("select"), OutboxKey::of_coverage(), OutboxKey::of_digest()]
        {
            assert_eq!(key.as_str().parse(), Ok(key.clone()));
            assert_eq!(OutboxKey::of_message(&key.message()), Ok(key));
        }
    }

    #[test]
    fn a_message_of_another_version_is_read_as_far_as_it_names_an_outbox() {
        let later = r#"{"format":"holdfast.notify/9","outbox":"coverage","more":[1]}"#;
        assert_eq!(OutboxKey::of_message(later), Ok(OutboxKey::of_coverage()));
        for bad in ["", "coverage", "{}", r#"{"outbox":"../x"}"#] {
            assert!(OutboxKey::of_message(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_that_leads_elsewhere_is_refused() {
        let long = format!("resources/{}", "x".repeat(LONGEST));
        for text in [
            "",
            "resources/",
            "resources/../dead-letters/x",
            "rules//x",
            "dead-letters/x",
            "coverage/x",
            &long,
        ] {
            assert!(text.parse::<OutboxKey>().is_err(), "{text}");
        }
    }
}

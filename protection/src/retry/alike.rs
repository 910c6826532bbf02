//! Which failures have one cause, and how many there are of it: lists and reports go by this.

use std::collections::BTreeSet;

use jiff::Timestamp;

/// Resources that are counted one by one; beyond, each failure counts as that of another one.
const COUNTED: usize = 10_000;

/// What makes two failures one cause: Azure's code, and where that says nothing, its message without names and numbers.
pub fn fingerprint(code: &str, message: &str) -> String {
    const SAY_NOTHING: [&str; 5] = ["", "Failed", "InternalError", "UnknownError", "BMSUserErrorUnknown"];
    let code_alone = code.to_ascii_lowercase();
    if SAY_NOTHING.iter().any(|one| one.eq_ignore_ascii_case(code)) {
        return format!("{code_alone} {}", without_names(message));
    }
    code_alone
}

/// The message with everything that differs from resource to resource taken out.
fn without_names(message: &str) -> String {
    let is_name = |word: &&str| {
        word.contains(|one: char| one.is_ascii_digit() || matches!(one, '/' | '\'' | '"' | '`' | '_'))
    };
    let words = message.split_whitespace().map(|word| if is_name(&word) { "…" } else { word });
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

/// How many failures have one cause, of how many resources, and from when to when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many failures.
    pub count: u64,
    /// Of how many resources.
    pub resources: u64,
    /// When the first was seen.
    pub since: Option<Timestamp>,
    /// When the last was seen.
    pub last: Option<Timestamp>,
    seen: BTreeSet<String>,
}

impl Tally {
    /// Counts a failure.
    pub fn add(&mut self, resource: &str, at: Option<Timestamp>) {
        self.count += 1;
        let is_new = self.seen.len() >= COUNTED || self.seen.insert(resource.to_ascii_lowercase());
        self.resources += u64::from(is_new);
        self.since = [self.since, at].into_iter().flatten().min();
        self.last = self.last.max(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_says_nothing_is_told_apart_by_its_message_without_names() {
        let internal = |message: &str| fingerprint("InternalError", message);
        assert_eq!(internal("Snapshot of disk-17 failed"), internal("Snapshot of disk-4 failed"));
        assert_ne!(internal("Snapshot of disk-17 failed"), internal("The service is busy"));
        assert_eq!(fingerprint("UserErrorVmNotFound", "a"), fingerprint("usererrorvmnotfound", "b"));
    }
}

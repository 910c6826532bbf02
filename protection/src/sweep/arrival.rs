//! A target that was newly protected, and how long that took.

use crate::{ResourceId, Workload, digest};

/// The word for what is not known.
const UNKNOWN: &str = "unknown";

/// A target that nothing had protected, and that is protected now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Which one: the same for the same target.
    pub target: String,
    /// Seconds from the creation of the resource; none where that is not known.
    pub seconds: Option<u64>,
}

impl Arrival {
    /// Of a target.
    pub fn of(resource: &ResourceId, workload: Workload, seconds: Option<u64>) -> Self {
        let mut target = digest::whole(&format!("{workload} {}", resource.key()));
        target.truncate(32);
        Self { target, seconds }
    }

    /// The arrival as one word: a listing of words says all there is, and nothing has to be read.
    pub fn word(&self) -> String {
        let seconds = self.seconds.map_or_else(|| UNKNOWN.to_owned(), |seconds| seconds.to_string());
        format!("{}-{seconds}", self.target)
    }

    /// Reads a word.
    pub fn of_word(word: &str) -> Option<Self> {
        let (target, seconds) = word.split_once('-')?;
        let seconds = if seconds == UNKNOWN { None } else { Some(seconds.parse().ok()?) };
        Some(Self { target: target.to_owned(), seconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_says_all_there_is() {
        let disk: ResourceId =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d".parse().unwrap();
        for seconds in [Some(0), Some(754), None] {
            let arrival = Arrival::of(&disk, Workload::AzureDisks, seconds);
            assert_eq!(Arrival::of_word(&arrival.word()), Some(arrival));
        }
        assert_eq!(Arrival::of_word("run.json"), None);
        assert_eq!(Arrival::of_word("a-b"), None);
    }
}

//! What is worked on first when Azure takes less than there is to do.

/// How much a piece of work matters, the least first: a greater one is more important.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// The sweep found it: it has waited before and may wait on.
    Sweep,
    /// Something changed, and nobody says that it is urgent.
    Event,
    /// The rule set calls the resource important, or a person waits for the answer.
    Urgent,
    /// Azure is at work on it already: it is nearly done, and what was spent on it must not be spent twice.
    Pending,
}

impl Priority {
    /// All of them, the least important first.
    pub const ALL: [Self; 4] = [Self::Sweep, Self::Event, Self::Urgent, Self::Pending];

    /// A word for logs and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sweep => "sweep",
            Self::Event => "event",
            Self::Urgent => "urgent",
            Self::Pending => "pending",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_done_outranks_what_is_urgent_and_that_outranks_the_rest() {
        assert!(Priority::ALL.is_sorted());
        assert_eq!(Priority::ALL.map(Priority::as_str), ["sweep", "event", "urgent", "pending"]);
    }
}

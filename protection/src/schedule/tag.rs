//! Retention tags: the classes of recovery points that can be kept longer than the rest.

use serde::{Deserialize, Serialize};

/// A class of recovery points, as Azure's own tools name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RetentionTag {
    /// Every recovery point that no other tag takes.
    Default,
    /// The first of each day.
    Daily,
    /// The first of each week.
    Weekly,
    /// The first of each month.
    Monthly,
    /// The first of each year.
    Yearly,
}

impl RetentionTag {
    /// Every tag.
    pub const ALL: [Self; 5] = [Self::Default, Self::Daily, Self::Weekly, Self::Monthly, Self::Yearly];

    /// Its name, which is that of its retention rule too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "Default",
            Self::Daily => "Daily",
            Self::Weekly => "Weekly",
            Self::Monthly => "Monthly",
            Self::Yearly => "Yearly",
        }
    }

    /// `taggingPriority` by Azure's own convention; the lower one wins.
    pub fn priority(self) -> u32 {
        match self {
            Self::Default => 99,
            Self::Daily => 25,
            Self::Weekly => 20,
            Self::Monthly => 15,
            Self::Yearly => 10,
        }
    }

    /// The `absoluteCriteria` that picks its backups; none for those that are left.
    pub fn criterion(self) -> Option<&'static str> {
        match self {
            Self::Default => None,
            Self::Daily => Some("FirstOfDay"),
            Self::Weekly => Some("FirstOfWeek"),
            Self::Monthly => Some("FirstOfMonth"),
            Self::Yearly => Some("FirstOfYear"),
        }
    }

    /// How many recovery points of this tag so many days hold; none for those that follow the schedule.
    pub fn points_in(self, days: u32) -> Option<u32> {
        match self {
            Self::Default => None,
            Self::Daily => Some(days),
            Self::Weekly => Some(days.div_ceil(7)),
            Self::Monthly => Some(days.div_ceil(30)),
            Self::Yearly => Some(days.div_ceil(365)),
        }
    }
}

//! Which recovery points a list shows.

use jiff::Timestamp;

use super::{PointState, RecoveryPoint};
use crate::tier::DataStore;

/// What recovery points have to be to be shown; an empty filter shows all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PointFilter {
    /// Not before this.
    pub since: Option<Timestamp>,
    /// Not after this.
    pub until: Option<Timestamp>,
    /// With a copy in this tier.
    pub tier: Option<DataStore>,
    /// Of this kind, such as `Full`, without regard to case.
    pub kind: Option<String>,
    /// With this retention tag, without regard to case.
    pub tag: Option<String>,
    /// Only those that hold all of the datasource, or only those that do not.
    pub state: Option<PointState>,
}

impl PointFilter {
    /// Whether a point passes.
    pub fn takes(&self, point: &RecoveryPoint) -> bool {
        let same = |wanted: &Option<String>, is: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| is.is_some_and(|is| is.eq_ignore_ascii_case(wanted)))
        };
        self.since.is_none_or(|since| point.time >= since)
            && self.until.is_none_or(|until| point.time <= until)
            && self.tier.is_none_or(|tier| point.is_in(tier))
            && self.state.is_none_or(|state| point.state == state)
            && same(&self.kind, Some(&point.kind))
            && same(&self.tag, point.tag.as_deref())
    }

    /// Those that pass, the newest first.
    pub fn of(&self, mut points: Vec<RecoveryPoint>) -> Vec<RecoveryPoint> {
        points.retain(|point| self.takes(point));
        points.sort_by(|a, b| b.time.cmp(&a.time).then_with(|| a.id.cmp(&b.id)));
        points
    }
}

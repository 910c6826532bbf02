//! Names of the policies that we make for machines.

use std::fmt::Write as _;

use holdfast_evaluator::Consistency;

use super::{Tiering, VmPolicy, VmPolicyKind};
use crate::policy::naming;
use crate::policy::runs::Runs;

impl VmPolicy {
    /// A name that says what the policy does, the same for the same policy.
    pub fn name(&self) -> String {
        let mut name = naming::begun("vm", &self.runs, &self.kept);
        let is_told = match self.runs {
            Runs::Hourly { .. } => true,
            Runs::Daily { .. } | Runs::Weekly { .. } => false,
        };
        if self.kind == VmPolicyKind::Enhanced && !is_told {
            name.push_str("-v2");
        }
        let _ = write!(name, "-snap{}", self.instant_days);
        match self.consistency {
            Consistency::Crash => name.push_str("-crash"),
            Consistency::Application => {}
        }
        match self.tiering {
            Tiering::Never => {}
            Tiering::Recommended => name.push_str("-arc"),
            Tiering::After(period) => {
                let _ = write!(name, "-arc{period}");
            }
        }
        let groups =
            self.snapshot_groups.as_ref().map(|groups| format!("{}#{}", groups.prefix, groups.suffix));
        naming::ended(name, &self.time_zone, groups.as_deref())
    }
}

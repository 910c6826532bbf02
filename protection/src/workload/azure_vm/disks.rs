//! Which data disks of a machine are backed up.

use std::fmt;

use holdfast_evaluator::Items;
use serde::{Deserialize, Serialize};

/// Data disks by logical unit number: those that are backed up, or those that are not. The disk of the operating system
/// always is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DiskChoice {
    /// In order, each once.
    pub luns: Vec<u32>,
    /// Whether these are backed up, and not the others.
    pub included: bool,
}

impl DiskChoice {
    /// The disks, in order.
    pub fn new(mut luns: Vec<u32>, included: bool) -> Self {
        luns.sort_unstable();
        luns.dedup();
        Self { luns, included }
    }

    /// Every disk, new ones too.
    pub fn all() -> Self {
        Self::new(Vec::new(), false)
    }

    /// Whether every disk is backed up.
    pub fn is_all(&self) -> bool {
        self.luns.is_empty() && !self.included
    }

    /// Whether this data disk is backed up.
    pub fn holds(&self, lun: u32) -> bool {
        self.luns.contains(&lun) == self.included
    }

    /// What a decision says of them; all if it says nothing.
    pub(super) fn decided(luns: Option<&Items<u32>>) -> Self {
        match luns {
            None | Some(Items::All) => Self::all(),
            Some(Items::Named(luns)) => Self::new(luns.clone(), true),
            Some(Items::AllBut(luns)) => Self::new(luns.clone(), false),
        }
    }
}

impl fmt::Display for DiskChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let luns: Vec<String> = self.luns.iter().map(u32::to_string).collect();
        match (self.included, luns.is_empty()) {
            (true, true) => f.write_str("the disk of the operating system alone"),
            (true, false) => write!(f, "the data disks {}", luns.join(", ")),
            (false, true) => f.write_str("all disks"),
            (false, false) => write!(f, "all data disks but {}", luns.join(", ")),
        }
    }
}

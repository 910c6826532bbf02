//! Recovery points: where their data lies, for how long, and of what they are made.

pub(super) mod age;
pub(super) mod read;
mod shown;

pub(super) use shown::TYPE;

use jiff::Timestamp;
use serde_json::Value;

use super::database::{self, BackupType};
use super::item::Item;
use super::kind::Kind;
use super::{machine, share};
use crate::world::World;

/// A store in which the data of a point lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    /// A snapshot beside the source.
    Instant,
    /// The vault.
    Hardened,
    Archived,
}

impl Tier {
    /// The word and the number of the tier.
    fn names(self) -> (&'static str, u8) {
        match self {
            Self::Instant => ("InstantRP", 1),
            Self::Hardened => ("HardenedRP", 2),
            Self::Archived => ("ArchivedRP", 3),
        }
    }
}

/// How the data in a store stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TierStatus {
    Valid,
    Deleted,
    Rehydrated,
}

impl TierStatus {
    fn names(self) -> (&'static str, u8) {
        match self {
            Self::Valid => ("Valid", 1),
            Self::Deleted => ("Deleted", 3),
            Self::Rehydrated => ("Rehydrated", 4),
        }
    }
}

/// A recovery point.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) time: Timestamp,
    pub(super) tiers: Vec<(Tier, TierStatus)>,
    pub(super) expires: Timestamp,
    /// When its snapshot goes, where the vault keeps a copy.
    pub(super) snapshot_until: Option<Timestamp>,
    /// Whether somebody asked for it.
    pub(super) asked: bool,
    /// What its source was like, as properties of the kind.
    pub(super) source: Value,
    /// The files in it, of a share.
    pub(super) contents: Vec<String>,
    /// Whether its files can be reached one by one now, of a virtual machine.
    pub(super) session_open: bool,
    /// What kind of backup it is, of a database.
    pub(super) backup: Option<BackupType>,
    /// What the service knows of threats to its source at that time, of a virtual machine.
    pub(super) threat: Option<Threat>,
}

/// `threatStatus` and `threatInfo` of a point (official).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Threat {
    pub(super) status: String,
    pub(super) found: Vec<Value>,
}

impl Point {
    /// The point that a snapshot of `item` makes.
    pub(super) fn taken(
        world: &mut World,
        item: &Item,
        time: Timestamp,
        expires: Timestamp,
        asked: bool,
    ) -> Self {
        let name = (world.random.next() >> 20).to_string();
        // The point is some seconds younger than its job (recorded).
        let time = world.clock.after(time, 3.2);
        let (source, contents) = match item.kind {
            Kind::Machine => (machine::point::source(world, item), Vec::new()),
            Kind::Share => (share::point::source(item, time), share::point::contents(world, item)),
            Kind::Database(_) => (Value::Null, Vec::new()),
        };
        Self {
            name,
            kind: item.kind,
            time,
            tiers: vec![(Tier::Instant, TierStatus::Valid)],
            expires,
            snapshot_until: None,
            asked,
            source,
            contents,
            session_open: false,
            backup: None,
            threat: None,
        }
    }

    /// The point that a backup of the database of `item` makes, some twenty seconds after its job began (recorded).
    pub(super) fn of_database(
        world: &mut World,
        item: &Item,
        backup: BackupType,
        began: Timestamp,
        expires: Timestamp,
        asked: bool,
    ) -> Self {
        let time = world.clock.after(began, 19.0);
        let point = Self::taken(world, item, time, expires, asked);
        let tier = if backup == BackupType::SnapshotFull { Tier::Instant } else { Tier::Hardened };
        let source = item
            .address
            .as_ref()
            .map(|address| database::point::directories(world, item, address, point.time));
        Self {
            tiers: vec![(tier, TierStatus::Valid)],
            source: source.unwrap_or_default(),
            backup: Some(backup),
            ..point
        }
    }

    /// Its data is in the vault, too.
    pub(super) fn is_in_vault(&mut self) {
        if self.status(Tier::Hardened).is_none() {
            self.tiers.push((Tier::Hardened, TierStatus::Valid));
        }
    }

    /// Whether an immutable vault keeps it at `now`: points are kept to "their respective expiry dates", and
    /// "immutability doesn't apply to operational backups for resources like blobs, files, and disks" (official).
    /// Snapshots of machines and of databases are not named there.
    pub(super) fn is_immutable(&self, now: Timestamp) -> bool {
        let copied = |&(tier, status): &(Tier, TierStatus)| {
            tier != Tier::Instant && matches!(status, TierStatus::Valid | TierStatus::Rehydrated)
        };
        self.expires > now && (self.kind != Kind::Share || self.tiers.iter().any(copied))
    }

    /// How its data in `tier` stands, if it ever was there.
    pub(super) fn status(&self, tier: Tier) -> Option<TierStatus> {
        self.tiers.iter().find(|(known, _)| *known == tier).map(|(_, status)| *status)
    }
}

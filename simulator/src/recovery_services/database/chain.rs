//! The log backups of a database: which instants they cover without a gap.
//!
//! A log backup that only fails leaves no gap, because the next one covers what it missed. One that finds the chain broken (somebody
//! else took the log, or the recovery model was simple in between) does: nothing is covered until the next full backup.

use jiff::Timestamp;

/// What one log backup covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Link {
    from: Timestamp,
    to: Timestamp,
    expires: Timestamp,
}

/// The log backups of a database, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::recovery_services) struct Chain {
    links: Vec<Link>,
    /// Until when everything is covered, if the next log backup can go on from there.
    until: Option<Timestamp>,
    /// The code of what broke it.
    broken: Option<String>,
}

/// Codes of a log backup that finds the chain broken (documentation: they need a full backup).
const BREAKING: [&str; 3] = [
    "UserErrorSQLLSNValidationFailure",
    "UserErrorHANALSNValidationFailure",
    "UserErrorParentFullBackupMissing",
];

impl Chain {
    /// A full backup was made at `at`: logs can go on from there, if they could not.
    pub(super) fn full(&mut self, at: Timestamp) {
        if self.until.is_none() {
            self.until = Some(at);
            self.broken = None;
        }
    }

    /// Why no log backup can be made.
    pub(super) fn obstacle(&self) -> Option<&str> {
        match (&self.until, &self.broken) {
            (Some(_), _) => None,
            (None, Some(code)) => Some(code),
            (None, None) => Some("UserErrorParentFullBackupMissing"),
        }
    }

    /// A log backup was made at `at`.
    pub(super) fn log(&mut self, at: Timestamp, expires: Timestamp) {
        self.links.retain(|link| link.expires > at);
        if let Some(from) = self.until.replace(at) {
            self.links.push(Link { from, to: at, expires });
        }
    }

    /// A log backup has failed with this code.
    pub(super) fn failed(&mut self, code: &str) {
        if BREAKING.iter().any(|breaking| breaking.eq_ignore_ascii_case(code)) {
            self.broken = Some(code.to_owned());
            self.until = None;
        }
    }

    /// The recovery model keeps no log.
    pub(super) fn ends(&mut self) {
        self.until = None;
        self.broken = None;
    }

    /// What is covered, as ranges that do not touch.
    pub(in crate::recovery_services) fn ranges(&self, now: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let mut ranges: Vec<(Timestamp, Timestamp)> = Vec::new();
        for link in self.links.iter().filter(|link| link.expires > now) {
            match ranges.last_mut() {
                Some((_, to)) if *to == link.from => *to = link.to,
                _ => ranges.push((link.from, link.to)),
            }
        }
        ranges
    }

    /// When the last log backup expires that goes back to a full backup made at `from` and not to one made at `until`.
    pub(in crate::recovery_services) fn needs_until(
        &self,
        from: Timestamp,
        until: Option<Timestamp>,
    ) -> Option<Timestamp> {
        let own = |link: &&Link| link.from >= from && until.is_none_or(|until| link.from < until);
        self.links.iter().filter(own).map(|link| link.expires).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    #[test]
    fn logs_go_on_from_a_full_backup_and_touch_one_another() {
        let mut chain = Chain::default();
        assert_eq!(chain.obstacle(), Some("UserErrorParentFullBackupMissing"));
        chain.full(at(0));
        chain.log(at(15), at(10_000));
        chain.failed("CloudInternalError");
        chain.log(at(45), at(10_000));
        chain.full(at(50));
        chain.log(at(60), at(10_000));
        assert_eq!(chain.ranges(at(61)), [(at(0), at(60))]);
    }

    #[test]
    fn a_broken_chain_leaves_a_gap_until_the_next_full_backup() {
        let mut chain = Chain::default();
        chain.full(at(0));
        chain.log(at(15), at(10_000));
        chain.failed("UserErrorSQLLSNValidationFailure");
        assert_eq!(chain.obstacle(), Some("UserErrorSQLLSNValidationFailure"));
        chain.full(at(100));
        chain.log(at(115), at(10_000));
        assert_eq!(chain.ranges(at(116)), [(at(0), at(15)), (at(100), at(115))]);
    }

    #[test]
    fn what_expires_is_covered_no_longer() {
        let mut chain = Chain::default();
        chain.full(at(0));
        chain.log(at(15), at(1000));
        chain.log(at(30), at(1015));
        assert_eq!(chain.needs_until(at(0), None), Some(at(1015)));
        assert_eq!(chain.needs_until(at(0), Some(at(10))), Some(at(1000)));
        assert_eq!(chain.ranges(at(1001)), [(at(15), at(30))]);
        assert_eq!(chain.ranges(at(2000)), []);
    }
}

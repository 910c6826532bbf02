//! Writing how a resource is to be protected.

use crate::{
    Archive, Consistency, Items, Luns, PartialBackup, PartialKind, Protection, Redundancy, RestoreTest,
    Schedule, Tag, TestJudge, TestPoint, Tier, VaultChoice, Weekday,
};

use super::Answers;

impl Answers {
    pub(super) fn protection(&mut self, protection: &Protection) {
        let bits = stated(protection);
        self.number(bits);
        if bits == 0 {
            return;
        }
        let Protection { vault, policy, retention, schedule, tier, redundancy, .. } = protection;
        vault.iter().for_each(|vault| self.vault(vault));
        policy.iter().for_each(|policy| self.text(policy));
        if let Some(range) = retention {
            self.option(range.min_days, Self::number);
            self.option(range.max_days, Self::number);
        }
        schedule.iter().for_each(|schedule| self.schedule(schedule));
        tier.iter().for_each(|tier| self.tier(*tier));
        if let Some(redundancy) = redundancy {
            self.byte(match redundancy {
                Redundancy::LocallyRedundant => 0,
                Redundancy::ZoneRedundant => 1,
                Redundancy::GeoRedundant => 2,
            });
        }
        protection.snapshot_resource_group.iter().for_each(|group| self.text(group));
        match &protection.disk_luns {
            None => {}
            Some(Luns::All) => self.byte(0),
            Some(Luns::Named(luns)) => self.numbers(1, luns),
            Some(Luns::AllBut(luns)) => self.numbers(2, luns),
        }
        for items in [&protection.blob_containers, &protection.databases, &protection.file_shares] {
            items.iter().for_each(|items| self.items(items));
        }
        self.rest(protection);
    }

    /// The fields that few rules state.
    fn rest(&mut self, protection: &Protection) {
        if let Some(kept) = protection.long_term {
            self.option(kept.weeks, Self::number);
            self.option(kept.months, Self::number);
            self.option(kept.years, Self::number);
        }
        protection.snapshot_days.iter().for_each(|days| self.number(*days));
        if let Some(log) = protection.log_backup {
            self.option(log.every_minutes, Self::number);
            self.option(log.keep_days, Self::number);
        }
        if let Some(PartialBackup { kind, days, keep_days }) = &protection.partial_backup {
            self.byte(match kind {
                PartialKind::Differential => 0,
                PartialKind::Incremental => 1,
            });
            self.weekdays(days);
            self.option(*keep_days, Self::number);
        }
        match protection.archive {
            None => {}
            Some(Archive::Never) => self.byte(0),
            Some(Archive::Recommended) => self.byte(1),
            Some(Archive::AfterDays(days)) => {
                self.byte(2);
                self.number(days);
            }
        }
        if let Some(consistency) = protection.consistency {
            self.byte(match consistency {
                Consistency::Application => 0,
                Consistency::Crash => 1,
            });
        }
        protection.compression.iter().for_each(|compressed| self.byte(u8::from(*compressed)));
        protection.restore_test.iter().for_each(|test| self.restore_test(test));
    }

    fn restore_test(&mut self, test: &RestoreTest) {
        self.text(&test.every);
        self.byte(match test.point {
            TestPoint::Latest => 0,
            TestPoint::LatestClean => 1,
            TestPoint::Oldest => 2,
        });
        self.option(test.tier, Self::tier);
        self.option(test.to.subscription.as_deref(), Self::text);
        self.option(test.to.resource_group.as_deref(), Self::text);
        self.byte(u8::from(test.to.paired_region));
        self.byte(match test.judge {
            TestJudge::Completion => 0,
            TestJudge::Rules => 1,
        });
    }

    fn schedule(&mut self, schedule: &Schedule) {
        self.text(&schedule.every);
        self.option(schedule.at.as_deref(), Self::text);
        self.weekdays(&schedule.days);
        self.option(schedule.window_hours, Self::number);
        self.option(schedule.time_zone.as_deref(), Self::text);
    }

    fn weekdays(&mut self, days: &[Weekday]) {
        self.list(days, |answers, day| {
            answers.number(match day {
                Weekday::Monday => 0,
                Weekday::Tuesday => 1,
                Weekday::Wednesday => 2,
                Weekday::Thursday => 3,
                Weekday::Friday => 4,
                Weekday::Saturday => 5,
                Weekday::Sunday => 6,
            });
        });
    }

    fn tier(&mut self, tier: Tier) {
        self.byte(match tier {
            Tier::Operational => 0,
            Tier::Vault => 1,
        });
    }

    fn items(&mut self, items: &Items) {
        match items {
            Items::All => self.byte(0),
            Items::Named(names) => self.names(1, names),
            Items::AllBut(names) => self.names(2, names),
        }
    }

    fn names(&mut self, choice: u8, names: &[String]) {
        self.byte(choice);
        self.list(names, |answers, name| answers.text(name));
    }

    fn numbers(&mut self, choice: u8, numbers: &[u32]) {
        self.byte(choice);
        self.list(numbers, |answers, number| answers.number(*number));
    }

    fn vault(&mut self, vault: &VaultChoice) {
        match vault {
            VaultChoice::Named(name) => {
                self.byte(0);
                self.text(name);
            }
            VaultChoice::Selector(tags) => {
                self.byte(1);
                self.list(tags, |answers, Tag { name, value }| answers.texts(name, value));
            }
        }
    }
}

/// A bit for each field that is stated, in the order in which they are written.
fn stated(protection: &Protection) -> u32 {
    let Protection {
        vault,
        policy,
        retention,
        schedule,
        tier,
        redundancy,
        snapshot_resource_group,
        disk_luns,
        blob_containers,
        databases,
        file_shares,
        long_term,
        snapshot_days,
        log_backup,
        partial_backup,
        archive,
        consistency,
        compression,
        restore_test,
    } = protection;
    let stated = [
        vault.is_some(),
        policy.is_some(),
        retention.is_some(),
        schedule.is_some(),
        tier.is_some(),
        redundancy.is_some(),
        snapshot_resource_group.is_some(),
        disk_luns.is_some(),
        blob_containers.is_some(),
        databases.is_some(),
        file_shares.is_some(),
        long_term.is_some(),
        snapshot_days.is_some(),
        log_backup.is_some(),
        partial_backup.is_some(),
        archive.is_some(),
        consistency.is_some(),
        compression.is_some(),
        restore_test.is_some(),
    ];
    stated.iter().zip(0..).fold(0, |bits, (stated, bit)| bits | u32::from(*stated) << bit)
}

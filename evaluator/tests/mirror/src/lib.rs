//! A rule for tests. Its reasons repeat the whole request; its verdict is spelt by the resource's body,
//! one byte for each choice, so that any verdict can be asked for.

use holdfast_rule_sdk::{
    Archive, Consistency, Exclusion, ExclusionKind, FactKey, Items, LogBackup, LongTerm, Luns, Manifest,
    Opinion, PartialBackup, PartialKind, Protection, Redundancy, Request, RestoreTest, Retention, Rule,
    Schedule, Tag, TestJudge, TestPoint, TestTarget, Tier, VaultChoice, Verdict, Weekday, rule,
};

/// The rule; see the crate's documentation.
pub struct Mirror;

impl Rule for Mirror {
    type Settings = std::collections::BTreeMap<String, u32>;

    fn manifest() -> Manifest {
        Manifest {
            name: "mirror".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "repeats what it was told".into(),
            resource_types: Vec::new(),
            workloads: vec![],
            fact_kinds: Vec::new(),
            settings_schema: "{}".into(),
            reason_codes: vec!["told".into(), "tag".into(), "label".into(), "fact".into()],
        }
    }

    fn evaluate(_: &Self::Settings, request: &Request<'_>) -> Opinion {
        let target = &request.target;
        let told = [target.id, target.type_, target.name, target.location, target.resource_group];
        let rest = [target.subscription, target.body, request.event_time, request.workload];
        let mut spelling = Spelling(target.body.bytes());
        let verdict = spelling.verdict();
        let labels = spelling.list(|s| Tag { name: s.text(), value: s.text() });
        let opinion = Opinion { verdict, labels, reasons: Vec::new() };
        let opinion = told
            .into_iter()
            .chain(rest)
            .fold(opinion.because("told", format!("{}", request.explain)), |opinion, text| {
                opinion.seen("/", text)
            })
            .seen("/target/sku", format!("{:?}", target.sku))
            .seen("/target/kind", format!("{:?}", target.kind));
        let opinion = target
            .tags
            .iter()
            .fold(opinion, |opinion, tag| opinion.because("tag", tag.name).seen("/target/tags", tag.value));
        let opinion = request.labels.iter().fold(opinion, |opinion, label| {
            opinion.because("label", label.name).seen("/labels", label.value)
        });
        request.facts.iter().fold(opinion, |opinion, fact| {
            opinion.because("fact", fact.kind).seen(fact.scope, format!("{:?}", fact.value))
        })
    }
}

rule!(Mirror);

/// Choices, a byte each; zero when there are no more.
struct Spelling<I>(I);

impl<I: Iterator<Item = u8>> Spelling<I> {
    fn next(&mut self) -> u8 {
        self.0.next().unwrap_or(0)
    }

    fn text(&mut self) -> String {
        (0..self.next() % 4).map(|_| char::from(self.next())).collect()
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.next() % 3).map(|_| item(self)).collect()
    }

    fn option<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.next().is_multiple_of(2).then(|| value(self))
    }

    fn number(&mut self) -> u32 {
        u32::from(self.next()) << (self.next() % 25)
    }

    fn verdict(&mut self) -> Verdict {
        match self.next() % 8 {
            0 => Verdict::Abstain,
            1 => Verdict::Exclude(Exclusion { kind: self.kind(), until: self.option(Self::text) }),
            2 => Verdict::NeedFacts(self.list(|s| FactKey { kind: s.text(), scope: s.text() })),
            3 => Verdict::Protect(Protection::default()),
            _ => Verdict::Protect(self.protection()),
        }
    }

    fn kind(&mut self) -> ExclusionKind {
        match self.next() % 5 {
            0 => ExclusionKind::NotSupported,
            1 => ExclusionKind::Ephemeral,
            2 => ExclusionKind::ProtectedElsewhere,
            3 => ExclusionKind::OptedOut,
            _ => ExclusionKind::Other,
        }
    }

    fn protection(&mut self) -> Protection {
        Protection {
            vault: self.option(|s| match s.next() % 2 {
                0 => VaultChoice::Named(s.text()),
                _ => VaultChoice::Selector(s.list(|s| Tag { name: s.text(), value: s.text() })),
            }),
            policy: self.option(Self::text),
            retention: self
                .option(|s| Retention { min_days: s.option(Self::number), max_days: s.option(Self::number) }),
            schedule: self.option(Self::schedule),
            tier: self.option(Self::tier),
            redundancy: self.option(|s| match s.next() % 3 {
                0 => Redundancy::LocallyRedundant,
                1 => Redundancy::ZoneRedundant,
                _ => Redundancy::GeoRedundant,
            }),
            snapshot_resource_group: self.option(Self::text),
            disk_luns: self.option(|s| match s.next() % 3 {
                0 => Luns::All,
                1 => Luns::Named(s.list(Self::number)),
                _ => Luns::AllBut(s.list(Self::number)),
            }),
            blob_containers: self.option(Self::items),
            databases: self.option(Self::items),
            file_shares: self.option(Self::items),
            long_term: self.option(|s| LongTerm {
                weeks: s.option(Self::number),
                months: s.option(Self::number),
                years: s.option(Self::number),
            }),
            snapshot_days: self.option(Self::number),
            log_backup: self.option(|s| LogBackup {
                every_minutes: s.option(Self::number),
                keep_days: s.option(Self::number),
            }),
            partial_backup: self.option(|s| PartialBackup {
                kind: if s.truth() { PartialKind::Differential } else { PartialKind::Incremental },
                days: s.list(Self::weekday),
                keep_days: s.option(Self::number),
            }),
            archive: self.option(|s| match s.next() % 3 {
                0 => Archive::Never,
                1 => Archive::Recommended,
                _ => Archive::AfterDays(s.number()),
            }),
            consistency: self
                .option(|s| if s.truth() { Consistency::Application } else { Consistency::Crash }),
            compression: self.option(Self::truth),
            restore_test: self.option(Self::restore_test),
        }
    }

    fn truth(&mut self) -> bool {
        self.next().is_multiple_of(2)
    }

    fn tier(&mut self) -> Tier {
        if self.truth() { Tier::Operational } else { Tier::Vault }
    }

    fn schedule(&mut self) -> Schedule {
        Schedule {
            every: self.text(),
            at: self.option(Self::text),
            days: self.list(Self::weekday),
            window_hours: self.option(Self::number),
            time_zone: self.option(Self::text),
        }
    }

    fn weekday(&mut self) -> Weekday {
        match self.next() % 7 {
            0 => Weekday::Monday,
            1 => Weekday::Tuesday,
            2 => Weekday::Wednesday,
            3 => Weekday::Thursday,
            4 => Weekday::Friday,
            5 => Weekday::Saturday,
            _ => Weekday::Sunday,
        }
    }

    fn items(&mut self) -> Items {
        match self.next() % 3 {
            0 => Items::All,
            1 => Items::Named(self.list(Self::text)),
            _ => Items::AllBut(self.list(Self::text)),
        }
    }

    fn restore_test(&mut self) -> RestoreTest {
        RestoreTest {
            every: self.text(),
            point: match self.next() % 3 {
                0 => TestPoint::Latest,
                1 => TestPoint::LatestClean,
                _ => TestPoint::Oldest,
            },
            tier: self.option(Self::tier),
            to: TestTarget {
                subscription: self.option(Self::text),
                resource_group: self.option(Self::text),
                paired_region: self.truth(),
            },
            judge: if self.truth() { TestJudge::Completion } else { TestJudge::Rules },
        }
    }
}

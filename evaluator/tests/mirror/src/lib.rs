//! A rule for tests. Its reasons repeat the whole request; its verdict is spelt by the resource's body,
//! one byte for each choice, so that any verdict can be asked for.

use holdfast_rule_sdk::{
    Exclusion, ExclusionKind, FactKey, Manifest, Opinion, Protection, Redundancy, Request, Retention, Rule,
    Schedule, Tag, Tier, VaultChoice, Verdict, rule,
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
            fact_kinds: Vec::new(),
            settings_schema: "{}".into(),
            reason_codes: vec!["told".into(), "tag".into(), "fact".into()],
        }
    }

    fn evaluate(_: &Self::Settings, request: &Request<'_>) -> Opinion {
        let target = &request.target;
        let told = [target.id, target.type_, target.name, target.location, target.resource_group];
        let rest = [target.subscription, target.body, request.event_time];
        let opinion = Opinion { verdict: Spelling(target.body.bytes()).verdict(), reasons: Vec::new() };
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
            schedule: self.option(|s| Schedule { every: s.text(), at: s.option(Self::text) }),
            tier: self.option(|s| if s.next() % 2 == 0 { Tier::Operational } else { Tier::Vault }),
            redundancy: self.option(|s| match s.next() % 3 {
                0 => Redundancy::LocallyRedundant,
                1 => Redundancy::ZoneRedundant,
                _ => Redundancy::GeoRedundant,
            }),
            snapshot_resource_group: self.option(Self::text),
            disk_luns: self.option(|s| s.list(Self::number)),
            blob_containers: self.option(|s| s.list(Self::text)),
            databases: self.option(|s| s.list(Self::text)),
        }
    }
}

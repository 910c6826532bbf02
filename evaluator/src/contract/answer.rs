//! What a rule answers.

use holdfast_rule_set::{
    ExclusionKind, Items, Protection, Redundancy, Retention, Schedule, Tier, VaultChoice,
};
use wasmtime::component::{ComponentType, Lift};

use crate::model::Labels;
use crate::opinion::{AskedFact, Opinion, Verdict};
use crate::record::{Evidence, Reason};

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct TagAnswer {
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct RetentionAnswer {
    #[component(name = "min-days")]
    pub(super) min_days: Option<u32>,
    #[component(name = "max-days")]
    pub(super) max_days: Option<u32>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct ScheduleAnswer {
    every: String,
    at: Option<String>,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum VaultChoiceAnswer {
    #[component(name = "named")]
    Named(String),
    #[component(name = "selector")]
    Selector(Vec<TagAnswer>),
}

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "made by the derived lifting alone")]
pub(crate) enum TierAnswer {
    #[component(name = "operational")]
    Operational,
    #[component(name = "vault")]
    Vault,
}

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "made by the derived lifting alone")]
pub(crate) enum RedundancyAnswer {
    #[component(name = "locally-redundant")]
    Local,
    #[component(name = "zone-redundant")]
    Zone,
    #[component(name = "geo-redundant")]
    Geo,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct ProtectionAnswer {
    vault: Option<VaultChoiceAnswer>,
    policy: Option<String>,
    retention: Option<RetentionAnswer>,
    schedule: Option<ScheduleAnswer>,
    tier: Option<TierAnswer>,
    redundancy: Option<RedundancyAnswer>,
    #[component(name = "snapshot-resource-group")]
    snapshot_resource_group: Option<String>,
    #[component(name = "disk-luns")]
    disk_luns: Option<Vec<u32>>,
    #[component(name = "blob-containers")]
    blob_containers: Option<Vec<String>>,
    databases: Option<Vec<String>>,
}

#[derive(ComponentType, Lift, Clone, Copy)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "made by the derived lifting alone")]
pub(crate) enum ExclusionKindAnswer {
    #[component(name = "not-supported")]
    NotSupported,
    #[component(name = "ephemeral")]
    Ephemeral,
    #[component(name = "protected-elsewhere")]
    ProtectedElsewhere,
    #[component(name = "opted-out")]
    OptedOut,
    #[component(name = "other")]
    Other,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct ExclusionAnswer {
    pub(super) kind: ExclusionKindAnswer,
    pub(super) until: Option<String>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct FactKeyAnswer {
    pub(super) kind: String,
    pub(super) scope: String,
}

#[derive(ComponentType, Lift)]
#[component(variant)]
pub(crate) enum VerdictAnswer {
    #[component(name = "abstain")]
    Abstain,
    #[component(name = "protect")]
    Protect(ProtectionAnswer),
    #[component(name = "exclude")]
    Exclude(ExclusionAnswer),
    #[component(name = "need-facts")]
    NeedFacts(Vec<FactKeyAnswer>),
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct EvidenceAnswer {
    pointer: String,
    value: String,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct ReasonAnswer {
    code: String,
    message: String,
    evidence: Vec<EvidenceAnswer>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct OpinionAnswer {
    verdict: VerdictAnswer,
    reasons: Vec<ReasonAnswer>,
}

#[derive(ComponentType, Lift, Debug, PartialEq, Eq)]
#[component(variant)]
pub(crate) enum FailureAnswer {
    #[component(name = "bad-input")]
    BadInput(String),
    #[component(name = "unsupported")]
    Unsupported(String),
    #[component(name = "internal")]
    Internal(String),
}

impl From<OpinionAnswer> for Opinion {
    fn from(answer: OpinionAnswer) -> Self {
        Self { verdict: verdict(answer.verdict), labels: Labels::new(), reasons: reasons(answer.reasons) }
    }
}

pub(super) fn reasons(answers: Vec<ReasonAnswer>) -> Vec<Reason> {
    let reasons = answers.into_iter().map(|reason| Reason {
        code: reason.code,
        message: reason.message,
        evidence: reason.evidence.into_iter().map(evidence).collect(),
    });
    reasons.collect()
}

fn evidence(answer: EvidenceAnswer) -> Evidence {
    Evidence { pointer: answer.pointer, value: answer.value }
}

fn verdict(answer: VerdictAnswer) -> Verdict {
    match answer {
        VerdictAnswer::Abstain => Verdict::Abstain,
        VerdictAnswer::Protect(protection) => Verdict::Protect(Box::new(protection.into())),
        VerdictAnswer::Exclude(exclusion) => {
            Verdict::Exclude { kind: exclusion_kind(exclusion.kind), until: exclusion.until }
        }
        VerdictAnswer::NeedFacts(keys) => Verdict::NeedFacts(
            keys.into_iter().map(|key| AskedFact { kind: key.kind, scope: key.scope }).collect(),
        ),
    }
}

pub(super) fn exclusion_kind(answer: ExclusionKindAnswer) -> ExclusionKind {
    match answer {
        ExclusionKindAnswer::NotSupported => ExclusionKind::NotSupported,
        ExclusionKindAnswer::Ephemeral => ExclusionKind::Ephemeral,
        ExclusionKindAnswer::ProtectedElsewhere => ExclusionKind::ProtectedElsewhere,
        ExclusionKindAnswer::OptedOut => ExclusionKind::OptedOut,
        ExclusionKindAnswer::Other => ExclusionKind::Other,
    }
}

impl From<ProtectionAnswer> for Protection {
    fn from(answer: ProtectionAnswer) -> Self {
        Self {
            vault: answer.vault.map(vault),
            policy: answer.policy,
            retention: answer.retention.map(Retention::from),
            schedule: answer.schedule.map(|schedule| Schedule {
                every: schedule.every,
                at: schedule.at,
                ..Schedule::default()
            }),
            tier: answer.tier.map(Tier::from),
            redundancy: answer.redundancy.map(Redundancy::from),
            snapshot_resource_group: answer.snapshot_resource_group,
            disk_luns: answer.disk_luns.map(Items::Named),
            blob_containers: answer.blob_containers.map(Items::Named),
            databases: answer.databases.map(Items::Named),
            ..Self::default()
        }
    }
}

impl From<RetentionAnswer> for Retention {
    fn from(range: RetentionAnswer) -> Self {
        Self { min_days: range.min_days, max_days: range.max_days }
    }
}

impl From<TierAnswer> for Tier {
    fn from(tier: TierAnswer) -> Self {
        match tier {
            TierAnswer::Operational => Self::Operational,
            TierAnswer::Vault => Self::Vault,
        }
    }
}

impl From<RedundancyAnswer> for Redundancy {
    fn from(redundancy: RedundancyAnswer) -> Self {
        match redundancy {
            RedundancyAnswer::Local => Self::LocallyRedundant,
            RedundancyAnswer::Zone => Self::ZoneRedundant,
            RedundancyAnswer::Geo => Self::GeoRedundant,
        }
    }
}

pub(super) fn vault(answer: VaultChoiceAnswer) -> VaultChoice {
    match answer {
        VaultChoiceAnswer::Named(name) => VaultChoice::Named(name),
        VaultChoiceAnswer::Selector(tags) => {
            VaultChoice::Selector(tags.into_iter().map(|tag| (tag.name, tag.value)).collect())
        }
    }
}

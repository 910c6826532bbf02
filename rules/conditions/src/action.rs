//! What a case asks for.

use std::collections::BTreeMap;

use holdfast_rule_sdk::{
    AzResource, ExclusionKind, Opinion, Protection, Redundancy, Retention, Schedule, Tag, Tier, VaultChoice,
    Verdict,
};

use crate::form::{
    ExcludeForm, ExcludeKind, ProtectForm, RedundancyForm, RetentionForm, ScheduleForm, TierForm,
};
use crate::template::Template;

/// The longest name that Azure allows for a vault of either kind.
const VAULT_NAME: usize = 50;

/// What a case asks for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    Protect(Box<Protect>),
    Exclude(ExclusionKind, Option<String>),
}

/// How to protect, before the resource is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Protect {
    vault: Option<Vault>,
    policy: Option<Template>,
    snapshots: Option<Template>,
    fixed: Protection,
}

#[derive(Debug, Clone, PartialEq)]
enum Vault {
    Id(String),
    Name(Template),
    Tags(BTreeMap<String, String>),
}

/// A fault in an action: the key, and what is wrong with it.
pub(crate) type Fault = (&'static str, String);

impl Action {
    pub(crate) fn exclude(form: ExcludeForm) -> Self {
        let kind = match form.kind {
            ExcludeKind::NotSupported => ExclusionKind::NotSupported,
            ExcludeKind::Ephemeral => ExclusionKind::Ephemeral,
            ExcludeKind::ProtectedElsewhere => ExclusionKind::ProtectedElsewhere,
            ExcludeKind::OptedOut => ExclusionKind::OptedOut,
            ExcludeKind::Other => ExclusionKind::Other,
        };
        Self::Exclude(kind, form.until)
    }

    /// # Errors
    ///
    /// Names a key and what is wrong with it.
    pub(crate) fn protect(form: ProtectForm) -> Result<Self, Fault> {
        let named =
            form.policy_id.as_deref().map(split_policy_id).transpose().map_err(|why| ("policy-id", why))?;
        if named.is_some() && (form.vault.is_some() || form.vault_tags.is_some() || form.policy.is_some()) {
            return Err((
                "policy-id",
                "names vault and policy; leave out `vault`, `vault-tags` and `policy`".into(),
            ));
        }
        let template = |key: &'static str, text: Option<&str>| {
            text.map(Template::parse).transpose().map_err(|why| (key, why))
        };
        let (mut vault, mut policy) = (vault(&form)?, template("policy", form.policy.as_deref())?);
        if let Some((vault_id, name)) = named {
            vault = Some(Vault::Id(vault_id));
            policy = template("policy-id", Some(&name))?;
        }
        let snapshots = template("snapshot-resource-group", form.snapshot_resource_group.as_deref())?;
        let fixed = Protection {
            retention: form.retention.map(retention),
            schedule: form.schedule.map(schedule),
            tier: form.tier.map(tier),
            redundancy: form.redundancy.map(redundancy),
            ..Protection::default()
        };
        if let Some(Retention { min_days: Some(min), max_days: Some(max) }) = fixed.retention
            && min > max
        {
            return Err(("retention", "has a max-days that is less than its min-days".into()));
        }
        Ok(Self::Protect(Box::new(Protect { vault, policy, snapshots, fixed })))
    }

    /// What it asks for this resource.
    pub(crate) fn opinion(&self, target: &AzResource<'_>) -> Opinion {
        match self {
            Self::Protect(protect) => Opinion::protect(protect.protection(target)),
            Self::Exclude(kind, until) => {
                let mut opinion = Opinion::exclude(*kind);
                if let Verdict::Exclude(exclusion) = &mut opinion.verdict {
                    exclusion.until.clone_from(until);
                }
                opinion
            }
        }
    }
}

impl Protect {
    fn protection(&self, target: &AzResource<'_>) -> Protection {
        let vault = self.vault.as_ref().map(|vault| match vault {
            Vault::Id(id) => VaultChoice::Named(id.clone()),
            Vault::Name(template) => {
                VaultChoice::Named(template.fill(target).chars().take(VAULT_NAME).collect())
            }
            Vault::Tags(tags) => VaultChoice::Selector(
                tags.iter().map(|(name, value)| Tag { name: name.clone(), value: value.clone() }).collect(),
            ),
        });
        let filled = |template: &Option<Template>| template.as_ref().map(|template| template.fill(target));
        Protection {
            vault,
            policy: filled(&self.policy),
            snapshot_resource_group: filled(&self.snapshots),
            ..self.fixed.clone()
        }
    }
}

fn vault(form: &ProtectForm) -> Result<Option<Vault>, Fault> {
    match (&form.vault, &form.vault_tags) {
        (Some(_), Some(_)) => {
            Err(("vault-tags", "is stated beside `vault`: choose the vault by name or by tags".into()))
        }
        (Some(id), None) if id.starts_with('/') => Ok(Some(Vault::Id(id.clone()))),
        (Some(name), None) => {
            Template::parse(name).map(|name| Some(Vault::Name(name))).map_err(|why| ("vault", why))
        }
        (None, Some(tags)) => Ok(Some(Vault::Tags(tags.clone()))),
        (None, None) => Ok(None),
    }
}

/// The vault's ARM id and the policy's name: segments 2, 4, 8 and 10 name subscription, resource
/// group, vault and policy.
fn split_policy_id(id: &str) -> Result<(String, String), String> {
    let segments: Vec<&str> = id.split('/').collect();
    let is = |found: &str, expected: &str| found.eq_ignore_ascii_case(expected);
    match segments.as_slice() {
        ["", subscriptions, _, groups, _, providers, _, vaults, _, policies, policy]
            if is(subscriptions, "subscriptions")
                && is(groups, "resourceGroups")
                && is(providers, "providers")
                && (is(vaults, "vaults") || is(vaults, "backupVaults"))
                && is(policies, "backupPolicies")
                && segments.iter().skip(1).all(|segment| !segment.is_empty()) =>
        {
            let vault = id.strip_suffix(policy).and_then(|rest| rest.strip_suffix(&format!("/{policies}/")));
            Ok((vault.unwrap_or_default().to_owned(), (*policy).to_owned()))
        }
        _ => Err(format!(
            "is `{id}`; expected `/subscriptions/.../resourceGroups/.../providers/.../backupVaults/.../backupPolicies/...`"
        )),
    }
}

fn retention(form: RetentionForm) -> Retention {
    Retention { min_days: form.min_days, max_days: form.max_days }
}

fn schedule(form: ScheduleForm) -> Schedule {
    Schedule { every: form.every, at: form.at, ..Schedule::default() }
}

fn tier(form: TierForm) -> Tier {
    match form {
        TierForm::Operational => Tier::Operational,
        TierForm::Vault => Tier::Vault,
    }
}

fn redundancy(form: RedundancyForm) -> Redundancy {
    match form {
        RedundancyForm::Local => Redundancy::LocallyRedundant,
        RedundancyForm::Zone => Redundancy::ZoneRedundant,
        RedundancyForm::Geo => Redundancy::GeoRedundant,
    }
}

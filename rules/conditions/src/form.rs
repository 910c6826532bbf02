//! The settings as written.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::text::Texts;

/// A condition that has not been read: they may be nested deeper than the stack of a rule bears.
pub(crate) type Unread = Box<RawValue>;

/// The settings as written; [`Settings`](crate::Settings) is what becomes of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct SettingsForm {
    pub(crate) case: Vec<CaseForm>,
    #[serde(default)]
    pub(crate) define: BTreeMap<String, Unread>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct CaseForm {
    pub(crate) name: Option<String>,
    pub(crate) when: Option<Unread>,
    pub(crate) protect: Option<ProtectForm>,
    pub(crate) exclude: Option<ExcludeForm>,
}

/// One condition; the keys that it may have together are checked when it is compiled.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct ClauseForm {
    pub(crate) all: Option<Vec<Unread>>,
    pub(crate) any: Option<Vec<Unread>>,
    pub(crate) not: Option<Unread>,
    pub(crate) is: Option<String>,
    pub(crate) image: Option<Texts>,
    pub(crate) field: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) exists: Option<bool>,
    pub(crate) equals: Option<Texts>,
    pub(crate) not_equals: Option<Texts>,
    pub(crate) r#in: Option<Texts>,
    pub(crate) not_in: Option<Texts>,
    pub(crate) contains: Option<Texts>,
    pub(crate) not_contains: Option<Texts>,
    pub(crate) like: Option<Texts>,
    pub(crate) not_like: Option<Texts>,
    pub(crate) under: Option<Texts>,
    pub(crate) not_under: Option<Texts>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ExcludeForm {
    pub(crate) kind: ExcludeKind,
    pub(crate) until: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ExcludeKind {
    NotSupported,
    Ephemeral,
    ProtectedElsewhere,
    OptedOut,
    Other,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct ProtectForm {
    pub(crate) vault: Option<String>,
    pub(crate) vault_tags: Option<BTreeMap<String, String>>,
    pub(crate) policy: Option<String>,
    pub(crate) policy_id: Option<String>,
    pub(crate) retention: Option<RetentionForm>,
    pub(crate) schedule: Option<ScheduleForm>,
    pub(crate) tier: Option<TierForm>,
    pub(crate) redundancy: Option<RedundancyForm>,
    pub(crate) snapshot_resource_group: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct RetentionForm {
    pub(crate) min_days: Option<u32>,
    pub(crate) max_days: Option<u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ScheduleForm {
    pub(crate) every: String,
    pub(crate) at: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TierForm {
    Operational,
    Vault,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) enum RedundancyForm {
    #[serde(rename = "locally-redundant")]
    Local,
    #[serde(rename = "zone-redundant")]
    Zone,
    #[serde(rename = "geo-redundant")]
    Geo,
}

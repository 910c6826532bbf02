//! What a rule says of itself and of its settings.

#[cfg(feature = "compiler")]
use holdfast_rule_set::Manifest;
use wasmtime::component::{ComponentType, Lift};

#[cfg(feature = "compiler")]
#[derive(ComponentType, Lift)]
#[component(record)]
pub(crate) struct ManifestAnswer {
    name: String,
    version: String,
    summary: String,
    #[component(name = "resource-types")]
    resource_types: Vec<String>,
    #[component(name = "fact-kinds")]
    fact_kinds: Vec<String>,
    #[component(name = "settings-schema")]
    settings_schema: String,
    #[component(name = "reason-codes")]
    reason_codes: Vec<String>,
}

#[derive(ComponentType, Lift)]
#[component(record)]
#[cfg_attr(
    not(feature = "compiler"),
    expect(dead_code, reason = "issues are read when modules are taken in")
)]
pub(crate) struct IssueAnswer {
    pub(crate) pointer: String,
    pub(crate) message: String,
}

#[cfg(feature = "compiler")]
impl From<ManifestAnswer> for Manifest {
    fn from(answer: ManifestAnswer) -> Self {
        Self {
            name: answer.name,
            version: answer.version,
            summary: answer.summary,
            resource_types: answer.resource_types,
            workloads: Vec::new(),
            fact_kinds: answer.fact_kinds,
            settings_schema: answer.settings_schema,
            reason_codes: answer.reason_codes,
        }
    }
}

//! Decides by a policy that its settings hold: Rego, or the condition of an Azure Policy definition.
//!
//! ```toml
//! [rule.settings]
//! language = "rego"
//! policy = '''
//! package holdfast
//!
//! opinion := {
//!     "verdict": "protect",
//!     "protection": {"retention": {"min-days": 30}},
//!     "reasons": [{"code": "tag-env", "message": "tag env=prod"}],
//! } if input.target.tags.env == "prod"
//! '''
//! ```
//!
//! With `language = "rego"`, the policy's rule `opinion` says what the rule says; where it is undefined,
//! the rule abstains. Where a complete rule or a function of the policy has two values, the rule fails, as OPA
//! does. `input` holds `target` (the resource by the contract's names: `id`, `type`, `name`, `location`,
//! `resource-group`, `subscription`, `tags` as an object, `sku`, `kind`, and the parsed `body` if the policy
//! mentions it), `workload`, `labels` as an object, `facts` (kind, then scope in lower case) and `event-time`.
//! `data` is what the settings state under `data`.
//!
//! With `language = "azure-policy"`, the policy is the JSON of a definition's `if`, a `policyRule`, or a whole
//! definition. Where it holds, the rule says what `matched` states (protect, by default); elsewhere what
//! `not-matched` states (abstain, by default). `parameters` gives values to the definition's parameters, and
//! `aliases` says where aliases lie in the body (`Microsoft.Compute/imageSku` is
//! `properties.storageProfile.imageReference.sku`). Effects are never carried out.
//!
//! A policy is parsed and compiled once, when the rule set is loaded. Its mistakes are issues of the settings,
//! with line and column. There is no clock and no chance in it: `rand.intn`, `time.now_ns` and `http.send` are refused.

mod azure_policy;
mod contradiction;
mod diagnosis;
mod input;
mod rego;
mod said;
mod settings;

use holdfast_rule_sdk::{Failure, Issue, Manifest, Opinion, Request, Rule, rule};

pub use settings::{Language, Settings};

/// The rule; see the crate's documentation.
pub struct Rego;

impl Rule for Rego {
    type Settings = Settings;

    fn manifest() -> Manifest {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Manifest {
            name: "rego".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            summary: "decides by a Rego policy or an Azure Policy condition given in its settings".into(),
            resource_types: Vec::new(),
            workloads: vec![],
            fact_kinds: Vec::new(),
            settings_schema: include_str!("settings.schema.json").into(),
            reason_codes: owned(&["matched", "not-matched", "undefined"]),
        }
    }

    fn check(settings: &Settings) -> Vec<Issue> {
        settings.compile()
    }

    fn evaluate(settings: &Settings, request: &Request<'_>) -> Opinion {
        Self::try_evaluate(settings, request).unwrap_or_else(|_| Opinion::abstain())
    }

    fn try_evaluate(settings: &Settings, request: &Request<'_>) -> Result<Opinion, Failure> {
        settings
            .compiled()
            .ok_or_else(|| Failure::Internal("the policy was not compiled".into()))?
            .ask(request)
    }
}

rule!(Rego);

#[cfg(test)]
mod tests;

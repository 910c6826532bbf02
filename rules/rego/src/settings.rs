//! The policy and what surrounds it, as an administrator states them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use holdfast_rule_sdk::{Failure, Issue, Opinion, Request};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::azure_policy::Condition;
use crate::rego::Policy;
use crate::said::Said;

/// The rule's settings. The policy is compiled by [`Rule::check`](holdfast_rule_sdk::Rule::check).
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// What the policy is written in.
    pub language: Language,
    /// The policy's text.
    pub policy: String,
    /// Rego: what the policy finds under `data`.
    #[serde(default)]
    pub data: Map<String, Value>,
    /// Azure Policy: values of the definition's parameters.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// Azure Policy: resource type to aliases to their paths in the resource, such as
    /// `properties.storageProfile.imageReference.sku`.
    #[serde(default)]
    pub aliases: BTreeMap<String, BTreeMap<String, String>>,
    /// Azure Policy: what is said where the condition holds; protect, by default.
    #[serde(default)]
    pub(crate) matched: Option<Said>,
    /// Azure Policy: what is said elsewhere; abstain, by default.
    #[serde(default)]
    pub(crate) not_matched: Option<Said>,
    #[serde(skip)]
    compiled: OnceLock<Compiled>,
}

/// What a policy is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Open Policy Agent's language, version 1.
    Rego,
    /// The condition language of Azure Policy.
    AzurePolicy,
}

pub(crate) enum Compiled {
    Rego(Box<Policy>),
    AzurePolicy(Box<Condition>),
}

impl Settings {
    /// Compiles the policy and keeps the outcome; says what is wrong with it.
    pub(crate) fn compile(&self) -> Vec<Issue> {
        if let Some(issue) = self.misplaced() {
            return vec![issue];
        }
        let compiled = match self.language {
            Language::Rego => Policy::compile(self).map(|policy| Compiled::Rego(Box::new(policy))),
            Language::AzurePolicy => {
                Condition::compile(self).map(|condition| Compiled::AzurePolicy(Box::new(condition)))
            }
        };
        match compiled {
            Ok(compiled) => {
                // A second compilation of the same settings would give the same.
                let _ = self.compiled.set(compiled);
                Vec::new()
            }
            Err(issue) => vec![issue],
        }
    }

    pub(crate) fn compiled(&self) -> Option<&Compiled> {
        self.compiled.get()
    }

    /// A setting of the other language would be without effect, unnoticed.
    fn misplaced(&self) -> Option<Issue> {
        let stated = match self.language {
            Language::Rego => [
                ("/parameters", !self.parameters.is_empty()),
                ("/aliases", !self.aliases.is_empty()),
                ("/matched", self.matched.is_some()),
                ("/not-matched", self.not_matched.is_some()),
            ],
            Language::AzurePolicy => {
                [("/data", !self.data.is_empty()), ("", false), ("", false), ("", false)]
            }
        };
        let (pointer, _) = stated.into_iter().find(|(_, stated)| *stated)?;
        let message = format!("it has no meaning for {}; remove it", self.language);
        Some(Issue { pointer: pointer.into(), message })
    }
}

impl Compiled {
    /// Evaluates the policy on one request.
    pub(crate) fn ask(&self, request: &Request<'_>) -> Result<Opinion, Failure> {
        match self {
            Self::Rego(policy) => policy.ask(request),
            Self::AzurePolicy(condition) => condition.ask(request),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Rego => "`language = \"rego\"`",
            Self::AzurePolicy => "`language = \"azure-policy\"`",
        })
    }
}

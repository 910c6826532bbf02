//! The condition of an Azure Policy definition, compiled once to the byte code of `regorus`.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use holdfast_rule_sdk::{Failure, Issue, Opinion, Protection, Request};
use regorus::languages::azure_policy::aliases::{AliasRegistry, normalizer};
use regorus::languages::azure_policy::ast::{PolicyDefinition, PolicyRule};
use regorus::languages::azure_policy::{compiler, parser};
use regorus::rvm::RegoVM;
use regorus::rvm::program::Program;
use regorus::{Source, Value};
use serde_json::json;

use crate::settings::Settings;
use crate::{diagnosis, input};

/// Put around a bare condition to make a rule of it; columns of its first line are shifted by the first half.
const BEFORE: &str = r#"{"if":"#;
const AFTER: &str = r#","then":{"effect":"audit"}}"#;

/// A compiled condition, and what is said of it.
pub(crate) struct Condition {
    machine: Mutex<RegoVM>,
    aliases: Arc<AliasRegistry>,
    parameters: Value,
    matched: Opinion,
    not_matched: Opinion,
}

impl Condition {
    /// Compiles the condition of the settings; an issue names line and column.
    pub(crate) fn compile(settings: &Settings) -> Result<Self, Issue> {
        let aliases = Arc::new(aliases(settings)?);
        let program = program(settings, &aliases)?;
        let mut machine = RegoVM::new();
        // Fuel is the limit, and it is the host's.
        machine.set_max_instructions(usize::MAX);
        machine.load_program(program);
        let opinion = |said: &Option<crate::said::Said>, pointer: &str| {
            said.as_ref()
                .map(crate::said::Said::opinion)
                .transpose()
                .map_err(|message| Issue { pointer: pointer.into(), message })
        };
        let matched = opinion(&settings.matched, "/matched")?;
        let not_matched = opinion(&settings.not_matched, "/not-matched")?;
        Ok(Self {
            machine: Mutex::new(machine),
            aliases,
            parameters: Value::from(serde_json::Value::Object(settings.parameters.clone())),
            matched: matched.unwrap_or_else(|| Opinion::protect(Protection::default())),
            not_matched: not_matched.unwrap_or_else(Opinion::abstain),
        })
    }

    /// What the settings state for a resource of which the condition holds, or for any other.
    pub(crate) fn ask(&self, request: &Request<'_>) -> Result<Opinion, Failure> {
        let resource = input::arm_resource(request)?;
        let mut resource = normalizer::normalize(&resource, Some(&self.aliases), None);
        let name = Value::from(request.target.name);
        let fields = resource.as_object_mut().map_err(|error| Failure::Internal(error.to_string()))?;
        fields.insert(Value::from("fullname"), name);
        let envelope = input::object([("resource", resource), ("parameters", self.parameters.clone())])?;
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        machine.set_input(envelope);
        machine.set_context(context(request)?);
        let answer = machine
            .execute_entry_point_by_name("main")
            .map_err(|error| Failure::Internal(format!("the condition failed: {error}")))?;
        let (said, code, message) = if answer == Value::Undefined {
            (&self.not_matched, "not-matched", "the condition does not hold")
        } else {
            (&self.matched, "matched", "the condition holds")
        };
        let opinion = said.clone();
        Ok(if opinion.reasons.is_empty() { opinion.because(code, message) } else { opinion })
    }
}

/// What template functions such as `resourceGroup()` and `utcNow()` give.
fn context(request: &Request<'_>) -> Result<Value, Failure> {
    let target = &request.target;
    input::object([
        ("resourceGroup", input::object([("name", Value::from(target.resource_group))])?),
        ("subscription", input::object([("subscriptionId", Value::from(target.subscription))])?),
        ("utcNow", Value::from(request.event_time)),
    ])
}

fn program(settings: &Settings, aliases: &Arc<AliasRegistry>) -> Result<Arc<Program>, Issue> {
    let text = &settings.policy;
    let written: serde_json::Value = serde_json::from_str(text).map_err(|error| Issue {
        pointer: "/policy".into(),
        message: format!("line {}, column {}: it is not JSON: {error}", error.line(), error.column()),
    })?;
    let has = |name: &str| written.as_object().is_some_and(|object| object.contains_key(name));
    if has("policyRule") || has("properties") {
        let definition = parser::parse_policy_definition(&source(text)?)
            .map_err(|error| diagnosis::of_policy(&error, 0))?;
        check_parameters(settings, &definition)?;
        let policy_rule = PolicyRule { then_block: audit()?.then_block, ..definition.policy_rule };
        let definition = PolicyDefinition { policy_rule, ..definition };
        compiler::compile_policy_definition_with_aliases(&definition, aliases.clone())
            .map_err(|error| diagnosis::of_policy(&error, 0))
    } else {
        let (wrapped, shift) =
            if has("if") { (text.clone(), 0) } else { (format!("{BEFORE}{text}{AFTER}"), BEFORE.len()) };
        let rule = parser::parse_policy_rule(&source(&wrapped)?)
            .map_err(|error| diagnosis::of_policy(&error, shift))?;
        check_mentioned(settings)?;
        let rule = PolicyRule { then_block: audit()?.then_block, ..rule };
        compiler::compile_policy_rule_with_aliases(&rule, aliases.clone())
            .map_err(|error| diagnosis::of_policy(&error, shift))
    }
}

/// A rule without consequence: effects, and what they would look up, are not carried out.
fn audit() -> Result<PolicyRule, Issue> {
    let stub = format!(r#"{BEFORE}{{"field":"type","exists":true}}{AFTER}"#);
    parser::parse_policy_rule(&source(&stub)?).map_err(|error| diagnosis::of_policy(&error, 0))
}

fn source(text: &str) -> Result<Source, Issue> {
    Source::from_contents("policy".into(), text.to_owned()).map_err(|error| diagnosis::of_policy(&error, 0))
}

/// Each parameter has a value or a default, and each value a parameter.
fn check_parameters(settings: &Settings, definition: &PolicyDefinition) -> Result<(), Issue> {
    let missing = definition.parameters.iter().find(|parameter| {
        parameter.default_value.is_none() && !settings.parameters.contains_key(&parameter.name)
    });
    if let Some(parameter) = missing {
        let message = format!("the parameter `{}` has neither a value nor a default", parameter.name);
        return Err(Issue { pointer: "/parameters".into(), message });
    }
    let known: BTreeSet<&str> =
        definition.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    match settings.parameters.keys().find(|name| !known.contains(name.as_str())) {
        Some(stray) => Err(Issue {
            pointer: format!("/parameters/{stray}"),
            message: format!(
                "the definition has no such parameter; known are: {}",
                known.into_iter().collect::<Vec<_>>().join(", ")
            ),
        }),
        None => Ok(()),
    }
}

/// Without a definition there are no defaults: each parameter that the condition mentions needs a value.
fn check_mentioned(settings: &Settings) -> Result<(), Issue> {
    let mentioned = settings.policy.split("parameters('").skip(1).filter_map(|rest| rest.split('\'').next());
    for name in mentioned {
        if !settings.parameters.contains_key(name) {
            return Err(Issue {
                pointer: "/parameters".into(),
                message: format!("the parameter `{name}` has no value"),
            });
        }
    }
    Ok(())
}

/// The aliases that conditions about backup use, and those that the settings add.
///
/// An alias that is in neither is refused when the condition is compiled: it would silently never match.
fn aliases(settings: &Settings) -> Result<AliasRegistry, Issue> {
    let mut registry = AliasRegistry::new();
    let unreadable =
        |error: &dyn std::fmt::Display| Issue { pointer: "/aliases".into(), message: error.to_string() };
    registry.load_from_json(include_str!("aliases.json")).map_err(|error| unreadable(&error))?;
    for (resource_type, aliases) in &settings.aliases {
        let (namespace, name) = resource_type.split_once('/').ok_or_else(|| Issue {
            pointer: "/aliases".into(),
            message: format!("`{resource_type}` is not a resource type such as `Microsoft.Compute/disks`"),
        })?;
        let entries: Vec<_> =
            aliases.iter().map(|(alias, path)| json!({ "name": alias, "defaultPath": path })).collect();
        let provider = json!([{ "namespace": namespace, "resourceTypes": [{ "resourceType": name, "aliases": entries }] }]);
        registry.load_from_json(&provider.to_string()).map_err(|error| unreadable(&error))?;
    }
    Ok(registry)
}

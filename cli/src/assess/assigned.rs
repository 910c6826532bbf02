//! The assignments of Azure Policy in an estate, and the rules that do the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use anyhow::{Context, Result};
use holdfast_azure_policy::{
    Audit, Binding, ImportError, Imported, Initiative, Options, Scope, import, read,
};
use holdfast_report::{AssignedPolicy, EquivalentRule};
use serde_json::Value;

use crate::rule::import_azure_policy::{digest_of, first_line, mode, notes_on};
use crate::rule::shipped;

/// The module that the rules run on.
const MODULE: &str = "conditions.wasm";

/// What is assigned, as it was read.
#[derive(Default)]
pub(super) struct Assignments {
    /// By id in lower case.
    found: BTreeMap<String, Value>,
    /// By id in lower case.
    initiatives: HashMap<String, Initiative>,
    /// The subscriptions below each management group, by its name in lower case.
    groups: BTreeMap<String, BTreeSet<String>>,
}

impl Assignments {
    /// Takes an assignment over, in which a subscription shares where one is named.
    pub(super) fn add(&mut self, assignment: Value, subscription: Option<&str>) {
        let Some(id) = assignment.get("id").and_then(Value::as_str).map(str::to_ascii_lowercase) else {
            return;
        };
        if let (Some(subscription), Some(Scope::ManagementGroup(group))) =
            (subscription, Scope::of_assignment(&id))
        {
            self.member(&group, subscription);
        }
        self.found.insert(id, assignment);
    }

    /// Takes over that a subscription lies below a management group.
    pub(super) fn member(&mut self, group: &str, subscription: &str) {
        self.groups.entry(group.to_ascii_lowercase()).or_default().insert(subscription.to_owned());
    }

    /// Takes an initiative over; what is none is left out.
    pub(super) fn initiative(&mut self, initiative: &Value) {
        let id = initiative.get("id").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        if let Ok(read) = Initiative::read(&initiative.to_string()) {
            self.initiatives.insert(id, read);
        }
    }

    /// The ids of the initiatives that are assigned.
    pub(super) fn assigned_initiatives(&self) -> BTreeSet<String> {
        let ids = self.found.values().filter_map(definition).map(str::to_ascii_lowercase);
        ids.filter(|id| id.contains("/policysetdefinitions/")).collect()
    }

    /// The rules that do the same, each under an id of its own.
    ///
    /// # Errors
    ///
    /// When the module that they run on is nowhere: without its digest no rule set takes them.
    pub(super) fn equivalents(&self) -> Result<Vec<AssignedPolicy>> {
        let mut told = Vec::new();
        if self.found.is_empty() {
            return Ok(told);
        }
        let groups = self.groups.iter().map(|(name, own)| (name.clone(), own.iter().cloned().collect()));
        let options = Options {
            digest: Some(digest_of(&shipped::module(MODULE)?)),
            management_groups: groups.collect(),
            ..Options::default()
        };
        let mut taken = BTreeSet::new();
        for value in self.found.values() {
            match self.imported(value, &options) {
                Ok(imported) => told.push(with_rules(value, imported, &mut taken)),
                // It is about something else.
                Err(ImportError::Unsupported { .. }) => {}
                Err(error) => told.push(without_rules(value, &error)),
            }
        }
        Ok(told)
    }

    fn imported(&self, value: &Value, options: &Options) -> Result<Imported, ImportError> {
        let initiative = definition(value).and_then(|id| self.initiatives.get(&id.to_ascii_lowercase()));
        let none =
            || ImportError::Form { what: "the row".to_owned(), message: "holds no assignment".to_owned() };
        let assignment = read(&value.to_string(), None)?.into_iter().next().ok_or_else(none)?;
        import(&assignment, initiative, options)
    }
}

/// Writes the rules for a person who adds them to a rule set; says whether there are any.
pub(super) fn write(policies: &[AssignedPolicy], path: &Path) -> Result<bool> {
    let rules: Vec<&str> =
        policies.iter().flat_map(|policy| &policy.rules).map(|rule| rule.toml.as_str()).collect();
    if rules.is_empty() {
        return Ok(false);
    }
    std::fs::write(path, rules.join("\n")).with_context(|| format!("write {}", path.display()))?;
    Ok(true)
}

fn definition(assignment: &Value) -> Option<&str> {
    assignment.pointer("/properties/policyDefinitionId").and_then(Value::as_str)
}

fn with_rules(value: &Value, imported: Imported, taken: &mut BTreeSet<String>) -> AssignedPolicy {
    let mut notes: Vec<String> = imported
        .left_out
        .iter()
        .filter_map(|(reference, definition)| {
            let audit = Audit::find(definition)?;
            Some(format!("member {reference} only looks; it finds {}", audit.finds))
        })
        .collect();
    let mut rules = Vec::new();
    for mut binding in imported.bindings {
        own_id(&mut binding, taken);
        notes.extend(notes_on(&binding));
        rules.push(EquivalentRule {
            toml: binding.to_toml(),
            mode: mode(binding.mode).to_owned(),
            resource_type: binding.resource_type.to_owned(),
            id: binding.id,
        });
    }
    AssignedPolicy { rules, notes, ..bare(value) }
}

fn without_rules(value: &Value, error: &ImportError) -> AssignedPolicy {
    let note = match error {
        ImportError::ManagementGroup { at, group, .. } => format!(
            "{at} names the management group `{group}`, and which subscriptions are in it is not known here: export \
             `resourcecontainers` as well, or import it with `holdfast rule import-azure-policy --management-group \
             {group}=SUBSCRIPTION,...`"
        ),
        ImportError::Initiative { initiative, .. } => format!(
            "it assigns the initiative `{initiative}`, whose definitions are not known here: export the \
             `policysetdefinitions` of `policyresources` as well, or import it with `holdfast rule import-azure-policy \
             --initiative FILE`"
        ),
        error => first_line(error),
    };
    AssignedPolicy { notes: vec![note], ..bare(value) }
}

/// Assignments of two scopes may have one name.
fn own_id(binding: &mut Binding, taken: &mut BTreeSet<String>) {
    let name = binding.id.clone();
    for number in 2.. {
        if taken.insert(binding.id.clone()) {
            return;
        }
        binding.id = format!("{name}-{number}");
        binding.case.clone_from(&binding.id);
    }
}

fn bare(value: &Value) -> AssignedPolicy {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    let id = text("/id").unwrap_or_default();
    let of_id = || Scope::of_assignment(id).map(|scope| scope.to_string());
    AssignedPolicy {
        id: id.to_owned(),
        name: text("/properties/displayName").or_else(|| text("/name")).unwrap_or(id).to_owned(),
        scope: text("/properties/scope").map(str::to_owned).or_else(of_id).unwrap_or_default(),
        rules: Vec::new(),
        notes: Vec::new(),
    }
}

//! From an assignment to rule bindings.

mod conditions;
mod remarks;

use holdfast_rule_set::Mode;
use serde_json::{Map, Value};

use crate::assignment::Assignment;
use crate::binding::{Binding, Protect};
use crate::builtin::{Target, VaultUse};
use crate::initiative::Initiative;
use crate::parameter::Values;
use crate::vault_policy::{PolicyId, VaultKind, is_name};
use crate::{Audit, Builtin, ImportError, selector};

/// What is to be said of every binding that is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// Layer of the bindings.
    pub layer: String,
    /// Priority of the bindings.
    pub priority: i32,
    /// The module of the rule `conditions`.
    pub module: String,
    /// Its digest, if it is known.
    pub digest: Option<String>,
    /// Id of the rule instead of the assignment's name; members of an initiative add their reference.
    pub id: Option<String>,
    /// Scope of assignments that state none, such as those in a template.
    pub scope: Option<String>,
    /// Subscriptions by management group; names in any case, subscriptions as id or GUID.
    pub management_groups: Vec<(String, Vec<String>)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            layer: "organisation".to_owned(),
            priority: 0,
            module: "conditions.wasm".to_owned(),
            digest: None,
            id: None,
            scope: None,
            management_groups: Vec::new(),
        }
    }
}

/// What became of an assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// One for a definition; for an initiative, one for each member that protects data.
    pub bindings: Vec<Binding>,
    /// Members of an initiative that protect no data: reference and definition.
    pub left_out: Vec<(String, String)>,
}

/// One definition under an assignment.
struct Assigned<'a> {
    assignment: &'a Assignment,
    /// Of a member of an initiative; else empty.
    reference: &'a str,
    definition_version: Option<&'a str>,
    values: Values<'a>,
    /// The parameter `effect`.
    effect: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Deploy,
    Audit,
    Disabled,
}

/// Turns an assignment into bindings that select the same resources.
///
/// # Errors
///
/// Names the assignment, what of it cannot be carried over, and the way out.
pub fn import(
    assignment: &Assignment,
    initiative: Option<&Initiative>,
    options: &Options,
) -> Result<Imported, ImportError> {
    let definition = &assignment.properties.policy_definition_id;
    if let Some(builtin) = Builtin::find(definition) {
        let assigned = Assigned::new(assignment, builtin, &assignment.parameters, "", None)?;
        return Ok(Imported { bindings: vec![assigned.binding(options)?], left_out: Vec::new() });
    }
    if !definition.to_ascii_lowercase().contains("/policysetdefinitions/") {
        return Err(unsupported(assignment, definition));
    }
    match initiative {
        Some(initiative) if initiative.is(definition) => members(assignment, initiative, options),
        _ => Err(ImportError::Initiative {
            assignment: assignment.name.clone(),
            initiative: definition.clone(),
        }),
    }
}

fn members(
    assignment: &Assignment,
    initiative: &Initiative,
    options: &Options,
) -> Result<Imported, ImportError> {
    let mut imported = Imported { bindings: Vec::new(), left_out: Vec::new() };
    for member in initiative.members() {
        let definition = &member.policy_definition_id;
        let Some(builtin) = Builtin::find(definition) else {
            imported.left_out.push((member.reference().to_owned(), definition.clone()));
            continue;
        };
        let values = initiative.values(assignment, member)?;
        let version = member.definition_version.as_deref();
        let assigned = Assigned::new(assignment, builtin, &values, member.reference(), version)?;
        imported.bindings.push(assigned.binding(options)?);
    }
    if imported.bindings.is_empty() {
        return Err(unsupported(assignment, &assignment.properties.policy_definition_id));
    }
    Ok(imported)
}

fn unsupported(assignment: &Assignment, definition: &str) -> ImportError {
    let assignment = assignment.name.clone();
    match Audit::find(definition) {
        Some(audit) => ImportError::Audit { assignment, audit },
        None => ImportError::Unsupported { assignment, definition: definition.to_owned() },
    }
}

impl<'a> Assigned<'a> {
    fn new(
        assignment: &'a Assignment,
        builtin: &'static Builtin,
        given: &Map<String, Value>,
        reference: &'a str,
        definition_version: Option<&'a str>,
    ) -> Result<Self, ImportError> {
        let mut given = given.clone();
        let effect = given.keys().find(|name| name.eq_ignore_ascii_case("effect")).cloned();
        let effect = effect.and_then(|name| given.remove(&name));
        let values = Values::check(&assignment.name, builtin, &given)?;
        let definition_version = definition_version.or(assignment.properties.definition_version.as_deref());
        Ok(Self { assignment, reference, definition_version, values, effect })
    }

    fn builtin(&self) -> &'static Builtin {
        self.values.builtin
    }

    fn binding(&self, options: &Options) -> Result<Binding, ImportError> {
        let effect = self.effect()?;
        let is_shadow = effect != Effect::Deploy || self.assignment.properties.is_not_enforced();
        let id = self.id(options.id.as_deref());
        Ok(Binding {
            case: id.clone(),
            id,
            definition: self.builtin().id,
            comments: self.comments(effect)?,
            layer: options.layer.clone(),
            priority: options.priority,
            module: options.module.clone(),
            digest: options.digest.clone(),
            mode: if is_shadow { Mode::Shadow } else { Mode::Enforce },
            resource_type: self.builtin().resource_type(),
            when: self.conditions(options)?,
            protect: self.protect()?,
        })
    }

    /// The assignment's name in lower case, with the member's reference in an initiative.
    fn id(&self, chosen: Option<&str>) -> String {
        let name = chosen.unwrap_or(&self.assignment.name);
        let letters = format!("{name} {}", self.reference).to_lowercase();
        let words = letters.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("-")
    }

    fn effect(&self) -> Result<Effect, ImportError> {
        let overridden = selector::overridden(self.assignment.properties.overrides(), self.reference)
            .map_err(|message| self.form(message))?;
        let effect = overridden.map(Value::String).or_else(|| self.effect.clone());
        let Some(effect) = effect.filter(|value| !value.is_null()) else { return Ok(Effect::Deploy) };
        match effect.as_str().unwrap_or_default().to_ascii_lowercase().as_str() {
            "deployifnotexists" => Ok(Effect::Deploy),
            "auditifnotexists" => Ok(Effect::Audit),
            "disabled" => Ok(Effect::Disabled),
            _ => Err(self.values.unfit("effect", &effect, "DeployIfNotExists, AuditIfNotExists or Disabled")),
        }
    }

    fn protect(&self) -> Result<Protect, ImportError> {
        let mut protect = match self.builtin().vault {
            VaultUse::Existing => Protect { policy_id: Some(self.policy_id()?), ..Protect::default() },
            VaultUse::NewByName => Protect {
                vault: Some("RSVault-{location}-{resource-group-guid}".to_owned()),
                policy: Some("DefaultPolicy".to_owned()),
                ..Protect::default()
            },
            VaultUse::NewNamed => Protect {
                vault: Some(self.name("vaultName")?),
                policy: Some(self.name("policyName")?),
                schedule: Some(("P1D", "08:00")),
                retention_days: Some(30),
                tier: Some("vault"),
                ..Protect::default()
            },
            VaultUse::None => {
                self.values.text("storageAccountId")?;
                Protect::default()
            }
        };
        if self.builtin().target == Target::Disk {
            protect.snapshot_resource_group = Some(self.name("snapshotResourceGroupName")?);
            protect.tier = Some("operational");
        }
        Ok(protect)
    }

    fn policy_id(&self) -> Result<String, ImportError> {
        let written = self.values.text("backupPolicyId")?;
        let kind = match self.builtin().target {
            Target::VirtualMachine | Target::FileShare => VaultKind::RecoveryServices,
            Target::Disk | Target::Blobs | Target::Cluster => VaultKind::DataProtection,
        };
        match PolicyId::parse(&written) {
            Some(policy) if policy.kind == kind => Ok(policy.id),
            _ => Err(self.values.unfit(
                "backupPolicyId",
                &Value::String(written),
                format!("`{}`", kind.example()),
            )),
        }
    }

    fn name(&self, parameter: &'static str) -> Result<String, ImportError> {
        let name = self.values.text(parameter)?;
        if is_name(&name) {
            return Ok(name);
        }
        Err(self.values.unfit(parameter, &Value::String(name), "a name"))
    }

    fn form(&self, message: String) -> ImportError {
        ImportError::Form { what: format!("assignment `{}`", self.assignment.name), message }
    }
}

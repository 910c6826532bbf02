//! What a module is, before anybody binds it: for authors and their tools.

use holdfast_rule_set::{Digest, Manifest};
use serde_json::Value;
use wasmparser::{Parser, Payload};

use crate::compiling::{self, CompileError};
use crate::contract::{ContractVersion, EVALUATE_PACKED};
use crate::engine::{Shape, World};
use crate::rule_set::SettingsIssue;
use crate::sandbox::{self, GateError, ModuleLoader, OpenError, RuleFailure};

/// A module that passed the gate and said who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// What it implements.
    pub world: World,
    /// In which version of the contract.
    pub contract: ContractVersion,
    /// Whether it has the door for many requests in one call.
    pub packed: bool,
    /// Who it says it is.
    pub manifest: Manifest,
    /// Digest of its bytes.
    pub digest: Digest,
    /// Bytes.
    pub size: usize,
}

impl Inspected {
    /// The world as the WIT package calls it.
    pub fn world_name(&self) -> &'static str {
        if self.packed { "packed-rule" } else { self.world.name() }
    }
}

/// Why a module could not be inspected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InspectError {
    /// It is not admitted.
    #[error("the module is refused")]
    Gate(#[source] GateError),
    /// It was admitted and could not be compiled within bounds.
    #[error("the module could not be compiled")]
    Compile(#[source] CompileError),
    /// It was admitted and could not say who it is.
    #[error("the module failed in `describe`")]
    Describe(#[source] RuleFailure),
}

/// Takes a module through the load gate and asks it who it is, within the limits of a rule set.
///
/// # Errors
///
/// Says what the gate refuses, what bound compiling exceeds, or how `describe` failed.
pub fn inspect(bytes: &[u8]) -> Result<Inspected, InspectError> {
    let shape = sandbox::admit(bytes).map_err(InspectError::Gate)?;
    let packed = exports(bytes).iter().any(|export| export == EVALUATE_PACKED);
    let manifest = described(bytes, shape)?;
    let (world, contract) = (shape.world, shape.version);
    Ok(Inspected { world, contract, packed, manifest, digest: Digest::of(bytes), size: bytes.len() })
}

/// Takes a module through the load gate alone: nothing of it is compiled, and nothing runs.
///
/// # Errors
///
/// Says what the gate refuses.
pub fn admit(bytes: &[u8]) -> Result<(), GateError> {
    sandbox::admit(bytes).map(drop)
}

fn described(bytes: &[u8], shape: Shape) -> Result<Manifest, InspectError> {
    let ask = || {
        let loader = ModuleLoader::open(bytes, shape).map_err(|error| match error {
            OpenError::Compile(error) => InspectError::Compile(error),
            OpenError::Failed(failure) => InspectError::Describe(failure),
        })?;
        loader.describe().map_err(InspectError::Describe)
    };
    // A text that cannot be written is asked for each time.
    let kept = compiling::description(bytes, || Ok(serde_json::to_vec(&ask()?).unwrap_or_default()))?;
    serde_json::from_slice(&kept).or_else(|_| ask())
}

/// What keeps a text from being a JSON Schema for settings; pointers lead into the schema.
pub fn schema_issues(schema: &str) -> Vec<SettingsIssue> {
    let issue = |pointer: String, message: String| SettingsIssue { pointer, message };
    let schema: Value = match serde_json::from_str(schema) {
        Ok(schema) => schema,
        Err(error) => return vec![issue(String::new(), format!("is not JSON: {error}"))],
    };
    if let Err(error) = jsonschema::meta::validate(&schema) {
        return vec![issue(error.instance_path().to_string(), error.to_string())];
    }
    match jsonschema::validator_for(&schema) {
        Ok(_) => Vec::new(),
        Err(error) => vec![issue(error.instance_path().to_string(), error.to_string())],
    }
}

fn exports(bytes: &[u8]) -> Vec<String> {
    let mut depth = 0_u32;
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(bytes).map_while(Result::ok) {
        match payload {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentExportSection(section) if depth == 1 => {
                names.extend(
                    section.into_iter().map_while(Result::ok).map(|export| export.name.name.to_owned()),
                );
            }
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_that_is_none_is_pointed_at() {
        let issues = schema_issues(r#"{"properties": {"days": {"type": "integr"}}}"#);
        assert_eq!(issues.len(), 1);
        assert_eq!(issues[0].pointer, "/properties/days/type");
        assert!(schema_issues("{").iter().any(|issue| issue.message.contains("line 1")));
        assert_eq!(schema_issues(r#"{"type": "object"}"#), []);
    }

    #[test]
    fn a_core_module_is_named_for_what_it_is() {
        let error = inspect(b"\0asm\x01\0\0\0").unwrap_err();
        assert_eq!(error, InspectError::Gate(GateError::CoreModule));
    }
}

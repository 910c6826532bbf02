//! The machine that a disk is attached to: where its backups hold the disk, backups of the disk alone are paid for twice.

use holdfast_rule_sdk::{FactKey, Failure, Reason, Request, Text, from_json};
use serde::Deserialize;

use crate::clause::{ExcludeClause, MachineIs};

const KIND: &str = "machine";

/// Whether a clause holds, as far as it speaks of a machine.
pub(crate) enum Machine {
    /// It says nothing of one.
    NotAsked,
    /// The host has to say first.
    Wanted(FactKey),
    /// The machine of this id is backed up with the disk.
    Protected(String),
    /// There is none, or its backups do not hold the disk.
    No,
}

/// What the host found.
#[derive(Deserialize)]
struct Found {
    id: String,
    protects: bool,
}

impl Machine {
    /// What is known of the machine that the target of a request is attached to.
    pub(crate) fn of(clause: &ExcludeClause, request: &Request<'_>) -> Result<Self, Failure> {
        match clause.machine {
            None => Ok(Self::NotAsked),
            Some(MachineIs::Protected) => Self::asked(request),
        }
    }

    #[cold]
    fn asked(request: &Request<'_>) -> Result<Self, Failure> {
        if !names_a_machine(request.target.body) {
            return Ok(Self::No);
        }
        let Some(fact) = request.fact(KIND, request.target.id) else {
            return Ok(Self::Wanted(FactKey { kind: KIND.to_owned(), scope: request.target.id.to_owned() }));
        };
        let Some(value) = fact.value else { return Ok(Self::No) };
        let found: Found = from_json(value).map_err(|error| {
            let (at, message) = (error.pointer(), error.message());
            Failure::BadInput(format!("the fact `{KIND}` cannot be read, at `{at}`: {message}"))
        })?;
        Ok(if found.protects { Self::Protected(found.id) } else { Self::No })
    }
}

/// Whether a body may name what the resource is attached to. Where it seems to and does not, the host says so.
fn names_a_machine(body: &str) -> bool {
    const MANAGED_BY: &str = r#""managedBy":"/"#;
    body.contains(MANAGED_BY)
}

/// Names the machine whose backups hold the disk.
pub(crate) fn explain(machine: &str, request: &Request<'_>) -> Reason {
    let name = machine.rsplit('/').next().unwrap_or(machine);
    let message = Text::of(&["machine ", name, " is backed up with this disk"]);
    let mut reason = Reason::new("machine-protected", message);
    reason.add_evidence(pointer(request), "true");
    reason
}

/// JSON pointer to what the host found.
fn pointer(request: &Request<'_>) -> String {
    let at = request.facts.iter().position(|fact| fact.kind == KIND);
    format!("/facts/{}/value", at.unwrap_or_default())
}

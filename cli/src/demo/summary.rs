//! How the demo ended, for people and for machines.

use std::time::Duration;

use anyhow::Result;
use holdfast_protection::ResourceId;
use holdfast_protection::outcome::{Outcome, PermissionRequest};
use serde::Serialize;
use serde_json::Value;

use crate::exit::Exit;
use crate::out;

use super::administrator::{Administrator, Deployed};
use super::estate::Azure;
use super::night::Morning;
use super::operator;
use super::processes::TO_TRY;
use super::progress::Watched;

/// Azure's words for what is protected: of a backup instance, and of a machine.
const PROTECTED: [&str; 2] = ["ProtectionConfigured", "Protected"];

/// The end of the demo.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    resources: usize,
    protected: usize,
    excluded: usize,
    ignored: usize,
    failed: usize,
    /// Templates that an administrator deployed, because the function app may not assign roles there.
    templates: Vec<Template>,
    /// What an operator decided against the rules, and Azure's word after a sweep.
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<Held>,
    /// What a night came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    night: Option<Morning>,
    decisions: Vec<Decided>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Held {
    resource: ResourceId,
    hold: Value,
    state: String,
    #[serde(skip)]
    described: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Template {
    resource: ResourceId,
    code: String,
    missing: Vec<String>,
    /// Where it lies in the ledger.
    template: String,
    way_out: String,
}

impl From<&Deployed> for Template {
    fn from(Deployed { resource, request }: &Deployed) -> Self {
        let PermissionRequest { code, missing, template, way_out, .. } = request.clone();
        Self { resource: resource.clone(), code, missing, template, way_out }
    }
}

#[derive(Debug, Serialize)]
struct Decided {
    resource: ResourceId,
    outcome: &'static str,
    /// What Azure says: the judge of what we claim.
    #[serde(rename = "protectionStates")]
    protection_states: Vec<String>,
    reason: Option<String>,
    decision: Option<Value>,
}

impl Summary {
    /// Counts, and asks Azure about every resource.
    pub(super) async fn of(watched: &Watched, administrator: &Administrator, azure: &Azure) -> Result<Self> {
        let templates = administrator.deployed().map(Template::from).collect();
        let mut summary = Self {
            resources: 0,
            protected: 0,
            excluded: 0,
            ignored: 0,
            failed: 0,
            templates,
            held: None,
            night: None,
            decisions: Vec::new(),
        };
        for (id, row) in &watched.rows {
            let states = azure.protection_states(id).await?;
            let is_protected =
                states.len() == 1 && states.iter().all(|state| PROTECTED.contains(&state.as_str()));
            summary.resources += 1;
            let (count, outcome) = match &row.outcome {
                Some(Outcome::Protected { .. }) if is_protected => (&mut summary.protected, "protected"),
                Some(Outcome::Excluded { .. }) if states.is_empty() => (&mut summary.excluded, "excluded"),
                Some(Outcome::Ignored { .. }) if states.is_empty() => (&mut summary.ignored, "ignored"),
                _ => (&mut summary.failed, "failed"),
            };
            *count += 1;
            summary.decisions.push(Decided {
                resource: id.clone(),
                outcome,
                protection_states: states,
                reason: row.outcome.as_ref().and_then(said).or_else(|| row.decided.clone()),
                decision: row.decision.clone(),
            });
        }
        Ok(summary)
    }

    /// One of the protected disks, but not the one that people are told to try things with.
    pub(super) fn a_protected_disk(&self) -> Option<ResourceId> {
        let mut protected = self.decisions.iter().filter(|one| one.outcome == "protected");
        let fits = |id: &ResourceId| {
            id.resource_type().eq_ignore_ascii_case("Microsoft.Compute/disks") && id.name() != TO_TRY
        };
        protected.find(|one| fits(&one.resource)).map(|one| one.resource.clone())
    }

    /// What an operator then did.
    pub(super) fn hold(&mut self, held: operator::Held) {
        let described = held.described();
        let operator::Held { resource, hold, state } = held;
        self.held = Some(Held { resource, hold, state, described });
    }

    /// What the night then came to.
    pub(super) fn sleep(&mut self, morning: Morning) {
        self.night = Some(morning);
    }

    pub(super) fn print_json(&self) -> Result<()> {
        out::page(&(out::escaped(&serde_json::to_string(self)?) + "\n"));
        Ok(())
    }

    #[expect(clippy::print_stdout, reason = "this is the demo's output")]
    pub(super) fn print(&self, took: Duration) {
        let Self { resources, protected, excluded, ignored, failed, .. } = self;
        println!(
            "\n{resources} resources: {protected} protected, {excluded} excluded, {ignored} ignored, {failed} failed, in {:.0} s.",
            took.as_secs_f64()
        );
        for Template { resource, missing, template, .. } in &self.templates {
            println!(
                "\nThe function app may not assign roles at {}. It asked for {} and stored {template};\n\
                 the demo's administrator deployed that, and protection continued automatically.",
                resource.name(),
                missing.join(", ")
            );
        }
        if let Some(held) = &self.held {
            println!("\n{}", held.described);
        }
    }

    /// Success only if nothing failed and Azure agrees with every claim.
    pub(super) fn exit_code(&self) -> Exit {
        let is_good = self.night.as_ref().is_none_or(Morning::is_as_it_should_be);
        if self.failed == 0 && is_good { Exit::Done } else { Exit::Failed }
    }
}

fn said(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Ignored { reason } | Outcome::Excluded { reason } => Some(reason.clone()),
        Outcome::Failed { message, .. } => Some(message.clone()),
        Outcome::LeftAlone { note, .. } | Outcome::Prepared { note: Some(note), .. } => Some(note.clone()),
        Outcome::Held { reason, .. } => Some(reason.clone()),
        Outcome::Protected { .. }
        | Outcome::Prepared { note: None, .. }
        | Outcome::Unprotected { .. }
        | Outcome::Gone => None,
    }
}

//! `holdfast rule import-azure-policy`: from an Azure Policy assignment to rule bindings.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, ensure};
use clap::Args;
use holdfast_azure_policy::{Audit, Binding, ImportError, Initiative, Mode, append, import, read};
use holdfast_evaluator::Digest;
use holdfast_protection::Workload;
use serde_json::{Value, json};

use crate::written;

use super::answer::{Answer, Ended};
use super::page::broken;

const EXAMPLES: &str = "\
Examples:
  az policy assignment show --name vm-backup > assignment.json
  holdfast rule import-azure-policy assignment.json
  holdfast rule import-azure-policy assignment.json --into ruleset.toml --digest-of conditions.wasm";

/// What to import.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// An assignment as ARM, the Azure CLI or PowerShell shows it, a list of them, an ARM template, or an
    /// assignment file of EPAC.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The initiative that is assigned, as ARM or the Azure CLI shows it.
    #[arg(long, value_name = "FILE")]
    initiative: Option<PathBuf>,
    /// Parameter file of the template.
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    /// Scope of assignments that state none, such as those in a template.
    #[arg(long, value_name = "ID")]
    scope: Option<String>,
    /// Subscriptions of a management group that is a scope; may be repeated.
    #[arg(long, value_name = "NAME=SUBSCRIPTION,...", value_parser = management_group)]
    management_group: Vec<(String, Vec<String>)>,
    /// Rule set to append to; its revision is increased. Default: print.
    #[arg(long, value_name = "RULESET")]
    into: Option<PathBuf>,
    /// Id of the rule. Default: the name of the assignment.
    #[arg(long)]
    id: Option<String>,
    /// Layer of the rule.
    #[arg(long, default_value = "organisation")]
    layer: String,
    /// Priority of the rule.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    priority: i32,
    /// The module of the rule `conditions`, as the rule set is to name it.
    #[arg(long, default_value = "conditions.wasm")]
    module: String,
    /// Module file whose digest is pinned. Default: with `--into`, the module beside that rule set.
    #[arg(long, value_name = "FILE")]
    digest_of: Option<PathBuf>,
}

/// Imports, and prints or appends.
///
/// # Errors
///
/// Fails if a file cannot be read or written, and on what cannot be carried over.
pub(crate) fn run(options: &Options) -> anyhow::Result<Answer> {
    let parameters = options.parameters.as_deref().map(text).transpose()?;
    let assignments = read(&text(&options.file)?, parameters.as_deref())
        .with_context(|| format!("could not read {}", options.file.display()))?;
    let initiative = options.initiative.as_deref().map(text).transpose()?;
    let initiative = initiative.as_deref().map(Initiative::read).transpose()?;
    let import_options = holdfast_azure_policy::Options {
        layer: options.layer.clone(),
        priority: options.priority,
        module: options.module.clone(),
        digest: pinned(options)?,
        id: options.id.clone(),
        scope: options.scope.clone(),
        management_groups: options.management_group.clone(),
    };
    let (mut bindings, mut notes) = (Vec::new(), Vec::new());
    for assignment in &assignments {
        match import(assignment, initiative.as_ref(), &import_options) {
            Ok(imported) => {
                bindings.extend(imported.bindings);
                notes.extend(imported.left_out.iter().map(|(reference, definition)| {
                    match Audit::find(definition) {
                        Some(audit) => {
                            format!("Left out: member {reference} only looks. It finds {}.", audit.finds)
                        }
                        None => format!("Left out: member {reference} ({definition}) protects no data."),
                    }
                }));
            }
            Err(error) if assignments.len() > 1 && is_about_something_else(&error) => {
                notes.push(format!("Left out: {}", first_line(&error)));
            }
            Err(error) => return Err(error.into()),
        }
    }
    ensure!(!bindings.is_empty(), "nothing to import:\n{}", notes.join("\n"));
    notes.extend(bindings.iter().flat_map(notes_on));
    if let Some(into) = &options.into {
        add(into, &bindings)?;
    }
    Ok(Answer {
        page: page(options, &bindings, &notes),
        json: json(options, &bindings, &notes),
        ended: Ended::Well,
    })
}

/// An assignment of which a list may hold any number, beside those that are to be imported.
fn is_about_something_else(error: &ImportError) -> bool {
    matches!(
        error,
        ImportError::Unsupported { .. } | ImportError::Audit { .. } | ImportError::Initiative { .. }
    )
}

/// Without the list of what is supported, which need not be said of each.
pub(crate) fn first_line(error: &ImportError) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.trim_end_matches("; supported are:").to_owned()
}

/// What a person has to know of a binding before the assignment is taken away.
pub(crate) fn notes_on(binding: &Binding) -> Vec<String> {
    let mut notes = Vec::new();
    let (id, kind) = (&binding.id, binding.resource_type);
    if !Workload::covers(kind) {
        notes.push(format!(
            "Warning: rule {id} protects nothing yet: no workload of this version of Holdfast covers {kind}. Keep the \
             assignment."
        ));
    }
    if let Some(policy) = &binding.protect.policy_id
        && let Some((vault, _)) = policy.rsplit_once("/backupPolicies/")
    {
        let vault = vault.rsplit('/').next().unwrap_or_default();
        notes.push(format!(
            "Warning: the policy of rule {id} lies in the vault {vault}. A rule in a higher layer that states `vault`, \
             such as the shipped placement, wins the vault and not the policy: check with `holdfast rule explain`."
        ));
    }
    notes
}

/// The digest to pin. Without one, a rule set does not load.
fn pinned(options: &Options) -> anyhow::Result<Option<String>> {
    let module = match (&options.digest_of, &options.into) {
        (Some(module), _) => module.clone(),
        (None, None) => return Ok(None),
        (None, Some(into)) => {
            let beside = into.parent().unwrap_or(Path::new("")).join(&options.module);
            ensure!(
                beside.is_file(),
                "{} would not load without the digest of {}, which is not beside it; name the module file with \
                 --digest-of FILE",
                into.display(),
                options.module
            );
            beside
        }
    };
    digest(&module).map(Some)
}

fn text(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))
}

fn digest(path: &Path) -> anyhow::Result<String> {
    let bytes = fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    Ok(digest_of(&bytes))
}

/// What a rule set pins a module with.
pub(crate) fn digest_of(module: &[u8]) -> String {
    Digest::of(module).to_string()
}

/// Whole or not at all: a rule set that is being read is never half written.
fn add(path: &Path, bindings: &[Binding]) -> anyhow::Result<()> {
    let whole =
        append(&text(path)?, bindings).with_context(|| format!("could not append to {}", path.display()))?;
    written::anew(path, whole.as_bytes()).with_context(|| format!("could not write {}", path.display()))
}

fn page(options: &Options, bindings: &[Binding], notes: &[String]) -> String {
    let mut page = String::new();
    match &options.into {
        Some(into) => {
            for binding in bindings {
                let id = &binding.id;
                let _ = writeln!(page, "Appended rule {id} ({}) to {}", mode(binding.mode), into.display());
            }
        }
        None => {
            let texts: Vec<String> = bindings.iter().map(Binding::to_toml).collect();
            page.push_str(&texts.join("\n"));
        }
    }
    // Printed bindings stay readable as TOML.
    for line in notes.iter().flat_map(|note| broken(note, 78)) {
        let _ = writeln!(page, "# {line}");
    }
    page
}

fn json(options: &Options, bindings: &[Binding], notes: &[String]) -> Value {
    let binding = |binding: &Binding| {
        json!({
            "id": binding.id,
            "definition": binding.definition,
            "mode": mode(binding.mode),
            "type": binding.resource_type,
            "toml": binding.to_toml(),
        })
    };
    json!({
        "bindings": bindings.iter().map(binding).collect::<Vec<_>>(),
        "notes": notes,
        "into": options.into,
    })
}

pub(crate) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Enforce => "enforce",
        Mode::Shadow => "shadow",
    }
}

fn management_group(text: &str) -> anyhow::Result<(String, Vec<String>)> {
    let (name, subscriptions) =
        text.split_once('=').ok_or_else(|| anyhow!("expected NAME=SUBSCRIPTION,..."))?;
    let subscriptions: Vec<String> =
        subscriptions.split(',').map(str::trim).filter(|own| !own.is_empty()).map(str::to_owned).collect();
    if name.is_empty() || subscriptions.is_empty() {
        return Err(anyhow!("expected NAME=SUBSCRIPTION,..."));
    }
    Ok((name.to_owned(), subscriptions))
}

#[cfg(test)]
mod tests;

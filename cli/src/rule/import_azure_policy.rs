//! `holdfast rule import-azure-policy`: from an Azure Policy assignment to rule bindings.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use holdfast_azure_policy::{Binding, Initiative, Mode, append, import, read};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::answer::{Answer, Ended};

const EXAMPLES: &str = "\
Examples:
  az policy assignment show --name vm-backup > assignment.json
  holdfast rule import-azure-policy assignment.json
  holdfast rule import-azure-policy assignment.json --into ruleset.toml --digest-of conditions.wasm";

/// What to import.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Options {
    /// An assignment as ARM or the Azure CLI shows it, a list of them, or an ARM template.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The initiative that is assigned, as ARM or the Azure CLI shows it.
    #[arg(long, value_name = "FILE")]
    initiative: Option<PathBuf>,
    /// Parameter file of the template.
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    /// Subscriptions of a management group that is a scope; may be repeated.
    #[arg(long, value_name = "NAME=SUBSCRIPTION,...", value_parser = management_group)]
    management_group: Vec<(String, Vec<String>)>,
    /// Rule set to append to; its revision is counted up. Default: print.
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
    /// Module file whose digest is pinned. Default: none is.
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
        digest: options.digest_of.as_deref().map(digest).transpose()?,
        id: options.id.clone(),
        management_groups: options.management_group.clone(),
    };
    let (mut bindings, mut left_out) = (Vec::new(), Vec::new());
    for assignment in &assignments {
        let imported = import(assignment, initiative.as_ref(), &import_options)?;
        bindings.extend(imported.bindings);
        left_out.extend(imported.left_out);
    }
    if let Some(into) = &options.into {
        add(into, &bindings)?;
    }
    Ok(Answer {
        page: page(options, &bindings, &left_out),
        json: json(options, &bindings, &left_out),
        ended: Ended::Well,
    })
}

fn text(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))
}

fn digest(path: &Path) -> anyhow::Result<String> {
    let bytes = fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("sha256:{hex}"))
}

/// Whole or not at all: a rule set that is being read is never half written.
fn add(path: &Path, bindings: &[Binding]) -> anyhow::Result<()> {
    let whole =
        append(&text(path)?, bindings).with_context(|| format!("could not append to {}", path.display()))?;
    let aside = path.with_extension("toml.new");
    fs::write(&aside, whole)
        .and_then(|()| fs::rename(&aside, path))
        .with_context(|| format!("could not write {}", path.display()))
}

fn page(options: &Options, bindings: &[Binding], left_out: &[(String, String)]) -> String {
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
    for (reference, definition) in left_out {
        let _ = writeln!(page, "# Left out: member {reference} ({definition}) protects no data.");
    }
    page
}

fn json(options: &Options, bindings: &[Binding], left_out: &[(String, String)]) -> Value {
    let binding = |binding: &Binding| {
        json!({
            "id": binding.id,
            "definition": binding.definition,
            "mode": mode(binding.mode),
            "type": binding.resource_type,
            "toml": binding.to_toml(),
        })
    };
    let member = |(reference, definition): &(String, String)| json!({ "reference": reference, "definition": definition });
    json!({
        "bindings": bindings.iter().map(binding).collect::<Vec<_>>(),
        "leftOut": left_out.iter().map(member).collect::<Vec<_>>(),
        "into": options.into,
    })
}

fn mode(mode: Mode) -> &'static str {
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
mod tests {
    use super::*;

    const RULE_SET: &str = "revision = 1\n\n[[layer]]\nname = \"organisation\"\n";

    fn options(file: &Path) -> Options {
        Options {
            file: file.to_owned(),
            initiative: None,
            parameters: None,
            management_group: Vec::new(),
            into: None,
            id: None,
            layer: "organisation".to_owned(),
            priority: 10,
            module: "conditions.wasm".to_owned(),
            digest_of: None,
        }
    }

    fn assignment() -> Value {
        json!({
            "id": "/subscriptions/s/providers/Microsoft.Authorization/policyAssignments/vm-backup",
            "name": "vm-backup",
            "properties": {
                "policyDefinitionId":
                    "/providers/Microsoft.Authorization/policyDefinitions/98d0b9f8-fd90-49c9-88e2-d3baf3b0dd86",
                "parameters": {
                    "exclusionTagName": { "value": "backup" },
                    "exclusionTagValue": { "value": ["no"] },
                },
            },
        })
    }

    #[test]
    fn a_binding_is_printed_or_appended() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let (file, module) = (folder.path().join("assignment.json"), folder.path().join("conditions.wasm"));
        let into = folder.path().join("ruleset.toml");
        fs::write(&file, assignment().to_string())?;
        fs::write(&module, "abc")?;
        fs::write(&into, RULE_SET)?;
        let printed = run(&options(&file))?;
        assert!(printed.page.contains("[[rule]]\nid = \"vm-backup\"\nmodule = \"conditions.wasm\"\nlayer"));
        assert_eq!(printed.json.pointer("/bindings/0/mode"), Some(&json!("enforce")));
        let appended = run(&Options { into: Some(into.clone()), digest_of: Some(module), ..options(&file) })?;
        assert_eq!(appended.page, format!("Appended rule vm-backup (enforce) to {}\n", into.display()));
        let written = fs::read_to_string(&into)?;
        assert!(written.starts_with("revision = 2\n"), "{written}");
        // SHA-256 of `abc`, from FIPS 180-2.
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert!(written.contains(&format!("digest = \"sha256:{digest}\"")), "{written}");
        let again = run(&Options { into: Some(into.clone()), ..options(&file) });
        assert!(again.is_err_and(|error| format!("{error:#}").contains("another id with `--id`")));
        assert_eq!(fs::read_to_string(&into)?, written);
        Ok(())
    }

    #[test]
    fn a_management_group_is_given_with_its_subscriptions() {
        let parsed = management_group("mg=a, b").unwrap();
        assert_eq!(parsed, ("mg".to_owned(), vec!["a".to_owned(), "b".to_owned()]));
        for wrong in ["mg", "=a", "mg=", "mg=,"] {
            assert!(management_group(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = run(&options(Path::new("/nowhere/assignment.json"))).err().unwrap();
        assert!(format!("{error:#}").contains("could not read /nowhere/assignment.json"));
    }
}

//! `holdfast rule precompile`: native code of a rule set's modules, signed, for handlers that trust the key.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use holdfast_evaluator::{CompiledSigner, precompile};
use serde_json::json;

use super::answer::{Answer, fields};
use super::sign::signing_key;
use crate::exit::Unusable;
use crate::progress;
use crate::rule_sets::{self, is_refused};

/// What is compiled, and who vouches for it.
#[derive(Args)]
pub(crate) struct Options {
    /// The rule set; its modules must lie where it says.
    #[arg(value_name = "RULESET")]
    rule_set: PathBuf,
    /// Private key: ed25519, PKCS#8 PEM, as `holdfast rule keygen` makes it.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    #[command(flatten)]
    trusting: rule_sets::Trusting,
}

/// Writes the folder `compiled` beside the rule set.
pub(super) fn run(options: &Options) -> Result<Answer> {
    let key = signing_key(&options.key)?
        .to_pkcs8()
        .with_context(|| format!("could not sign with {}", options.key.display()))
        .map_err(Unusable::of)?;
    let signer = CompiledSigner::from_pkcs8(&key)?;
    let _progress = progress::of(format!("compiling the rules of {}", options.rule_set.display()));
    let trust = options.trusting.policy()?;
    let rule_set = rule_sets::admitted(&options.rule_set, trust.as_ref())
        .map_err(|error| if is_refused(&error) { error } else { Unusable::of(error) })?;
    let folder = options.rule_set.parent().unwrap_or(Path::new("")).join("compiled");
    let published = precompile(&rule_set, &folder, &signer)?;
    let setting = format!("HOLDFAST_COMPILED_KEY={}", signer.key());
    let mut rows = vec![("folder", folder.display().to_string())];
    rows.extend(published.iter().map(|rule| ("rule", format!("{} ({} bytes)", rule.rule, rule.bytes))));
    rows.push(("setting", setting));
    let rules: Vec<_> = published
        .iter()
        .map(|rule| json!({ "rule": rule.rule, "file": rule.path, "bytes": rule.bytes }))
        .collect();
    let json = json!({ "folder": folder, "rules": rules, "key": signer.key().to_string() });
    let revision = rule_set.revision();
    Ok(Answer { page: format!("Compiled revision {revision}.\n{}", fields(&rows)), json })
}

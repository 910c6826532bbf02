//! `holdfast rule push`: a module or rule set into a registry.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use holdfast_distribution::{
    BUNDLE_ENDING, Kind, Pushed, Reference, Registry, SIGNATURES_ENDING, rule_set_files,
};
use serde_json::json;

use super::answer::{Answer, binding, fields, size};
use super::file::{RuleFile, beside, read_if_there};
use super::login::Login;
use crate::exit::Unusable;
use crate::progress;

/// What is published, and where.
#[derive(Args)]
pub(crate) struct Options {
    /// Rule module (.wasm) or rule set (.toml); signatures beside it are published with it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to, such as oci://registry.contoso.com/rules/select:1.2.0.
    #[arg(value_name = "REFERENCE")]
    reference: String,
    #[command(flatten)]
    login: Login,
}

/// Publishes; the same file again is the same artifact.
pub(super) async fn run(options: &Options) -> Result<Answer> {
    let target: Reference = options.reference.parse().map_err(Unusable::of)?;
    let file = RuleFile::read(&options.file)?;
    let registry = options.login.registry(&target.repository)?;
    let _progress = progress::of(format!("publishing at {target}"));
    let pushing = || format!("could not publish {} at {target}", file.described());
    let (pushed, with) = match file.kind {
        Kind::Rule => push_rule(&registry, &target, &file).await.with_context(pushing)?,
        Kind::RuleSet => push_rule_set(&registry, &target, &file).await.with_context(pushing)?,
    };
    let rows = [
        ("artifact", pushed.reference.to_string()),
        ("tag", options.reference.clone()),
        ("digest", pushed.content.to_string()),
        ("size", size(pushed.bytes)),
        ("with", with.clone()),
    ];
    let mut page = format!("Published {}.\n{}", file.described(), fields(&rows));
    if file.kind == Kind::Rule {
        page += &binding(&pushed.reference, pushed.content);
    }
    let json = json!({
        "kind": file.kind,
        "name": file.labels.name,
        "version": file.labels.version,
        "artifact": pushed.reference.to_string(),
        "digest": pushed.content.to_string(),
        "bytes": pushed.bytes,
        "with": with,
    });
    Ok(Answer { page, json })
}

async fn push_rule(registry: &Registry, target: &Reference, file: &RuleFile) -> Result<(Pushed, String)> {
    let pushed = registry.push_rule(target, &file.bytes, &file.labels).await?;
    let (repository, artifact) = (&target.repository, pushed.artifact);
    let mut with = Vec::new();
    if let Some(signatures) = read_if_there(&beside(&file.path, SIGNATURES_ENDING))? {
        registry.attach_signatures(repository, artifact, &signatures).await?;
        with.push("signatures");
    }
    if let Some(bundle) = read_if_there(&beside(&file.path, BUNDLE_ENDING))? {
        registry.attach_bundle(repository, artifact, &bundle).await?;
        with.push("sigstore bundle");
    }
    let with = if with.is_empty() { "no signature".to_owned() } else { with.join(" and ") };
    Ok((pushed, with))
}

async fn push_rule_set(registry: &Registry, target: &Reference, file: &RuleFile) -> Result<(Pushed, String)> {
    let files = rule_set_files(&file.path).await?;
    let pushed = registry.push_rule_set(target, &files, &file.labels).await?;
    let count = files.len().saturating_sub(1);
    Ok((pushed, format!("{count} {}", if count == 1 { "file beside it" } else { "files beside it" })))
}

//! `holdfast rule pull`: a module or rule set out of a registry.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use holdfast_distribution::{
    ArtifactKind, BUNDLE_ENDING, Kind, Labels, LeftOut, Pulled, Reference, SIGNATURES_ENDING, Taken, Taking,
};
use serde_json::{Value, json};

use super::answer::{Answer, binding, fields, size};
use super::file::{RuleFile, beside, write};
use super::login::Login;
use super::verify::Trusted;
use crate::exit::Unusable;
use crate::progress;

/// What is fetched, and where it goes.
#[derive(Args)]
pub(crate) struct Options {
    /// What to fetch: oci://registry/repository@sha256:... or oci://registry/repository:tag.
    #[arg(value_name = "REFERENCE")]
    reference: String,
    /// Folder to put it in.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    into: PathBuf,
    /// Overwrite what is there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    trusted: Trusted,
    #[command(flatten)]
    login: Login,
}

/// Fetches, verifies if it was told whom to trust, and only then writes what was verified.
pub(super) async fn run(options: &Options) -> Result<Answer> {
    let reference: Reference = options.reference.parse().map_err(Unusable::of)?;
    let registry = options.login.registry(&reference.repository)?;
    let fetching = progress::of(format!("fetching {reference}"));
    let pulled = registry.pull(&reference).await.with_context(|| format!("could not fetch {reference}"))?;
    drop(fetching);
    // Complete and verified in a folder of its own, before anything is put where it is wanted.
    std::fs::create_dir_all(&options.into)
        .with_context(|| format!("could not create {}", options.into.display()))
        .map_err(Unusable::of)?;
    let aside = tempfile::tempdir().context("could not make a temporary folder")?;
    let (files, left_out) = laid_out(&pulled, options.trusted.is_stated())?;
    for (path, bytes) in &files {
        put(&aside.path().join(path), bytes)?;
    }
    let (first, _) = files.first().context("the artifact is empty")?;
    let file = fetched(&pulled, &aside.path().join(first))?;
    let by = if options.trusted.is_stated() { options.trusted.admit(&file)? } else { None };
    keep_out(options, &files)?;
    for (path, bytes) in &files {
        put(&options.into.join(path), bytes)?;
    }
    Ok(answer(options, &pulled, &file, by.as_deref(), (&options.into.join(first), &left_out)))
}

/// What was fetched. A module is not asked who it is, which would take compiling it: its signature says so, too.
fn fetched(pulled: &Pulled, path: &Path) -> Result<RuleFile> {
    match pulled.kind {
        ArtifactKind::RuleSet => RuleFile::read(path),
        ArtifactKind::Rule => RuleFile::labelled(path, pulled.content().to_vec(), pulled.labels.clone()),
    }
}

/// Files as they are written, by their path in the folder.
type Files = Vec<(PathBuf, Vec<u8>)>;

/// The files as they are written, and those that are not. A rule is named after what it says of itself.
fn laid_out(pulled: &Pulled, verified: bool) -> Result<(Files, Vec<LeftOut>)> {
    if pulled.kind == ArtifactKind::RuleSet {
        let taking = if verified { Taking::Covered } else { Taking::Named };
        let taken = Taken::of(pulled.files.clone(), &pulled.reference.to_string(), taking)?;
        let files = taken.files.into_iter().map(|file| (PathBuf::from(file.path), file.bytes)).collect();
        return Ok((files, taken.left_out));
    }
    let name = file_name(&pulled.labels, &pulled.reference);
    let module = PathBuf::from(format!("{name}.wasm"));
    let signatures = pulled.signatures.as_ref().map(|file| file.to_json().into_bytes());
    let mut files = vec![(module.clone(), pulled.content().to_vec())];
    for (ending, bytes) in [(SIGNATURES_ENDING, signatures), (BUNDLE_ENDING, pulled.bundle.clone())] {
        files.extend(bytes.map(|bytes| (beside(&module, ending), bytes)));
    }
    Ok((files, Vec::new()))
}

/// A label is a stranger's word: only letters that are safe in a file name are kept of it.
fn file_name(labels: &Labels, reference: &Reference) -> String {
    let safe: String = labels
        .name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .take(64)
        .collect();
    let last = reference.repository.name().rsplit('/').next().unwrap_or("rule");
    if safe.is_empty() { last.to_owned() } else { safe }
}

fn keep_out(options: &Options, files: &[(PathBuf, Vec<u8>)]) -> Result<()> {
    let taken = files.iter().map(|(path, _)| options.into.join(path)).find(|path| path.exists());
    match taken.filter(|_| !options.force) {
        Some(path) => Err(Unusable::described(format!(
            "{} exists already; add --force to overwrite it",
            path.display()
        ))),
        None => Ok(()),
    }
}

fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(|| format!("could not create {}", folder.display()))?;
    write(path, bytes)
}

fn answer(
    options: &Options,
    pulled: &Pulled,
    file: &RuleFile,
    by: Option<&str>,
    (path, left_out): (&Path, &[LeftOut]),
) -> Answer {
    let bytes: u64 = pulled.files.iter().map(|file| file.bytes.len() as u64).sum();
    let signed = match (by, options.trusted.is_stated()) {
        (Some(by), _) => by.to_owned(),
        (None, true) => "not signed, which the trust policy allows here".to_owned(),
        (None, false) => "not verified; add --trust, --key or --identity".to_owned(),
    };
    let rows = [
        ("artifact", pulled.reference.to_string()),
        ("digest", file.digest.to_string()),
        ("size", size(bytes)),
        ("signed by", signed),
        ("written to", path.display().to_string()),
    ];
    let mut page = format!("Fetched {}.\n{}", file.described(), fields(&rows));
    if file.kind == Kind::Rule {
        page += &binding(&pulled.reference, file.digest);
    }
    if !left_out.is_empty() {
        page += "\nLeft out:\n";
        page.extend(left_out.iter().map(|one| format!("  {}: {}\n", one.path.escape_debug(), one.reason)));
    }
    let refused: Vec<Value> =
        left_out.iter().map(|one| json!({ "path": one.path, "reason": one.reason })).collect();
    let json = json!({
        "kind": file.kind,
        "name": file.labels.name,
        "version": file.labels.version,
        "artifact": pulled.reference.to_string(),
        "digest": file.digest.to_string(),
        "bytes": bytes,
        "verified": options.trusted.is_stated(),
        "signedBy": by,
        "leftOut": refused,
        "file": path,
    });
    Answer { page, json }
}

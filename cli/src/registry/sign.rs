//! `holdfast rule sign`: a signature beside a module or rule set.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use holdfast_distribution::{SIGNATURES_ENDING, SignatureFile, Signed, SigningKey};
use jiff::Timestamp;
use serde_json::json;

use super::answer::{Answer, fields};
use super::file::{RuleFile, beside, read, read_if_there, write};
use crate::exit::Unusable;

/// What is signed, and with which key.
#[derive(Args)]
pub(crate) struct Options {
    /// Rule module (.wasm) or rule set (.toml).
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Private key: ed25519, PKCS#8 PEM, as `holdfast rule keygen` makes it.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
}

/// Writes `<file>.sig.json`, or adds to it.
pub(super) fn run(options: &Options) -> Result<Answer> {
    let key = signing_key(&options.key)?;
    let file = RuleFile::read(&options.file)?;
    let path = beside(&options.file, SIGNATURES_ENDING);
    let mut signatures = match read_if_there(&path)? {
        Some(bytes) => SignatureFile::parse(&bytes).with_context(|| {
            format!("could not add to {}; remove it if you do not need what it holds", path.display())
        })?,
        None => SignatureFile::default(),
    };
    let signed = Signed::new(file.subject()?, &key, Timestamp::now());
    let statement = signed.statement.clone();
    signatures.add(signed);
    write(&path, signatures.to_json().as_bytes())?;
    let rows = [
        ("digest", file.digest.to_string()),
        ("key", statement.key.to_string()),
        ("at", statement.signed_at.to_string()),
        ("written to", path.display().to_string()),
        ("signatures", signatures.signatures().len().to_string()),
    ];
    let json = json!({
        "kind": file.kind,
        "name": file.labels.name,
        "version": file.labels.version,
        "digest": file.digest.to_string(),
        "keyId": statement.key.to_string(),
        "signedAt": statement.signed_at,
        "signatureFile": path,
        "signatures": signatures.signatures().len(),
    });
    Ok(Answer { page: format!("Signed {}.\n{}", file.described(), fields(&rows)), json })
}

/// The private key in this file.
pub(super) fn signing_key(path: &Path) -> Result<SigningKey> {
    let text = String::from_utf8(read(path)?).unwrap_or_default();
    SigningKey::from_pem(&text)
        .with_context(|| format!("could not sign with {}", path.display()))
        .map_err(Unusable::of)
}

//! `holdfast rule verify`: who vouches for a module or rule set.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use clap::Args;
use holdfast_distribution::{BundleVerifier, Kind, Offer, PublicKey, TrustPolicy};
use serde_json::json;

use super::answer::{Answer, fields};
use super::file::{RuleFile, read};
use crate::exit::Unusable;

/// What is verified, and against what.
#[derive(Args)]
pub(crate) struct Options {
    /// Rule module (.wasm) or rule set (.toml); its signatures lie beside it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    trusted: Trusted,
}

/// Who is trusted: a trust policy, a key, or an identity.
#[derive(Args)]
pub(super) struct Trusted {
    /// Trust policy (trust.toml).
    #[arg(long, value_name = "FILE", conflicts_with_all = ["key", "identity"])]
    trust: Option<PathBuf>,
    /// Layer of the trust policy in which the rule is to be bound.
    #[arg(long, value_name = "NAME", requires = "trust")]
    layer: Option<String>,
    /// Public key: PEM, or its base64 in a file.
    #[arg(long, value_name = "FILE", conflicts_with = "identity")]
    key: Option<PathBuf>,
    /// Identity in a sigstore bundle: mail address or URI; `*` stands for a part of a segment.
    #[arg(long, value_name = "PATTERN", requires = "issuer")]
    identity: Option<String>,
    /// Who issued the identity, such as `https://token.actions.githubusercontent.com`.
    #[arg(long, value_name = "URL", requires = "identity")]
    issuer: Option<String>,
    /// Trusted root for sigstore bundles; the public instance's if absent.
    #[arg(long, value_name = "FILE", requires = "identity")]
    trusted_root: Option<PathBuf>,
}

impl Trusted {
    pub(super) fn is_stated(&self) -> bool {
        self.trust.is_some() || self.key.is_some() || self.identity.is_some()
    }

    fn policy(&self) -> Result<TrustPolicy> {
        let usage = |error: anyhow::Error| Unusable::of(error);
        match (&self.trust, &self.key, &self.identity, &self.issuer) {
            (Some(path), ..) => {
                TrustPolicy::load(path).context("could not use the trust policy").map_err(usage)
            }
            (None, Some(path), ..) => {
                let text = String::from_utf8(read(path)?).unwrap_or_default();
                let key = PublicKey::parse(&text)
                    .with_context(|| format!("could not use {}", path.display()))
                    .map_err(usage)?;
                Ok(TrustPolicy::of_key(&path.display().to_string(), key)?)
            }
            (None, None, Some(identity), Some(issuer)) => {
                let root = self.root().map_err(usage)?;
                let subject = identity.parse().map_err(Unusable::of)?;
                Ok(TrustPolicy::of_identity(issuer, subject, root))
            }
            _ => Err(Unusable::described(
                "state who is trusted: --trust trust.toml, --key key.pub, or --identity with --issuer",
            )),
        }
    }

    fn root(&self) -> Result<BundleVerifier> {
        match &self.trusted_root {
            Some(path) => {
                let text = String::from_utf8(read(path)?).unwrap_or_default();
                Ok(BundleVerifier::from_json(&text)
                    .with_context(|| format!("could not use {}", path.display()))?)
            }
            None => Ok(BundleVerifier::public_good()?),
        }
    }

    /// Who vouches for the file; none if it is unsigned and may be. Refusals are errors.
    pub(super) fn admit(&self, file: &RuleFile) -> Result<Option<String>> {
        let policy = self.policy()?;
        let offer = Offer {
            path: &file.path,
            digest: file.digest,
            bytes: &file.bytes,
            name_version: file.labels.stated(),
        };
        let admitted = match file.kind {
            Kind::RuleSet => policy.admit_rule_set(offer),
            Kind::Rule => policy.admit(self.layer(&policy)?, offer),
        };
        let names = admitted
            .map_err(|refusal| anyhow!("{} is refused: {}", file.described(), refusal.described()))?;
        Ok((!names.is_empty()).then(|| names.join(", ")))
    }

    /// The layer; only a trust policy tells layers apart.
    fn layer<'a>(&'a self, policy: &TrustPolicy) -> Result<&'a str> {
        match (&self.layer, &self.trust) {
            (Some(layer), _) => Ok(layer),
            (None, None) => Ok(""),
            (None, Some(path)) => {
                let layers: Vec<&str> = policy.layers().collect();
                Err(Unusable::described(format!(
                    "{} trusts by layer; add --layer with one of: {}",
                    path.display(),
                    layers.join(", ")
                )))
            }
        }
    }
}

/// Verifies, offline.
pub(super) fn run(options: &Options) -> Result<Answer> {
    let file = RuleFile::read(&options.file)?;
    let by = options.trusted.admit(&file)?;
    Ok(answer(&file, &options.file, by.as_deref()))
}

fn answer(file: &RuleFile, path: &Path, by: Option<&str>) -> Answer {
    let headline = match by {
        Some(by) => format!("{} is signed by {by}.", file.described()),
        None => format!("{} is unsigned, which the trust policy allows here.", file.described()),
    };
    let rows = [("digest", file.digest.to_string()), ("file", path.display().to_string())];
    let json = json!({
        "kind": file.kind,
        "name": file.labels.name,
        "version": file.labels.version,
        "digest": file.digest.to_string(),
        "signedBy": by,
    });
    Answer { page: format!("{headline}\n{}", fields(&rows)), json }
}

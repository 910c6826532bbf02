//! The judgement: is what lies here vouched for by whom it takes?

mod signers;

use std::fmt;
use std::path::Path;

use holdfast_rule_set::Digest;

use super::file::{self, Contents, TrustFileError, TrustedKey};
use super::identity::{Identity, SubjectPattern};
use super::refusal::Refusal;
use super::requirement::{Requirement, Unsigned};
use super::sidecar::{self, BUNDLE, SIGNATURES, beside};
use super::sigstore::{BundleError, BundleSigner, BundleVerifier};
use crate::key::PublicKey;
use crate::signature::SignatureFile;
use crate::statement::Kind;

use signers::{Signers, is_about};

/// A trust policy, read from `trust.toml`.
///
/// ```toml
/// # Never to be used again, no matter who signed them.
/// revoked = ["sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
///
/// [[key]]
/// name = "platform-team"
/// public-key = "MCowBQYDK2VwAyEA..."      # or: file = "platform.pub", relative to this file
/// not-before = "2026-01-01T00:00:00Z"     # optional: earlier signatures don't count
///
/// [[identity]]                            # signs through sigstore
/// name = "release"
/// issuer = "https://token.actions.githubusercontent.com"
/// subject = "https://github.com/contoso/rules/.github/workflows/release.yml@refs/tags/*"
///
/// [sigstore]
/// trusted-root = "trusted_root.json"      # optional: else the public instance's
///
/// [rule-set]                              # the rule set file itself
/// any-of = ["platform-team"]
///
/// [layer.platform]
/// all-of = ["platform-team", "release"]
///
/// [layer.team]
/// any-of = ["release"]
/// unsigned = "allow"                      # default: refuse
/// ```
///
/// A layer that is not stated refuses everything. Where unsigned files are allowed, a file that
/// *is* signed must be signed rightly: a broken signature is a mistake that somebody should see.
/// The time of a key's signature is what its owner says it is; a sigstore time is proven.
pub struct TrustPolicy(Contents);

/// Something that asks to be trusted. Its bytes are what will be used, and have this digest.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    /// The file; signatures lie beside it, as `<file>.sig.json` and `<file>.sigstore.json`.
    pub path: &'a Path,
    /// Digest of the bytes.
    pub digest: Digest,
    /// The bytes.
    pub bytes: &'a [u8],
    /// Name and version, where they are known already; a key's signature states both.
    pub name_version: Option<(&'a str, &'a str)>,
}

impl TrustPolicy {
    /// Reads a `trust.toml` and the files that it names.
    ///
    /// # Errors
    ///
    /// Names the file, the place in it, and the way out.
    pub fn load(path: &Path) -> Result<Self, TrustFileError> {
        file::read(path).map(Self)
    }

    /// Trusts one key with everything.
    pub fn of_key(name: &str, key: PublicKey) -> Result<Self, BundleError> {
        let mut contents = Contents::of_anyone(BundleVerifier::public_good()?);
        contents.keys.push(TrustedKey { name: name.to_owned(), key, not_before: None });
        Ok(Self(contents))
    }

    /// Trusts one sigstore identity with everything.
    pub fn of_identity(issuer: &str, subject: SubjectPattern, sigstore: BundleVerifier) -> Self {
        let mut contents = Contents::of_anyone(sigstore);
        let (name, issuer) = (subject.as_str().to_owned(), issuer.to_owned());
        contents.identities.push(Identity { name, issuer, subject, not_before: None });
        Self(contents)
    }

    /// The keys and identities that vouch for a rule module in `layer`; none if it is unsigned and may be.
    ///
    /// # Errors
    ///
    /// Says why it is refused.
    pub fn admit(&self, layer: &str, offer: Offer<'_>) -> Result<Vec<String>, Refusal> {
        self.not_revoked(offer.digest)?;
        self.judge(self.layer(layer)?, &place_of(layer), Kind::Rule, offer)
    }

    /// Whether code that was compiled elsewhere from the module with this digest may be used in `layer`, when
    /// these keys and identities were found to have signed the module.
    ///
    /// Names that the policy does not state count for nothing. When they signed is not known here.
    ///
    /// # Errors
    ///
    /// Says why it is refused.
    pub fn admit_code(&self, layer: &str, digest: Digest, signed_by: &[String]) -> Result<(), Refusal> {
        self.not_revoked(digest)?;
        let requirement = self.layer(layer)?;
        let (place, needs) = (place_of(layer), requirement.who.to_string());
        if signed_by.is_empty() {
            return match requirement.unsigned {
                Unsigned::Allow => Ok(()),
                Unsigned::Refuse => Err(Refusal::UnsignedCode { place, needs }),
            };
        }
        let known = |name: &&String| {
            self.0.keys.iter().any(|key| key.name == **name)
                || self.0.identities.iter().any(|identity| identity.name == **name)
        };
        let vouching = signed_by.iter().filter(known).cloned().collect();
        if requirement.who.satisfied_by(&vouching).is_some() {
            return Ok(());
        }
        let found: Vec<String> = signed_by.iter().map(|name| format!("`{name}`")).collect();
        Err(Refusal::NotEnough { found: found.join(", "), place, needs })
    }

    /// The keys and identities that vouch for a rule set file; none if it is unsigned and may be.
    ///
    /// # Errors
    ///
    /// Says why it is refused.
    pub fn admit_rule_set(&self, offer: Offer<'_>) -> Result<Vec<String>, Refusal> {
        self.not_revoked(offer.digest)?;
        let requirement = self.0.rule_set.as_ref().ok_or(Refusal::UnknownRuleSet)?;
        self.judge(requirement, "the rule set", Kind::RuleSet, offer)
    }

    /// Layers that the policy speaks of.
    pub fn layers(&self) -> impl Iterator<Item = &str> {
        self.0.layers.keys().map(String::as_str)
    }

    fn layer(&self, layer: &str) -> Result<&Requirement, Refusal> {
        let requirement = self.0.layers.get(layer).or(self.0.other_layers.as_ref());
        requirement.ok_or_else(|| Refusal::UnknownLayer { layer: layer.to_owned() })
    }

    fn not_revoked(&self, digest: Digest) -> Result<(), Refusal> {
        if self.0.revoked.contains(&digest) { Err(Refusal::Revoked { digest }) } else { Ok(()) }
    }

    fn judge(
        &self,
        requirement: &Requirement,
        place: &str,
        kind: Kind,
        offer: Offer<'_>,
    ) -> Result<Vec<String>, Refusal> {
        let (ed25519, sigstore) = (beside(offer.path, SIGNATURES), beside(offer.path, BUNDLE));
        let (signatures, bundle) = (sidecar::read(&ed25519)?, sidecar::read(&sigstore)?);
        if signatures.is_none() && bundle.is_none() {
            return match requirement.unsigned {
                Unsigned::Allow => Ok(Vec::new()),
                Unsigned::Refuse => Err(Refusal::Unsigned {
                    ed25519,
                    sigstore,
                    place: place.to_owned(),
                    needs: requirement.who.to_string(),
                }),
            };
        }
        let mut signers = Signers::default();
        if let Some(json) = signatures {
            self.by_keys(&ed25519, &json, kind, offer, &mut signers)?;
        }
        if let Some(json) = bundle {
            self.by_identity(&sigstore, &json, offer, &mut signers);
        }
        match requirement.who.satisfied_by(&signers.vouching) {
            Some(names) => Ok(names),
            None => Err(signers.not_enough(requirement, place)),
        }
    }

    fn by_keys(
        &self,
        path: &Path,
        json: &[u8],
        kind: Kind,
        offer: Offer<'_>,
        signers: &mut Signers,
    ) -> Result<(), Refusal> {
        let file = SignatureFile::parse(json)
            .map_err(|source| Refusal::SignatureFile { path: path.to_owned(), source })?;
        for signed in file.signatures() {
            let id = &signed.statement.key;
            let Some(trusted) = self.0.keys.iter().find(|trusted| trusted.key.id() == *id) else {
                signers.unknown.push(format!("{id} (not in the trust policy)"));
                continue;
            };
            let by = format!("{id} (`{}`)", trusted.name);
            if !signed.is_by(&trusted.key) {
                signers.problems.push(Refusal::Forged { path: path.to_owned(), by });
                continue;
            }
            if let Err((what, signed, found)) = is_about(signed, kind, offer) {
                let path = path.to_owned();
                signers.problems.push(Refusal::OtherSubject { path, by, what, signed, found });
                continue;
            }
            let TrustedKey { name, not_before, .. } = trusted;
            signers.add(path, name, signed.statement.signed_at, *not_before);
        }
        Ok(())
    }

    fn by_identity(&self, path: &Path, json: &[u8], offer: Offer<'_>, signers: &mut Signers) {
        let signer = match self.0.sigstore.signer(offer.bytes, json) {
            Ok(signer) => signer,
            Err(source) => {
                signers.problems.push(Refusal::Bundle { path: path.to_owned(), source });
                return;
            }
        };
        let BundleSigner { issuer, subject, signed_at } = &signer;
        let fits = |identity: &&Identity| identity.issuer == *issuer && identity.subject.fits(subject);
        let mut known = self.0.identities.iter().filter(fits).peekable();
        if known.peek().is_none() {
            signers.unknown.push(format!("{subject} by {issuer} (not in the trust policy)"));
        }
        for Identity { name, not_before, .. } in known {
            signers.add(path, name, *signed_at, *not_before);
        }
    }
}

fn place_of(layer: &str) -> String {
    format!("layer `{layer}`")
}

impl fmt::Debug for TrustPolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.0.keys.iter().map(|key| &key.name).collect();
        formatter.debug_struct("TrustPolicy").field("keys", &names).finish_non_exhaustive()
    }
}

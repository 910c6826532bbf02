//! `trust.toml` as written: every key known, every name defined once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use holdfast_rule_set::Digest;
use jiff::Timestamp;
use serde::Deserialize;

use super::identity::Identity;
use super::requirement::{Requirement, Unsigned, Who};
use super::sigstore::{BundleError, BundleVerifier};
use crate::key::PublicKey;

/// Why a trust policy can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustFileError {
    /// It, or a file that it names, can't be read.
    #[error("could not read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// Something in it is wrong.
    #[error("{path}: at `{at}`: {problem}")]
    Form {
        /// The trust policy.
        path: PathBuf,
        /// Place in the file, such as `key[1].public-key`.
        at: String,
        /// What is wrong, and the way out.
        problem: String,
    },
    /// The sigstore root that it names can't be used.
    #[error("could not use the sigstore root {path}")]
    Root {
        /// The root's file.
        path: PathBuf,
        /// Cause.
        source: BundleError,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Form {
    #[serde(default)]
    key: Vec<KeyForm>,
    #[serde(default)]
    identity: Vec<IdentityForm>,
    #[serde(default)]
    sigstore: SigstoreForm,
    rule_set: Option<RequirementForm>,
    #[serde(default)]
    layer: BTreeMap<String, RequirementForm>,
    #[serde(default)]
    revoked: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct KeyForm {
    name: String,
    public_key: Option<String>,
    file: Option<PathBuf>,
    not_before: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct IdentityForm {
    name: String,
    issuer: String,
    subject: String,
    not_before: Option<Timestamp>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct SigstoreForm {
    trusted_root: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RequirementForm {
    any_of: Option<BTreeSet<String>>,
    all_of: Option<BTreeSet<String>>,
    #[serde(default)]
    unsigned: Unsigned,
}

/// A key that may vouch.
#[derive(Debug, Clone)]
pub(super) struct TrustedKey {
    pub(super) name: String,
    pub(super) key: PublicKey,
    pub(super) not_before: Option<Timestamp>,
}

/// What the file says, checked.
pub(super) struct Contents {
    pub(super) keys: Vec<TrustedKey>,
    pub(super) identities: Vec<Identity>,
    pub(super) sigstore: BundleVerifier,
    pub(super) rule_set: Option<Requirement>,
    pub(super) layers: BTreeMap<String, Requirement>,
    /// For layers that are not stated; a file can't say this.
    pub(super) other_layers: Option<Requirement>,
    pub(super) revoked: Vec<Digest>,
}

impl Contents {
    /// Every layer and the rule set need a signature by anyone who is known; nobody is yet.
    pub(super) fn of_anyone(sigstore: BundleVerifier) -> Self {
        let anyone = Requirement { who: Who::Anyone, unsigned: Unsigned::Refuse };
        Self {
            keys: Vec::new(),
            identities: Vec::new(),
            sigstore,
            rule_set: Some(anyone.clone()),
            layers: BTreeMap::new(),
            other_layers: Some(anyone),
            revoked: Vec::new(),
        }
    }
}

/// A file that is being read, for errors and for the paths in it.
struct TrustFile<'a> {
    path: &'a Path,
}

pub(super) fn read(path: &Path) -> Result<Contents, TrustFileError> {
    let file = TrustFile { path };
    let text = file.text(path)?;
    let document = toml::Deserializer::parse(&text)
        .map_err(|error| file.wrong("the file", error.to_string().trim_end()))?;
    let form: Form = serde_path_to_error::deserialize(document)
        .map_err(|error| file.wrong(&error.path().to_string(), error.inner().to_string().trim_end()))?;
    let contents = Contents {
        keys: file.keys(form.key)?,
        identities: file.identities(form.identity)?,
        sigstore: file.sigstore(form.sigstore)?,
        rule_set: form.rule_set.map(|form| file.requirement("rule-set", form)).transpose()?,
        layers: file.layers(form.layer)?,
        other_layers: None,
        revoked: file.revoked(&form.revoked)?,
    };
    file.names_fit(&contents)?;
    Ok(contents)
}

impl TrustFile<'_> {
    fn wrong(&self, at: &str, problem: &str) -> TrustFileError {
        TrustFileError::Form { path: self.path.to_owned(), at: at.to_owned(), problem: problem.to_owned() }
    }

    fn text(&self, path: &Path) -> Result<String, TrustFileError> {
        std::fs::read_to_string(path).map_err(|source| TrustFileError::Read { path: path.to_owned(), source })
    }

    fn beside(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    fn keys(&self, forms: Vec<KeyForm>) -> Result<Vec<TrustedKey>, TrustFileError> {
        let read = |(index, form): (usize, KeyForm)| {
            let at = |key: &str| format!("key[{index}].{key}");
            let (at, text) = match (form.public_key, form.file) {
                (Some(text), None) => (at("public-key"), text),
                (None, Some(file)) => (at("file"), self.text(&self.beside(&file))?),
                _ => return Err(self.wrong(&format!("key[{index}]"), "state either `public-key` or `file`")),
            };
            let key = PublicKey::parse(&text).map_err(|error| self.wrong(&at, &error.to_string()))?;
            Ok(TrustedKey { name: form.name, key, not_before: form.not_before })
        };
        forms.into_iter().enumerate().map(read).collect()
    }

    fn identities(&self, forms: Vec<IdentityForm>) -> Result<Vec<Identity>, TrustFileError> {
        let read = |(index, form): (usize, IdentityForm)| {
            let subject = form
                .subject
                .parse()
                .map_err(|error| self.wrong(&format!("identity[{index}].subject"), &format!("{error}")))?;
            Ok(Identity { name: form.name, issuer: form.issuer, subject, not_before: form.not_before })
        };
        forms.into_iter().enumerate().map(read).collect()
    }

    fn sigstore(&self, form: SigstoreForm) -> Result<BundleVerifier, TrustFileError> {
        let (path, verifier) = match form.trusted_root {
            Some(path) => {
                let path = self.beside(&path);
                let verifier = BundleVerifier::from_json(&self.text(&path)?);
                (path, verifier)
            }
            None => (PathBuf::from("of this build"), BundleVerifier::public_good()),
        };
        verifier.map_err(|source| TrustFileError::Root { path, source })
    }

    fn layers(
        &self,
        forms: BTreeMap<String, RequirementForm>,
    ) -> Result<BTreeMap<String, Requirement>, TrustFileError> {
        let read = |(name, form)| {
            let requirement = self.requirement(&format!("layer.{name}"), form)?;
            Ok((name, requirement))
        };
        forms.into_iter().map(read).collect()
    }

    fn requirement(&self, at: &str, form: RequirementForm) -> Result<Requirement, TrustFileError> {
        let who = match (form.any_of, form.all_of) {
            (Some(names), None) => Who::AnyOf(names),
            (None, Some(names)) => Who::AllOf(names),
            (Some(_), Some(_)) => return Err(self.wrong(at, "set `any-of` or `all-of`, not both")),
            (None, None) if form.unsigned == Unsigned::Allow => Who::Anyone,
            (None, None) => {
                return Err(self.wrong(
                    at,
                    "no signer is listed; add `any-of` or `all-of`, or set `unsigned = \"allow\"`",
                ));
            }
        };
        if who.names().next().is_none() && who != Who::Anyone {
            return Err(self.wrong(at, "the list is empty; add at least one signer"));
        }
        Ok(Requirement { who, unsigned: form.unsigned })
    }

    fn revoked(&self, texts: &[String]) -> Result<Vec<Digest>, TrustFileError> {
        let read = |(index, text): (usize, &String)| {
            text.parse().map_err(|error| self.wrong(&format!("revoked[{index}]"), &format!("{error}")))
        };
        texts.iter().enumerate().map(read).collect()
    }

    /// Every name is defined once, and every name that is required is defined.
    fn names_fit(&self, contents: &Contents) -> Result<(), TrustFileError> {
        let mut known = BTreeSet::new();
        let keys = contents.keys.iter().enumerate().map(|(index, key)| ("key", index, &key.name));
        let identities = contents.identities.iter().enumerate();
        let identities = identities.map(|(index, identity)| ("identity", index, &identity.name));
        for (table, index, name) in keys.chain(identities) {
            if name.is_empty() || !known.insert(name.as_str()) {
                let problem = format!("`{name}` is empty or stated twice; give each key and identity a name");
                return Err(self.wrong(&format!("{table}[{index}].name"), &problem));
            }
        }
        for (index, key) in contents.keys.iter().enumerate() {
            let same = contents.keys.iter().take(index).find(|other| other.key == key.key);
            if let Some(other) = same {
                let problem = format!("`{}` and `{}` are the same key", other.name, key.name);
                return Err(self.wrong(&format!("key[{index}]"), &problem));
            }
        }
        let layers = contents.layers.iter().map(|(name, requirement)| (format!("layer.{name}"), requirement));
        let rule_set = contents.rule_set.iter().map(|requirement| ("rule-set".to_owned(), requirement));
        for (at, requirement) in layers.chain(rule_set) {
            if let Some(name) = requirement.who.names().find(|name| !known.contains(name.as_str())) {
                let known: Vec<&str> = known.iter().copied().collect();
                let problem =
                    format!("`{name}` is neither a key nor an identity; known are: {}", known.join(", "));
                return Err(self.wrong(&at, &problem));
            }
        }
        Ok(())
    }
}

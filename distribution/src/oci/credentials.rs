//! Who we are to a registry: what `docker login`, `oras login` or `podman login` wrote.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdfast_azure::EntraTokens;
use serde::Deserialize;

use super::reference::DOCKER_HUB;

/// Under what name docker's file keeps the credentials of Docker Hub: `https://index.docker.io/v1/`.
const HUB_KEY: &str = "index.docker.io";

/// What is shown to a registry.
#[derive(Clone)]
pub enum Credentials {
    /// Nothing.
    Anonymous,
    /// A user and a password, or an access token in its place.
    Basic {
        /// The user.
        user: String,
        /// The password; never shown.
        password: String,
    },
    /// A refresh token, which the registry's token server takes for a token: `identitytoken` of docker's file, as
    /// `az acr login` leaves it there. Never shown.
    RefreshToken(String),
    /// An identity in Microsoft Entra. It is shown to Azure Container Registry only; to any other registry its
    /// bearer is an anonymous caller.
    Entra(Arc<dyn EntraTokens>),
}

impl Credentials {
    pub(super) fn user(&self) -> String {
        match self {
            Self::Anonymous => "an anonymous caller".to_owned(),
            Self::Basic { user, .. } => format!("`{user}`"),
            Self::RefreshToken(_) => "the refresh token of the docker configuration".to_owned(),
            Self::Entra(_) => "the identity of this app".to_owned(),
        }
    }

    /// What to do when they are refused.
    pub(super) fn way_out(&self, registry: &str) -> String {
        match self {
            Self::Anonymous | Self::Basic { .. } => format!(
                "sign in with `docker login {registry}` or `oras login {registry}`, \
                 or check that the account may do this"
            ),
            Self::RefreshToken(_) => format!(
                "it may be over: sign in again with `az acr login --name {name}` or `docker login {registry}`, \
                 or check that the account may do this",
                name = registry.split('.').next().unwrap_or(registry)
            ),
            Self::Entra(_) => {
                "give it the role AcrPull on the registry (role assignments take some minutes to \
                               count), or name docker credentials in HOLDFAST_DOCKER_CONFIG"
                    .to_owned()
            }
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Credentials({})", self.user())
    }
}

/// A docker configuration file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// It can't be read.
    #[error("could not read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// It is not of the known form.
    #[error("{path}: at `{at}`: {problem}")]
    Form {
        /// The file.
        path: PathBuf,
        /// Place in the file.
        at: String,
        /// What is wrong; never a secret.
        problem: String,
    },
    /// The credentials are kept by a program that is not run here.
    #[error(
        "{path} keeps the credentials of {registry} in the helper `{helper}`, which is not run here; \
         write them to a file with `oras login --registry-config FILE {registry}` and name it in DOCKER_CONFIG"
    )]
    Helper {
        /// The file.
        path: PathBuf,
        /// The registry.
        registry: String,
        /// Name of the helper.
        helper: String,
    },
}

/// Credentials by registry, from a docker `config.json`.
///
/// Other keys of the file belong to other programs and are ignored.
#[derive(Debug, Clone, Default)]
pub struct DockerConfig {
    path: PathBuf,
    form: Form,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Form {
    auths: BTreeMap<String, Auth>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Auth {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

impl fmt::Debug for Auth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Auth")
    }
}

impl DockerConfig {
    /// The file that docker reads: in `DOCKER_CONFIG`'s folder, else in `~/.docker`.
    pub fn usual_path(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
        let folder = variable("DOCKER_CONFIG").filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let folder = folder.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".docker")))?;
        Some(folder.join("config.json"))
    }

    /// Reads the file; an absent one knows nobody.
    ///
    /// # Errors
    ///
    /// When it can't be read, or isn't of the form.
    pub fn load(path: &Path) -> Result<Self, CredentialsError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(source) => return Err(CredentialsError::Read { path: path.to_owned(), source }),
        };
        let mut json = serde_json::Deserializer::from_str(&text);
        let form = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let (line, column) = (error.inner().line(), error.inner().column());
            CredentialsError::Form {
                path: path.to_owned(),
                at: error.path().to_string(),
                problem: format!("it is not of docker's form (line {line}, column {column})"),
            }
        })?;
        Ok(Self { path: path.to_owned(), form })
    }

    /// The credentials for a registry; anonymous if there are none.
    ///
    /// # Errors
    ///
    /// When they are malformed, or kept by a credential helper.
    pub fn credentials(&self, registry: &str) -> Result<Credentials, CredentialsError> {
        let named = |host: &str| bare(host) == registry || (registry == DOCKER_HUB && bare(host) == HUB_KEY);
        let known = self.form.auths.iter().find(|(host, _)| named(host)).map(|(_, auth)| auth);
        let stated = known.map(|auth| self.read(registry, auth)).transpose()?.flatten();
        if let Some(stated) = stated {
            return Ok(stated);
        }
        let store = self.form.creds_store.as_ref().filter(|_| known.is_some());
        match self.form.cred_helpers.get(registry).or(store) {
            Some(helper) => Err(CredentialsError::Helper {
                path: self.path.clone(),
                registry: registry.to_owned(),
                helper: format!("docker-credential-{helper}"),
            }),
            None => Ok(Credentials::Anonymous),
        }
    }

    fn read(&self, registry: &str, auth: &Auth) -> Result<Option<Credentials>, CredentialsError> {
        if let Some(token) = auth.identitytoken.as_ref().filter(|token| !token.is_empty()) {
            return Ok(Some(Credentials::RefreshToken(token.clone())));
        }
        if let (Some(user), Some(password)) = (&auth.username, &auth.password) {
            return Ok(Some(Credentials::Basic { user: user.clone(), password: password.clone() }));
        }
        let Some(text) = auth.auth.as_ref().filter(|text| !text.is_empty()) else { return Ok(None) };
        let decoded = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        match decoded.as_deref().and_then(|pair| pair.split_once(':')) {
            Some((user, password)) => {
                Ok(Some(Credentials::Basic { user: user.to_owned(), password: password.to_owned() }))
            }
            None => Err(CredentialsError::Form {
                path: self.path.clone(),
                at: format!("auths.{registry}.auth"),
                problem: "it is not the base64 of `user:password`".to_owned(),
            }),
        }
    }
}

/// Docker wrote whole URLs in earlier times.
fn bare(host: &str) -> &str {
    let host = host.strip_prefix("https://").or_else(|| host.strip_prefix("http://")).unwrap_or(host);
    host.split('/').next().unwrap_or(host)
}

#[cfg(test)]
mod tests;

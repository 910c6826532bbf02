//! Names of artifacts: `oci://registry[:port]/repository:tag` or `...@sha256:...`.

use std::fmt;
use std::str::FromStr;

use holdfast_rule_set::Digest;

use crate::loopback::is_loopback;

const SCHEME: &str = "oci://";
/// What people call Docker's registry.
pub(super) const DOCKER_HUB: &str = "docker.io";
/// Where it answers.
const DOCKER_HUB_HOST: &str = "registry-1.docker.io";

/// A repository in a registry, such as `oci://registry.contoso.com/rules/select`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Repository {
    registry: String,
    name: String,
}

/// Which manifest of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// A name that may move.
    Tag(String),
    /// This one for ever.
    Digest(Digest),
}

/// An artifact in a repository. With both a tag and a digest, the digest counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Where it lies.
    pub repository: Repository,
    /// Which one it is.
    pub target: Target,
}

/// The text is not a reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a reference to an artifact: {problem}; expected {expected}")]
pub struct ReferenceError {
    text: String,
    problem: &'static str,
    expected: &'static str,
}

impl Repository {
    /// Host and port of the registry.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Name of the repository in its registry.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `http` for a registry on this machine, `https` for every other.
    pub(super) fn origin(&self) -> String {
        let scheme = if self.is_local() { "http" } else { "https" };
        let host = if self.registry == DOCKER_HUB { DOCKER_HUB_HOST } else { &self.registry };
        format!("{scheme}://{host}")
    }

    /// Whether the registry is on this machine.
    pub(super) fn is_local(&self) -> bool {
        is_loopback(host_and_port(&self.registry).0)
    }

    /// The manifest with this digest.
    pub fn at(&self, digest: Digest) -> Reference {
        Reference { repository: self.clone(), target: Target::Digest(digest) }
    }
}

impl FromStr for Repository {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let expected = "`oci://<registry>/<repository>` without a tag or digest";
        let wrong = |problem| ReferenceError { text: text.to_owned(), problem, expected };
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| wrong("it does not begin with `oci://`"))?;
        repository(rest).map_err(wrong)
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let expected = "`oci://<registry>/<repository>:<tag>` or `...@sha256:<64 hexadecimal digits>`";
        let wrong = |problem| ReferenceError { text: text.to_owned(), problem, expected };
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| wrong("it does not begin with `oci://`"))?;
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => {
                (rest, Some(digest.parse().map_err(|_| wrong("its digest is malformed"))?))
            }
            None => (rest, None),
        };
        // A colon before the last slash belongs to the port.
        let (rest, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (rest, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(wrong("its tag is malformed"));
        }
        let target = match (digest, tag) {
            (Some(digest), _) => Target::Digest(digest),
            (None, Some(tag)) => Target::Tag(tag.to_owned()),
            (None, None) => return Err(wrong("it has neither a tag nor a digest")),
        };
        Ok(Self { repository: repository(rest).map_err(wrong)?, target })
    }
}

fn repository(text: &str) -> Result<Repository, &'static str> {
    let (registry, name) = text.split_once('/').ok_or("it has no repository")?;
    let (host, port) = host_and_port(registry);
    let host_fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '[' | ']' | ':');
    if host.is_empty() || !host.chars().all(host_fits) {
        return Err("its registry is malformed");
    }
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err("its port is malformed");
    }
    if name.len() > 255 || !name.split('/').all(is_component) {
        return Err("its repository is malformed (lower-case letters, digits, `.`, `_`, `-` and `/`)");
    }
    Ok(Repository { registry: registry.to_ascii_lowercase(), name: name.to_owned() })
}

/// An address of IPv6 has colons of its own.
fn host_and_port(registry: &str) -> (&str, Option<&str>) {
    match registry.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (registry, None),
    }
}

fn is_component(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(plain)
        && text.ends_with(plain)
        && text.chars().all(|c| plain(c) || matches!(c, '.' | '_' | '-'))
        && !text.contains("..")
}

fn is_tag(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= 128 && text.starts_with(word) && text.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

impl fmt::Display for Repository {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{SCHEME}{}/{}", self.registry, self.name)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::Tag(tag) => write!(formatter, "{}:{tag}", self.repository),
            Target::Digest(digest) => write!(formatter, "{}@{digest}", self.repository),
        }
    }
}

impl fmt::Display for Target {
    /// As in the path of a request.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => formatter.pad(tag),
            Self::Digest(digest) => write!(formatter, "{digest}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn references_are_read_and_written_alike() {
        for text in [
            "oci://registry.contoso.com/rules/select:1.2.0".to_owned(),
            format!("oci://127.0.0.1:5000/select@{DIGEST}"),
            "oci://[::1]:5000/a/b-c_d.e:x".to_owned(),
            "oci://[::1]/a:x".to_owned(),
        ] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        }
        let both: Reference = format!("oci://h/a:1@{DIGEST}").parse().unwrap();
        assert_eq!(both.to_string(), format!("oci://h/a@{DIGEST}"));
        let repository: Repository = "oci://localhost:5000/rules/select".parse().unwrap();
        assert_eq!((repository.registry(), repository.name()), ("localhost:5000", "rules/select"));
        assert_eq!(repository.origin(), "http://localhost:5000");
        let origin = |text: &str| text.parse::<Repository>().unwrap().origin();
        assert_eq!(origin("oci://[::1]:5000/a"), "http://[::1]:5000");
        assert_eq!(origin("oci://[::1]/a"), "http://[::1]");
        assert_eq!(origin("oci://docker.io/contoso/rules"), "https://registry-1.docker.io");
        assert_eq!(origin("oci://registry.contoso.com/a"), "https://registry.contoso.com");
        assert_eq!(origin("oci://localhost.evil.com/a"), "https://localhost.evil.com");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, problem) in [
            ("h/a:1", "`oci://`"),
            ("oci://h/a", "neither a tag nor a digest"),
            ("oci://h:1", "repository"),
            ("oci://h/A:1", "repository is malformed"),
            ("oci://h/../a:1", "repository is malformed"),
            ("oci://h/a/:1", "repository is malformed"),
            ("oci://h:port/a:1", "port"),
            ("oci://user@h/a:1", "digest"),
            ("oci://h h/a:1", "registry"),
            ("oci://h/a:-x", "tag"),
            ("oci://h/a@sha256:12", "digest"),
        ] {
            let error = text.parse::<Reference>().unwrap_err().to_string();
            assert!(error.contains(problem), "{text}: {error}");
        }
        assert!("oci://h/a:1".parse::<Repository>().is_err());
    }
}

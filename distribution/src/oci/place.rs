//! Where a registry may send its callers: to places with https, and to this machine only if it is there itself.
//!
//! A registry elsewhere that names this machine would have us call what listens here for others.

use reqwest::header::{LINK, LOCATION};
use reqwest::{Method, Response, StatusCode};
use url::Url;

use super::error::RegistryError;
use super::reference::Repository;
use super::registry::protocol;
use crate::loopback::is_loopback;

/// Whether the URL is the registry's own. Nobody else is shown who we are.
pub(super) fn is_at(url: &Url, repository: &Repository) -> bool {
    Url::parse(&repository.origin()).is_ok_and(|registry| registry.origin() == url.origin())
}

/// Where to go on, if the answer says so and the request may be made again there.
pub(super) fn redirect(
    answer: &Response,
    method: &Method,
    url: &Url,
    repository: &Repository,
) -> Result<Option<Url>, RegistryError> {
    let follows = match answer.status() {
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => method.is_safe(),
        _ => false,
    };
    let Some(location) = named(answer).filter(|_| follows) else { return Ok(None) };
    let next = url.join(location).map_err(|error| protocol(url.as_str(), &error))?;
    reachable(next, url.as_str(), "redirects to", repository).map(Some)
}

/// Where to upload to.
pub(super) fn upload(answer: &Response, url: &str, repository: &Repository) -> Result<Url, RegistryError> {
    let location = named(answer).ok_or_else(|| protocol(url, &"it names no place to upload to"))?;
    let base = Url::parse(&repository.origin()).map_err(|error| protocol(url, &error))?;
    let place = base.join(location).map_err(|error| protocol(url, &error))?;
    reachable(place, url, "wants the upload at", repository)
}

/// The server that gives tokens.
pub(super) fn token_server(realm: &str, repository: &Repository) -> Result<Url, RegistryError> {
    let url = Url::parse(realm).map_err(|error| protocol(realm, &error))?;
    reachable(url, &repository.origin(), "wants a token of", repository)
}

/// `Link: </v2/.../tags/list?last=x&n=1000>; rel="next"`, followed on the same registry only.
pub(super) fn next_page(answer: &Response, repository: &Repository) -> Option<Url> {
    let link = answer.headers().get(LINK)?.to_str().ok()?;
    let (target, _) = link.split_once('<')?.1.split_once('>')?;
    let base = Url::parse(&repository.origin()).ok()?;
    base.join(target).ok().filter(|next| is_at(next, repository))
}

fn named(answer: &Response) -> Option<&str> {
    answer.headers().get(LOCATION)?.to_str().ok()
}

fn reachable(url: Url, by: &str, verb: &str, repository: &Repository) -> Result<Url, RegistryError> {
    let local = url.host_str().is_some_and(is_loopback);
    let fits = if local { repository.is_local() } else { url.scheme() == "https" };
    if fits && matches!(url.scheme(), "https" | "http") {
        return Ok(url);
    }
    let why = if local { "which is this machine and not the registry's" } else { "which is not https" };
    Err(protocol(by, &format!("it {verb} `{}`, {why}", url.origin().ascii_serialization())))
}

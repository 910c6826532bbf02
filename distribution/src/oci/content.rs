//! Contents of a repository: manifests, layers, tags.

use holdfast_rule_set::Digest;
use reqwest::{Method, StatusCode};
use serde::Deserialize;

use super::body::bounded;
use super::error::RegistryError;
use super::manifest::MOST_BYTES;
use super::place;
use super::reference::{Reference, Repository, Target};
use super::registry::{Access, Call, Registry, below, expect, protocol};

/// Pages of tags that are read; a registry that always names a next one ends here.
const MOST_PAGES: usize = 100;
/// A manifest or an index.
const EITHER: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";
/// Where registries say which manifest they answer with.
const CONTENT_DIGEST: &str = "docker-content-digest";

impl Registry {
    /// The digest that a tag or digest leads to now.
    ///
    /// # Errors
    ///
    /// When there is no such artifact, or the registry can't be asked.
    pub async fn resolve(&self, reference: &Reference) -> Result<Digest, RegistryError> {
        match reference.target {
            Target::Digest(digest) => Ok(digest),
            Target::Tag(_) => match self.stated_digest(reference).await? {
                Some(digest) => Ok(digest),
                None => self.manifest(reference).await.map(|(_, digest)| digest),
            },
        }
    }

    /// What the registry says, without sending it, of the manifest that a tag leads to. Nothing is proven: the
    /// manifest is fetched by this digest before it is used.
    async fn stated_digest(&self, reference: &Reference) -> Result<Option<Digest>, RegistryError> {
        let url = below(&reference.repository, &format!("manifests/{}", reference.target));
        let call = Call::new(Method::HEAD, url.clone()).accept(EITHER);
        let answer = self.call(&reference.repository, Access::Pull, &call).await?;
        // Some registries refuse the method.
        if answer.status() == StatusCode::METHOD_NOT_ALLOWED {
            return Ok(None);
        }
        let answer = expect(answer, &url, "artifact").await?;
        let stated = answer.headers().get(CONTENT_DIGEST).and_then(|value| value.to_str().ok());
        Ok(stated.and_then(|text| text.parse().ok()))
    }

    /// A manifest's bytes and their digest, which is the one asked for.
    pub(super) async fn manifest(&self, reference: &Reference) -> Result<(Vec<u8>, Digest), RegistryError> {
        let url = below(&reference.repository, &format!("manifests/{}", reference.target));
        let call = Call::new(Method::GET, url.clone()).accept(EITHER);
        let answer = self.call(&reference.repository, Access::Pull, &call).await?;
        let answer = expect(answer, &url, "artifact").await?;
        let bytes = bounded(answer, &url, MOST_BYTES).await?;
        let found = Digest::of(&bytes);
        if let Target::Digest(expected) = reference.target {
            same(&url, expected, found)?;
        }
        Ok((bytes, found))
    }

    /// A layer's bytes, of at most `most` bytes, verified against its digest.
    pub(super) async fn blob(
        &self,
        repository: &Repository,
        digest: Digest,
        most: u64,
    ) -> Result<Vec<u8>, RegistryError> {
        let url = below(repository, &format!("blobs/{digest}"));
        let call = Call::new(Method::GET, url.clone());
        let answer = self.call(repository, Access::Pull, &call).await?;
        let answer = expect(answer, &url, "layer").await?;
        let bytes = bounded(answer, &url, most).await?;
        same(&url, digest, Digest::of(&bytes))?;
        Ok(bytes)
    }

    /// Stores a layer unless it is there.
    pub(super) async fn put_blob(
        &self,
        repository: &Repository,
        bytes: &[u8],
    ) -> Result<Digest, RegistryError> {
        let digest = Digest::of(bytes);
        let head = Call::new(Method::HEAD, below(repository, &format!("blobs/{digest}")));
        if self.call(repository, Access::Push, &head).await?.status() == StatusCode::OK {
            return Ok(digest);
        }
        let begin = below(repository, "blobs/uploads/");
        let call = Call::new(Method::POST, begin.clone()).body("application/octet-stream", b"");
        let answer = self.call(repository, Access::Push, &call).await?;
        let answer = expect(answer, &begin, "repository").await?;
        let mut upload = place::upload(&answer, &begin, repository)?;
        upload.query_pairs_mut().append_pair("digest", &digest.to_string());
        let call = Call::new(Method::PUT, upload.to_string()).body("application/octet-stream", bytes);
        let answer = self.call(repository, Access::Push, &call).await?;
        // Where the answer to the first try was lost, the upload is over at the second.
        if answer.status() == StatusCode::NOT_FOUND
            && self.call(repository, Access::Push, &head).await?.status() == StatusCode::OK
        {
            return Ok(digest);
        }
        expect(answer, upload.as_str(), "repository").await?;
        Ok(digest)
    }

    /// Stores a manifest or index, whose layers are there already.
    pub(super) async fn put_manifest(
        &self,
        reference: &Reference,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Digest, RegistryError> {
        let url = below(&reference.repository, &format!("manifests/{}", reference.target));
        let call = Call::new(Method::PUT, url.clone()).body(media_type, bytes);
        let answer = self.call(&reference.repository, Access::Push, &call).await?;
        expect(answer, &url, "repository").await?;
        Ok(Digest::of(bytes))
    }

    /// All tags of a repository, in the registry's order.
    pub(super) async fn tags(&self, repository: &Repository) -> Result<Vec<String>, RegistryError> {
        #[derive(Deserialize)]
        struct Page {
            tags: Option<Vec<String>>,
        }
        let mut url = below(repository, "tags/list?n=1000");
        let mut tags = Vec::new();
        for _ in 0..MOST_PAGES {
            let answer = self.call(repository, Access::Pull, &Call::new(Method::GET, url.clone())).await?;
            let answer = expect(answer, &url, "repository").await?;
            let next = place::next_page(&answer, repository);
            let bytes = bounded(answer, &url, MOST_BYTES).await?;
            let page: Page = serde_json::from_slice(&bytes).map_err(|error| protocol(&url, &error))?;
            tags.extend(page.tags.unwrap_or_default());
            match next {
                Some(next) => url = next.into(),
                None => return Ok(tags),
            }
        }
        Err(protocol(&url, &format!("more than {MOST_PAGES} pages of tags")))
    }
}

fn same(url: &str, expected: Digest, found: Digest) -> Result<(), RegistryError> {
    if expected == found {
        return Ok(());
    }
    Err(RegistryError::Tampered { url: url.to_owned(), expected, found })
}

//! What the account refuses over HTTP because somebody has limited it: what tests place directly is not limited.

use std::collections::{BTreeSet, HashMap};

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::Storage;
use crate::error::Code;
use crate::name::ResourceName;
use crate::parameters::Parameters;
use crate::reply::{Metadata, header_text};

/// Containers and blobs with limits.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    add_only: BTreeSet<String>,
    archived: BTreeSet<(String, String)>,
}

impl Storage {
    /// From now on callers can only read and add blobs there, as with a role that has `blobs/read` and
    /// `blobs/add/action` and neither `blobs/write` nor `blobs/delete`. The container is made, because they cannot.
    ///
    /// `false` if Azure would refuse the name.
    pub fn let_only_add(&self, container: &str) -> bool {
        let Ok(name) = ResourceName::parse(container) else { return false };
        // A container that is there already is as good as a new one.
        let _ = self.containers().create(name, Metadata::new());
        self.limits().add_only.insert(container.to_owned());
        true
    }

    /// From now on the blob cannot be read, as in Azure's archive tier.
    pub fn archive(&self, container: &str, blob: &str) {
        self.limits().archived.insert((container.to_owned(), blob.to_owned()));
    }
}

/// Lets a request through if no limit forbids it.
pub(crate) async fn require(
    State(storage): State<Storage>,
    Path(path): Path<HashMap<String, String>>,
    parameters: Parameters,
    request: Request,
    next: Next,
) -> Response {
    let part = |name: &str| path.get(name).map(String::as_str);
    let refused = part("container").and_then(|container| {
        let call =
            Call { method: request.method(), comp: parameters.text("comp"), headers: request.headers() };
        refusal(&storage, container, part("blob"), &call)
    });
    match refused {
        Some(code) => code.because("a limit that was set on the simulator").into_response(),
        None => next.run(request).await,
    }
}

struct Call<'a> {
    method: &'a Method,
    comp: Option<&'a str>,
    headers: &'a HeaderMap,
}

fn refusal(storage: &Storage, container: &str, blob: Option<&str>, call: &Call<'_>) -> Option<Code> {
    let reads = [Method::GET, Method::HEAD].contains(call.method);
    if let (true, Some(blob)) = (reads, blob) {
        let archived = storage.limits().archived.contains(&(container.to_owned(), blob.to_owned()));
        return archived.then_some(Code::BlobArchived);
    }
    if reads || !storage.limits().add_only.contains(container) {
        return None;
    }
    // Put Blob alone: blocks are staged with the right to write. Azure tells an overwrite by the blob that is there
    // (field: Azure/azure-cli issue 19203).
    let adds = *call.method == Method::PUT && call.comp.is_none();
    match blob {
        Some(blob) if adds && storage.blob(container, blob).is_some() => {
            Some(Code::UnauthorizedBlobOverwrite)
        }
        Some(_) if adds && header_text(call.headers, "if-none-match") == Some("*") => None,
        Some(_) | None => Some(Code::AuthorizationPermissionMismatch),
    }
}

//! Forms that were sent, read only if they are ours: from this site, with the token that we gave.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::{HeaderMap, header};

use super::pairs::Pairs;
use super::trouble::Trouble;
use super::visitor::{FormKey, Visitor};
use crate::problem::Problem;
use crate::setup::Setup;

/// A form that somebody sent who may look at the page.
pub(super) struct Sent {
    pub(super) visitor: Visitor,
    pub(super) fields: Pairs,
}

/// A form of somebody who has not signed in.
pub(super) struct SentByNobody {
    pub(super) fields: Pairs,
    pub(super) headers: HeaderMap,
}

impl FromRequest<Setup> for Sent {
    type Rejection = Trouble;

    async fn from_request(request: Request, setup: &Setup) -> Result<Self, Trouble> {
        let (mut parts, body) = request.into_parts();
        from_here(&parts.headers)?;
        let visitor = Visitor::from_request_parts(&mut parts, setup).await?;
        let fields = read(Request::from_parts(parts, body), setup).await?;
        must_have(&fields, &visitor.token())?;
        Ok(Self { visitor, fields })
    }
}

impl FromRequest<Setup> for SentByNobody {
    type Rejection = Trouble;

    async fn from_request(request: Request, setup: &Setup) -> Result<Self, Trouble> {
        let headers = request.headers().clone();
        from_here(&headers)?;
        let fields = read(request, setup).await?;
        must_have(&fields, &FormKey::of(&headers).token(""))?;
        Ok(Self { fields, headers })
    }
}

async fn read(request: Request, setup: &Setup) -> Result<Pairs, Trouble> {
    let bytes = Bytes::from_request(request, setup).await;
    let bytes = bytes.map_err(|rejection| Problem::bad_request("BodyNotReceived", rejection.body_text()))?;
    Ok(Pairs::read(&bytes))
}

fn must_have(fields: &Pairs, token: &str) -> Result<(), Problem> {
    if fields.get("token") == Some(token) {
        return Ok(());
    }
    Err(Problem::forbidden(
        "FormExpired",
        "this form is from another session; open it again, and send it once more",
    ))
}

/// Every browser says where a form comes from. What does not say so is no browser, and has the API.
fn from_here(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_ours = match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text(header::HOST.as_str())
        }
        (None, None) => false,
    };
    if is_ours {
        return Ok(());
    }
    Err(Problem::forbidden(
        "ForeignForm",
        "this form was not sent from this site; open the page itself, or use the API with application/json",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn came(pairs: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        from_here(&headers).is_ok()
    }

    #[test]
    fn only_a_form_of_this_site_is_taken() {
        assert!(came(&[("sec-fetch-site", "same-origin"), ("host", "a.net")]));
        assert!(came(&[("origin", "https://a.net"), ("host", "a.net")]));
        for bad in [
            &[("sec-fetch-site", "cross-site"), ("origin", "https://a.net"), ("host", "a.net")][..],
            &[("sec-fetch-site", "same-site"), ("host", "a.net")],
            &[("sec-fetch-site", "none"), ("host", "a.net")],
            &[("origin", "https://b.net"), ("host", "a.net")],
            &[("origin", "null"), ("host", "a.net")],
            &[("host", "a.net")],
        ] {
            assert!(!came(bad), "{bad:?}");
        }
    }
}

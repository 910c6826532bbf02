//! Queries of requests, read strictly: a misspelt filter must not look like one that found everything.

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use crate::setup::Setup;

/// Parameters that belong to the host and to clients of Azure, never to a function.
const FOREIGN: [&str; 3] = ["code", "clientId", "api-version"];

/// A query, read.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Setup> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Setup) -> Result<Self, Problem> {
        read(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    let ours = pairs.filter(|(name, _)| !FOREIGN.contains(&name.as_ref()));
    let ours = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(ours).finish();
    let bad = |why: String| Problem::bad_request("BadQuery", format!("the query cannot be read: {why}"));
    let uri = Uri::builder().path_and_query(format!("/?{ours}")).build();
    let uri = uri.map_err(|error| bad(error.to_string()))?;
    let read = axum::extract::Query::<T>::try_from_uri(&uri);
    read.map(|query| query.0).map_err(|error| {
        let text = error.body_text();
        bad(text.rsplit_once("query string: ").map_or(text.clone(), |(_, why)| why.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        status: Option<String>,
        top: Option<u16>,
    }

    #[test]
    fn a_key_in_the_query_is_not_ours_and_a_misspelt_filter_is_refused() {
        let read = |query: &str| super::read::<Filter>(query).map_err(|problem| format!("{problem:?}"));
        let good = Filter { status: Some("a b".to_owned()), top: Some(3) };
        assert_eq!(read("code=s3cret&status=a%20b&api-version=1&top=3"), Ok(good));
        assert!(read("stauts=x").unwrap_err().contains("unknown field `stauts`"));
        let said = read("code=s3cret&top=many").unwrap_err();
        assert!(said.contains("top") && !said.contains("s3cret"), "{said}");
    }
}

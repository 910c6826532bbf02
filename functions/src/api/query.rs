//! Queries of requests, read strictly: a misspelt filter must not look like one that found everything.

use std::fmt::Debug;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};

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
    let is_foreign = |name: &str| FOREIGN.iter().any(|foreign| foreign.eq_ignore_ascii_case(name));
    let ours = pairs.filter(|(name, _)| !is_foreign(name));
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

/// A filter whose values are words that are known.
pub(crate) trait Word: Copy + Debug + 'static {
    /// All of them; each is written as it is named here.
    const ALL: &'static [Self];
}

/// Reads a word in any case. One that nobody knows would find nothing, which looks like an answer.
pub(crate) fn known_word<'de, D: Deserializer<'de>, T: Word>(deserializer: D) -> Result<Option<T>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let is_it = |word: &&T| format!("{word:?}").eq_ignore_ascii_case(&text);
    if let Some(word) = T::ALL.iter().find(is_it) {
        return Ok(Some(*word));
    }
    let known: Vec<String> = T::ALL.iter().map(|word| format!("`{word:?}`")).collect();
    Err(D::Error::custom(format!("unknown value `{text}`, expected one of {}", known.join(", "))))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{Word, known_word};

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Fruit {
        Apple,
        PassionFruit,
    }

    impl Word for Fruit {
        const ALL: &'static [Self] = &[Self::Apple, Self::PassionFruit];
    }

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Basket {
        #[serde(default, deserialize_with = "known_word")]
        fruit: Option<Fruit>,
    }

    #[test]
    fn a_word_is_known_in_any_case_or_refused_with_those_that_are() {
        let read = |query: &str| super::read::<Basket>(query).map_err(|problem| format!("{problem:?}"));
        assert_eq!(read(""), Ok(Basket { fruit: None }));
        assert_eq!(read("fruit=PASSIONfruit"), Ok(Basket { fruit: Some(Fruit::PassionFruit) }));
        let said = read("fruit=Brick").unwrap_err();
        assert!(said.contains("unknown value `Brick`, expected one of `Apple`, `PassionFruit`"), "{said}");
    }

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
        assert_eq!(read("Code=s3cret&status=a%20b&api-version=1&top=3"), Ok(good));
        assert!(read("stauts=x").unwrap_err().contains("unknown field `stauts`"));
        let said = read("code=s3cret&top=many").unwrap_err();
        assert!(said.contains("top") && !said.contains("s3cret"), "{said}");
    }
}

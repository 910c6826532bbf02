//! Long lists in pages. A page ends at a key, not at a number: what is new meanwhile shifts nothing.

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::here::Here;
use super::unread::Unread;
use crate::problem::Problem;

/// What a page holds when the caller does not say.
const USUAL: usize = 100;
/// What a page holds at most.
const MOST: usize = 1000;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page<T: ToSchema> {
    /// The items.
    pub(crate) value: Vec<T>,
    /// Where the next page is; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_link: Option<String>,
    /// What is missing, because it could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unread: Vec<Unread>,
}

/// How much of a list is wanted, and from where on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Cut {
    /// How many items a page has; 100 without it.
    #[param(minimum = 1, maximum = 1000)]
    pub(crate) top: Option<usize>,
    /// Where the page begins, from nextLink of the one before.
    pub(crate) skip_token: Option<String>,
}

/// A part of a list, and the token of the rest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<T> {
    pub(crate) items: Vec<T>,
    pub(crate) rest: Option<String>,
}

impl Cut {
    /// How many items the page may have.
    pub(crate) fn size(&self) -> Result<usize, Problem> {
        match self.top {
            Some(top @ 1..=MOST) => Ok(top),
            Some(top) => {
                let message = format!("`top` is {top}; a page has 1 to {MOST} items");
                Err(Problem::bad_request("BadQuery", message))
            }
            None => Ok(USUAL),
        }
    }

    /// What the next page needs again, of a list without filters.
    pub(crate) fn again(&self) -> Vec<(&'static str, String)> {
        self.top.map(|top| ("top", top.to_string())).into_iter().collect()
    }

    /// Where the page begins, for a list that has places of its own.
    pub(crate) fn place<T: FromStr>(&self) -> Result<Option<T>, Problem> {
        let read = |token: &str| decoded(token)?.parse().map_err(|_| foreign());
        self.skip_token.as_deref().map(read).transpose()
    }

    /// Takes the wanted part of a list that is sorted by `key`, descending. Keys have to differ; a token of a list with
    /// another name is refused.
    pub(crate) fn take<T>(
        &self,
        list: &str,
        sorted: Vec<T>,
        key: impl Fn(&T) -> String,
    ) -> Result<Part<T>, Problem> {
        let top = self.size()?;
        let key_in = |token: &str| {
            let text = decoded(token)?;
            let key = text.strip_prefix(list).and_then(|rest| rest.strip_prefix(' '));
            key.map(str::to_owned).ok_or_else(foreign)
        };
        let after = self.skip_token.as_deref().map(key_in).transpose()?;
        let is_next = |item: &T| after.as_ref().is_none_or(|after| key(item) < *after);
        let mut items: Vec<T> = sorted.into_iter().filter(is_next).collect();
        let more = items.len() > top;
        items.truncate(top);
        let rest =
            items.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(format!("{list} {}", key(last))));
        Ok(Part { items, rest })
    }
}

impl<T> Part<T> {
    /// A page of a list that has places of its own.
    pub(crate) fn until(items: Vec<T>, next: Option<impl Display>) -> Self {
        Self { items, rest: next.map(|next| URL_SAFE_NO_PAD.encode(next.to_string())) }
    }

    /// The same part of other items.
    pub(crate) fn map<U>(self, of: impl FnMut(T) -> U) -> Part<U> {
        Part { items: self.items.into_iter().map(of).collect(), rest: self.rest }
    }
}

impl<T: ToSchema> Page<T> {
    /// The page of a part; `query` holds the filters, which the next page needs again.
    pub(crate) fn of(part: Part<T>, here: &Here, path: &str, query: &[(&str, String)]) -> Self {
        let next_link = part.rest.map(|token| {
            let mut pairs = url::form_urlencoded::Serializer::new(String::new());
            pairs.extend_pairs(query).append_pair("skipToken", &token);
            here.url(&format!("{path}?{}", pairs.finish()))
        });
        Self { value: part.items, next_link, unread: Vec::new() }
    }

    /// The same, which says what it lacks.
    pub(crate) fn without(self, unread: impl IntoIterator<Item: Into<Unread>>) -> Self {
        Self { unread: unread.into_iter().map(Into::into).collect(), ..self }
    }
}

fn decoded(token: &str) -> Result<String, Problem> {
    let text = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(foreign)
}

fn foreign() -> Problem {
    Problem::bad_request("BadQuery", "`skipToken` is not from this list; use nextLink as it was given")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(top: usize, token: Option<&str>) -> Cut {
        Cut { top: Some(top), skip_token: token.map(str::to_owned) }
    }

    #[test]
    fn pages_hold_everything_once_even_if_something_new_comes_first() {
        let key = |n: &u8| format!("{n:03}");
        let first = cut(2, None).take("numbers", vec![5, 4, 3, 2, 1], key).unwrap();
        assert_eq!(first.items, [5, 4]);
        let second = cut(2, first.rest.as_deref()).take("numbers", vec![6, 5, 4, 3, 2, 1], key).unwrap();
        assert_eq!(second.items, [3, 2]);
        let last = cut(2, second.rest.as_deref()).take("numbers", vec![6, 5, 4, 3, 2, 1], key).unwrap();
        assert_eq!(last, Part { items: vec![1], rest: None });
    }

    #[test]
    fn a_page_of_nothing_and_a_token_of_another_are_refused() {
        let other = cut(1, None).take("letters", vec![2, 1], ToString::to_string).unwrap().rest;
        for (top, token) in [(0, None), (1001, None), (5, Some("not base64!")), (5, other.as_deref())] {
            assert!(cut(top, token).take("numbers", vec![1], ToString::to_string).is_err());
        }
    }
}

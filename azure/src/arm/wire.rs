//! Reading answers: exact about where it failed, tolerant of what Azure adds.

use azure_core::http::Url;
use holdfast_protection::AzureError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::transport::{Answer, ArmClient};

/// More pages than any list of Azure Backup has: a list that goes on beyond is taken for a loop.
const MOST_PAGES: usize = 10_000;

/// Reads a JSON answer.
///
/// Where in the answer a mistake is, is found out once there is one: to keep count all along costs more than the reading.
pub(super) fn read<T: DeserializeOwned>(action: &str, answer: &Answer) -> Result<T, AzureError> {
    if let Ok(value) = serde_json::from_slice(&answer.body) {
        return Ok(value);
    }
    let mut json = serde_json::Deserializer::from_slice(&answer.body);
    let fail = |detail: String| AzureError::Unreadable { action: action.to_owned(), detail };
    let value = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| fail(format!("at `{}`: {}", error.path(), error.inner())))?;
    json.end().map_err(|error| fail(error.to_string()))?;
    Ok(value)
}

/// Takes a missing or null field for its default: Azure writes both for "nothing".
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Whether a text is a time; the year 1 stands for "not yet".
#[expect(clippy::ptr_arg, reason = "the signature that `Option::filter` asks for")]
pub(super) fn is_a_time(text: &String) -> bool {
    !text.is_empty() && !text.starts_with("0001-01-01")
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default, deserialize_with = "or_default")]
    value: Vec<Value>,
    #[serde(default)]
    next_link: Option<String>,
}

impl ArmClient {
    /// Every item of a list, following `nextLink` to its end.
    ///
    /// An item that cannot be understood is left out and logged: one new kind must not hide the others.
    pub(super) async fn list<W: DeserializeOwned, T, E: std::fmt::Display>(
        &self,
        action: &str,
        first: Url,
        convert: impl Fn(W) -> Result<T, E>,
    ) -> Result<Vec<T>, AzureError> {
        self.pages(action, first, None, convert, |_| false).await
    }

    /// The same for a list that is asked for with a body; its further pages are asked for with the same one.
    pub(super) async fn list_posted<W: DeserializeOwned, T, E: std::fmt::Display>(
        &self,
        action: &str,
        first: Url,
        body: &Value,
        convert: impl Fn(W) -> Result<T, E>,
    ) -> Result<Vec<T>, AzureError> {
        self.pages(action, first, Some(body), convert, |_| false).await
    }

    /// Whether any item of a list is meant. No page is asked for after one that has such an item.
    pub(super) async fn has<W: DeserializeOwned, E: std::fmt::Display>(
        &self,
        action: &str,
        first: Url,
        is_meant: impl Fn(W) -> Result<bool, E>,
    ) -> Result<bool, AzureError> {
        let found = self.pages(action, first, None, is_meant, |found: &[bool]| found.contains(&true)).await?;
        Ok(found.contains(&true))
    }

    async fn pages<W: DeserializeOwned, T, E: std::fmt::Display>(
        &self,
        action: &str,
        first: Url,
        body: Option<&Value>,
        convert: impl Fn(W) -> Result<T, E>,
        is_enough: impl Fn(&[T]) -> bool,
    ) -> Result<Vec<T>, AzureError> {
        let unreadable = |detail: String| AzureError::Unreadable { action: action.to_owned(), detail };
        let mut items = Vec::new();
        let mut next = Some(first);
        for _ in 0..MOST_PAGES {
            let Some(url) = next.take() else { return Ok(items) };
            let answer = match body {
                Some(body) => self.post(action, url.clone(), body).await?,
                None => self.get(action, url.clone()).await?,
            };
            let page: Page = read(action, &answer)?;
            items.extend(page.value.into_iter().filter_map(|item| understood(action, item, &convert)));
            if is_enough(&items) {
                return Ok(items);
            }
            next = match page.next_link.as_deref().filter(|link| !link.is_empty()) {
                Some(link) => {
                    Some(link.parse().map_err(|error| unreadable(format!("at `nextLink`: {error}")))?)
                }
                None => None,
            };
            if next.as_ref() == Some(&url) {
                return Err(unreadable("its `nextLink` leads back to the same page".to_owned()));
            }
        }
        Err(unreadable(format!("it has more than {MOST_PAGES} pages")))
    }
}

fn understood<W: DeserializeOwned, T, E: std::fmt::Display>(
    action: &str,
    item: Value,
    convert: impl Fn(W) -> Result<T, E>,
) -> Option<T> {
    let id = item.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let problem = match serde_path_to_error::deserialize(item) {
        Ok(wire) => match convert(wire) {
            Ok(item) => return Some(item),
            Err(problem) => problem.to_string(),
        },
        Err(error) => format!("at `{}`: {}", error.path(), error.inner()),
    };
    tracing::warn!(action, id, problem, "left out an item of a list that cannot be understood; report it");
    None
}

//! Reading an answer without trusting its length.

use super::error::RegistryError;
use reqwest::Response;

/// The body, of at most `most` bytes.
pub(super) async fn bounded(mut answer: Response, url: &str, most: u64) -> Result<Vec<u8>, RegistryError> {
    let too_large = || RegistryError::TooLarge { url: url.to_owned(), most };
    if answer.content_length().is_some_and(|length| length > most) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    loop {
        let chunk = answer.chunk().await;
        let chunk = chunk.map_err(|source| RegistryError::Unreachable { url: url.to_owned(), source })?;
        let Some(chunk) = chunk else { return Ok(bytes) };
        if bytes.len() as u64 + chunk.len() as u64 > most {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
}

/// What the answer says of its failure, in one line of bounded length.
pub(super) async fn message(answer: Response, url: &str) -> String {
    const MOST: u64 = 64 * 1024;
    let Ok(bytes) = bounded(answer, url, MOST).await else { return String::new() };
    let json: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
    let errors = json.as_ref().and_then(|json| json.get("errors")).and_then(|errors| errors.as_array());
    let text = match errors {
        Some(errors) => {
            let word = |error: &serde_json::Value, key: &str| {
                error.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
            };
            let texts =
                errors.iter().map(|error| format!("{} {}", word(error, "code"), word(error, "message")));
            texts.collect::<Vec<_>>().join("; ")
        }
        None => String::from_utf8_lossy(&bytes).into_owned(),
    };
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(300).collect()
}

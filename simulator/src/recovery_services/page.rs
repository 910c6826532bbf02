//! Long lists come in pages: at most 200 items each, with a link to the next (official; what `$skipToken` holds is the
//! service's own affair).

use serde_json::{Value, json};

use crate::wire::{Call, Reply, json as body_json};

/// Most items of a page.
const LARGEST: usize = 200;

/// The page of `values` that `call` asks for.
pub(super) fn of(call: &Call, values: Vec<Value>) -> Reply {
    let from = call.parameter("$skipToken").and_then(|token| token.parse().ok()).unwrap_or(0_usize);
    let total = values.len();
    let page: Vec<Value> = values.into_iter().skip(from).take(LARGEST).collect();
    let end = from + page.len();
    let mut body = json!({ "value": page });
    if end < total {
        let others = call.query.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("$skipToken"));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in others {
            query.append_pair(name, value);
        }
        query.append_pair("$skipToken", &end.to_string());
        let link = format!("{}{}?{}", call.base, call.raw_path, query.finish());
        body_json::set(&mut body, &["nextLink"], json!(link));
    }
    Reply::ok(body)
}

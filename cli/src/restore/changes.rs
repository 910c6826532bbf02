//! What a restore changes of what exists, for the question before it.

use anyhow::Result;
use serde_json::Value;
use uuid::Uuid;

use crate::client::Client;
use crate::operation;

/// What is changed, in lines; none where the restore only makes something new.
///
/// The function app says it, by the plan of a dry run. One that does not is believed to change the target.
pub(super) async fn of(client: &Client, body: &Value) -> Result<Vec<String>> {
    if !can_change(body) {
        return Ok(Vec::new());
    }
    let key = Uuid::new_v4().to_string();
    let plan = client.post("/api/restore", &[("dry_run", "true")], body, &key).await?.body;
    Ok(match plan.get("changes") {
        Some(_) => operation::changes(&plan),
        None => vec![target(body).to_owned()],
    })
}

/// Whether a restore of this kind can change what exists: the others refuse a name that is taken.
fn can_change(body: &Value) -> bool {
    let kind = body.pointer("/to/kind").and_then(Value::as_str);
    let patches = body.pointer("/to/conflicts").and_then(Value::as_str) == Some("patch");
    match kind {
        Some("blobs-in-place" | "vm-in-place") => true,
        Some("sql-database" | "hana-database" | "database-files") => {
            body.pointer("/to/overwrite").and_then(Value::as_bool) == Some(true)
        }
        Some("share") => body.pointer("/to/conflicts").and_then(Value::as_str) == Some("overwrite"),
        // Without it, what is there in the cluster is left as it is.
        Some("cluster") => patches,
        Some(_) | None => false,
    }
}

/// Where it restores to: the resource itself, unless another is named.
fn target(body: &Value) -> &str {
    let named = body.pointer("/to/cluster").or_else(|| body.pointer("/to/share")).and_then(Value::as_str);
    named.or_else(|| body.get("resource").and_then(Value::as_str)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_question_is_about_the_target_and_only_where_something_can_change() {
        let cluster = |to: Value| json!({ "resource": "/x/source", "to": to });
        let patched = cluster(json!({ "kind": "cluster", "cluster": "/x/other", "conflicts": "patch" }));
        assert!(can_change(&patched));
        assert_eq!(target(&patched), "/x/other");
        assert!(!can_change(&cluster(json!({ "kind": "cluster", "cluster": "/x/other" }))));
        let account = cluster(json!({ "kind": "blobs-in-place" }));
        assert!(can_change(&account));
        assert_eq!(target(&account), "/x/source");
        assert!(!can_change(&cluster(json!({ "kind": "disk" }))));
    }
}

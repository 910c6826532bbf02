//! A list as the function app answers it, page by page.

use serde_json::Value;

use crate::listing::text;
use crate::words::name;

/// What a list has, and what it lacks.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    pub(crate) items: Vec<Value>,
    /// What could not be read, each once, in a line that says why.
    pub(crate) unread: Vec<String>,
}

impl Listed {
    /// Takes a page; none if it is no page of a list.
    pub(super) fn take(&mut self, page: &mut Value) -> Option<()> {
        let Some(Value::Array(items)) = page.get_mut("value").map(Value::take) else { return None };
        self.items.extend(items);
        // Each page says it anew.
        for line in page.get("unread").and_then(Value::as_array).into_iter().flatten().map(line) {
            if !self.unread.contains(&line) {
                self.unread.push(line);
            }
        }
        Some(())
    }
}

fn line(unread: &Value) -> String {
    let target = text(unread, "target");
    format!("{} could not be read: {}: {}", name(&target), text(unread, "code"), text(unread, "message"))
}

#[test]
fn what_a_list_lacks_is_told_once_for_all_its_pages() {
    let page = |item: u8| {
        serde_json::json!({ "value": [item], "unread": [
            { "target": "/x/backupVaults/bv-1", "code": "AuthorizationFailed", "message": "may not read it" }] })
    };
    let mut listed = Listed::default();
    assert!(listed.take(&mut page(1)).is_some() && listed.take(&mut page(2)).is_some());
    assert_eq!(listed.items, [1, 2]);
    assert_eq!(listed.unread, ["bv-1 could not be read: AuthorizationFailed: may not read it"]);
    assert!(listed.take(&mut serde_json::json!({})).is_none());
}

//! A list as the function app answers it, page by page.

use serde_json::Value;

use crate::exit::Exit;
use crate::listing::text;
use crate::out;
use crate::words::name;

/// What a list has, and what it lacks.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    pub(crate) items: Vec<Value>,
    /// What could not be read, each once, in a line that says why and what to do.
    pub(crate) unread: Vec<String>,
}

impl Listed {
    /// Takes a page; none if it is no page of a list.
    pub(super) fn take(&mut self, page: &mut Value) -> Option<()> {
        let Some(Value::Array(items)) = page.get_mut("value").map(Value::take) else { return None };
        self.items.extend(items);
        // Each page says it anew.
        for line in unread(page) {
            if !self.unread.contains(&line) {
                self.unread.push(line);
            }
        }
        Some(())
    }

    /// What it means that the list is empty, where `usual` is what that means of a whole one.
    pub(crate) fn none<'a>(&self, usual: &'a str) -> &'a str {
        if self.unread.is_empty() { usual } else { "nothing in what could be read" }
    }

    /// Tells what is lacking, and how a command ends that has shown the rest.
    pub(crate) fn end(&self) -> Exit {
        told(&self.unread)
    }
}

/// Tells what could not be read, and how a command ends that has shown the rest.
pub(crate) fn told(unread: &[String]) -> Exit {
    unread.iter().for_each(|line| out::note(line));
    if unread.is_empty() { Exit::Done } else { Exit::Failed }
}

/// What an answer lacks because it could not be read, a line for each.
pub(crate) fn unread(answer: &Value) -> Vec<String> {
    answer.get("unread").and_then(Value::as_array).into_iter().flatten().map(line).collect()
}

fn line(unread: &Value) -> String {
    let (what, target) = (text(unread, "what"), text(unread, "target"));
    let what = if what.is_empty() { name(&target) } else { what.as_str() };
    let (message, way_out) = (text(unread, "message"), text(unread, "wayOut"));
    let way_out = if way_out.is_empty() { way_out } else { format!("; {way_out}") };
    format!("{what} could not be read: {}: {message}{way_out}", text(unread, "code"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_list_lacks_is_told_once_for_all_its_pages() {
        let page = |item: u8| {
            json!({ "value": [item], "unread": [
                { "what": "the jobs of vault bv-1", "target": "/x/backupVaults/bv-1", "code": "AuthorizationFailed",
                  "message": "may not read it", "wayOut": "give the role" }] })
        };
        let mut listed = Listed::default();
        assert!(listed.take(&mut page(1)).is_some() && listed.take(&mut page(2)).is_some());
        assert_eq!(listed.items, [1, 2]);
        let line =
            "the jobs of vault bv-1 could not be read: AuthorizationFailed: may not read it; give the role";
        assert_eq!(listed.unread, [line]);
        assert!(listed.take(&mut json!({})).is_none());
    }

    #[test]
    fn an_empty_list_that_lacks_something_does_not_say_that_there_is_none() {
        let mut part = Listed::default();
        let unread = json!([{ "target": "/x/backupVaults/bv-1", "code": "Throttled", "message": "later" }]);
        assert!(part.take(&mut json!({ "value": [], "unread": unread })).is_some());
        assert_eq!(part.unread, ["bv-1 could not be read: Throttled: later"]);
        assert_eq!((part.none("there is none"), part.end()), ("nothing in what could be read", Exit::Failed));
        let mut whole = Listed::default();
        assert!(whole.take(&mut json!({ "value": [] })).is_some());
        assert_eq!((whole.none("there is none"), whole.end()), ("there is none", Exit::Done));
    }
}

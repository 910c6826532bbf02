//! Functions that make ids of resources.

use serde_json::{Value, json};

use crate::deployments::expression::Scope;
use crate::wire::path::{group_of, subscription_of};

/// What one of these functions gives: nothing where it does not take its arguments. `None` if it is none of these.
pub(super) fn called(scope: &Scope<'_>, name: &str, arguments: &[Value]) -> Option<Option<Value>> {
    if !["resourceid", "subscriptionresourceid", "extensionresourceid", "tenantresourceid"].contains(&name) {
        return None;
    }
    let words: Option<Vec<&str>> = arguments.iter().map(Value::as_str).collect();
    Some(words.and_then(|words| id(scope, name, &words)))
}

/// Everything before the type says where; the type has a name for each of its parts.
fn id(scope: &Scope<'_>, name: &str, words: &[&str]) -> Option<Value> {
    // What an extension extends has strokes too.
    let from = usize::from(name == "extensionresourceid");
    let at = from + words.get(from..)?.iter().position(|word| word.contains('/'))?;
    let (before, after) = words.split_at(at);
    let (kind, names) = after.split_first()?;
    let (namespace, types) = kind.split_once('/')?;
    let types: Vec<&str> = types.split('/').collect();
    if types.len() != names.len() {
        return None;
    }
    let own = subscription_of(scope.id).unwrap_or_default();
    let base = match (name, before) {
        ("tenantresourceid", []) => String::new(),
        ("extensionresourceid", [base]) => base.trim_end_matches('/').to_owned(),
        ("subscriptionresourceid", []) => format!("/subscriptions/{own}"),
        ("subscriptionresourceid", [subscription]) => format!("/subscriptions/{subscription}"),
        ("resourceid", []) => scope.id.to_owned(),
        ("resourceid", [group]) if group_of(scope.id).is_some() => {
            format!("/subscriptions/{own}/resourceGroups/{group}")
        }
        ("resourceid", [subscription]) => format!("/subscriptions/{subscription}"),
        ("resourceid", [subscription, group]) => {
            format!("/subscriptions/{subscription}/resourceGroups/{group}")
        }
        _ => return None,
    };
    let tail: String = types.iter().zip(names).map(|(kind, name)| format!("/{kind}/{name}")).collect();
    Some(json!(format!("{base}/providers/{namespace}{tail}")))
}

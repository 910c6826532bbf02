//! What a call asks for, in the words of role definitions: `Microsoft.Compute/disks/read`.

use axum::http::Method;

use super::ArmPath;

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// No event tells of it.
    Read,
    Write,
    Delete,
    Action,
}

/// What a method does.
pub(crate) fn verb(method: &Method) -> Verb {
    match *method {
        Method::GET | Method::HEAD => Verb::Read,
        Method::DELETE => Verb::Delete,
        Method::POST => Verb::Action,
        _ => Verb::Write,
    }
}

/// The action that a call asks for; none for what is no resource's, such as a query of the graph.
pub(crate) fn of(method: &str, path: &str) -> Option<String> {
    let method = method.parse().ok()?;
    subject(&ArmPath::parse(path)?, verb(&method)).map(|(_, action)| action)
}

/// The resource that a call is about, and the name of the operation.
pub(crate) fn subject(path: &ArmPath, verb: Verb) -> Option<(String, String)> {
    path.subscription()?;
    let word = match verb {
        Verb::Read => "read",
        Verb::Write => "write",
        Verb::Delete => "delete",
        Verb::Action => "action",
    };
    if path.namespace.is_none() {
        let group = path.group().is_some() && path.rest.is_empty();
        return group
            .then(|| (path.id(), format!("Microsoft.Resources/subscriptions/resourceGroups/{word}")));
    }
    match verb {
        Verb::Action => {
            let id = path.id();
            let target = id.rsplit_once('/')?.0.to_owned();
            Some((target, format!("{}/action", kind(path))))
        }
        Verb::Read | Verb::Write | Verb::Delete => {
            Some((path.id(), format!("{}/{word}", path.resource_type())))
        }
    }
}

/// The type as role definitions spell it: regions within a resource group, which restores across regions go to, have a
/// longer one there (built-in role Backup Operator).
fn kind(path: &ArmPath) -> String {
    let kind = path.resource_type();
    match (path.group(), kind.split_once("/locations/")) {
        (Some(_), Some((namespace, below))) if path.is(0, "locations") => {
            format!("{namespace}/subscriptions/resourceGroups/providers/locations/{below}")
        }
        _ => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn actions_are_spelled_as_in_role_definitions() {
        let group = "/subscriptions/s/resourceGroups/g";
        let vault = format!("{group}/providers/Microsoft.DataProtection/backupVaults/v");
        let action = |method: &str, path: &str| of(method, path).unwrap_or_default();
        assert_eq!(
            action("POST", &format!("{vault}/backupInstances/i/stopProtection")),
            "Microsoft.DataProtection/backupVaults/backupInstances/stopProtection/action"
        );
        assert_eq!(action("PUT", group), "Microsoft.Resources/subscriptions/resourceGroups/write");
        assert_eq!(
            action(
                "POST",
                &format!("{group}/providers/Microsoft.DataProtection/locations/l/crossRegionRestore")
            ),
            "Microsoft.DataProtection/subscriptions/resourceGroups/providers/locations/crossRegionRestore/action"
        );
        assert_eq!(of("POST", "/providers/Microsoft.ResourceGraph/resources"), None);
    }
}

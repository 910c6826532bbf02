//! Names of what a restore makes, checked by Azure's rules before any call.

use crate::impossible::Impossible;

/// Managed disks.
pub(super) fn disk(name: &str) -> Result<(), Impossible> {
    of_compute("disk", 80, name)
}

/// Virtual machines.
pub(super) fn machine(name: &str) -> Result<(), Impossible> {
    of_compute("virtual machine", 64, name)
}

/// Letters, digits, `_`, `-`, `.`; the first a letter or digit, the last no `-` or `.`.
fn of_compute(what: &str, longest: usize, name: &str) -> Result<(), Impossible> {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let good = (1..=longest).contains(&name.len())
        && name.chars().all(inner)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let rule = format!("1 to {longest} letters, digits, `_`, `-` and `.`, beginning with a letter or digit");
    checked(good, what, name, &rule)
}

/// Blob containers: 3 to 63 lower-case letters, digits and single dashes. Those of the system begin with `$`.
pub(super) fn container(name: &str) -> Result<(), Impossible> {
    if name.starts_with('$') {
        return Err(Impossible::new(
            "UserErrorIncorrectContainersSelectedForOperation",
            format!("`{name}` is a container of the system, which Azure Backup does not restore"),
            "leave it out",
        ));
    }
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good = (3..=63).contains(&name.len())
        && name.chars().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--");
    checked(good, "blob container", name, "3 to 63 lower-case letters, digits and single dashes")
}

/// Databases of PostgreSQL: 1 to 63 characters, none that an ARM id or a quoted name could be broken by.
pub(super) fn database(name: &str) -> Result<(), Impossible> {
    const SYSTEM: [&str; 5] = ["azure_maintenance", "azure_sys", "postgres", "template0", "template1"];
    if SYSTEM.iter().any(|system| system.eq_ignore_ascii_case(name)) {
        return Err(Impossible::new(
            "UserErrorDatabaseNameAlreadyInUse",
            format!("every PostgreSQL server has a database `{name}` of its own"),
            "give the restored database a new name",
        ));
    }
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let good = (1..=63).contains(&name.len())
        && name.chars().all(inner)
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    checked(good, "database", name, "1 to 63 letters, digits, `_` and `-`, beginning with a letter or `_`")
}

/// Kubernetes namespaces: DNS labels, and none of those that are never backed up.
pub(super) fn namespace(name: &str) -> Result<(), Impossible> {
    const NEVER: [&str; 3] = ["kube-system", "kube-node-lease", "kube-public"];
    if NEVER.contains(&name) {
        return Err(Impossible::new(
            "UserErrorNamespaceNotFound",
            format!("namespace `{name}` is never backed up, and nothing is restored into it"),
            "leave it out",
        ));
    }
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good = (1..=63).contains(&name.len())
        && name.chars().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-');
    checked(good, "namespace", name, "1 to 63 lower-case letters, digits and dashes")
}

fn checked(good: bool, what: &str, name: &str, rule: &str) -> Result<(), Impossible> {
    if good {
        return Ok(());
    }
    let shown: String = name.chars().take(100).collect();
    Err(Impossible::new(
        "NameNotUsable",
        format!("`{shown}` cannot be the name of a {what}"),
        format!("use {rule}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_azures_rules() {
        for good in ["d", "data-disk_1.2", "0"] {
            assert_eq!(disk(good), Ok(()), "{good}");
        }
        for bad in ["", "-d", "d-", "a/b", "ö", &"d".repeat(81)] {
            assert!(disk(bad).is_err(), "{bad}");
        }
        for bad in ["ab", "A-b-c", "a--b", "-abc", "abc-", "$web", "$root"] {
            assert!(container(bad).is_err(), "{bad}");
        }
        assert_eq!(container("logs-2026"), Ok(()));
        for bad in ["", "postgres", "Template1", "1db", "a b", "a;drop"] {
            assert!(database(bad).is_err(), "{bad}");
        }
        assert_eq!(database("orders_restored-1"), Ok(()));
        assert!(namespace("kube-system").is_err() && namespace("Shop").is_err());
        assert_eq!(namespace("shop"), Ok(()));
    }
}

//! On-demand backup: by which rule of the instance's policy, and kept by which.

use crate::impossible::Impossible;
use crate::policy::Policy;

/// The backup rule to run by, and the retention rule that is named for it.
///
/// Without a `rule`, the only one of the policy; without a `retention`, the policy's default.
pub(crate) fn choose(
    policy: &Policy,
    rule: Option<&str>,
    retention: Option<&str>,
) -> Result<(String, Option<String>), Impossible> {
    Ok((backup_rule(policy, rule)?, retention_rule(policy, retention)?))
}

fn backup_rule(policy: &Policy, wanted: Option<&str>) -> Result<String, Impossible> {
    let names: Vec<&str> = policy.backup.iter().map(|rule| rule.name.as_str()).collect();
    match (wanted, names.as_slice()) {
        (_, []) => Err(Impossible::new(
            "NoBackupRule",
            format!(
                "backup policy `{}` backs up continuously and has no rule that takes a backup",
                policy.name
            ),
            "continuous backup of blobs takes no backups on demand: restore to any moment instead",
        )),
        (None, [only]) => Ok((*only).to_owned()),
        (None, several) => Err(Impossible::new(
            "BackupRuleNotNamed",
            format!("backup policy `{}` has several backup rules", policy.name),
            format!("name one of {}", several.join(", ")),
        )),
        (Some(wanted), names) => match names.iter().find(|name| name.eq_ignore_ascii_case(wanted)) {
            Some(name) => Ok((*name).to_owned()),
            None => Err(Impossible::new(
                "BMSUserErrorDPPAdhocBackupNotAllowedForBackupType",
                format!("backup policy `{}` has no backup rule `{wanted}`", policy.name),
                format!("name one of {}", names.join(", ")),
            )),
        },
    }
}

fn retention_rule(policy: &Policy, wanted: Option<&str>) -> Result<Option<String>, Impossible> {
    let Some(wanted) = wanted else { return Ok(None) };
    let names: Vec<&str> = policy.retention.iter().map(|rule| rule.name.as_str()).collect();
    match names.iter().find(|name| name.eq_ignore_ascii_case(wanted)) {
        Some(name) => Ok(Some((*name).to_owned())),
        None => Err(Impossible::new(
            "RetentionRuleNotFound",
            format!("backup policy `{}` has no retention rule `{wanted}`", policy.name),
            format!("name one of {}", names.join(", ")),
        )),
    }
}

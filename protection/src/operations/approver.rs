//! Who may agree to what waits for a second person.

use holdfast_evaluator::OperationKind;

use crate::impossible::Impossible;

pub use holdfast_evaluator::APPROVING_ROLES;

/// The role of who may only look, as callers have it.
pub const READER: &str = "reader";
/// The role of who may restore.
const RESTORER: &str = "restorer";
/// The role of who may do what is no restore.
const OPERATOR: &str = "operator";
/// The role of who may do everything.
const ADMIN: &str = "admin";

/// Roles of which whoever answers must have one: those that the rules name, or, where they name none, those that may do
/// the operation.
///
/// Who may only read agrees to nothing, even where the rules name that role.
pub fn approver_roles(kind: OperationKind, named: &[String]) -> Vec<String> {
    let named = named.iter().filter(|role| !role.eq_ignore_ascii_case(READER));
    let named: Vec<String> = named.cloned().collect();
    if named.is_empty() { [doer(kind), ADMIN].map(str::to_owned).to_vec() } else { named }
}

/// Why nobody can agree to what takes one of these roles; none if callers can have one of them.
///
/// Whether somebody has it is not known here: roles are given by settings.
pub fn nobody_can_approve(roles: &[String]) -> Option<Impossible> {
    let can_be_had = |role: &String| APPROVING_ROLES.iter().any(|known| known.eq_ignore_ascii_case(role));
    if roles.iter().any(can_be_had) {
        return None;
    }
    let named: Vec<String> = roles.iter().map(|role| format!("`{role}`")).collect();
    Some(Impossible::new(
        "NobodyCanApprove",
        format!("no caller can have the role {}, so nobody can approve it", named.join(" or ")),
        format!(
            "let the rule that wants it approved, or `approver-roles` in `[review]` of the rule set, name one of {}",
            APPROVING_ROLES.join(", ")
        ),
    ))
}

/// The role that an operation takes, beside that of an admin.
const fn doer(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Restore => RESTORER,
        OperationKind::Backup
        | OperationKind::StopAndRetain
        | OperationKind::StopAndDelete
        | OperationKind::Suspend
        | OperationKind::Resume
        | OperationKind::ChangePolicy => OPERATOR,
    }
}

/// Whether two ids of callers are those of one: the ids of principals come in any case.
pub fn is_same_caller(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

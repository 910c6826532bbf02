//! Who may agree to what waits for a second person.

use holdfast_evaluator::OperationKind;

/// The role of who may only look, as callers have it.
pub const READER: &str = "reader";
/// The role of who may restore.
const RESTORER: &str = "restorer";
/// The role of who may do what is no restore.
const OPERATOR: &str = "operator";
/// The role of who may do everything.
const ADMIN: &str = "admin";

/// The roles that count for whoever answers.
pub const APPROVING_ROLES: [&str; 3] = [OPERATOR, RESTORER, ADMIN];

/// Roles of which whoever answers must have one: those that the rules name, or, where they name none, those that may do
/// the operation.
///
/// Who may only read agrees to nothing, even where the rules name that role.
pub fn approver_roles(kind: OperationKind, named: &[String]) -> Vec<String> {
    let named = named.iter().filter(|role| !role.eq_ignore_ascii_case(READER));
    let named: Vec<String> = named.cloned().collect();
    if named.is_empty() { [doer(kind), ADMIN].map(str::to_owned).to_vec() } else { named }
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

//! Why an assignment was not imported.

use crate::{Audit, Builtin};

/// Why an assignment was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Not JSON.
    #[error("{what} is not JSON")]
    Json {
        /// What was read.
        what: &'static str,
        /// Cause.
        source: serde_json::Error,
    },
    /// JSON of another form.
    #[error("{what}: {message}")]
    Form {
        /// What was read, or which assignment.
        what: String,
        /// What is wrong, and the way out.
        message: String,
    },
    /// Not a definition that protects data.
    #[error(
        "assignment `{assignment}`: definition `{definition}` is not one of the built-in policies that \
         protect data; supported are:\n{}",
        supported()
    )]
    Unsupported {
        /// Name of the assignment.
        assignment: String,
        /// What it assigns.
        definition: String,
    },
    /// A definition that only looks.
    #[error(
        "assignment `{assignment}`: {} only looks, and no rule stands for it. It finds {}", .audit.title, .audit.finds
    )]
    Audit {
        /// Name of the assignment.
        assignment: String,
        /// What it assigns.
        audit: &'static Audit,
    },
    /// An initiative whose members are not known.
    #[error(
        "assignment `{assignment}` assigns the initiative `{initiative}`, whose members it does not show; \
         give the initiative too (`az policy set-definition show --name {}`)", last(.initiative)
    )]
    Initiative {
        /// Name of the assignment.
        assignment: String,
        /// Id of the initiative.
        initiative: String,
    },
    /// A parameter without a value.
    #[error(
        "assignment `{assignment}`: parameter `{parameter}` has no value, and {builtin} has no default for it"
    )]
    Missing {
        /// Name of the assignment.
        assignment: String,
        /// Name of the parameter.
        parameter: &'static str,
        /// The definition.
        builtin: &'static Builtin,
    },
    /// A parameter that the definition does not have.
    #[error("assignment `{assignment}`: {builtin} has no parameter `{parameter}`; it has {}", .builtin.parameter_names())]
    Unknown {
        /// Name of the assignment.
        assignment: String,
        /// Name of the parameter.
        parameter: String,
        /// The definition.
        builtin: &'static Builtin,
    },
    /// A value that does not fit.
    #[error("assignment `{assignment}`: parameter `{parameter}` is {found}, expected {expected}")]
    Value {
        /// Name of the assignment.
        assignment: String,
        /// Name of the parameter.
        parameter: String,
        /// The value.
        found: String,
        /// What would fit.
        expected: String,
    },
    /// An expression that only Azure can work out.
    #[error(
        "assignment `{assignment}`: {at} is the expression `{expression}`, which {why}; import the assignment \
         as it is deployed (`az policy assignment show --name {assignment}`)"
    )]
    Expression {
        /// Name of the assignment.
        assignment: String,
        /// What holds it.
        at: String,
        /// The expression.
        expression: String,
        /// Why it has no value here.
        why: String,
    },
    /// A scope that no id tells.
    #[error(
        "assignment `{assignment}`: {at} names the management group `{group}`, and a resource's id does not show \
         its management group; say which subscriptions are in it (`--management-group {group}=SUBSCRIPTION,...`)"
    )]
    ManagementGroup {
        /// Name of the assignment.
        assignment: String,
        /// `scope` or `notScopes`.
        at: &'static str,
        /// The management group.
        group: String,
    },
}

fn supported() -> String {
    let lines = Builtin::all().iter().map(|builtin| format!("  {}  {}", builtin.id, builtin.title));
    lines.collect::<Vec<_>>().join("\n")
}

fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

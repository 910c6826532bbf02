//! Turns assignments of Azure Policy's built-in backup policies into rule bindings.
//!
//! [`read`] finds the assignments in what ARM, the Azure CLI, PowerShell, EPAC or a template shows, [`import()`] turns
//! each of them into a [`Binding`] of the shipped rule `conditions` that selects the same resources,
//! [`Binding::to_toml`] writes it, and [`append`] adds it to a rule set. No I/O happens here.
//!
//! Fourteen definitions protect data and are known, see [`Builtin::all`]; of those that only look, [`Audit`] says what they would find. What Azure Policy would do
//! differently stands in the comments of the binding. Azure Policy's exemptions are resources of
//! their own, which an assignment does not show: they have to be carried over by hand.

mod assignment;
mod audit;
mod binding;
mod builtin;
mod epac;
mod error;
mod expression;
mod image;
mod import;
mod initiative;
mod parameter;
mod powershell;
mod rule_set;
mod scope;
mod selector;
mod toml_text;
mod vault_policy;

pub use assignment::{Assignment, read};
pub use audit::Audit;
pub use binding::{Binding, Condition, Expected, Protect};
pub use builtin::Builtin;
pub use error::ImportError;
pub use holdfast_rule_set::Mode;
pub use import::{Imported, Options, import};
pub use initiative::Initiative;
pub use rule_set::append;
pub use scope::Scope;

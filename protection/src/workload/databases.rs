//! Which databases a decision means.

use holdfast_evaluator::Items;

/// Why a decision leaves out a database, if it does; `is_it` says whether a name means that database.
pub(super) fn left_out(decided: Option<&Items<String>>, is_it: impl Fn(&str) -> bool) -> Option<String> {
    let is_in = |names: &[String]| names.iter().any(|name| is_it(name));
    match decided? {
        Items::All => None,
        Items::Named(names) => {
            (!is_in(names)).then(|| format!("the rules include only these databases: {}", names.join(", ")))
        }
        Items::AllBut(names) => {
            is_in(names).then(|| format!("the rules leave out these databases: {}", names.join(", ")))
        }
    }
}

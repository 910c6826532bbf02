//! Microsoft.ResourceGraph: a subset of its query language over a lagging copy of the estate.

mod expression;
mod function;
mod lexer;
mod numbered;
mod page;
mod parser;
mod pipeline;
mod place;
mod provider;
mod query;
mod row;
mod syntax;
mod value;

pub(crate) use provider::ResourceGraph;
pub(crate) use row::refresh;

/// Whether Resource Graph here takes this query.
pub fn reads_query(text: &str) -> bool {
    parser::parse(text).is_ok()
}

/// The namespace as Azure spells it.
pub(crate) const NAMESPACE: &str = "Microsoft.ResourceGraph";

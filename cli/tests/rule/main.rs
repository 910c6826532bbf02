//! `holdfast rule` as an author meets it: the real binary over good and bad input.

mod author;
mod bad_input;
mod caching;
mod cases;
mod check;
mod compiling;
mod documents;
mod forge;
#[path = "../../../rules/shipped.rs"]
mod shipped_rules;
mod slow;
mod stage;
mod telling;
mod watching;

//! `holdfast rule` as an author meets it: the real binary over good and bad input.

mod author;
mod bad_input;
mod cases;
mod check;
mod forge;
mod stage;
mod telling;

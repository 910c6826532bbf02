//! What a view is made of.

use crate::cell::{Cell, Tone};
use crate::chart::{Bar, Line};
use crate::form::Form;
use crate::html::{Pager, Section, Table};

/// A part of a view.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A sentence.
    Notice(Notice),
    /// Names and values.
    Facts(Section<Vec<Fact>>),
    /// Rows.
    Table(Section<Table>),
    /// What happened, in order.
    Timeline(Section<Vec<Event>>),
    /// How much of each is done.
    Bars(Section<Vec<Bar>>),
    /// A line over days.
    Line(Section<Line>),
    /// A form.
    Form(Form),
    /// Words that lead elsewhere.
    Links(Vec<Cell>),
    /// Where a list goes on.
    Pager(Pager),
}

/// A sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How it is meant.
    pub tone: Tone,
    /// The sentence.
    pub text: Cell,
}

/// A name with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The name.
    pub name: String,
    /// The values.
    pub values: Vec<Cell>,
}

impl Fact {
    /// A name with one value.
    pub fn new(name: &str, value: Cell) -> Self {
        Self { name: name.to_owned(), values: vec![value] }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Cell,
    /// What, in a word.
    pub what: Cell,
    /// What is to be known of it.
    pub lines: Vec<Cell>,
}

impl Block {
    /// A sentence.
    pub fn notice(tone: Tone, text: &str) -> Self {
        Self::Notice(Notice { tone, text: Cell::whole(text) })
    }

    /// Names and values under a heading.
    pub fn facts(title: &str, facts: Vec<Fact>) -> Self {
        Self::Facts(Section::of(title, facts))
    }

    /// Rows under a heading.
    pub fn table(title: &str, table: Table) -> Self {
        Self::Table(Section::of(title, table))
    }
}

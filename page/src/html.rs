//! The HTML of a view.

use askama::Template;

use crate::address::{ROOT, address};
use crate::block::Block;
use crate::cell::{Cell, Tone};
use crate::form::FieldKind;

/// A view, ready to be written.
#[derive(Template)]
#[template(path = "page.html")]
pub struct Page {
    /// Its title.
    pub title: String,
    /// Which part of the navigation it belongs to, such as `resources`.
    pub part: &'static str,
    /// Who looks at it; none before anybody has signed in.
    pub who: Option<String>,
    /// The token of the form that signs out; none where there is no such form.
    pub sign_out: Option<String>,
    /// Whether something on it is under way, so that it is worth looking again.
    pub is_live: bool,
    /// What has been searched for.
    pub searched: String,
    /// The first sentence.
    pub lead: Option<Lead>,
    /// What it is made of.
    pub blocks: Vec<Block>,
    /// Revision of style and script.
    pub revision: &'static str,
    /// The style sheet itself, for a page that is a file of its own.
    pub inline: Option<&'static str>,
}

/// The first sentence of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// The sentence.
    pub sentence: String,
    /// How it is meant.
    pub tone: Tone,
    /// What stands below it.
    pub below: Vec<Cell>,
}

/// Something under a heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Section<T> {
    /// The heading.
    pub title: String,
    /// What is to be known of it, in a line.
    pub about: Option<Cell>,
    /// Whether it takes the whole width.
    pub is_wide: bool,
    /// The thing.
    pub of: T,
}

/// Rows with names above.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<Column>,
    /// The rows; each has a cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// What is said where there are no rows.
    pub empty: String,
}

/// A column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The same list in its order; none where it is not sorted by it.
    pub sort: Option<String>,
    /// Whether the list is in its order now.
    pub is_sorted: bool,
}

/// Where a list goes on, and how else it can be had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pager {
    /// Back to its beginning.
    pub first: Option<String>,
    /// The next page.
    pub next: Option<String>,
    /// The same as CSV.
    pub csv: Option<String>,
    /// The same as JSON.
    pub json: Option<String>,
}

impl<T> Section<T> {
    /// Something under a heading.
    pub fn of(title: &str, of: T) -> Self {
        Self { title: title.to_owned(), about: None, is_wide: true, of }
    }

    /// The same with a line about it.
    #[must_use]
    pub fn about(self, about: Cell) -> Self {
        Self { about: Some(about), ..self }
    }

    /// The same, half as wide where there is room.
    #[must_use]
    pub fn narrow(self) -> Self {
        Self { is_wide: false, ..self }
    }
}

impl Table {
    /// The name of the column at a place; templates hand numbers over by reference.
    fn name(&self, place: &usize) -> &str {
        self.columns.get(*place).map_or("", |column| column.name.as_str())
    }
}

impl Column {
    /// Columns of these names.
    pub fn named(names: &[&str]) -> Vec<Self> {
        names.iter().map(|name| Self { name: (*name).to_owned(), ..Self::default() }).collect()
    }
}

/// The parts of the navigation: name in addresses, name for people.
const PARTS: [(&str, &str); 8] = [
    ("", "Overview"),
    ("resources", "Resources"),
    ("failures", "Failures"),
    ("jobs", "Jobs"),
    ("operations", "Operations"),
    ("approvals", "Approvals"),
    ("rules", "Rules"),
    ("vaults", "Vaults"),
];

impl Page {
    /// A view without anything on it yet.
    pub fn new(title: &str, part: &'static str) -> Self {
        Self {
            title: crate::text::cut(&crate::clean(title), 120).0,
            part,
            who: None,
            sign_out: None,
            is_live: false,
            searched: String::new(),
            lead: None,
            blocks: Vec::new(),
            revision: REVISION,
            inline: None,
        }
    }

    /// The same with more on it.
    #[must_use]
    pub fn with(mut self, blocks: impl IntoIterator<Item = Block>) -> Self {
        self.blocks.extend(blocks);
        self
    }

    /// The same, which is looked at again while something is under way.
    #[must_use]
    pub fn live(self, is_live: bool) -> Self {
        Self { is_live, ..self }
    }

    /// The same as a file of its own: style inside, no script, no navigation.
    #[must_use]
    pub fn as_file(self) -> Self {
        Self { inline: Some(crate::STYLE), ..self }
    }

    /// Its HTML.
    pub fn html(&self) -> String {
        // Writing to a string does not fail.
        self.render().unwrap_or_else(|error| format!("the page cannot be written: {error}"))
    }

    fn parts(&self) -> Vec<(String, &'static str, bool)> {
        PARTS.iter().map(|(part, name)| (address(part, &[]), *name, *part == self.part)).collect()
    }

    fn root(&self) -> &'static str {
        ROOT
    }
}

/// Changes with style and script, so that no browser keeps an old one.
const REVISION: &str = env!("CARGO_PKG_VERSION");

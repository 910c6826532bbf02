//! The page: views as values, and the HTML of them.
//!
//! A view is a list of [`Block`]s under a heading. Every block looks alike wherever it stands, every text is escaped by the
//! template, and no view holds more rows than its maker put into it. Nothing here reads or writes anything.

mod address;
mod block;
mod cell;
mod chart;
mod form;
mod html;
mod mail;
mod moment;
mod overview;
mod text;

pub use address::{ROOT, address};
pub use block::{Block, Event, Fact, Notice};
pub use cell::{Cell, Tone};
pub use chart::{Bar, Line};
pub use form::{Choice, Field, FieldKind, Form};
pub use html::{Column, Lead, Page, Pager, Section, Table};
pub use mail::mail;
pub use moment::{ago, lasting};
pub use overview::{days_to_protection, overview, report_page, shadow_days};
pub use text::{clean, cut};

/// The style sheet.
pub const STYLE: &str = include_str!("../assets/style.css");
/// The script: it looks again while something is under way. The page works without it.
pub const SCRIPT: &str = include_str!("../assets/live.js");
/// The icon.
pub const ICON: &str = include_str!("../assets/icon.svg");

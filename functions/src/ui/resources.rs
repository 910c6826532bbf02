//! `GET /api/ui/resources`: lists of resources, each with an address of its own.

use axum::response::Response;
use holdfast_page::{
    Block, Cell, Choice, Column, Field, FieldKind, Page, Pager, Section, Table, Tone, address,
};
use holdfast_protection::sweep::Line;
use holdfast_report::{Filter, Order, Place, State};

use super::answer::{lacking, none_of, shown};
use super::pairs::Pairs;
use super::trouble::Trouble;
use super::visitor::Visitor;
use crate::api::report::{as_csv as csv_answer, note, rows};
use crate::problem::Problem;
use crate::reports::{self, Listed};

/// Rows of a page.
const ROWS: usize = 50;
/// Rows of a CSV file.
const MOST: usize = 100_000;
/// What a list is narrowed down by.
const FILTERS: [&str; 9] =
    ["state", "workload", "subscription", "region", "tag", "rule", "shadow", "reason", "name"];

/// A page of the list.
pub(super) async fn view(visitor: Visitor, query: Pairs) -> Result<Response, Trouble> {
    let (filter, order) = wanted(&query)?;
    let from = place(&query)?;
    let made = reports::current(&visitor.app).await?;
    let Listed { lines, next } = reports::list(&visitor.app, &made, &filter, order, ROWS, from).await?;
    let states = states(&query);
    let table = Table {
        columns: columns(&query, order),
        rows: lines.iter().map(row).collect(),
        empty: match (&made.run, next.is_some()) {
            (None, _) => "the first sweep has not ended yet".to_owned(),
            (Some(_), true) => "nothing here yet; the next page looks further".to_owned(),
            (Some(_), false) => none_of(made.lacks.is_none(), "nothing fits").to_owned(),
        },
    };
    let pager = Pager {
        first: (from != Place::default()).then(|| again(&query, "resources", &[])),
        next: next.map(|next| again(&query, "resources", &[("from", &next.to_string())])),
        csv: Some(again(&query, "resources.csv", &[])),
        json: None,
    };
    let title = filter.state.map_or("Resources", State::in_words);
    let section = Section::of(title, table);
    let section = match narrowed(&query) {
        text if text.is_empty() => section,
        text => section.about(Cell::text(&text)),
    };
    let page = Page::new("Resources", "resources").with(lacking(&made.lacks)).with([
        Block::Links(states),
        Block::Table(section),
        Block::Pager(pager),
    ]);
    let page = Page { searched: query.owned("name").unwrap_or_default(), ..page };
    Ok(shown(&visitor, page))
}

/// The whole list as CSV.
pub(super) async fn as_csv(visitor: Visitor, query: Pairs) -> Result<Response, Trouble> {
    let (filter, order) = wanted(&query)?;
    let made = reports::current(&visitor.app).await?;
    let (mut lines, mut place) = (Vec::new(), Some(Place::default()));
    while let Some(from) = place.filter(|_| lines.len() < MOST) {
        let listed = reports::list(&visitor.app, &made, &filter, order, MOST - lines.len(), from).await?;
        lines.extend(listed.lines);
        place = listed.next;
    }
    let lacks = made.lacks.as_deref().map(note).unwrap_or_default();
    Ok(csv_answer("resources", file(&lines, place.is_some()) + &lacks))
}

/// The file; in one that is cut, the last row says so: a file that is opened later has no other place for it.
fn file(lines: &[Line], is_cut: bool) -> String {
    let mut file = rows(lines);
    if is_cut {
        let said = format!(
            "the list goes on: these are its first {MOST} rows. Narrow it down, or take each page of \
             /api/report/targets?format=csv"
        );
        file.push_str(&note(&said));
    }
    file
}

fn wanted(query: &Pairs) -> Result<(Filter, Order), Problem> {
    let state = query.get("state").map(str::parse::<State>).transpose();
    let tag = query.get("tag").and_then(|tag| tag.split_once('='));
    let filter = Filter {
        state: state.map_err(|bad| Problem::bad_request("BadQuery", bad))?,
        workload: query.owned("workload"),
        subscription: query.owned("subscription"),
        region: query.owned("region"),
        rule: query.owned("rule"),
        tag: tag.map(|(name, value)| (name.to_owned(), value.to_owned())),
        shadow: query.owned("shadow"),
        reason: query.owned("reason"),
        name: query.owned("name"),
    };
    let order = if query.get("sort") == Some("id") { Order::Id } else { Order::Worst };
    Ok((filter, order))
}

fn place(query: &Pairs) -> Result<Place, Problem> {
    let place = query.get("from").map(str::parse::<Place>).transpose();
    let bad =
        |_| Problem::bad_request("BadQuery", "`from` is not a place in this list; begin at its first page");
    Ok(place.map_err(bad)?.unwrap_or_default())
}

/// The address of this list, with these changes.
fn again(query: &Pairs, view: &str, changes: &[(&str, &str)]) -> String {
    let kept =
        FILTERS.iter().chain(&["sort"]).filter(|name| !changes.iter().any(|(changed, _)| changed == *name));
    let mut pairs: Vec<(&str, &str)> = kept.filter_map(|name| Some((*name, query.get(name)?))).collect();
    pairs.extend(changes);
    address(view, &pairs)
}

fn states(query: &Pairs) -> Vec<Cell> {
    let chosen = query.get("state").unwrap_or_default();
    let choice = |value: &str, label: &str| {
        let cell = Cell::text(label);
        if value == chosen { cell } else { cell.to(again(query, "resources", &[("state", value)])) }
    };
    let states = State::ALL.into_iter().map(|state| choice(state.as_str(), state.in_words()));
    std::iter::once(choice("", "all")).chain(states).collect()
}

fn columns(query: &Pairs, order: Order) -> Vec<Column> {
    let mut columns = Column::named(&["Resource", "State", "Workload", "Region", "Subscription", "Rules"]);
    for (column, (name, wanted)) in columns.iter_mut().zip([("id", Order::Id), ("worst", Order::Worst)]) {
        column.sort = Some(again(query, "resources", &[("sort", name)]));
        column.is_sorted = order == wanted;
    }
    columns
}

fn narrowed(query: &Pairs) -> String {
    let filters = FILTERS.iter().filter(|name| **name != "state");
    let named: Vec<String> =
        filters.filter_map(|name| Some(format!("{name} {}", query.get(name)?))).collect();
    if named.is_empty() { String::new() } else { format!("only {}", named.join(", ")) }
}

/// A resource as lists show it.
fn row(line: &Line) -> Vec<Cell> {
    let state = State::of(line);
    let id = line.resource.as_str();
    let workload = line.workload.to_string();
    let group = line.resource.resource_group().unwrap_or_default();
    vec![
        Cell::text(line.resource.name())
            .to(address("resource", &[("id", id), ("workload", &workload)]))
            .over(group)
            .titled(id),
        badge(state),
        Cell::text(&workload),
        Cell::text(&line.location),
        Cell::text(line.resource.subscription()).as_code(),
        Cell::text(&told_by(line)),
    ]
}

fn told_by(line: &Line) -> String {
    match (line.rules.is_empty(), line.reason.is_empty()) {
        (true, _) => line.reason.clone(),
        (false, true) => line.rules.join(", "),
        (false, false) => format!("{} ({})", line.rules.join(", "), line.reason),
    }
}

/// A state as a badge.
pub(super) fn badge(state: State) -> Cell {
    let tone = match state {
        State::Failing | State::Undecided | State::Unprotected => Tone::Bad,
        State::Stopped | State::Orphaned | State::Configuring => Tone::Warn,
        State::Protected => Tone::Good,
        State::Excluded | State::NotCovered => Tone::Quiet,
    };
    Cell::badge(state.in_words(), tone)
}

/// A field in which one of a few is chosen.
pub(super) fn select(name: &str, label: &str, hint: &str, choices: &[(&str, &str)], chosen: &str) -> Field {
    let choices = choices.iter().map(|(value, label)| Choice {
        value: (*value).to_owned(),
        label: (*label).to_owned(),
        chosen: *value == chosen,
    });
    Field::text(name, label, hint).of(FieldKind::Select(choices.collect()))
}

#[test]
fn a_file_that_is_cut_says_so_in_its_last_row() {
    let whole = file(&[], false);
    let cut = file(&[], true);
    assert!(whole.starts_with("resource,workload,") && cut.starts_with(&whole), "{whole}{cut}");
    let last = cut.lines().last().unwrap_or_default();
    assert!(last.contains("first 100000 rows") && !whole.contains("goes on"), "{last}");
}

//! `GET /api/ui/search`: a resource by its name or its id.

use axum::response::Response;
use holdfast_page::{Block, Cell, Column, Page, Section, Table, Tone, address};
use holdfast_protection::ResourceId;
use holdfast_protection::target::{BadName, Target};
use holdfast_protection::targets::{self, TargetFilter};

use super::answer::{notices, on_to, shown};
use super::pairs::Pairs;
use super::resource::badge;
use super::trouble::Trouble;
use super::visitor::Visitor;
use crate::api::unread::UnreadPart;
use crate::problem::Problem;

/// Rows that are shown.
const ROWS: usize = 50;

/// Resources of this name, as Azure's index has them; an id leads to its resource at once.
pub(super) async fn view(visitor: Visitor, query: Pairs) -> Result<Response, Trouble> {
    let wanted = query.get("q").unwrap_or_default();
    let page = Page { searched: wanted.to_owned(), ..Page::new("Search", "resources") };
    if wanted.is_empty() {
        return Ok(shown(
            &visitor,
            page.with([Block::notice(Tone::Plain, "write the name of a resource, or its ARM id")]),
        ));
    }
    if wanted.starts_with('/') && wanted.parse::<ResourceId>().is_ok() {
        return Ok(on_to(address("resource", &[("id", wanted)])));
    }
    let name = wanted.parse().map_err(|bad: BadName| Problem::bad_request("BadQuery", bad.to_string()))?;
    let filter = TargetFilter { name: Some(name), state: None };
    let app = &visitor.app;
    let ports = (app.target_pages.as_ref(), app.azure.as_ref());
    let (mut found, mut unread, mut next) = (Vec::new(), Vec::new(), None);
    // A page with nothing on it may lead on, where there are many vaults.
    loop {
        let page = targets::list(ports, app.subscriptions()?, &filter, ROWS - found.len(), next).await?;
        found.extend(page.targets);
        unread.extend(page.unread.into_iter().map(UnreadPart::from));
        next = page.next;
        if next.is_none() || found.len() >= ROWS {
            break;
        }
    }
    // What could not be read may be of the same name.
    if let ([only], []) = (found.as_slice(), unread.as_slice()) {
        return Ok(on_to(address("resource", &[("id", only.resource.as_str())])));
    }
    let table = Table {
        columns: Column::named(&["Resource", "Protection", "Type", "Resource group", "Subscription"]),
        rows: found.iter().map(row).collect(),
        empty: "Azure's index has no resource of exactly this name; it is minutes behind".to_owned(),
    };
    let further =
        Cell::text("Look for names that hold this text").to(address("resources", &[("name", wanted)]));
    let title = format!("Resources called {}", holdfast_page::cut(wanted, 60).0);
    let section = Section::of(&title, table);
    let section = match next {
        Some(_) => {
            section.about(Cell::text(&format!("the first {ROWS}; holdfast protection lists all of a name")))
        }
        None => section,
    };
    let page = page.with(notices(&unread)).with([Block::Table(section), Block::Links(vec![further])]);
    Ok(shown(&visitor, page))
}

fn row(target: &Target) -> Vec<Cell> {
    let id = &target.resource;
    let state = match &target.protection {
        Some(protection) => badge(&protection.state),
        None => Cell::badge("unprotected", Tone::Quiet),
    };
    vec![
        Cell::text(id.name()).to(address("resource", &[("id", id.as_str())])).titled(id.as_str()),
        if target.is_orphaned { state.over("the resource is gone") } else { state },
        Cell::text(id.resource_type()),
        Cell::text(id.resource_group().unwrap_or_default()),
        Cell::text(id.subscription()).as_code(),
    ]
}

//! How much of each part of the estate is protected.

use holdfast_report::{Coverage, Part, Share, State};

use super::{Links, ROWS, more};
use crate::block::Block;
use crate::cell::{Cell, grouped};
use crate::chart::Bar;
use crate::html::Section;

/// The coverage of each part of the estate.
pub(super) fn coverage(coverage: &Coverage, links: Links) -> Vec<Block> {
    let mut blocks = vec![
        bars("Coverage by workload", &coverage.workloads, "workload", links),
        bars("Coverage by subscription", &coverage.subscriptions, "subscription", links),
    ];
    if coverage.regions.len() > 1 {
        blocks.push(bars("Coverage by region", &coverage.regions, "region", links));
    }
    // A tag that most resources have says more than one that few have.
    let mut tags: Vec<_> = coverage.tags.iter().filter(|tag| tag.values.len() > 1).collect();
    tags.sort_by_key(|tag| std::cmp::Reverse(tag.values.iter().map(|part| part.share.due).sum::<u64>()));
    for tag in tags.into_iter().take(2) {
        let rows = tag.values.iter().take(ROWS).map(|part| {
            let pair = format!("{}={}", tag.tag, part.name);
            bar(part, links.to(Cell::text(&part.name), "resources", &[("tag", &pair)]), ("tag", &pair), links)
        });
        let title = format!("Coverage by tag {}", crate::text::cut(&crate::clean(&tag.tag), 40).0);
        let section = Section::of(&title, rows.collect::<Vec<Bar>>()).narrow();
        blocks.push(Block::Bars(more(section, tag.values.len(), "values", |cell| cell)));
    }
    blocks
}

fn bars(title: &str, parts: &[Part], name: &str, links: Links) -> Block {
    let rows: Vec<Bar> = parts
        .iter()
        .take(ROWS)
        .map(|part| {
            bar(
                part,
                links.to(Cell::text(&part.name), "resources", &[(name, &part.name)]),
                (name, &part.name),
                links,
            )
        })
        .collect();
    let section = Section::of(title, rows).narrow();
    let left = parts.len().saturating_sub(ROWS);
    let section = if left > 0 {
        section.about(links.to(Cell::text(&format!("{left} more, each with less missing")), "coverage", &[]))
    } else {
        section
    };
    Block::Bars(section)
}

fn bar(part: &Part, name: Cell, filter: (&str, &str), links: Links) -> Bar {
    let detail = match worst(&part.share) {
        Some((state, count)) => {
            let text = format!("{} {}", grouped(count), state.in_words());
            links.to(Cell::text(&text), "resources", &[filter, ("state", state.as_str())])
        }
        None => Cell::text(&format!("{} protected", grouped(part.share.protected))),
    };
    Bar::new(name, part.percent, detail)
}

/// The state that most of what is missing is in.
fn worst(share: &Share) -> Option<(State, u64)> {
    let missing = [State::Failing, State::Undecided, State::Unprotected, State::Stopped];
    missing
        .into_iter()
        .map(|state| (state, share.of(state)))
        .filter(|(_, count)| *count > 0)
        .max_by_key(|(_, count)| *count)
}

//! What the ledger tells of a resource, the latest first.

use holdfast_page::{Block, Cell, Event, Section, Tone};
use holdfast_protection::ResourceId;
use holdfast_protection::ledger::{self, LedgerDocument, LedgerRecord};
use holdfast_protection::outcome::{Outcome, Waiting};

use crate::app::App;
use crate::clock;
use crate::problem::Problem;

/// Documents that are read.
const READ: usize = 20;

/// What has happened to a resource.
pub(super) struct Timeline {
    pub(super) block: Block,
    /// Whether something is still going on.
    pub(super) is_under_way: bool,
}

/// Reads it.
pub(super) async fn of(app: &App, id: &ResourceId) -> Result<Timeline, Problem> {
    let paths = app.ledger.list(&ledger::prefix_of(id)).await?;
    let own: Vec<&String> = ledger::about_itself(&paths, id).collect();
    let (count, now) = (own.len(), clock::now());
    let mut events = Vec::new();
    let mut is_under_way = false;
    for (place, path) in own.into_iter().rev().take(READ).enumerate() {
        let Some(document) = app.ledger.read(path).await? else { continue };
        let LedgerDocument { at, workload, record, .. } = match ledger::read::<LedgerDocument>(document) {
            Ok(read) => read,
            Err(why) => {
                events.push(unreadable(path, &why.to_string()));
                continue;
            }
        };
        is_under_way |= place == 0 && !matches!(record, LedgerRecord::Ended { .. });
        let (what, lines) = shown(record);
        let what = workload.map_or(what.clone(), |workload| what.over(&format!("as {workload}")));
        events.push(Event { at: Cell::moment(at, now), what, lines });
    }
    let when = "each at the time of its cause; an end that came behind a later one, at that of its look";
    let about = match count {
        0 => "nothing is recorded of it".to_owned(),
        count if count > READ => format!("the last {READ} of {count} records; {when}"),
        _ => when.to_owned(),
    };
    let block = Block::Timeline(Section::of("What happened", events).about(Cell::text(&about)));
    Ok(Timeline { block, is_under_way })
}

/// A record that this version cannot read has happened as well.
fn unreadable(path: &str, why: &str) -> Event {
    let text = format!("document `{path}` of the ledger cannot be read: {why}");
    Event {
        at: Cell::text("not known"),
        what: Cell::badge("could not be read", Tone::Warn),
        lines: vec![Cell::whole(&text)],
    }
}

fn shown(record: LedgerRecord) -> (Cell, Vec<Cell>) {
    match record {
        LedgerRecord::Decided { decision, .. } => {
            let digests = &decision.record.digests;
            let by = format!("by rule set {}", digests.rule_set_revision);
            (
                Cell::badge("decided", Tone::Plain),
                vec![Cell::whole(&decision.record.summary), Cell::text(&by).meant(Tone::Quiet)],
            )
        }
        LedgerRecord::Reviewed { request, review } => {
            let word = format!("reviewed: {}", request.operation.kind.name());
            (Cell::badge(&word, Tone::Plain), vec![Cell::whole(&review.record.summary)])
        }
        LedgerRecord::Waiting { waiting } => {
            let word = format!("waits for {}", waiting.as_str());
            let lines = match waiting {
                Waiting::Administrator(request) => {
                    let missing = request.missing.iter().map(|text| Cell::whole(text));
                    [Cell::whole(&request.message), Cell::whole(&request.way_out)]
                        .into_iter()
                        .chain(missing)
                        .collect()
                }
                Waiting::Permissions { message } | Waiting::Azure { message } => vec![Cell::whole(&message)],
                Waiting::Creation
                | Waiting::Validation
                | Waiting::Configuration
                | Waiting::Vault
                | Waiting::Change => Vec::new(),
            };
            (Cell::badge(&word, Tone::Warn), lines)
        }
        LedgerRecord::Ended { outcome } => ended(outcome),
    }
}

fn ended(outcome: Outcome) -> (Cell, Vec<Cell>) {
    let word = outcome.as_str();
    let lines =
        |texts: &[&str]| texts.iter().filter(|text| !text.is_empty()).map(|text| Cell::whole(text)).collect();
    match outcome {
        Outcome::Protected { instance, note } => {
            let text = format!("instance {}", instance.name());
            (Cell::badge(word, Tone::Good), lines(&[&text, note.as_deref().unwrap_or_default()]))
        }
        Outcome::Prepared { note, .. } => {
            (Cell::badge(word, Tone::Good), lines(&[note.as_deref().unwrap_or_default()]))
        }
        Outcome::Excluded { reason } | Outcome::Ignored { reason } => {
            (Cell::badge(word, Tone::Quiet), lines(&[&reason]))
        }
        Outcome::Gone => (Cell::badge(word, Tone::Quiet), Vec::new()),
        Outcome::Failed { code, message, way_out } => {
            (Cell::badge(word, Tone::Bad), lines(&[&format!("{code}: {message}"), &way_out]))
        }
        Outcome::Unprotected { instance, .. } => (Cell::badge(word, Tone::Warn), lines(&[instance.name()])),
        Outcome::Held { operation, reason, way_out, .. } => {
            (Cell::badge(word, Tone::Warn), lines(&[&operation, &reason, &way_out]))
        }
        Outcome::LeftAlone { note, .. } => (Cell::badge(word, Tone::Plain), lines(&[&note])),
    }
}

//! `GET /api/ui/rules`: the rule set in force, what each rule does, and where shadow rules differ.

use axum::response::Response;
use holdfast_page::{Block, Cell, Column, Fact, Page, Section, Table, Tone, address, shadow_days};
use holdfast_report::RuleEffect;

use super::answer::shown;
use super::trouble::Trouble;
use super::visitor::Visitor;
use crate::problem::Problem;
use crate::reports;
use crate::rules::notices;

/// The rule set.
pub(super) async fn view(visitor: Visitor) -> Result<Response, Trouble> {
    let app = &visitor.app;
    let (evaluator, made) = (app.rules.current(), reports::current(app).await?);
    let rule_set = evaluator.rule_set();
    let accepted = app.rules.accepted().await;
    let accepted = accepted.map_err(|error| Problem::storage_unavailable(format!("{error:#}")))?;
    let figures = app.health.figures();
    let effect = |id: &str| made.report.rules.iter().find(|one| one.rule == id).cloned().unwrap_or_default();
    let rows = rule_set.bindings().map(|binding| {
        let RuleEffect { protects, excludes, alone, .. } = effect(binding.id());
        let health = figures.get(binding.id()).cloned().unwrap_or_default();
        let manifest = binding.manifest();
        let mode = binding.mode().to_string();
        let tone = if mode == "shadow" { Tone::Warn } else { Tone::Plain };
        vec![
            Cell::text(binding.id())
                .to(address("resources", &[("rule", binding.id())]))
                .over(&format!("{} {}: {}", manifest.name, manifest.version, manifest.summary)),
            Cell::badge(&mode, tone),
            Cell::text(&format!("{}, {}", binding.layer(), binding.priority())),
            Cell::number(protects),
            Cell::number(excludes),
            Cell::number(alone),
            Cell::number(health.would_differ),
            Cell::number(health.failed).meant(if health.failed > 0 { Tone::Bad } else { Tone::Plain }),
        ]
    });
    let names =
        ["Rule", "Mode", "Layer, priority", "Protects", "Excludes", "Alone", "Would differ", "Failed"];
    let table = Table {
        columns: Column::named(&names),
        rows: rows.collect(),
        empty: "the rule set has no rule".to_owned(),
    };
    let about = "protects, excludes and alone: as the last sweep saw the estate; would differ and failed: decisions since this \
                 instance started";
    let revisions: Vec<String> = accepted.iter().map(ToString::to_string).collect();
    let facts = vec![
        Fact::new("Revision", Cell::number(rule_set.revision())),
        Fact::new(
            "Layers",
            Cell::text(
                &rule_set.layers().iter().map(|layer| layer.name.clone()).collect::<Vec<_>>().join(" > "),
            ),
        ),
        Fact::new("Digest", Cell::whole(&rule_set.digest().to_string()).as_code()),
        Fact::new("Can be gone back to", Cell::text(&revisions.join(", "))),
        Fact::new(
            "What another rule set would change",
            Cell::whole("holdfast diff --live --current ruleset.toml --candidate new/ruleset.toml").as_code(),
        ),
    ];
    let refused = app.rules.refused().map(|refused| {
        Block::notice(Tone::Bad, &format!("what the source offers is refused: {}", refused.reason))
    });
    let unanswered = app.callers.nobody_approves_by_default(rule_set.review_defaults());
    let notices = notices(&evaluator).chain(unanswered);
    let notices: Vec<Block> = notices.map(|text| Block::notice(Tone::Warn, &text)).collect();
    let page = Page::new("Rules", "rules").with(refused).with(notices).with([
        Block::Table(Section::of("Rules in force", table).about(Cell::text(about))),
        Block::facts("Rule set", facts),
    ]);
    let page = page.with(shadow_days(&made.report.shadows));
    Ok(shown(&visitor, page))
}

//! What vaults have of a resource: recovery points and jobs.

use holdfast_page::{Block, Cell, Column, Section, Table, address};
use holdfast_protection::ResourceId;
use holdfast_protection::instance::BackupInstance;
use holdfast_protection::job::JobFilter;
use jiff::Timestamp;

use super::ROWS;
use crate::api::unread::UnreadPart;
use crate::ui::answer::notices;
use crate::ui::jobs;
use crate::ui::visitor::Visitor;

/// Recovery points of its instances, newest first.
pub(super) async fn points(visitor: &Visitor, instances: &[&BackupInstance], now: Timestamp) -> Vec<Block> {
    let mut blocks = Vec::new();
    for instance in instances {
        let Ok(backups) = visitor.app.azure.backups_of(&instance.vault) else { continue };
        match backups.points(&instance.id).await {
            Ok(mut points) => {
                points.sort_by_key(|point| std::cmp::Reverse(point.time));
                let count = points.len();
                let rows = points.into_iter().take(ROWS).map(|point| {
                    let tiers: Vec<String> =
                        point.copies.iter().map(|copy| format!("{:?}", copy.store)).collect();
                    let expires =
                        point.expires.map_or_else(|| Cell::text("never"), |at| Cell::moment(at, now));
                    vec![
                        Cell::moment(point.time, now)
                            .over(&point.time.strftime("%Y-%m-%d %H:%M UTC").to_string()),
                        Cell::text(&point.kind),
                        Cell::text(&tiers.join(", ")),
                        expires,
                    ]
                });
                let table = Table {
                    columns: Column::named(&["Moment", "Kind", "Where", "Expires"]),
                    rows: rows.collect(),
                    empty: "there is no recovery point yet".to_owned(),
                };
                let about = Cell::text(&format!("{count} in all"));
                blocks.push(Block::Table(Section::of("Recovery points, newest first", table).about(about)));
            }
            Err(why) => {
                let what = format!(
                    "the recovery points of backup instance {} in vault {}",
                    instance.id.name(),
                    instance.vault.name()
                );
                blocks.extend(notices(&[UnreadPart::of(what, &instance.id, why)]));
            }
        }
    }
    blocks
}

/// Jobs of it in the vaults that hold it.
pub(super) async fn jobs_of(
    visitor: &Visitor,
    id: &ResourceId,
    instances: &[&BackupInstance],
    now: Timestamp,
) -> Vec<Block> {
    let mut rows = Vec::new();
    let mut blocks = Vec::new();
    let mut vaults: Vec<&ResourceId> = instances.iter().map(|instance| &instance.vault).collect();
    vaults.sort_by_cached_key(|vault| vault.key());
    vaults.dedup();
    for vault in vaults {
        let Ok(backups) = visitor.app.azure.backups_of(vault) else { continue };
        let filter = JobFilter { datasource: Some(id.clone()), ..JobFilter::default() };
        match backups.jobs(vault).await {
            Ok(found) => rows.extend(filter.of(found).iter().take(ROWS).map(|job| jobs::row(job, now))),
            Err(why) => {
                let what = format!("the jobs of vault {}", vault.name());
                blocks.extend(notices(&[UnreadPart::of(what, vault, why)]));
            }
        }
    }
    let none =
        if blocks.is_empty() { "Azure lists no job of it" } else { "no job of it in what could be read" };
    let table = Table {
        columns: Column::named(&["Resource", "Job", "Status", "Progress", "Began", "Vault"]),
        rows,
        empty: none.to_owned(),
    };
    let all = Cell::text("all jobs of it").to(address("jobs", &[("resource", id.as_str())]));
    blocks.push(Block::Table(Section::of("Jobs", table).about(all)));
    blocks
}

//! `Export`: writes what is new in the estate into files for other programs.

use std::time::{Duration, Instant};

use axum::Json;
use holdfast_export::{Exported, Exporter, JobSource};

use crate::app::Export;
use crate::clock;
use crate::envelope::Answer;
use crate::problem::Problem;
use crate::setup::ForWork;

/// So long one run begins new files; the next one goes on.
const ENOUGH: Duration = Duration::from_secs(240);

/// `POST /Export`.
pub(crate) async fn export(ForWork(app): ForWork) -> Result<Json<Answer<()>>, Problem> {
    let Some(Export { files, format }) = &app.export else {
        return Ok(Answer::done("nothing is exported: HOLDFAST_EXPORT is not set".to_owned()));
    };
    let begun = Instant::now();
    let exporter = Exporter {
        shelf: app.sweep_shelf.as_ref(),
        jobs: Some(JobSource { pages: app.job_pages.as_ref(), subscriptions: app.subscriptions()? }),
        files: files.as_ref(),
        format: *format,
        part: Exporter::PART,
        is_enough: &|| begun.elapsed() > ENOUGH,
    };
    let Exported { rows, files, unreadable, has_more } = exporter.run(None, clock::now()).await?;
    for page in &unreadable {
        tracing::warn!(
            page,
            "left out a page of the sweep, which is missing or was written by a later version; the export goes on without it"
        );
    }
    let rows: u64 = rows.values().sum();
    tracing::info!(rows, files, has_more, "exported what sweeps and jobs came to");
    let more = if has_more { "; the next run goes on" } else { "" };
    Ok(Answer::done(format!("{rows} rows in {files} new files{more}")))
}

//! `Digest`: the report in a few lines, daily or weekly, to where notifications go.

use std::sync::Arc;

use axum::Json;
use holdfast_notify::digest as news;
use holdfast_report::{Digest, Report};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::App;
use crate::clock;
use crate::envelope::Answer;
use crate::problem::Problem;
use crate::reports;
use crate::setup::ForWork;

/// The name under which the last digest is kept.
const KEPT: &str = "digest.json";

/// What was told last.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Last {
    /// The day whose digest was told, or had nothing to tell.
    day: Option<Date>,
    /// The report that was told.
    report: Option<Report>,
}

/// `POST /Digest`.
pub(crate) async fn digest(ForWork(app): ForWork) -> Result<Json<Answer<()>>, Problem> {
    let Some((cadence, hour)) = app.digest else {
        return Ok(Answer::done("no digest is told: HOLDFAST_DIGEST is not set".to_owned()));
    };
    let text = app.report_shelf.kept(KEPT).await?;
    let last: Last = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let Some(day) = cadence.due(hour, last.day, clock::now()) else {
        return Ok(Answer::done(format!("the {cadence} digest was told before, or its hour has not come")));
    };
    let now = reports::current(&app).await?;
    if now.report.run.is_none() {
        return Ok(Answer::done("no digest is told before the first sweep has ended".to_owned()));
    }
    Ok(Answer::done(tell(&app, day, last, &now.report).await?))
}

/// What is told is in the outbox before it is kept as told: after a death between the two, it is told again under the
/// same id, which the outbox knows.
async fn tell(app: &Arc<App>, day: Date, last: Last, now: &Report) -> Result<String, Problem> {
    let found = Digest::since(last.report.as_ref(), now, app.page_address.as_deref());
    let word = match &found {
        Some(digest) => {
            announce(app, day, digest).await?;
            format!("told the digest of {day}")
        }
        None => format!("nothing has changed, so the digest of {day} is not told"),
    };
    let report = if found.is_some() { Some(now.clone()) } else { last.report };
    // Texts, numbers and times are always JSON.
    let kept = serde_json::to_string(&Last { day: Some(day), report }).unwrap_or_default();
    app.report_shelf.keep(KEPT, kept).await?;
    Ok(word)
}

async fn announce(app: &Arc<App>, day: Date, found: &Digest) -> Result<(), Problem> {
    let Some(notices) = &app.notices else {
        let problem = "HOLDFAST_DIGEST is set, and no outlet for notifications is; set one, such as HOLDFAST_NOTIFY_WEBHOOK";
        return Err(Problem::unavailable("NoOutlet", problem));
    };
    let details = json!({
        "needsYou": found.needs_you,
        "coverage": found.coverage,
        "text": found.text(),
        "html": holdfast_page::mail(found),
        "card": found.card(),
        "page": found.link,
    });
    notices.announce(&news(&day.to_string(), &found.sentence, details)).await?;
    Ok(())
}

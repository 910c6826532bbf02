//! The scripts of a file session: handed from Azure to the caller who asked for the session, and kept nowhere.

use holdfast_evaluator::Caller;
use jiff::Timestamp;
use serde_json::json;

use super::approver::is_same_caller;
use super::records::StageRecord;
use super::{OperationError, OperationId, Operations, Stage};
use crate::file_session::SessionScript;
use crate::impossible::Impossible;
use crate::ledger::Entry;

impl Operations {
    /// The scripts of the session that an operation opened, for who asked for it. That they were handed out is recorded.
    ///
    /// # Errors
    ///
    /// When the operation opened no session, somebody else asked for it, or Azure shows the scripts no more.
    pub async fn scripts(
        &self,
        id: OperationId,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<Vec<SessionScript>, OperationError> {
        let history = self.history(id).await?;
        let stages = history.asked.plan.stages.iter().enumerate();
        let mut opened = stages.filter_map(|(at, stage)| match stage {
            Stage::OpenFiles { session } => Some((at, session)),
            _ => None,
        });
        let Some((at, session)) = opened.next_back() else {
            return Err(refused(
                "NoSession",
                format!("operation `{id}` opened no files"),
                "see which one did",
            )
            .into());
        };
        if !is_same_caller(&history.asked.by.id, &caller.id) {
            let message =
                format!("`{}` asked for this session, and gets its scripts alone", history.asked.by.name);
            return Err(refused("NotYourSession", message, "open a session of your own").into());
        }
        let attempts = history.stage(at).attempts;
        let begun = attempts.iter().rev().find_map(|record| match record {
            StageRecord::Begun { operation: Some(operation), .. } => Some(operation.clone()),
            _ => None,
        });
        let (Some(operation), Some(_)) = (begun, history.done(at)) else {
            let message = "the session is not open yet, or could not be opened".to_owned();
            return Err(refused("SessionNotOpen", message, "follow the operation to its end first").into());
        };
        let scripts = self.azure.backups_of(&session.instance)?.scripts(session, &operation).await?;
        if scripts.is_empty() {
            let message = "Azure shows the scripts of this session no more".to_owned();
            return Err(refused("SessionOver", message, "open the files again").into());
        }
        let path = format!("file-sessions/{id}/{}-handed-out.json", now.strftime("%Y%m%dT%H%M%SZ"));
        self.ledger.append(&Entry::of(path, &json!({ "at": now, "by": caller }))).await?;
        Ok(scripts)
    }
}

fn refused(code: &str, message: String, way_out: &str) -> Impossible {
    Impossible::new(code, message, way_out)
}

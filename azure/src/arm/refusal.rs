//! What Azure said when it refused: from any of its error envelopes to one shape.
//!
//! Azure Backup wraps the telling part: `error.additionalInfo[].info` of type `UserFacingError`, with an
//! `innerError` below it. Protection errors and job errors are bare `UserFacingError`s.

mod jobs;
mod known;

use holdfast_protection::{Refusal, RefusalKind, Retry};
use serde::Deserialize;
use serde_json::Value;

use super::wire::or_default;

/// One layer of an error: an ARM `CloudError`, a `UserFacingError` or an inner error.
///
/// Layers below are kept as JSON and read one at a time, so that an odd one costs only itself.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ErrorLayer {
    #[serde(alias = "Code", deserialize_with = "or_default")]
    code: String,
    #[serde(alias = "Message", deserialize_with = "or_default")]
    message: String,
    recommended_action: Value,
    is_retryable: Value,
    details: Value,
    additional_info: Value,
    #[serde(alias = "innererror")]
    inner_error: Value,
}

/// Codes that say how a call failed but not why: a layer below may know more.
const VAGUE: [&str; 14] = [
    "AuthorizationFailed",
    "BadRequest",
    "BMSUserErrorInvalidInput",
    "CloudInternalError",
    "Conflict",
    "Failed",
    "Forbidden",
    "InternalServerError",
    "InvalidRequest",
    "NotFound",
    "OperationFailed",
    "PostgreSQLFlexOperationFailedUserError",
    "Unauthorized",
    "UserErrorGeneric",
];

const LONGEST_QUOTE: usize = 500;

/// The refusal in the body of a 4xx or 5xx answer, whatever that body is.
pub(super) fn of_answer(status: u16, body: &[u8]) -> Refusal {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let layer = json.get("error").filter(|error| error.is_object()).unwrap_or(&json);
    let layer: ErrorLayer = serde_json::from_value(layer.clone()).unwrap_or_default();
    if layer.code.is_empty() && layer.message.is_empty() {
        let text: String = String::from_utf8_lossy(body).chars().take(LONGEST_QUOTE).collect();
        let (message, retry) = if text.trim().is_empty() {
            ("no reason was given".to_owned(), Retry::Once)
        } else {
            (text, Retry::Never)
        };
        let code = format!("Http{status}");
        return sorted(status, code, message, Vec::new(), retry);
    }
    layer.into_refusal(status)
}

/// A refusal with its kind and our advice.
pub(super) fn sorted(
    status: u16,
    code: String,
    message: String,
    recommended_action: Vec<String>,
    retry: Retry,
) -> Refusal {
    let (kind, advice) = (known::kind(&code, retry), known::advice(&code));
    Refusal { status, code, message, recommended_action, advice, kind, retry }
}

impl ErrorLayer {
    /// Whether it says nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.code.is_empty() && self.message.is_empty()
    }

    /// The refusal that this layer and those below it tell of; `status` 200 if a poll or a read told it.
    pub(super) fn into_refusal(self, status: u16) -> Refusal {
        let mut layers = vec![self];
        let mut at = 0;
        while let Some(layer) = layers.get(at) {
            let below = layer.below();
            layers.extend(below);
            at += 1;
        }
        let code = telling_code(&layers);
        let message = layers.iter().find(|layer| layer.code == code && !layer.message.is_empty());
        let message = message.or_else(|| layers.iter().find(|layer| !layer.message.is_empty()));
        let mut message = message.map(|layer| layer.message.clone()).unwrap_or_default();
        for detail in layers.iter().filter_map(ErrorLayer::detailed_message) {
            if !message.contains(detail) {
                message = if message.is_empty() { detail.to_owned() } else { format!("{message} {detail}") };
            }
        }
        let recommended_action = layers.iter().map(ErrorLayer::actions).find(|actions| !actions.is_empty());
        let recommended_action = recommended_action.unwrap_or_default();
        let retry = retry(&layers);
        sorted(status, code, message, recommended_action, retry)
    }

    fn below(&self) -> Vec<ErrorLayer> {
        let infos = self.additional_info.as_array().into_iter().flatten().filter_map(|info| info.get("info"));
        let details = self.details.as_array().into_iter().flatten();
        infos
            .chain(details)
            .chain(std::iter::once(&self.inner_error))
            .filter(|layer| layer.is_object())
            .filter_map(|layer| serde_json::from_value(layer.clone()).ok())
            .collect()
    }

    /// Names the missing action and scope when permissions are the trouble.
    fn detailed_message(&self) -> Option<&str> {
        self.additional_info.get("DetailedNonLocalisedMessage")?.as_str().filter(|text| !text.is_empty())
    }

    fn actions(&self) -> Vec<String> {
        match &self.recommended_action {
            Value::String(action) if !action.is_empty() => vec![action.clone()],
            Value::Array(actions) => actions.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }
}

/// What any layer says of another try; a limit of hours outweighs `isRetryable`.
fn retry(layers: &[ErrorLayer]) -> Retry {
    let has = |kind| layers.iter().any(|layer| known::is(&layer.code, kind));
    let is_retryable = |layer: &ErrorLayer| match &layer.is_retryable {
        Value::Bool(flag) => *flag,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    };
    if has(RefusalKind::Throttled) {
        Retry::InHours
    } else if layers.iter().any(is_retryable) || has(RefusalKind::Transient) {
        Retry::Later
    } else {
        Retry::Never
    }
}

/// A missing permission wherever it stands; else the innermost code that says why; else the outermost.
fn telling_code(layers: &[ErrorLayer]) -> String {
    let codes = || layers.iter().map(|layer| layer.code.as_str()).filter(|code| !code.is_empty());
    let is_permission = |code: &&str| known::is(code, RefusalKind::MissingPermission);
    let is_vague = |code: &&str| VAGUE.iter().any(|vague| vague.eq_ignore_ascii_case(code));
    codes()
        .find(is_permission)
        .or_else(|| codes().rfind(|code| !is_vague(code)))
        .or_else(|| codes().next())
        .map_or_else(|| "Unspecified".to_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(body: &Value) -> Refusal {
        of_answer(400, body.to_string().as_bytes())
    }

    #[test]
    fn a_user_facing_error_tells_what_to_do() {
        let refused = refusal(&json!({ "error": {
            "code": "UserErrorMissingRequiredPermissions", "message": "Permissions are missing.", "details": null,
            "additionalInfo": [ { "type": "UserFacingError", "info": {
                "code": "UserErrorMissingRequiredPermissions", "message": "Permissions are missing.",
                "recommendedAction": ["Grant them."], "details": null,
                "innerError": { "code": "AuthorizationFailed", "additionalInfo": {
                    "DetailedNonLocalisedMessage": "no right to read over scope /x" } } } } ] } }));
        assert_eq!(refused.code, "UserErrorMissingRequiredPermissions");
        assert_eq!(refused.kind, RefusalKind::MissingPermission);
        assert_eq!(refused.message, "Permissions are missing. no right to read over scope /x");
        assert_eq!(refused.recommended_action, ["Grant them."]);
    }

    #[test]
    fn the_innermost_telling_code_wins_over_vague_ones() {
        let inner = json!({ "code": "ServerNotReadyForLongTermBackup", "message": "state is Stopped" });
        let refused = refusal(&json!({ "error": {
            "code": "PostgreSQLFlexOperationFailedUserError", "message": "it failed", "innerError": inner } }));
        assert_eq!(
            (refused.code.as_str(), refused.message.as_str()),
            ("ServerNotReadyForLongTermBackup", "state is Stopped")
        );
        let plain = refusal(&json!({ "error": { "code": "AuthorizationFailed", "message": "no" } }));
        assert_eq!(plain.code, "AuthorizationFailed");
    }

    #[test]
    fn any_layer_may_call_a_fault_passing() {
        let retry = |code: &str, flag: Value| {
            let inner = json!({ "code": code, "message": "no", "isRetryable": flag });
            refusal(&json!({ "error": { "code": "BadRequest", "message": "no", "innerError": inner } })).retry
        };
        assert_eq!(retry("Anything", json!(true)), Retry::Later);
        assert_eq!(retry("Anything", json!("True")), Retry::Later);
        assert_eq!(retry("Anything", json!(false)), Retry::Never);
        assert_eq!(retry("Anything", json!({ "odd": 1 })), Retry::Never);
        assert_eq!(retry("cloudserviceretryableerror", json!(null)), Retry::Later);
        assert_eq!(retry("CloudDosTimeboundLimitReached", json!(true)), Retry::InHours);
        assert_eq!(of_answer(406, b"").retry, Retry::Once);
        assert_eq!(of_answer(406, b"<html>no</html>").retry, Retry::Never);
    }

    #[test]
    fn foreign_bodies_are_quoted() {
        assert_eq!(refusal(&json!({ "Message": "gone" })).message, "gone");
        let html = of_answer(403, b"<html>blocked by the proxy</html>");
        assert_eq!((html.code.as_str(), html.message.contains("proxy")), ("Http403", true));
        assert_eq!(of_answer(404, b"").message, "no reason was given");
        assert_eq!(refusal(&json!({ "error": { "code": 7 } })).code, "Http400");
    }
}

//! The error envelope of Azure Backup: an ARM error that carries a `UserFacingError`.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::wire::ArmError;

/// An error as Azure Backup tells it to users.
#[derive(Debug, Clone)]
pub(crate) struct UserError {
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: String,
    pub(crate) recommended_action: String,
    /// The more exact code and text behind it.
    pub(crate) inner: Option<(&'static str, String)>,
    pub(crate) retryable: bool,
}

impl UserError {
    pub(crate) fn new(
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
        recommended_action: impl Into<String>,
    ) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            recommended_action: recommended_action.into(),
            inner: None,
            retryable: false,
        }
    }

    /// The service refused what it was given; `detail` names the field.
    pub(crate) fn invalid_input(detail: impl Into<String>) -> Self {
        Self::new(
            "BMSUserErrorInvalidInput",
            "Input provided for the call is invalid",
            "Check the input and try again.",
        )
        .because("BMSUserErrorInvalidInput", detail)
    }

    pub(crate) fn because(mut self, code: &'static str, detail: impl Into<String>) -> Self {
        self.inner = Some((code, detail.into()));
        self
    }

    pub(crate) fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// The `UserFacingError` object.
    pub(crate) fn info(&self, activity: &str) -> Value {
        let inner = self.inner.as_ref().map(|(code, detail)| {
            json!({ "code": code, "additionalInfo": { "DetailedNonLocalisedMessage": detail } })
        });
        json!({
            "message": self.message,
            "recommendedAction": [self.recommended_action],
            "details": null,
            "code": self.code,
            "target": "",
            "innerError": inner,
            "isRetryable": self.retryable,
            // Azure says false even for errors of the user.
            "isUserError": false,
            "properties": { "ActivityId": activity },
        })
    }

    /// The whole `error` object.
    pub(crate) fn envelope(&self, activity: &str) -> Value {
        json!({
            "additionalInfo": [{ "type": "UserFacingError", "info": self.info(activity) }],
            "code": self.code,
            "message": self.message,
            "target": null,
            "details": null,
        })
    }

    /// An immediate refusal with status 400.
    pub(crate) fn refusal(&self, activity: &str) -> ArmError {
        ArmError::bad_request(&self.code, self.message.clone()).with_envelope(self.envelope(activity))
    }
}

/// A child of a vault that does not exist: the service's own 404.
pub(crate) fn generic_not_found() -> ArmError {
    let message = "Azure resource does not exist. Please make sure required resources exist. If the issue persists, contact Microsoft support.";
    let code = "UserErrorGenericResourceNotFound";
    ArmError::not_found(code, message)
        .with_envelope(json!({ "code": code, "message": message, "target": null, "details": null }))
}

//! Proof that an endpoint wants events: the validation code of the Event Grid schema, or the OPTIONS call of CloudEvents.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::App;
use crate::clock::precise;
use crate::event_grid::{Schema, Subscription};
use crate::wire::{ArmError, json as body_json};

/// Refuses `subscription` unless its endpoint answers the handshake.
pub(crate) async fn prove(app: &App, subscription: &Subscription) -> Result<(), ArmError> {
    // What is not called has nothing to prove.
    let Some(url) = subscription.destination.address() else { return Ok(()) };
    let outcome = match subscription.schema {
        Schema::EventGrid => validation_code(app, url, subscription).await,
        Schema::CloudEvents => options(app, url).await,
    };
    outcome.map_err(|problem| {
        let base = url.split('?').next().unwrap_or_default();
        let message = format!("Webhook validation handshake failed for {base}. {problem}");
        ArmError::bad_request("Url validation", message)
    })
}

async fn validation_code(app: &App, url: &str, subscription: &Subscription) -> Result<(), String> {
    let (code, id, time) = {
        let mut world = app.world();
        (world.guid(), world.guid(), precise(world.now()))
    };
    let event = json!([{
        "id": id,
        "topic": subscription.scope,
        "subject": "",
        "data": { "validationCode": code, "validationUrl": format!("https://validation.invalid/{code}") },
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "eventTime": time,
        "metadataVersion": "1",
        "dataVersion": "2",
    }]);
    let request = app
        .http
        .post(url)
        .header("aeg-event-type", "SubscriptionValidation")
        .header("content-type", "application/json; charset=utf-8")
        .body(event.to_string());
    let response =
        request.send().await.map_err(|error| format!("The endpoint could not be reached: {error}."))?;
    let status = response.status();
    if status != reqwest::StatusCode::OK {
        return Err(format!("Http POST request returned {status}, where 200 was expected."));
    }
    let body: Value = response.json().await.map_err(|_| "The answer is no JSON.".to_owned())?;
    match body_json::text(&body, &["validationResponse"]) {
        Some(echo) if echo == code => Ok(()),
        Some(_) => Err("The answer holds another validation code.".into()),
        None => Err("The answer holds no validationResponse.".into()),
    }
}

async fn options(app: &App, url: &str) -> Result<(), String> {
    let request =
        app.http.request(Method::OPTIONS, url).header("webhook-request-origin", "eventgrid.azure.net");
    let response =
        request.send().await.map_err(|error| format!("The endpoint could not be reached: {error}."))?;
    let allowed = response
        .headers()
        .get("webhook-allowed-origin")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if response.status().is_success()
        && (allowed == "*" || allowed.eq_ignore_ascii_case("eventgrid.azure.net"))
    {
        return Ok(());
    }
    Err(format!(
        "Http OPTIONS request returned {} without a WebHook-Allowed-Origin for eventgrid.azure.net.",
        response.status()
    ))
}

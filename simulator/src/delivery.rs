//! Event Grid's calls to endpoints: the handshake of a new subscription, and events, posted or put on a queue again and again
//! until they are taken or given up.

mod handshake;
mod subscribe;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use subscribe::subscribe;

use crate::app::App;
use crate::event_grid::{Delivery, Destination, EventGrid, Schema, Subscription};
use crate::wire::json as body_json;
use crate::world::World;

/// Posts at a time.
const ROOM: usize = 64;

/// How often the queue is looked at.
const PAUSE: Duration = Duration::from_millis(10);

/// Waits between attempts, in seconds of Azure's time (learn.microsoft.com, "Event Grid message delivery and retry").
const WAITS: [f64; 9] = [10.0, 30.0, 60.0, 300.0, 600.0, 1_800.0, 3_600.0, 10_800.0, 21_600.0];
const LAST_WAIT: f64 = 43_200.0;

/// Delivers what is due, for as long as the simulator runs.
pub(crate) async fn deliver(app: Arc<App>) {
    loop {
        let (era, due) = {
            let mut world = app.world();
            world.advance();
            let now = world.now();
            (world.era, EventGrid::of_mut(&mut world).take_due(now, ROOM))
        };
        for delivery in due {
            let app = Arc::clone(&app);
            tokio::spawn(async move { attempt(&app, delivery, era).await });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Attempts a delivery of the era `era`. When everything is reset meanwhile, nobody waits for it any more.
async fn attempt(app: &App, mut delivery: Delivery, era: u64) {
    let subscription = {
        let mut world = app.world();
        if world.era != era {
            return;
        }
        let grid = EventGrid::of_mut(&mut world);
        let found = grid.subscription(&delivery.subscription).cloned();
        if found.is_none() {
            grid.returned(None);
        }
        found
    };
    let Some(subscription) = subscription else { return };
    let outcome = match &subscription.destination {
        Destination::WebHook(url) | Destination::Function(url) => {
            post(app, url, &subscription, &delivery).await
        }
        Destination::Queue(queue) => {
            let world = app.world();
            if world.era != era {
                return;
            }
            Ok(queue.take(&world, &delivery.body))
        }
    };
    delivery.attempts += 1;
    let mut world = app.world();
    if world.era == era {
        settle(&mut world, &subscription, delivery, outcome);
    }
}

/// The status of the endpoint's answer, or why there was none.
async fn post(app: &App, url: &str, subscription: &Subscription, delivery: &Delivery) -> Result<u16, String> {
    let (content_type, body) = match subscription.schema {
        Schema::EventGrid => (
            "application/json; charset=utf-8",
            serde_json::Value::Array(vec![delivery.body.clone()]).to_string(),
        ),
        Schema::CloudEvents => ("application/cloudevents+json; charset=utf-8", delivery.body.to_string()),
    };
    let name = crate::wire::path::name_of(&subscription.id).to_ascii_uppercase();
    let request = app
        .http
        .post(url)
        .header("content-type", content_type)
        .header("aeg-event-type", "Notification")
        .header("aeg-subscription-name", name)
        .header("aeg-delivery-count", delivery.attempts.to_string())
        .header("aeg-data-version", body_json::text(&delivery.body, &["dataVersion"]).unwrap_or_default())
        .header("aeg-metadata-version", "1")
        .body(body);
    let answer = request.send().await;
    answer.map(|response| response.status().as_u16()).map_err(|error| error.to_string())
}

fn settle(world: &mut World, subscription: &Subscription, delivery: Delivery, outcome: Result<u16, String>) {
    let shown = outcome.as_ref().map_or_else(Clone::clone, u16::to_string);
    let taken = matches!(outcome, Ok(200..=299));
    let wait = WAITS.get(delivery.attempts.saturating_sub(1) as usize).copied().unwrap_or(LAST_WAIT);
    let at = world.after(wait);
    let expires = world.clock.after(delivery.published, subscription.minutes_to_live * 60.0);
    let grid = EventGrid::of_mut(world);
    grid.returned(Some(taken));
    if taken {
        return;
    }
    if matches!(outcome, Ok(400 | 401 | 403 | 413)) {
        grid.give_up(&delivery, "UndeliverableDueToHttpBadRequest", &shown);
        return;
    }
    if delivery.attempts >= subscription.max_attempts {
        grid.give_up(&delivery, "MaxDeliveryAttemptsExceeded", &shown);
    } else if at > expires {
        grid.give_up(&delivery, "TimeToLiveExceeded", &shown);
    } else {
        grid.enqueue(at, delivery);
    }
}

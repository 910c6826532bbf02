//! `PUT` of an event subscription: the endpoint must prove itself before anything is kept.

use super::handshake;
use crate::app::App;
use crate::event_grid;
use crate::wire::{Answer, Call};

/// Makes the subscription that `call` asks for.
pub(crate) async fn subscribe(app: &App, call: &Call) -> Answer {
    let subscription = event_grid::asked(&app.world(), call)?;
    handshake::prove(app, &subscription).await?;
    Ok(event_grid::keep(&mut app.world(), subscription))
}

//! A channel of Teams: the card of an event, in one POST, to an address that was checked.

use async_trait::async_trait;
use holdfast_notify::ports::{Outlet, SendError};
use holdfast_notify::{Event, Mode};
use serde_json::Value;
use url::Url;

use crate::hosts::NamedHosts;
use crate::webhook::{BadWebhook, Webhook};

/// A channel of Teams.
pub struct Teams(Webhook);

impl Teams {
    /// The channel behind a webhook of Teams, or of a flow that posts into one.
    ///
    /// # Errors
    ///
    /// When the address may not be called.
    pub fn new(url: Url, named: NamedHosts) -> Result<Self, BadWebhook> {
        Webhook::new(url, Mode::default(), None, named).map(Self)
    }
}

#[async_trait]
impl Outlet for Teams {
    async fn send(&self, event: &Event) -> Result<(), SendError> {
        let card = event.data().and_then(|data| Value::try_from(data.clone()).ok());
        let card = card.and_then(|data| data.get("card").cloned());
        // What has no card is of an earlier version: nobody can read it there.
        let Some(card) = card else { return Ok(()) };
        self.0.post(&card).await
    }
}

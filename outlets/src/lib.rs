//! Where notifications go: the settings that say so, and the outlets that they make.

mod hosts;
mod settings;
mod teams;
mod webhook;

pub use hosts::NamedHosts;
pub use settings::{BadNotifySetting, NOTIFY_SETTINGS, NotifySettings};
pub use teams::Teams;
pub use webhook::{BadWebhook, Lookup, Webhook};

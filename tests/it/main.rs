//! The whole product, as one test binary: one link, concurrent runs.

mod bad_input;
mod crashes;
mod duplicates;
mod http_api;
mod official_events;
mod python_sdk;
mod scenarios;
mod world;

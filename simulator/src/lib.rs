//! Azure as far as Holdfast sees it, on loopback: for developing and testing rules and automation without touching Azure.
//!
//! It is written from Azure's recorded traffic and public specifications and shares no type with Holdfast's own clients, so that a
//! shared mistake cannot hide. Start it in a test with [`Simulator::start`], or for good with [`run`].
//!
//! # What it answers
//!
//! The same routes answer over http and https; https presents a certificate of the simulator's own authority, whose
//! certificate is `Running::ca_pem` and `ca.pem` in [`Config::ca_dir`].
//!
//! | route | what |
//! | --- | --- |
//! | `/subscriptions/...`, `/providers/...` | Azure Resource Manager: groups, resources of any type, Microsoft.DataProtection, role assignments and definitions, deployments of templates without expressions, Resource Graph, event subscriptions. Any bearer token is accepted; none is 401. |
//! | `GET /msi/token` | the managed identity endpoint of App Service, api-version 2019-08-01; any non-empty `X-IDENTITY-HEADER` |
//! | `/{tenant}/oauth2/v2.0/token`, `/{tenant}/v2.0/.well-known/openid-configuration`, `/metadata/endpoints` | a stand-in for Entra ID and the cloud's metadata, enough for `az login` and `azure_identity` |
//! | `/blob/devstoreaccount1/...`, `/queue/devstoreaccount1/...` | Blob and Queue storage |
//! | `/_simulator/...` | the control surface, below |
//!
//! # The control surface
//!
//! | route | what |
//! | --- | --- |
//! | `GET /_simulator/state` | groups, resources, vaults, instances, role assignments and whether they are effective, events delivered and dead |
//! | `GET /_simulator/instances` | every backup instance with its datasource, state, error and number of recovery points |
//! | `GET /_simulator/calls[?since=N]`, `DELETE` | the journal of ARM calls: number, time, method, path, query, status, milliseconds |
//! | `POST /_simulator/faults`, `GET`, `DELETE` | faults for the next matching ARM calls: `{"method": "PUT", "path": "backupInstances/", "status": 429, "retryAfter": 2}`; optional `body` (a text is sent raw, so it may be broken JSON), `headers`, `reset` (the connection ends), `hangSeconds`, `times` (1), `after` (0 calls pass before), `apply` (false: whether the call takes effect although its answer is lost) |
//! | `GET /_simulator/events` | the published events, in the Event Grid schema, and how their delivery stands |
//! | `POST /_simulator/events` | how events are delivered from now on: `{"copies": 3, "shuffle": true}`, or `duplicateProbability`, `reorderSeconds`, `delaySeconds` |
//! | `POST /_simulator/events/again` | delivers published events again: `{"times": 3, "shuffle": true}`; with `"events": [..]`, delivers these bodies instead |
//! | `GET /_simulator/blobs?container=C` | the texts of a container's blobs by name |
//! | `POST /_simulator/reset` | back to the estate of the start |
//!
//! # How it is awkward, as Azure is
//!
//! Long-running operations with `Azure-AsyncOperation`, `Location` and `Retry-After`; the running word `Inprogress`; role assignments that
//! count only after a while; validation that refuses on the poll; instances that end in `ProtectionError` although their PUT succeeded;
//! soft delete; throttling by token bucket; a lagging Resource Graph; events more than once and in no order.
//! Every wait is Azure's own, divided by [`Config::speed`]. Identifiers and disorder come from [`Config::seed`].

mod arm;
mod authorization;
mod clock;
mod config;
mod control;
mod data_protection;
mod deployments;
mod estate;
mod event_grid;
mod identity;
mod random;
mod resource_graph;
mod resources;
mod server;
mod world;

pub use config::{Config, SoftDelete};
pub use estate::{
    Denial, Estate, EstateAssignment, EstateGroup, EstatePolicy, EstateResource, EstateSubscription,
    EstateVault, SEEDED_SUBSCRIPTIONS,
};
pub use event_grid::DeliveryKnobs;
pub use holdfast_simulator_storage::Storage;
pub use server::{Running, Simulator, run};

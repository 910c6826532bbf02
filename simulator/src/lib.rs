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
//! | `GET /_simulator/calls[?since=N]`, `DELETE` | the journal of ARM calls: number, time, method, path, query, status (0 while unanswered), milliseconds, and the fault that struck it |
//! | `GET /_simulator/clock`, `POST` | what the clock shows, whether it stands still, and when something is due next: `{"frozen": true}`, `{"advanceSeconds": 1800}`, `{"advanceToNext": true}`; `{"skewSeconds": 90}` sets the dates in ARM's headers ahead |
//! | `POST /_simulator/faults`, `GET`, `DELETE` | faults for the next matching ARM calls: `{"method": "PUT", "path": "backupInstances/", "status": 429, "retryAfter": 2}`; optional `code`, `retryAfterDate`, `body` (a text is sent raw, so it may be broken JSON), `headers`, `reset` (the connection ends), `hangSeconds`, `times` (1), `after` (0 calls pass before), `apply` (false: whether the call takes effect although its answer is lost) |
//! | the same, `"operation"` | the call is answered, and what it started ends otherwise: `"hang"` (done, but never said so), `"stall"` (never done), `"vanish"` (the poll finds nothing), `"move"` (the first poll tells of another URL), `{"fail": "UserErrorX"}` |
//! | the same, `"hold": "name"` | the call waits, before its effect or after it (`apply`), until `POST /_simulator/faults/release {"hold": "name"}`; `GET` lists who waits |
//! | `POST /_simulator/chaos`, `GET`, `DELETE` | a share of all ARM calls comes to harm: `{"percent": 10, "seed": 7}`, optional `applyPercent` (50), `harms` (`[429, 500, 502, 503, 504, 0]`, 0 is a reset), `retryAfter` |
//! | `POST /_simulator/settings` | settings of the estate, anew: `denyRoleAssignments`, `denyActions`, `policyDenials`, `propagationSeconds`, `graphLagSeconds`, `recheckSeconds`, `scheduledBackups`, `oddCasing`, `instanceLimit`, `policyLimit` |
//! | `POST /_simulator/instances/break` | `{"instance": "/subscriptions/..", "code": "UserErrorX"}`: its protection ends in `ProtectionError` |
//! | `POST /_simulator/points/age` | `{"point": "/subscriptions/..", "archive": true}`: a recovery point moves to the archive, or else expires |
//! | `POST /_simulator/throttle` | `{"on": false}`, `{"scale": 0.1}`: ARM's token buckets off, or smaller; `{"region": "NORTHEUROPE"}`: by which region calls enter |
//! | `POST /_simulator/tokens/expire` | every token issued so far is refused with `ExpiredAuthenticationToken` |
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
//! Every wait is Azure's own, divided by [`Config::speed`], and an instant of one clock, which can stand still and be moved. Identifiers and disorder come from [`Config::seed`].

mod app;
mod authorization;
mod clock;
mod config;
mod control;
mod data_protection;
mod delivery;
mod deployments;
mod estate;
mod event_grid;
mod front;
mod identity;
mod random;
mod registry;
mod resource_graph;
mod resources;
mod server;
mod sign_in;
mod traffic;
mod wire;
mod world;

pub use config::{Config, SoftDelete, Throttling};
pub use estate::{
    ActionDenial, DeliveryKnobs, Denial, Estate, EstateAssignment, EstateGroup, EstatePolicy, EstateResource,
    EstateSubscription, EstateVault, PolicyDenial, SEEDED_SUBSCRIPTIONS,
};
pub use holdfast_simulator_storage::Storage;
pub use server::{Running, Simulator, run};

//! What the golden files are made of.

use std::collections::BTreeMap;

use holdfast_evaluator::{Caller, Digests, Mode, Reason, Resource, RuleOpinion};
use jiff::Timestamp;
use serde_json::json;

use crate::ResourceId;
use crate::event::Principal;
use crate::operation::OperationUrl;

pub(crate) fn at() -> Timestamp {
    "2026-01-14T09:26:53.5897932Z".parse().unwrap()
}

pub(crate) fn disk() -> ResourceId {
    "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-app/providers/Microsoft.Compute/disks/data"
        .parse()
        .unwrap()
}

pub(crate) fn vault() -> ResourceId {
    "/subscriptions/5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10/resourceGroups/rg-backup/providers/Microsoft.DataProtection/backupVaults/bv"
        .parse()
        .unwrap()
}

pub(crate) fn instance() -> ResourceId {
    vault().child("backupInstances", "data-1").unwrap()
}

pub(crate) fn operation() -> OperationUrl {
    OperationUrl("https://management.azure.com/subscriptions/s/operations/o-1?api-version=1".to_owned())
}

pub(crate) fn principal() -> Principal {
    Principal { id: "11111111-2222-3333-4444-555555555555".to_owned(), kind: Some("User".to_owned()) }
}

pub(crate) fn caller() -> Caller {
    Caller { id: "o-1".to_owned(), name: "ana@contoso.com".to_owned(), roles: vec!["operator".to_owned()] }
}

pub(crate) fn digests() -> Digests {
    Digests {
        input: format!("sha256:{}", "1".repeat(64)),
        rule_set: format!("sha256:{}", "2".repeat(64)),
        rule_set_revision: 7,
        host: "holdfast 1, wasmtime 1".to_owned(),
    }
}

pub(crate) fn opinion(verdict: &'static str) -> RuleOpinion {
    RuleOpinion {
        rule: "select".into(),
        module: "select 1.0.0".into(),
        mode: Mode::Enforce,
        layer: "organisation".into(),
        priority: 3,
        verdict: verdict.into(),
        said: json!({ "tier": "vault" }).into(),
        labels: BTreeMap::new(),
        reasons: vec![Reason {
            code: "selected".to_owned(),
            message: "tag env=prod".to_owned(),
            evidence: Vec::new(),
        }],
        fuel: 1234,
    }
}

pub(crate) fn resource() -> Resource {
    Resource {
        id: disk().to_string(),
        resource_type: "Microsoft.Compute/disks".to_owned(),
        name: "data".to_owned(),
        location: "westeurope".to_owned(),
        resource_group: "rg-app".to_owned(),
        subscription: "5b0f1d3a-6c1e-4b5e-9d53-0d2f7c3e9a10".to_owned(),
        tags: BTreeMap::from([("env".to_owned(), "prod".to_owned())]),
        sku: Some("Premium_LRS".to_owned()),
        kind: None,
        body: "{\"location\":\"westeurope\"}".to_owned(),
    }
}

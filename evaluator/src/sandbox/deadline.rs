//! The net below the fuel: with fuel for hours, the wall clock ends an evaluation.

#[path = "../../tests/it/forge.rs"]
mod forge;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use forge::{FINE, Forged};

use crate::contract::RequestParts;
use crate::model::{Request, Resource};

use super::{Lanes, Limits, RuleFailure, Workshop, admit};

fn request() -> Request {
    Request {
        resource: Resource {
            id: String::new(),
            resource_type: String::new(),
            name: String::new(),
            location: String::new(),
            resource_group: String::new(),
            subscription: String::new(),
            tags: BTreeMap::new(),
            sku: None,
            kind: None,
            body: String::new(),
        },
        facts: Vec::new(),
        event_time: String::new(),
    }
}

#[test]
fn the_wall_clock_ends_what_fuel_does_not() -> anyhow::Result<()> {
    let module =
        Forged { configure: FINE, evaluate: "(loop (br 0)) unreachable", ..Forged::default() }.component()?;
    let prepared = Workshop::open(&module, admit(&module)?)?
        .configure("{}")
        .map_err(|_| anyhow::anyhow!("the forged rule could not be configured"))?;
    let limits = Limits { fuel: u64::MAX / 2, deadline: Duration::from_millis(100), ..Limits::default() };
    let lanes = Lanes::new(&[(&prepared, limits)], NonZeroUsize::MIN)
        .map_err(|(_, detail)| anyhow::anyhow!(detail))?;
    let request = request();
    let parts = RequestParts::of(&request);
    let started = Instant::now();
    let evaluation = lanes.hold().and_then(|lane| lane.evaluate(0, &parts));
    let heard = evaluation.map(|evaluation| evaluation.heard);
    assert_eq!(heard, Some(Err(RuleFailure::Deadline { limit_ms: 100 })));
    assert!(started.elapsed() >= Duration::from_millis(75), "it ended too early");
    Ok(())
}

//! Many requests in one sandbox.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wasmtime::Engine;

use crate::contract::{Answers, Depth, RequestParts, together};
use crate::opinion::{Opinion, Verdict};

use super::evaluation::Compiled;

impl Compiled {
    /// Asks about all of these in one fresh sandbox, with the fuel and memory of one evaluation; no
    /// opinion has reasons. None where only asking alone can tell: for all if the call fails, for one
    /// if its answer is not an opinion within the limits.
    pub(super) fn evaluate_many(
        &self,
        engine: &Engine,
        requests: &[&RequestParts<'_>],
    ) -> Option<Vec<Option<Opinion>>> {
        let limit = self.limits.input_bytes;
        if requests.iter().any(|parts| parts.bytes() > limit) {
            return None;
        }
        let packed: Vec<_> = requests.iter().map(|parts| parts.packed()).collect();
        let output_bytes = self.limits.output_bytes.saturating_mul(requests.len());
        let run = || self.call_packed(engine, &together(&packed), output_bytes);
        let bytes = catch_unwind(AssertUnwindSafe(run)).ok()??;
        let mut answers = Answers::open(&bytes, requests.len(), Depth::Verdict).ok()?;
        let mut opinions = Vec::with_capacity(requests.len());
        for _ in requests {
            let heard = answers.next().ok()?;
            let fits = heard.reasons <= self.limits.reasons && heard.bytes <= self.limits.output_bytes;
            let opinion =
                heard.said.ok().filter(|said| fits && !matches!(said.verdict, Verdict::NeedFacts(_)));
            opinions.push(opinion);
        }
        answers.close().ok()?;
        Some(opinions)
    }
}

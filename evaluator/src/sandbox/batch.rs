//! Many requests in one sandbox.

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
        let limits = self.limits();
        if requests.iter().any(|parts| parts.bytes() > limits.input_bytes) {
            return None;
        }
        let packed: Vec<_> = requests.iter().map(|parts| parts.packed()).collect();
        let bytes = self.call_with_many(engine, &together(&packed), requests.len())?;
        let mut answers = Answers::open(&bytes, requests.len(), Depth::Verdict).ok()?;
        let mut opinions = Vec::with_capacity(requests.len());
        for _ in requests {
            let heard = answers.next().ok()?;
            let fits = heard.reasons <= limits.reasons && heard.bytes <= limits.output_bytes;
            let opinion =
                heard.said.ok().filter(|said| fits && !matches!(said.verdict, Verdict::NeedFacts(_)));
            opinions.push(opinion);
        }
        answers.close().ok()?;
        Some(opinions)
    }
}

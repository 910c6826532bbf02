//! Many requests in one sandbox.

use wasmtime::Engine;

use crate::contract::{Answers, Depth, RequestParts};
use crate::opinion::{Opinion, Verdict};

use super::evaluation::Compiled;

/// Bytes of a request beside its block, and what most rules' answers take at most: where a guest keeps both, memory
/// must not have to grow for them, which would end an instance that is put back.
const BESIDE: usize = 4 + 192;
/// What a guest takes while it thinks.
const THINKING: usize = 4 << 10;

impl Compiled {
    /// Asks about all of these in one fresh sandbox, or in as few as a small memory allows, each with the
    /// fuel and memory of one evaluation; no opinion has reasons. None where only asking alone can tell:
    /// for all of a sandbox if the call fails, for one if its answer is not an opinion within the limits.
    pub(super) fn evaluate_many(
        &self,
        engine: &Engine,
        requests: &[&RequestParts<'_>],
    ) -> Vec<Option<Opinion>> {
        let (mut opinions, mut rest) = (Vec::with_capacity(requests.len()), requests);
        while !rest.is_empty() {
            let (together, others) = rest.split_at(self.fitting(rest));
            match self.evaluate_together(engine, together) {
                Some(said) => opinions.extend(said),
                None => opinions.extend(together.iter().map(|_| None)),
            }
            rest = others;
        }
        opinions
    }

    fn evaluate_together(
        &self,
        engine: &Engine,
        requests: &[&RequestParts<'_>],
    ) -> Option<Vec<Option<Opinion>>> {
        let limits = self.limits();
        if requests.iter().any(|parts| parts.bytes() > limits.input_bytes) {
            return None;
        }
        let version = self.version();
        self.ask_many(engine, requests, |bytes| {
            let mut answers = Answers::open(bytes, requests.len(), Depth::Verdict, version)?;
            let mut opinions = Vec::with_capacity(requests.len());
            for _ in requests {
                let heard = answers.next()?;
                let fits = heard.reasons <= limits.reasons && heard.bytes <= limits.output_bytes;
                let opinion =
                    heard.said.ok().filter(|said| fits && !matches!(said.verdict, Verdict::NeedFacts(_)));
                opinions.push(opinion);
            }
            answers.close()?;
            Ok(opinions)
        })
    }

    /// How many of these there is room for; at least one.
    fn fitting(&self, requests: &[&RequestParts<'_>]) -> usize {
        let Some(room) = self.room() else { return requests.len() };
        let mut taken = THINKING;
        let fits = requests.iter().take_while(|parts| {
            taken = taken.saturating_add(parts.block_bytes(self.version()) + BESIDE);
            taken <= room
        });
        fits.count().max(1)
    }
}

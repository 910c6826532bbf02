//! One rule alone, evaluated and not composed: what benchmarks and laws look at.

use crate::Evaluator;
use crate::contract::RequestParts;
use crate::model::Request;
use crate::sandbox::EntryPoint;

#[doc(hidden)]
impl Evaluator {
    /// Fuel that the first rule burns on this request, in a fresh sandbox, through the cheapest door.
    pub fn evaluate_first(&self, request: &Request) -> Option<u64> {
        self.probe(EntryPoint::Cheapest, request)
    }

    /// The same through the typed door.
    pub fn evaluate_first_typed(&self, request: &Request) -> Option<u64> {
        self.probe(EntryPoint::Typed, request)
    }

    /// What the first rule says, or how it fails, through the typed door; for a law.
    pub fn said_typed(&self, request: &Request) -> Option<String> {
        self.said(EntryPoint::Typed, request)
    }

    /// The same through the packed door.
    pub fn said_packed(&self, request: &Request) -> Option<String> {
        self.said(EntryPoint::Cheapest, request)
    }

    /// What the first rule says and the fuel that it burns, in a new component; for a law.
    pub fn said_anew(&self, request: &Request) -> Option<(String, u64)> {
        self.said_and_burnt(EntryPoint::CheapestAnew, request)
    }

    /// The same through the typed door.
    pub fn said_typed_anew(&self, request: &Request) -> Option<(String, u64)> {
        self.said_and_burnt(EntryPoint::TypedAnew, request)
    }

    /// The same through the typed door, in a component that is put back where that can be done.
    pub fn said_typed_after_reset(&self, request: &Request) -> Option<(String, u64)> {
        self.said_and_burnt(EntryPoint::Typed, request)
    }

    /// The same as the handler asks it.
    pub fn said_after_reset(&self, request: &Request) -> Option<(String, u64)> {
        self.said_and_burnt(EntryPoint::Cheapest, request)
    }

    /// Whether the first rule's instance is put back to its first state instead of being made again.
    pub fn first_is_reset(&self) -> Option<bool> {
        self.shared.lanes.hold()?.is_reset(0)
    }

    /// How many instances of the first rule that are put back have been made, in this thread's lane.
    pub fn instances_of_first(&self) -> Option<usize> {
        self.shared.lanes.hold()?.made(0)
    }

    fn said_and_burnt(&self, entry: EntryPoint, request: &Request) -> Option<(String, u64)> {
        let parts = RequestParts::of(request);
        let evaluation = self.shared.lanes.hold()?.evaluate_through(entry, 0, &parts)?;
        Some((format!("{:?}", evaluation.heard), evaluation.fuel))
    }

    fn said(&self, entry: EntryPoint, request: &Request) -> Option<String> {
        self.said_and_burnt(entry, request).map(|(said, _)| said)
    }

    /// The first rule on many requests, in a fresh sandbox for each batch; gives how many were answered.
    pub fn evaluate_first_of_many(&self, requests: &[Request]) -> Option<usize> {
        let lane = self.shared.lanes.hold()?;
        let parts: Vec<_> =
            requests.iter().map(|request| RequestParts::of(request).without_evidence()).collect();
        let parts: Vec<_> = parts.iter().collect();
        let answers = lane.evaluate_many(0, &parts)?;
        Some(answers.into_iter().flatten().count())
    }

    fn probe(&self, entry: EntryPoint, request: &Request) -> Option<u64> {
        let parts = RequestParts::of(request);
        let evaluation = self.shared.lanes.hold()?.evaluate_through(entry, 0, &parts)?;
        evaluation.heard.is_ok().then_some(evaluation.fuel)
    }
}

//! The packed door: many requests in one call, laid out as `packed.md` beside the WIT package says.

mod answer;
mod block;

use std::sync::OnceLock;

use crate::{Rule, rule};

pub(crate) use block::{Block, length};

/// Room for one answer; a longer one makes the buffer grow.
const ANSWER_BYTES: usize = 192;

/// Asks the rule about each request. Called by the code that [`rule!`](crate::rule!) writes.
///
/// # Safety
///
/// The bytes are laid out as `packed.md` says, and their texts are UTF-8, as a host promises.
#[doc(hidden)]
#[expect(unsafe_code, reason = "the host's promise that text is UTF-8 cannot be checked without reading it")]
pub unsafe fn evaluate_packed<R: Rule>(kept: &OnceLock<R::Settings>, requests: &[u8]) -> Vec<u8> {
    let count = block::number(requests, 0);
    let mut answers = answer::Answers::new(count, ANSWER_BYTES);
    for index in 0..count {
        #[cfg(target_arch = "wasm32")]
        crate::arena::mark();
        let start = block::number(requests, 4 + 4 * index);
        // SAFETY: the caller's promise.
        let block = unsafe { Block::new(requests.get(start..).unwrap_or_default()) };
        let request = block.request();
        match kept.get() {
            Some(settings) => answers.push(&R::try_evaluate(settings, &request), request.explain),
            None => answers.push(&Err(rule::not_configured()), false),
        }
    }
    answers.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Manifest, Opinion, Request};

    struct Echo;

    impl Rule for Echo {
        type Settings = bool;

        fn manifest() -> Manifest {
            Manifest::default()
        }

        fn evaluate(_: &bool, request: &Request<'_>) -> Opinion {
            let tags: Vec<_> = request.target.tags.iter().map(|tag| (tag.name, tag.value)).collect();
            let facts: Vec<_> = request.facts.iter().collect();
            let labels: Vec<_> = request.labels.iter().map(|label| label.value).collect();
            let text = format!("{:?} {tags:?} {facts:?} {} {labels:?}", request.target.sku, request.workload);
            Opinion::abstain().because("seen", text).seen("/target/type", request.target.type_)
        }
    }

    /// A block whose every text is `ab`, with one tag, one fact without value and one label.
    fn block(explain: u8) -> Vec<u8> {
        let mut bytes = vec![explain, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0];
        let end = 104 + 16 + 24 + 16_u32;
        for slot in 0..18 {
            if slot == 11 {
                bytes.extend([1, 0, 0, 0]);
            }
            let absent = slot == 15;
            bytes.extend(if absent { 0 } else { end }.to_le_bytes());
            bytes.extend(if absent { 0 } else { 2_u32 }.to_le_bytes());
        }
        bytes.extend(b"ab");
        bytes
    }

    #[test]
    #[expect(unsafe_code, reason = "the bytes are written above")]
    fn requests_are_read_and_answers_written_where_the_layout_says() {
        let kept = OnceLock::from(true);
        let (with, without) = (block(1), block(0));
        let mut requests = vec![2, 0, 0, 0, 12, 0, 0, 0];
        requests.extend((12 + u32::try_from(with.len()).unwrap_or(0)).to_le_bytes());
        requests.extend(&with);
        requests.extend(&without);
        // SAFETY: laid out as the contract says.
        let answers = unsafe { evaluate_packed::<Echo>(&kept, &requests) };
        let text =
            |text: &str| [&u32::try_from(text.len()).unwrap_or(0).to_le_bytes(), text.as_bytes()].concat();
        let seen =
            r#"Some("ab") [("ab", "ab")] [FactRef { kind: "ab", scope: "ab", value: None }] ab ["ab"]"#;
        let reason = [vec![0, 0, 0, 0, 0, 1, 0, 0, 0], text("seen"), text(seen)].concat();
        let evidence = [vec![1, 0, 0, 0], text("/target/type"), text("ab")].concat();
        let expected = [&[2, 0, 0, 0][..], &reason, &evidence, &reason, &[0, 0, 0, 0]].concat();
        assert_eq!(answers, expected);
    }

    /// Every text of the block lies at its end, so that each cut takes it away.
    #[test]
    #[expect(unsafe_code, reason = "the bytes are written above, and what is left of them is UTF-8")]
    fn a_text_behind_the_end_of_its_block_is_none() {
        let whole = block(1);
        for length in 0..whole.len() {
            // SAFETY: laid out as the contract says, but cut off: no place that is left names anything but `ab`.
            let request = unsafe { Block::new(&whole[..length]) }.request();
            let target = &request.target;
            assert_eq!((target.id, target.body, target.sku, request.workload), ("", "", None, ""));
            assert!(target.tags.iter().all(|tag| tag.name.is_empty() && tag.value.is_empty()));
            assert!(target.tags.named("ab").is_none() && target.tags.named("").is_none());
            assert!(request.facts.iter().all(|fact| fact.kind.is_empty() && fact.value.is_none()));
        }
    }
}

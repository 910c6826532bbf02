//! New inputs out of old ones.

/// No input grows beyond this.
const LONGEST: usize = 64 * 1024;

/// What parsers often trip over.
const AWKWARD: [&[u8]; 16] = [
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"9223372036854775808",
    b"-1",
    b"1e999",
    b"NaN",
    b"null",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    b"{\"\":{\"\":{\"\":",
    b"\\u0000",
    b"\\ud800",
    b"''",
    b"//",
    b"\xe2\x80\xae",
    b"9999-12-31T23:59:60Z",
];

/// Makes inputs; the same ones for the same corpus and seed.
pub(crate) struct Maker<'a> {
    corpus: &'a [Vec<u8>],
    words: Vec<&'a [u8]>,
    state: u64,
}

impl<'a> Maker<'a> {
    pub(crate) fn of(corpus: &'a [Vec<u8>], seed: u64) -> Self {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
        let words = corpus.iter().flat_map(|one| one.split(move |byte| !is_word(byte)));
        let mut words: Vec<&[u8]> = words.filter(|word| word.len() > 1).collect();
        words.sort_unstable();
        words.dedup();
        Self { corpus, words, state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// A number below `end`, or 0.
    fn below(&mut self, end: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state % u64::try_from(end).unwrap_or(1).max(1)).unwrap_or_default()
    }

    /// Part of some input.
    fn part(&mut self) -> &'a [u8] {
        let at = self.below(self.corpus.len());
        let whole = self.corpus.get(at).map(Vec::as_slice).unwrap_or_default();
        let from = self.below(whole.len());
        let length = self.below(whole.len().saturating_sub(from).min(256) + 1);
        whole.get(from..from + length).unwrap_or_default()
    }

    /// The next input.
    pub(crate) fn make(&mut self, input: &mut Vec<u8>) {
        let at = self.below(self.corpus.len());
        input.clear();
        input.extend_from_slice(self.corpus.get(at).map(Vec::as_slice).unwrap_or_default());
        for _ in 0..=self.below(4) {
            self.change(input);
        }
        input.truncate(LONGEST);
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        let end = (at + self.below(32)).min(input.len());
        match self.below(8) {
            0 => {
                let bit = 1 << self.below(8);
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= bit;
                }
            }
            1 => drop(input.drain(at..end)),
            2 => {
                let again = input.get(at..end).unwrap_or_default().to_vec();
                input.splice(at..at, again);
            }
            3 => input.truncate(at),
            4 => {
                let part = self.part();
                input.splice(at..end, part.iter().copied());
            }
            5 => {
                let word = self.below(self.words.len());
                let word = self.words.get(word).copied().unwrap_or_default();
                input.splice(at..end, word.iter().copied());
            }
            6 => {
                let awkward = self.below(AWKWARD.len());
                let awkward = AWKWARD.get(awkward).copied().unwrap_or_default();
                input.splice(at..at, awkward.iter().copied());
            }
            _ => {
                let byte = u8::try_from(self.below(256)).unwrap_or_default();
                input.splice(at..at, [byte]);
            }
        }
    }
}

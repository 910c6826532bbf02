//! Copies within a rule's memory. Most are of a name or a word, for which a call into the host takes longer than the copy.

#![expect(unsafe_code, reason = "what is reserved but not written yet can be written in no other way")]

/// Copies a text to a place of the same length; where the two differ, as much as fits.
#[inline]
pub(crate) fn copy(to: &mut [u8], from: &[u8]) {
    let bytes = to.len().min(from.len());
    // SAFETY: so many can be read and written, and what can be written is nobody else's.
    unsafe { copy_raw(to.as_mut_ptr(), from.as_ptr(), bytes) };
}

/// Adds bytes at the end.
#[inline]
pub(crate) fn append(bytes: &mut Vec<u8>, more: &[u8]) {
    bytes.reserve(more.len());
    let end = bytes.len();
    // SAFETY: there is room behind the end, where nothing else is, and all of it is written before it counts.
    unsafe {
        copy_raw(bytes.as_mut_ptr().add(end), more.as_ptr(), more.len());
        bytes.set_len(end + more.len());
    }
}

/// Adds a text at the end.
#[inline]
pub(crate) fn append_text(text: &mut String, more: &str) {
    // SAFETY: what is added is UTF-8.
    append(unsafe { text.as_mut_vec() }, more.as_bytes());
}

/// These parts, one behind the other: for the fields of a protection, as [`Text::of`](crate::Text::of) is for reasons.
pub fn joined(parts: &[&str]) -> String {
    let mut text = String::with_capacity(parts.iter().map(|part| part.len()).sum());
    parts.iter().for_each(|part| append_text(&mut text, part));
    text
}

/// SAFETY: so many bytes can be read and written there, and the two do not overlap.
unsafe fn copy_raw(to: *mut u8, from: *const u8, bytes: usize) {
    // SAFETY: the caller's promise, and pieces are at most as long as all of it.
    unsafe {
        match bytes {
            65.. => to.copy_from_nonoverlapping(from, bytes),
            33.. => ends::<[u64; 4]>(to, from, bytes),
            17.. => ends::<[u64; 2]>(to, from, bytes),
            8.. => ends::<u64>(to, from, bytes),
            4.. => ends::<u32>(to, from, bytes),
            2.. => ends::<u16>(to, from, bytes),
            1 => *to = *from,
            0 => {}
        }
    }
}

/// Copies a piece from either end; where the two overlap, twice.
///
/// SAFETY: so many bytes can be read and written there, at least one piece.
#[inline(always)]
unsafe fn ends<Piece: Copy>(to: *mut u8, from: *const u8, bytes: usize) {
    let last = bytes - size_of::<Piece>();
    // SAFETY: the caller's promise.
    unsafe {
        to.cast::<Piece>().write_unaligned(from.cast::<Piece>().read_unaligned());
        to.add(last).cast::<Piece>().write_unaligned(from.add(last).cast::<Piece>().read_unaligned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_copied_whatever_the_length() {
        let from: Vec<u8> = (1..=200).collect();
        for length in 0..from.len() {
            let (from, mut to) = (&from[..length], vec![0; length + 1]);
            copy(&mut to[..length], from);
            assert_eq!(to, [from, &[0]].concat());
            let mut grown = vec![7];
            append(&mut grown, from);
            assert_eq!(grown, [&[7], from].concat());
        }
    }

    #[test]
    fn no_more_is_copied_than_fits() {
        let mut to = [0; 3];
        copy(&mut to, &[1, 2]);
        assert_eq!(to, [1, 2, 0]);
        copy(&mut to, &[4, 5, 6, 7]);
        assert_eq!(to, [4, 5, 6]);
    }

    #[test]
    fn a_text_grows_by_texts() {
        let mut text = String::from("Größe ");
        append_text(&mut text, "日本");
        assert_eq!(text, "Größe 日本");
    }
}

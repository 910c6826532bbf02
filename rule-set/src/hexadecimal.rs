//! Bytes as hexadecimal digits.

/// Two lower-case digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves.filter_map(|half| DIGITS.get(usize::from(half)).map(|digit| char::from(*digit))).collect()
}

/// The bytes that digits of either case stand for; none where the text is no such digits, or a byte lacks its second.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits?;
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    Some(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_for_the_bytes_that_they_were_made_of() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        assert_eq!(unhex(&hex(&bytes)), Some(bytes));
        assert_eq!(hex(&[0, 10, 255]), "000aff");
        assert_eq!(unhex("000AfF"), Some(vec![0, 10, 255]));
        assert_eq!(unhex(""), Some(Vec::new()));
        for text in ["0", "0g", "é0", " 00", "+1"] {
            assert_eq!(unhex(text), None, "{text}");
        }
    }
}

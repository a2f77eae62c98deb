//! What serde says about a value of the config, without the names that Rust has for numbers.
//! The rest of its wording is `diagnostic`'s.

use crate::diagnostic::Complaint;

/// The names of numbers in serde's sentences, and what people call them.
const NUMBERS: [(&str, &str); 8] = [
    ("f64", "a number"),
    ("f32", "a number"),
    ("u8", "a whole number"),
    ("u16", "a whole number"),
    ("u32", "a whole number"),
    ("u64", "a whole number"),
    ("i64", "a whole number"),
    ("usize", "a whole number"),
];

/// The complaint that serde's sentence stands for.
pub(super) fn complaint(message: &str) -> Complaint {
    let mut complaint = Complaint::of(message);
    let expected = complaint.message.rsplit_once("expected ");
    let known = expected.and_then(|(before, name)| Some((before, NUMBERS.iter().find(|(rust, _)| *rust == name)?.1)));
    if let Some((before, plain)) = known {
        complaint.message = format!("{before}expected {plain}");
    }
    complaint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_called_a_number() {
        let told = |message| complaint(message).message;
        assert_eq!(told("invalid type: string \"x\", expected f64"), "invalid type: string \"x\", expected a number");
        assert_eq!(
            told("invalid value: integer `-1`, expected u8"),
            "invalid value: integer `-1`, expected a whole number"
        );
        assert_eq!(
            told("invalid type: integer `1`, expected a string"),
            "invalid type: integer `1`, expected a string"
        );
    }
}

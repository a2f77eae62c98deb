//! Parses JSON as servers send it: with `NaN`, with raw line breaks in strings, or cut off at the end.
//! It repairs only what has one possible meaning; text that is not JSON is rejected.

use serde_json::Value;

/// A parsed value, and whether its end is missing.
#[derive(Debug, PartialEq)]
pub(crate) struct LenientJson {
    pub(crate) value: Value,
    pub(crate) is_cut: bool,
}

/// Parses the first value in `text`. A value that is cut off keeps its complete parts.
pub(crate) fn parse(text: &[u8]) -> Option<LenientJson> {
    if let Ok(value) = serde_json::from_slice(text) {
        return Some(LenientJson { value, is_cut: false });
    }
    let text = String::from_utf8_lossy(text);
    let mut mender = JsonRepairer::default();
    mender.read(&text);
    let is_cut = !mender.open.is_empty();
    let value = serde_json::from_str(&mender.finish()).ok()?;
    Some(LenientJson { value, is_cut })
}

/// The repaired text while it is built.
#[derive(Default)]
struct JsonRepairer {
    out: String,
    /// The closing brackets that are still due.
    open: Vec<char>,
    /// True if the next string is a key.
    wants_key: bool,
    /// The length of the text and the number of open brackets when the text was last complete.
    sound: (usize, usize),
}

impl JsonRepairer {
    fn read(&mut self, text: &str) {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            rest = match first {
                '"' => self.string(&rest[1..]),
                '{' | '[' => self.begin(first, &rest[1..]),
                '}' | ']' => self.end(first, &rest[1..]),
                ',' | ':' => self.delimiter(first, &rest[1..]),
                _ if first.is_whitespace() => rest.trim_start(),
                _ => self.word(rest),
            };
            if self.open.is_empty() && !self.out.is_empty() {
                return;
            }
        }
    }

    fn begin<'a>(&mut self, bracket: char, rest: &'a str) -> &'a str {
        self.out.push(bracket);
        self.open.push(if bracket == '{' { '}' } else { ']' });
        self.wants_key = bracket == '{';
        self.is_sound();
        rest
    }

    fn end<'a>(&mut self, bracket: char, rest: &'a str) -> &'a str {
        self.out.push(bracket);
        self.open.pop();
        self.wants_key = false;
        self.is_sound();
        rest
    }

    fn delimiter<'a>(&mut self, delimiter: char, rest: &'a str) -> &'a str {
        self.out.push(delimiter);
        self.wants_key = delimiter == ',' && self.open.last() == Some(&'}');
        rest
    }

    /// Reads a string; an unterminated one is dropped.
    fn string<'a>(&mut self, text: &'a str) -> &'a str {
        self.out.push('"');
        let mut is_escaped = false;
        for (at, letter) in text.char_indices() {
            match letter {
                '"' if !is_escaped => {
                    self.out.push('"');
                    if !self.wants_key {
                        self.is_sound();
                    }
                    return &text[at + 1..];
                }
                control if control < ' ' => {
                    // A raw control character, which JSON does not allow.
                    self.out.push_str(if is_escaped { "u00" } else { "\\u00" });
                    self.out.push(if control < '\u{10}' { '0' } else { '1' });
                    self.out.extend(char::from_digit(control as u32 % 16, 16));
                    is_escaped = false;
                }
                letter => {
                    self.out.push(letter);
                    is_escaped = letter == '\\' && !is_escaped;
                }
            }
        }
        ""
    }

    /// Reads a number or a literal. One at the very end may be incomplete.
    fn word<'a>(&mut self, text: &'a str) -> &'a str {
        let is_end = |letter: char| letter.is_whitespace() || "{}[]\",:".contains(letter);
        let (word, rest) = text.split_at(text.find(is_end).unwrap_or(text.len()));
        self.out.push_str(match word {
            "NaN" | "-NaN" | "nan" | "Infinity" | "-Infinity" | "inf" | "-inf" | "None" | "undefined" => "null",
            "True" => "true",
            "False" => "false",
            other => other,
        });
        if !rest.is_empty() {
            self.is_sound();
        }
        rest
    }

    fn is_sound(&mut self) {
        self.sound = (self.out.len(), self.open.len());
    }

    /// Returns the text up to where it was last complete, with the brackets closed that were open there.
    fn finish(mut self) -> String {
        if !self.open.is_empty() {
            self.out.truncate(self.sound.0);
            self.open.truncate(self.sound.1);
            self.out.extend(self.open.into_iter().rev());
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(text: &str, value: &Value, is_cut: bool) {
        assert_eq!(parse(text.as_bytes()), Some(LenientJson { value: value.clone(), is_cut }), "{text}");
    }

    #[test]
    fn nan_is_null_and_raw_line_breaks_are_text() {
        check(r#"{"a":NaN,"b":[-Infinity,1,True],"c":"NaN"}"#, &json!({"a":null,"b":[null,1,true],"c":"NaN"}), false);
        check("{\"a\":\"one\ntwo\\\"\"}", &json!({"a": "one\ntwo\""}), false);
        assert_eq!(parse(b"{\"a\":\"\xff\"}").unwrap().value, json!({"a": "\u{fffd}"}));
    }

    #[test]
    fn text_after_a_value_is_skipped() {
        check(r#"{"a":1} and more {"#, &json!({"a": 1}), false);
        check("[1]]", &json!([1]), false);
    }

    #[test]
    fn a_truncated_value_keeps_its_complete_parts() {
        let text = r##"{"data":[{"b64_json":"#0","n":12}],"usage":{"in":9}}"##;
        for (cut, value) in [
            (24, json!({"data": [{}]})),
            (25, json!({"data": [{"b64_json": "#0"}]})),
            (32, json!({"data": [{"b64_json": "#0"}]})),
            (33, json!({"data": [{"b64_json": "#0", "n": 12}]})),
            (42, json!({"data": [{"b64_json": "#0", "n": 12}]})),
            (50, json!({"data": [{"b64_json": "#0", "n": 12}], "usage": {}})),
            (51, json!({"data": [{"b64_json": "#0", "n": 12}], "usage": {"in": 9}})),
        ] {
            check(&text[..cut], &value, true);
        }
        for cut in 1..text.len() {
            assert!(parse(&text.as_bytes()[..cut]).unwrap().is_cut, "{cut}");
        }
    }

    #[test]
    fn invalid_json_is_none() {
        for text in ["", "[DONE]", "hello", "{a}", "{\"a\" 1}", "}", "{]"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}

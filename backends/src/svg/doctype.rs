//! Removes a plain document type, which files from editors often have; nothing of it is read. A document type that
//! declares something stays and is rejected later.

use std::borrow::Cow;

/// Replaces the plain document type in `text` with spaces, so that line numbers stay the same.
pub(super) fn blank_out_doctype(text: &str) -> Cow<'_, str> {
    let Some((start, end)) = find_doctype(text) else { return Cow::Borrowed(text) };
    let blank: String = text[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
    Cow::Owned([&text[..start], &blank, &text[end..]].concat())
}

/// Finds a document type before the first element that declares nothing.
fn find_doctype(text: &str) -> Option<(usize, usize)> {
    let mut at = 0;
    loop {
        at += text[at..].find('<')?;
        let rest = &text[at..];
        if rest.starts_with("<?") {
            at += rest.find("?>")?;
        } else if rest.starts_with("<!--") {
            at += rest.find("-->")?;
        } else if rest.get(..9).is_some_and(|head| head.eq_ignore_ascii_case("<!doctype")) {
            return end(rest).map(|end| (at, at + end));
        } else {
            return None;
        }
    }
}

fn end(declaration: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in declaration.char_indices() {
        match (letter, quote) {
            (letter, Some(open)) => quote = Some(open).filter(|open| letter != *open),
            ('"' | '\'', None) => quote = Some(letter),
            ('[', None) => return None,
            ('>', None) => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_doctype_is_removed_but_others_stay() {
        let plain = "<?xml version='1.0'?>\n<!-- <svg> -->\n<!DOCTYPE svg PUBLIC \"a>b\"\n 'c'>\n<svg/>";
        let removed_text = blank_out_doctype(plain);
        assert!(!removed_text.contains("DOCTYPE") && removed_text.ends_with("\n<svg/>"));
        assert_eq!(removed_text.lines().count(), plain.lines().count());
        for kept in ["<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>", "<svg/>", "<svg><!DOCTYPE a></svg>", "<!DOCTYPE svg"] {
            assert_eq!(blank_out_doctype(kept), kept);
        }
    }
}

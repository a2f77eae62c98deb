//! Tokens of a search: words and filters, with quotes removed and their place in the text.

use std::ops::Range;

/// A word or a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Bytes of the text, without a leading minus.
    pub(super) span: Range<usize>,
    pub(super) negated: bool,
    /// Name of the filter, in lower case: the text before the first colon outside of quotes.
    pub(super) filter: Option<String>,
    /// The text of the word, or the value of the filter.
    pub(super) value: String,
    /// Set if the value begins with a quote.
    pub(super) quoted: bool,
}

impl Token {
    /// Returns the token as it stands in `text`, with its minus.
    pub(super) fn whole<'a>(&self, text: &'a str) -> &'a str {
        &text[self.span.start - usize::from(self.negated)..self.span.end]
    }
}

/// Splits a search at the spaces outside of quotes.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some(start) = text[rest..].find(|c: char| !c.is_whitespace()).map(|at| rest + at) {
        let end = end_of_token(text, start);
        found.push(token(text, start..end));
        rest = end;
    }
    found
}

fn end_of_token(text: &str, start: usize) -> usize {
    let mut in_quotes = false;
    let end = text[start..].char_indices().find(|(_, c)| {
        in_quotes ^= *c == '"';
        c.is_whitespace() && !in_quotes
    });
    end.map_or(text.len(), |(at, _)| start + at)
}

fn token(text: &str, span: Range<usize>) -> Token {
    let negated = text[span.clone()].starts_with('-') && span.len() > 1;
    let span = span.start + usize::from(negated)..span.end;
    let whole = &text[span.clone()];
    let (filter, value) = match whole.split_once(':') {
        Some((name, value)) if is_name(name) => (Some(name.to_lowercase()), value),
        _ => (None, whole),
    };
    let quoted = value.starts_with('"');
    Token { span, negated, filter, value: value.replace('"', ""), quoted }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_alphabetic)
}

//! The sources as tokens, without words in comments and strings, and without code that is only compiled for tests.
//! The rules themselves are in `architecture`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// A source file without its tests.
pub(super) struct Source {
    /// Its path below the root, with forward slashes on every platform.
    pub(super) path: String,
    text: String,
}

/// A word or a punctuation sign, with its line counted from 1. `::` is one token, and so is a lifetime.
#[derive(Debug)]
pub(super) struct Token {
    text: String,
    line: usize,
}

impl Source {
    /// Returns whether it is one of these files, or below one of these folders.
    pub(super) fn is_within(&self, paths: &[&str]) -> bool {
        let below = |folder: &&str| self.path.strip_prefix(*folder).is_some_and(|rest| rest.starts_with('/'));
        paths.iter().any(|path| self.path == *path || below(path))
    }

    /// Returns the lines with these words. Most files contain none of them and are not tokenized.
    pub(super) fn find<'a>(&self, banned: &'a [&str]) -> Vec<(usize, &'a str)> {
        let possible = |words: &&&str| words.split(' ').all(|word| self.text.contains(word));
        let possible: Vec<&str> = banned.iter().filter(possible).copied().collect();
        if possible.is_empty() {
            return Vec::new();
        }
        let tokens = tokens(&self.text);
        possible
            .into_iter()
            .flat_map(|words| find(&tokens, words).map(move |line| (line, words)).collect::<Vec<_>>())
            .collect()
    }

    /// Returns whether it is a test module, by its name.
    fn is_test(&self) -> bool {
        self.path.split('/').skip(1).any(|part| matches!(part, "tests" | "tests.rs" | "fixtures.rs"))
    }
}

/// Returns the sources of the program.
pub(super) fn sources() -> Vec<Source> {
    let shipped = all().into_iter().filter(|(path, _)| path.starts_with("src/") || path.starts_with("backends/src/"));
    let sources = shipped.map(|(path, text)| Source { path, text });
    sources.filter(|source| !source.is_test()).collect()
}

/// Returns the path and the text of every Rust file here, tests included.
pub(crate) fn all() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "backends", "tests", "benches"] {
        collect(&root.join(folder), &mut files);
    }
    let name = |file: &Path| {
        let below = file.strip_prefix(root).unwrap().components();
        below.map(|part| part.as_os_str().to_str().unwrap()).collect::<Vec<_>>().join("/")
    };
    files.sort();
    files.into_iter().map(|file| (name(&file), fs::read_to_string(&file).unwrap())).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Returns the lines on which these space-separated tokens follow each other.
pub(super) fn find<'a>(tokens: &'a [Token], words: &'a str) -> impl Iterator<Item = usize> + 'a {
    let length = words.split(' ').count();
    let stands = move |window: &&[Token]| window.iter().map(|token| token.text.as_str()).eq(words.split(' '));
    tokens.windows(length).filter(stands).map(|window| window[0].line)
}

/// Returns the tokens of a source text, without items marked as `#[cfg(test)]`.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut flat = Vec::new();
    flatten(text.parse().unwrap(), &mut flat);
    flat
}

fn flatten(stream: TokenStream, flat: &mut Vec<Token>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut at = 0;
    while let Some(tree) = trees.get(at) {
        at = if is_for_tests(&trees[at..]) { end_of_item(&trees, at) } else { at + add(tree, trees.get(at + 1), flat) };
    }
}

/// Adds the first of two trees, and the second if both form one token. Returns the number of trees consumed.
fn add(tree: &TokenTree, next: Option<&TokenTree>, flat: &mut Vec<Token>) -> usize {
    let line = tree.span().start().line;
    let mut push = |text: String| flat.push(Token { text, line });
    match (tree, next) {
        (TokenTree::Group(group), _) => {
            let (open, close) = signs(group.delimiter());
            push(open.to_owned());
            flatten(group.stream(), flat);
            flat.push(Token { text: close.to_owned(), line: group.span_close().start().line });
        }
        (TokenTree::Punct(first), Some(second))
            if first.spacing() == Spacing::Joint && "':".contains(first.as_char()) =>
        {
            push(format!("{first}{second}"));
            return 2;
        }
        // The content of a literal is not an identifier.
        (TokenTree::Literal(_), _) => push("\"\"".to_owned()),
        (tree, _) => push(tree.to_string()),
    }
    1
}

const fn signs(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

fn is_for_tests(trees: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] = trees else { return false };
    hash.as_char() == '#' && attribute.stream().to_string().replace(' ', "") == "cfg(test)"
}

/// Returns the index after the item that begins at `start`.
fn end_of_item(trees: &[TokenTree], start: usize) -> usize {
    let ends = |tree: &TokenTree| match tree {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(sign) => sign.as_char() == ';',
        _ => false,
    };
    trees[start..].iter().position(ends).map_or(trees.len(), |length| start + length + 1)
}

#[test]
fn words_in_comments_strings_and_tests_are_ignored() {
    let text = "
        //! Color::Red
        /// Color::Red
        const TEXT: &'static str = \"Color::Red\"; // Color::Red
        #[cfg(test)]
        mod tests { fn red() -> Color { Color::Red } }
        #[cfg(test)]
        use x::{Color::Red};
        fn blue() { vec![Color::Blue] }
    ";
    assert_eq!(find(&tokens(text), "Color ::").collect::<Vec<_>>(), [9]);
    assert_eq!(find(&tokens(text), "static").count(), 0);
}

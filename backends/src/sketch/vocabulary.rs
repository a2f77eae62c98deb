//! The nouns that the sketch can draw: a small table of its own, and every emoji by its own name. Numbers, colors and
//! places are handled by the parser.

use std::collections::HashMap;

use emojis::{Emoji, Group};
use twemoji_assets::svg::SvgTwemojiAsset;

use super::color;

const WORDS: &str = include_str!("words.txt");
const DRAWINGS: &str = include_str!("drawings.svg");
/// The maximum number of words in one name.
pub(super) const MAX_NAME_WORDS: usize = 4;
/// The latest emoji version (by Unicode release) for which every emoji has a drawing.
const NEWEST_DRAWN: u32 = 17;
/// Older emoji without a drawing: the clown and the lime.
const UNDRAWN: &[&str] = &["🤡", "🍋\u{200d}🟩"];
/// Emoji names that are everyday words with another meaning.
const NOT_NOUNS: &[&str] =
    &["eye", "hole", "dash", "art", "man", "mask", "door open", "shirt size", "wave", "sweat", "dizzy", "poop"];

/// A thing that can be drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Noun {
    /// The name of the thing, as in `data-word`.
    pub word: &'static str,
    pub drawn: DrawingSource,
    /// The size relative to a dog.
    pub size: f32,
    /// True if the thing belongs above the horizon.
    pub in_sky: bool,
    /// True if other things sit in it rather than stand on top of it.
    pub is_seat: bool,
    /// True if the thing belongs on the water.
    pub is_boat: bool,
}

/// The source of a noun's drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DrawingSource {
    /// The drawing of this emoji.
    Emoji(&'static str),
    /// Markup in a box of 36 by 36.
    Markup(&'static str),
    /// The moon, drawn by the sky.
    Moon,
    /// The sun, drawn by the sky.
    Sun,
}

/// All nouns, by each of their names.
pub(super) struct Vocabulary {
    nouns: Vec<Noun>,
    names: HashMap<String, NameMeaning>,
}

#[derive(Clone, Copy)]
struct NameMeaning {
    noun: usize,
    /// True if the name means something else that looks similar.
    is_near_match: bool,
}

impl Vocabulary {
    /// Reads the table and then the emoji; the table takes precedence.
    pub(super) fn new() -> Self {
        let mut vocabulary = Self { nouns: Vec::new(), names: HashMap::new() };
        WORDS.lines().filter(|line| !line.starts_with('#')).for_each(|line| vocabulary.line(line));
        emojis::iter().filter(|emoji| is_thing(emoji)).for_each(|emoji| vocabulary.emoji(emoji));
        vocabulary
    }

    /// Looks up a noun by name (lowercase, singular), and returns whether it is only a near match.
    pub(super) fn get(&self, name: &str) -> Option<(Noun, bool)> {
        let name = self.names.get(name)?;
        Some((*self.nouns.get(name.noun)?, name.is_near_match))
    }

    /// Returns the noun for an emoji at the start of `text`, and the length of the emoji in bytes.
    pub(super) fn at_start(&self, text: &str) -> Option<(Noun, usize)> {
        let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).take(10).collect::<Vec<_>>();
        ends.into_iter().rev().find_map(|end| {
            let emoji = emojis::get(text.get(..end)?)?;
            Some((self.get(&plain(emoji.name()))?.0, end))
        })
    }

    fn line(&mut self, line: &'static str) {
        let mut fields = line.split('|').map(str::trim);
        let (Some(word), Some(drawn)) = (fields.next(), fields.next().and_then(drawn)) else { return };
        let size = fields.next().and_then(|size| size.parse().ok()).unwrap_or(1.0);
        let place = fields.next().unwrap_or_default();
        let is = |wanted: &str| place.split(' ').any(|place| place == wanted);
        let noun = self.nouns.len();
        self.nouns.push(Noun { word, drawn, size, in_sky: is("sky"), is_seat: is("seat"), is_boat: is("boat") });
        self.name(word.to_owned(), NameMeaning { noun, is_near_match: false });
        for name in fields.next().unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let (near, name) = name.strip_prefix('~').map_or((false, name), |name| (true, name));
            self.name(name.to_owned(), NameMeaning { noun, is_near_match: near });
        }
    }

    fn emoji(&mut self, emoji: &'static Emoji) {
        let noun = self.nouns.len();
        self.nouns.push(Noun {
            word: emoji.name(),
            drawn: DrawingSource::Emoji(emoji.as_str()),
            size: 1.0,
            in_sky: false,
            is_seat: false,
            is_boat: false,
        });
        self.name(plain(emoji.name()), NameMeaning { noun, is_near_match: false });
        // The "cat face" must not match "face", but a "fox face" is also a "fox".
        if let Some(short) = emoji.name().strip_suffix(" face") {
            self.name(plain(short), NameMeaning { noun, is_near_match: false });
        }
        for code in emoji.shortcodes().filter(|code| code.len() > 2) {
            self.name(code.replace(['_', '-'], " "), NameMeaning { noun, is_near_match: false });
        }
    }

    fn name(&mut self, name: String, meaning: NameMeaning) {
        let first = name.split(' ').next().unwrap_or_default();
        let of_a_color = name.contains(' ') && color::by_name(first).is_some();
        // One emoji shows several books, but "three books" means three of them.
        let plural = name.strip_suffix('s').is_some_and(|one| self.names.contains_key(one));
        if !of_a_color && !plural && !NOT_NOUNS.contains(&name.as_str()) {
            self.names.entry(name).or_insert(meaning);
        }
    }
}

impl DrawingSource {
    /// Returns the markup of a drawing in a box of 36 by 36; `None` for lights, and for emoji without a drawing.
    pub(super) fn markup(self) -> Option<&'static str> {
        match self {
            Self::Markup(markup) => Some(markup),
            Self::Emoji(emoji) => {
                let bare = emoji.replace('\u{fe0f}', "");
                let file = SvgTwemojiAsset::from_emoji(emoji).or_else(|| SvgTwemojiAsset::from_emoji(&bare))?;
                file.data.0.split_once('>')?.1.strip_suffix("</svg>")
            }
            Self::Moon | Self::Sun => None,
        }
    }
}

impl std::fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vocabulary({} nouns, {} names)", self.nouns.len(), self.names.len())
    }
}

fn drawn(field: &'static str) -> Option<DrawingSource> {
    match field {
        "=moon" => Some(DrawingSource::Moon),
        "=sun" => Some(DrawingSource::Sun),
        _ => field.strip_prefix('@').map_or(Some(DrawingSource::Emoji(field)), drawing),
    }
}

/// Returns the content of one of the bundled drawings.
fn drawing(name: &str) -> Option<DrawingSource> {
    let start = DRAWINGS.find(&format!("<symbol id=\"{name}\">"))?;
    let inside = DRAWINGS.get(start..)?.split_once('>')?.1;
    Some(DrawingSource::Markup(inside.split_once("</symbol>")?.0))
}

fn is_thing(emoji: &Emoji) -> bool {
    let drawn = emoji.unicode_version().major() <= NEWEST_DRAWN && !UNDRAWN.contains(&emoji.as_str());
    drawn && !matches!(emoji.group(), Group::Symbols | Group::Flags)
}

/// Normalizes a name to the way a person would type it.
fn plain(name: &str) -> String {
    name.to_lowercase().replace([':', ',', '.', '’', '“', '”', '!'], "").replace('-', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_drawn() {
        let vocabulary = Vocabulary::new();
        for line in WORDS.lines().filter(|line| !line.starts_with('#')) {
            let word = line.split('|').next().unwrap_or_default().trim();
            let found = vocabulary.get(word);
            assert!(found.is_some_and(|(noun, near)| noun.word == word && !near), "{line}");
            let drawn = found.map(|(noun, _)| noun.drawn);
            assert!(
                matches!(drawn, Some(DrawingSource::Moon | DrawingSource::Sun))
                    || drawn.and_then(DrawingSource::markup).is_some(),
                "{line}"
            );
        }
    }

    #[test]
    fn every_emoji_has_a_drawing() {
        for emoji in emojis::iter().filter(|emoji| is_thing(emoji)) {
            assert!(DrawingSource::Emoji(emoji.as_str()).markup().is_some(), "{}", emoji.name());
        }
    }

    #[test]
    fn an_emoji_is_known_by_its_name() {
        let vocabulary = Vocabulary::new();
        assert_eq!(vocabulary.get("octopus").map(|(noun, _)| noun.word), Some("octopus"));
        assert_eq!(vocabulary.get("fox").map(|(noun, _)| noun.word), Some("fox"));
        assert_eq!(vocabulary.get("pelican").map(|(noun, near)| (noun.word, near)), Some(("swan", true)));
        assert!(vocabulary.get("bureaucracy").is_none());
    }
}

//! The prompt parser: things, counts, colors, relations and scene. It is a small grammar over a word list, with no
//! understanding of language, and it reports the words that it did not use.

use super::{
    color::{self, Rgb},
    scene::{SceneHint, SketchScene, hint},
    style::SketchStyle,
    vocabulary::{DrawingSource, MAX_NAME_WORDS, Noun, Vocabulary},
    word_lists::{FILLERS, NUMBERS, PLACES, RelativePosition, SIZES},
};

/// The maximum number of words that are read.
const MAX_WORDS: usize = 400;
const MAX_PROMPT_BYTES: usize = 8 << 10;
/// The maximum number of one thing, and of all things.
pub(super) const MAX_PER_THING: u32 = 24;
const MAX_THINGS: u32 = 80;
const MAX_TEXTS: usize = 3;
const MAX_TEXT_CHARS: usize = 80;
/// The maximum number of unknown words that are reported.
const MAX_UNKNOWN_REPORTED: usize = 12;
/// The count of a plural without a number.
const PLURAL: u32 = 3;

/// A kind of thing in the image, with its count.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Thing {
    pub noun: Noun,
    pub count: u32,
    /// The name and value of the requested color.
    pub color: Option<(&'static str, Rgb)>,
    /// The requested size, as a multiple of the usual one.
    pub scale: f32,
}

/// The position of thing `subject` relative to thing `object`, both as indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Relation {
    pub subject: usize,
    pub place: RelativePosition,
    pub object: usize,
}

/// A parsed prompt.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ParsedPrompt {
    pub things: Vec<Thing>,
    pub relations: Vec<Relation>,
    pub scene: SketchScene,
    /// Quoted text to be written into the image.
    pub texts: Vec<String>,
    /// The style named in the prompt.
    pub style: Option<SketchStyle>,
    /// Words that were not used, without duplicates, in order.
    pub unknown: Vec<String>,
    /// Other remarks for the user, one per line.
    pub notes: Vec<String>,
}

impl ParsedPrompt {
    /// Returns true if nothing in the prompt is known.
    pub(super) fn is_empty(&self) -> bool {
        self.things.is_empty() && self.texts.is_empty() && self.scene == SketchScene::default()
    }

    /// Returns the remarks for the user: that this is not an AI model, the unknown words, the limits reached.
    pub(super) fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.is_empty() {
            remarks.push("sketch is not AI and knows none of these words; it drew a pattern".to_owned());
        } else if !self.unknown.is_empty() {
            let shown = self
                .unknown
                .iter()
                .take(MAX_UNKNOWN_REPORTED)
                .map(|word| shortened(word))
                .collect::<Vec<_>>()
                .join(", ");
            let more = self.unknown.len().saturating_sub(MAX_UNKNOWN_REPORTED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            remarks.push(format!("sketch has no drawing for: {shown}{more}"));
        }
        remarks.extend(self.notes.iter().cloned());
        remarks
    }
}

fn shortened(word: &str) -> String {
    word.chars().take(32).collect()
}

/// Parses a prompt.
pub(super) fn read(prompt: &str, vocabulary: &Vocabulary) -> ParsedPrompt {
    let mut reader = PromptParser::new(vocabulary);
    let text = reader.shorten(prompt);
    let text = reader.take_quotes(&text);
    let tokens = reader.tokens(&text);
    reader.run(&tokens);
    reader.finish()
}

struct PromptParser<'a> {
    vocabulary: &'a Vocabulary,
    reading: ParsedPrompt,
    hints: Vec<SceneHint>,
    total: u32,
    // Attributes of the next thing.
    count: Option<u32>,
    color: Option<(&'static str, Rgb)>,
    scale: f32,
    place: Option<RelativePosition>,
}

impl<'a> PromptParser<'a> {
    fn new(vocabulary: &'a Vocabulary) -> Self {
        let reading = ParsedPrompt::default();
        Self { vocabulary, reading, hints: Vec::new(), total: 0, count: None, color: None, scale: 1.0, place: None }
    }

    fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.reading.notes.contains(&note) {
            self.reading.notes.push(note);
        }
    }

    /// Truncates the prompt to the part that is read, and removes control characters.
    fn shorten(&mut self, prompt: &str) -> String {
        let end = (0..=MAX_PROMPT_BYTES.min(prompt.len())).rev().find(|end| prompt.is_char_boundary(*end)).unwrap_or(0);
        let head = &prompt[..end];
        if head.len() < prompt.len() {
            self.note(format!("only the first {} KB of the prompt were read", MAX_PROMPT_BYTES >> 10));
        }
        head.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    }

    /// Removes quoted text from the prompt and stores it.
    fn take_quotes(&mut self, text: &str) -> String {
        let mut rest = String::new();
        let mut inside: Option<(char, String)> = None;
        let mut before = ' ';
        for c in text.chars() {
            match (&mut inside, closing(c, before)) {
                (Some((close, quoted)), _) if c == *close => {
                    let quoted = std::mem::take(quoted);
                    self.text(&quoted);
                    rest.push(' ');
                    inside = None;
                }
                (Some((_, quoted)), _) => quoted.push(c),
                (None, Some(close)) => inside = Some((close, String::new())),
                (None, None) => rest.push(c),
            }
            before = c;
        }
        // A quote that is never closed is an inch mark or an apostrophe.
        rest.extend(inside.map(|(_, quoted)| quoted));
        rest
    }

    fn text(&mut self, quoted: &str) {
        let words = quoted.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.is_empty() {
            return;
        }
        if self.reading.texts.len() == MAX_TEXTS {
            return self.note(format!("only the first {MAX_TEXTS} quoted texts were drawn"));
        }
        if words.chars().count() > MAX_TEXT_CHARS {
            self.note(format!("a quoted text was cut to {MAX_TEXT_CHARS} characters"));
        }
        self.reading.texts.push(words.chars().take(MAX_TEXT_CHARS).collect());
    }

    fn tokens(&mut self, text: &str) -> Vec<String> {
        let spaced = self.spell_emoji(text);
        let words = spaced.to_lowercase();
        let words = words.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '’'));
        let mut tokens: Vec<String> = words
            .map(|word| word.trim_matches(['\'', '’']))
            .filter(|word| !word.is_empty())
            .map(strip_possessive)
            .collect();
        if tokens.len() > MAX_WORDS {
            tokens.truncate(MAX_WORDS);
            self.note(format!("only the first {MAX_WORDS} words were read"));
        }
        tokens
    }

    /// Replaces emoji in the prompt with words.
    fn spell_emoji(&self, text: &str) -> String {
        let mut spelled = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let found = if c.is_ascii() || c.is_alphanumeric() { None } else { self.vocabulary.at_start(rest) };
            let taken = found.map_or(c.len_utf8(), |(_, taken)| taken);
            match found {
                Some((noun, _)) => spelled.extend([" ", noun.word, " "]),
                None => spelled.push(c),
            }
            rest = &rest[taken..];
        }
        spelled
    }

    fn run(&mut self, tokens: &[String]) {
        let mut at = 0;
        while at < tokens.len() {
            let longest = (tokens.len() - at).min(MAX_NAME_WORDS + 1);
            let used = (1..=longest).rev().find(|length| self.phrase(&tokens[at..at + length], &tokens[at + length..]));
            if used.is_none() {
                self.unknown(&tokens[at]);
            }
            at += used.unwrap_or(1);
        }
    }

    /// Uses these words together if they have a meaning together.
    fn phrase(&mut self, words: &[String], rest: &[String]) -> bool {
        let phrase = words.join(" ");
        if let Some((_, place)) = PLACES.iter().find(|(name, _)| *name == phrase) {
            self.place = Some(*place);
            return true;
        }
        if phrase == "and" {
            self.place = None;
            return true;
        }
        if words.len() == 1 && self.adjective(&phrase, rest) {
            return true;
        }
        if let Some(style) = SketchStyle::from_prompt(&phrase) {
            self.reading.style = self.reading.style.or(Some(style));
            return true;
        }
        if let Some(said) = hint(&phrase).or_else(|| singulars(&phrase).iter().find_map(|word| hint(word))) {
            // "a star" is a thing and "stars" are a sky; with a number, they are things.
            if self.count.is_none() || self.noun(&phrase).is_none() {
                self.hints.push(said);
                self.reset_attributes();
                return true;
            }
        }
        match self.noun(&phrase) {
            Some((noun, near, plural)) => {
                self.thing(noun, near, plural, &phrase);
                true
            }
            None => words.len() == 1 && FILLERS.contains(&phrase.as_str()),
        }
    }

    fn adjective(&mut self, word: &str, rest: &[String]) -> bool {
        if let Some(count) = number(word) {
            self.count = Some(self.count.map_or(count, |before| if count >= 100 { before * count } else { count }));
            return true;
        }
        if let Some((_, scale)) = SIZES.iter().find(|(name, _)| *name == word) {
            self.scale = *scale;
            return true;
        }
        if ["dark", "light", "bright", "pale", "deep"].contains(&word) {
            return rest.first().is_some_and(|next| color::by_name(next).is_some());
        }
        // "orange" is a color before a thing and a fruit elsewhere.
        let Some(color) = color::by_name(word) else { return false };
        let fruit = self.noun(word).is_some() && !self.starts_noun(rest);
        if !fruit {
            self.color = Some(color);
        }
        !fruit
    }

    /// Returns true if a noun follows, possibly after another adjective.
    fn starts_noun(&self, rest: &[String]) -> bool {
        let is_noun = |words: &[String]| {
            (1..=words.len().min(MAX_NAME_WORDS)).any(|length| self.noun(&words[..length].join(" ")).is_some())
        };
        let adjective = |word: &String| color::by_name(word).is_some() || SIZES.iter().any(|(name, _)| name == word);
        is_noun(rest) || (rest.first().is_some_and(adjective) && is_noun(&rest[1..]))
    }

    /// Returns the noun, whether it is a near match, and whether it is a plural.
    fn noun(&self, phrase: &str) -> Option<(Noun, bool, bool)> {
        if let Some((noun, near)) = self.vocabulary.get(phrase) {
            return Some((noun, near, matches!(phrase, "people" | "mice" | "knives")));
        }
        singulars(phrase).iter().find_map(|word| {
            let (noun, near) = self.vocabulary.get(word)?;
            Some((noun, near, true))
        })
    }

    fn thing(&mut self, noun: Noun, near: bool, plural: bool, said: &str) {
        let mut count = self.count.unwrap_or(if plural { PLURAL } else { 1 }).max(1);
        if ["pair of skis", "pair of scissors"].contains(&said) {
            count = 1;
        }
        let most = MAX_PER_THING.min(MAX_THINGS.saturating_sub(self.total)).max(1);
        if count > most {
            self.note(format!("of {count} `{said}`, only {most} were drawn"));
        }
        if self.total >= MAX_THINGS {
            self.note(format!("only the first {MAX_THINGS} objects were drawn"));
            return self.reset_attributes();
        }
        if near {
            self.note(format!("`{said}` was drawn as the closest match, `{}`", noun.word));
        }
        let count = count.min(most);
        self.total += count;
        let object = self.reading.things.len();
        if let (Some(place), Some(subject)) = (self.place, object.checked_sub(1)) {
            self.reading.relations.push(Relation { subject, place, object });
        }
        self.reading.things.push(Thing { noun, count, color: self.color, scale: self.scale });
        self.reset_attributes();
    }

    fn reset_attributes(&mut self) {
        (self.count, self.color, self.scale, self.place) = (None, None, 1.0, None);
    }

    fn unknown(&mut self, word: &str) {
        if !self.reading.unknown.iter().any(|known| known == word) {
            self.reading.unknown.push(word.to_owned());
        }
    }

    fn finish(mut self) -> ParsedPrompt {
        let has = |drawn: DrawingSource| self.reading.things.iter().any(|thing| thing.noun.drawn == drawn);
        self.reading.scene = SketchScene::from_hints(&self.hints, has(DrawingSource::Moon), has(DrawingSource::Sun));
        self.reading
    }
}

/// Returns the closing quote for the character `c` after `before`, if `c` opens a quotation.
fn closing(c: char, before: char) -> Option<char> {
    match c {
        '"' | '`' => Some(c),
        '“' | '„' => Some('”'),
        '«' => Some('»'),
        '‘' | '\'' if before.is_whitespace() => Some(if c == '‘' { '’' } else { '\'' }),
        _ => None,
    }
}

fn number(word: &str) -> Option<u32> {
    let named = NUMBERS.iter().find(|(name, _)| *name == word).map(|(_, number)| *number);
    named.or_else(|| word.parse().ok().filter(|number| (1..=100_000).contains(number)))
}

/// Removes a possessive: `cat's` refers to a cat.
fn strip_possessive(word: &str) -> String {
    word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word).to_owned()
}

/// Returns the possible singulars of a plural.
fn singulars(phrase: &str) -> Vec<String> {
    let ends: &[(&str, &str)] =
        &[("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("s", ""), ("men", "man"), ("children", "child")];
    ends.iter()
        .filter_map(|(plural, singular)| Some(format!("{}{singular}", phrase.strip_suffix(plural)?)))
        .filter(|word| word.len() > 1)
        .collect()
}

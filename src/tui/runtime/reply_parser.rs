//! Extracts the terminal's replies from the key events: replies of kitty's graphics protocol, `ESC _ G i=7;OK ESC \`,
//! and late answers to the queries at startup, `ESC P >|kitty(0.41) ESC \` and `ESC ] 11;rgb:0/0/0 ESC \`.
//! Pure: events and times in, keys and replies out, in their order.
//!
//! crossterm knows no such reply and reads `Alt+_`, its letters and `Alt+\`, or `Esc` and `_` where the read ended
//! between the two. A reply is written in one piece, so that no typed key falls within it. Events that begin like a
//! reply and go on otherwise, or not at all, are keys.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// The longest time between two bytes of a reply; a key that looks like its beginning is delayed as long.
const BYTE_TIMEOUT: Duration = Duration::from_millis(40);

/// The same once it can hardly be anything but a reply.
const REPLY_BYTE_TIMEOUT: Duration = Duration::from_millis(500);

/// The character that opens a reply, and the beginning of a reply, which no one types.
const OPENINGS: [(char, &str); 3] = [('_', "Gi="), ('P', ">|"), (']', "11;rgb:")];

/// The image id in the query at startup.
const STARTUP_QUERY_ID: u32 = 31;

/// The longest reply, in characters.
const MAX_REPLY_CHARS: usize = 400;

/// One event or reply of the terminal.
#[derive(Debug)]
pub(super) enum TerminalInput {
    /// An event that the user caused.
    Event(Event),
    /// A reply about an image.
    Reply(ImageReply),
    /// A late answer to a query at startup, with its escapes.
    LateAnswer(String),
}

/// The terminal's reply about an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ImageReply {
    pub(super) id: u32,
    /// Error of the terminal; `None` if it accepted the image.
    pub(super) error: Option<String>,
}

/// A parser that separates replies from keys.
#[derive(Default)]
pub(super) struct ReplyParser {
    /// Openings that this terminal may send; if there are none, all keys are keys.
    prefixes: &'static [(char, &'static str)],
    /// Required beginning of the reply that the held keys may be.
    beginning: &'static str,
    /// Set if a reply will probably come soon, so that a lone `Esc` may be its beginning.
    reply_expected: bool,
    /// Keys that are held back because they may be a reply.
    held: Vec<Event>,
    /// State of the parser, and the text of the reply so far.
    stage: ParserState,
    text: String,
    /// Time after which the held keys are not a reply.
    end: Option<Instant>,
    ready: VecDeque<TerminalInput>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum ParserState {
    #[default]
    Outside,
    /// After a lone `Esc`.
    Opening,
    Inside,
    /// After an `Esc` within the reply.
    Closing,
}

/// The effect of a key on the reply that it may be a part of.
enum ParserStep {
    Open(&'static str),
    To(ParserState),
    Text(char),
    Done,
    /// The key is not part of a reply.
    NotReply,
}

impl ReplyParser {
    /// Creates a parser for a terminal that `confirms` images, or that is `late` with answers to the startup queries.
    pub(super) fn for_terminal(confirms: bool, late: bool) -> Self {
        let count = if late { OPENINGS.len() } else { usize::from(confirms) };
        Self { prefixes: &OPENINGS[..count], ..Self::default() }
    }

    pub(super) fn expect_reply(&mut self, soon: bool) {
        self.reply_expected = soon;
    }

    /// Returns the next input.
    pub(super) fn next(&mut self) -> Option<TerminalInput> {
        self.ready.pop_front()
    }

    /// Returns the time at which to call `give_up`.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.end
    }

    /// Releases the held events as keys.
    pub(super) fn release_held(&mut self) {
        self.ready.extend(self.held.drain(..).map(TerminalInput::Event));
        self.text.clear();
        self.stage = ParserState::Outside;
        self.end = None;
    }

    pub(super) fn take(&mut self, event: Event, now: Instant) {
        match event {
            Event::Key(key) if !self.prefixes.is_empty() => self.key(key, now),
            // The window's size comes from the system and can arrive in the middle of a reply.
            Event::Resize(..) => self.ready.push_back(TerminalInput::Event(event)),
            _ => {
                self.release_held();
                self.ready.push_back(TerminalInput::Event(event));
            }
        }
    }

    fn key(&mut self, key: KeyEvent, now: Instant) {
        match self.step(key) {
            ParserStep::Open(beginning) => (self.stage, self.beginning) = (ParserState::Inside, beginning),
            ParserStep::To(stage) => self.stage = stage,
            ParserStep::Text(letter) => self.text.push(letter),
            ParserStep::Done => {
                self.held.push(Event::Key(key));
                if self.text.starts_with(self.beginning) {
                    self.held.clear();
                    self.ready.extend(self.input());
                }
                return self.release_held();
            }
            ParserStep::NotReply if self.stage == ParserState::Outside => {
                return self.ready.push_back(TerminalInput::Event(Event::Key(key)));
            }
            ParserStep::NotReply => {
                // It may be the beginning of another reply.
                self.release_held();
                return self.key(key, now);
            }
        }
        self.held.push(Event::Key(key));
        self.end = Some(
            now + if self.text.starts_with(self.beginning) && !self.text.is_empty() {
                REPLY_BYTE_TIMEOUT
            } else {
                BYTE_TIMEOUT
            },
        );
    }

    fn step(&self, key: KeyEvent) -> ParserStep {
        let escape = key.code == KeyCode::Esc && key.modifiers.is_empty();
        let plain = |c| key.code == KeyCode::Char(c) && key.modifiers.is_empty();
        let alt = |c| key.code == KeyCode::Char(c) && key.modifiers == KeyModifiers::ALT;
        match (self.stage, key.code) {
            _ if key.kind != KeyEventKind::Press => ParserStep::NotReply,
            (ParserState::Outside, _) if escape && self.reply_expected => ParserStep::To(ParserState::Opening),
            (ParserState::Outside, KeyCode::Char(c)) if key.modifiers.contains(KeyModifiers::ALT) => self.open(c),
            (ParserState::Opening, KeyCode::Char(c)) => self.open(c),
            (ParserState::Inside, _) if alt('\\') => ParserStep::Done,
            // Some terminals end a reply with BEL.
            (ParserState::Inside, KeyCode::Char('g')) if key.modifiers == KeyModifiers::CONTROL => ParserStep::Done,
            (ParserState::Inside, _) if escape => ParserStep::To(ParserState::Closing),
            (ParserState::Inside, KeyCode::Char(c)) if KeyModifiers::SHIFT.contains(key.modifiers) && self.fits(c) => {
                ParserStep::Text(c)
            }
            (ParserState::Closing, _) if plain('\\') => ParserStep::Done,
            _ => ParserStep::NotReply,
        }
    }

    /// Returns the input that the complete reply stands for.
    fn input(&self) -> Option<TerminalInput> {
        let (opening, _) = self.prefixes.iter().find(|(_, beginning)| *beginning == self.beginning)?;
        let late = self.prefixes.len() == OPENINGS.len();
        match reply(&self.text) {
            Some(reply) if !late || reply.id != STARTUP_QUERY_ID => Some(TerminalInput::Reply(reply)),
            None if *opening == '_' => None,
            _ => Some(TerminalInput::LateAnswer(format!("\x1b{opening}{}\x1b\\", self.text))),
        }
    }

    fn open(&self, letter: char) -> ParserStep {
        let opening = self.prefixes.iter().find(|(opening, _)| *opening == letter);
        opening.map_or(ParserStep::NotReply, |(_, beginning)| ParserStep::Open(beginning))
    }

    /// Returns `true` if a reply can continue with this letter.
    fn fits(&self, next: char) -> bool {
        match self.beginning.chars().nth(self.text.chars().count()) {
            Some(due) => due == next,
            None => self.text.len() < MAX_REPLY_CHARS,
        }
    }
}

/// Parses the text of a reply between its opening and its end, like `Gi=7;OK`.
fn reply(text: &str) -> Option<ImageReply> {
    let (keys, message) = text.strip_prefix('G')?.split_once(';')?;
    let id = keys.split(',').find_map(|key| key.strip_prefix("i="))?.parse().ok()?;
    Some(ImageReply { id, error: (message != "OK").then(|| message.to_owned()) })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(code, modifiers))
    }

    /// Returns the events that crossterm reads from bytes; `¦` is the end of a read.
    fn read(bytes: &str) -> Vec<Event> {
        let mut events = Vec::new();
        let mut letters = bytes.chars().peekable();
        while let Some(letter) = letters.next() {
            let escaped = letter == '\x1b' && letters.peek().is_some_and(|next| *next != '¦');
            match (letter, escaped) {
                ('¦', _) => {}
                (_, true) => events.extend(letters.next().map(|next| key(KeyCode::Char(next), KeyModifiers::ALT))),
                ('\x1b', false) => events.push(key(KeyCode::Esc, KeyModifiers::NONE)),
                (c, _) => {
                    let modifiers = if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
                    events.push(key(KeyCode::Char(c), modifiers));
                }
            }
        }
        events
    }

    /// Returns the output, with keys as text and replies as `<id>` or `<id error>`, and the number of held keys.
    fn heard(bytes: &str, soon: bool) -> (String, usize) {
        let (mut replies, now) = (ReplyParser::for_terminal(true, false), Instant::now());
        replies.expect_reply(soon);
        for event in read(bytes) {
            replies.take(event, now);
        }
        (said(&mut replies), replies.held.len())
    }

    fn said(replies: &mut ReplyParser) -> String {
        let word = |input| match input {
            TerminalInput::Reply(ImageReply { id, error: None }) => format!("<{id}>"),
            TerminalInput::Reply(ImageReply { id, error: Some(trouble) }) => format!("<{id} {trouble}>"),
            TerminalInput::Event(Event::Key(KeyEvent { code: KeyCode::Char(c), modifiers, .. }))
                if modifiers.contains(KeyModifiers::ALT) =>
            {
                format!("^{c}")
            }
            TerminalInput::Event(Event::Key(KeyEvent { code: KeyCode::Char(c), .. })) => c.to_string(),
            TerminalInput::Event(Event::Key(_)) => "^".to_owned(),
            TerminalInput::LateAnswer(answer) => format!("<{}>", answer.replace('\x1b', "^")),
            TerminalInput::Event(_) => "?".to_owned(),
        };
        std::iter::from_fn(|| replies.next()).map(word).collect()
    }

    #[test]
    fn replies_are_extracted_from_keys_in_order() {
        let table = [
            ("\x1b_Gi=7;OK\x1b\\", "<7>"),
            ("ab\x1b_Gi=1234567;OK\x1b\\cd", "ab<1234567>cd"),
            ("\x1b_Gi=7;OK\x1b\\\x1b_Gi=8;OK\x1b\\x", "<7><8>x"),
            ("\x1b_Gi=7,p=1;OK\x1b\\", "<7>"),
            ("\x1b_Gi=x;\x1b\\y", "y"),
            ("\x1b_Gi=7;ENOSPC:no room; really\x1b\\x", "<7 ENOSPC:no room; really>x"),
        ];
        for (bytes, expected) in table {
            assert_eq!(heard(bytes, true), (expected.to_owned(), 0), "{bytes:?}");
            assert_eq!(heard(bytes, false), (expected.to_owned(), 0), "{bytes:?}, also a late one");
        }
    }

    #[test]
    fn split_replies_are_joined() {
        let whole = "\x1b_Gi=70;OK\x1b\\";
        for at in 1..whole.len() {
            let cut = format!("a{}¦{}b", &whole[..at], &whole[at..]);
            assert_eq!(heard(&cut, true), ("a<70>b".to_owned(), 0), "{cut:?}");
        }
    }

    #[test]
    fn keys_that_resemble_a_reply_are_released_in_order() {
        for bytes in
            ["\x1b_x", "\x1b_Gx\x1b[", "\x1b_Gi=7\x1bx", "\x1b_G\x1b\\", "\x1b¦x", "\x1b¦\x1b¦a", "\x1b_\x1b_Q"]
        {
            let (said, held) = heard(bytes, true);
            assert_eq!((said, held), (bytes.replace('\x1b', "^").replace('¦', ""), 0), "{bytes:?}");
        }
    }

    #[test]
    fn incomplete_reply_times_out() {
        let (mut replies, now) = (ReplyParser::for_terminal(true, false), Instant::now());
        for event in read("\x1b_") {
            replies.take(event, now);
        }
        assert_eq!(replies.deadline(), Some(now + BYTE_TIMEOUT));
        assert_eq!(said(&mut replies), "", "it may be one yet");
        replies.release_held();
        assert_eq!((said(&mut replies).as_str(), replies.deadline()), ("^_", None));
    }

    #[test]
    fn escape_is_held_only_while_a_reply_is_expected() {
        assert_eq!(heard("\x1b", false), ("^".to_owned(), 0));
        assert_eq!(heard("\x1b", true), (String::new(), 1));
    }

    #[test]
    fn no_key_is_held_without_replies() {
        let mut replies = ReplyParser::for_terminal(false, false);
        for event in read("\x1b_G\x1b") {
            replies.take(event, Instant::now());
        }
        assert_eq!((said(&mut replies).as_str(), replies.deadline()), ("^_G^", None));
    }

    #[test]
    fn late_answers_are_not_keys() {
        let bytes =
            "a\x1bP>|kitty(0.48.2)\x1b\\b\x1b]11;rgb:0000/0000/0000\x1b\\c\x1b_Gi=31;OK\x1b\\\x1b_Gi=7;OK\x1b\\\x1bPd";
        let mut replies = ReplyParser::for_terminal(false, true);
        for event in read(bytes) {
            replies.take(event, Instant::now());
        }
        let expected = "a<^P>|kitty(0.48.2)^\\>b<^]11;rgb:0000/0000/0000^\\>c<^_Gi=31;OK^\\><7>^Pd";
        assert_eq!(said(&mut replies), expected);
    }

    #[test]
    fn resize_within_a_reply_is_harmless() {
        let (mut replies, now) = (ReplyParser::for_terminal(true, false), Instant::now());
        let mut events = read("\x1b_Gi=7;OK\x1b\\");
        events.insert(4, Event::Resize(80, 24));
        for event in events {
            replies.take(event, now);
        }
        assert_eq!(said(&mut replies), "?<7>");
    }
}

//! Parses server-sent events from bytes as they arrive, without buffering a whole line.
//! It splits a stream into pieces of data and ends of events; it does not interpret them.
//!
//! Why no existing crate: `eventsource-stream` rescans its whole buffer with every chunk, which is quadratic in the
//! length of a line, and an image is one line of up to 64 MiB. `sse-stream` is linear, but both return whole events,
//! while an image has to be decoded as it arrives.

use memchr::memchr2;

/// The longest field name with a meaning is `event`; longer ones are skipped.
const MAX_FIELD_NAME: usize = 8;
/// Longer event names are cut: no server sends any.
const MAX_EVENT_NAME: usize = 256;

/// A piece of the stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SsePiece<'a> {
    /// More of the current event's data.
    Data(&'a [u8]),
    /// The current event is complete.
    End {
        /// The value of its `event:` line, if there was one.
        name: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SseState {
    LineStart,
    Field,
    AfterColon,
    Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FieldTarget {
    Data,
    Name,
    Nothing,
}

/// The parser's state between two chunks.
#[derive(Debug)]
pub(crate) struct SseParser {
    state: SseState,
    target: FieldTarget,
    field: Vec<u8>,
    name: Vec<u8>,
    has_data: bool,
    after_cr: bool,
    /// The number of bytes of a byte order mark read so far; `None` once the stream has started.
    bom: Option<usize>,
}

impl SseParser {
    pub(crate) fn new() -> Self {
        Self {
            state: SseState::LineStart,
            target: FieldTarget::Nothing,
            field: Vec::new(),
            name: Vec::new(),
            has_data: false,
            after_cr: false,
            bom: Some(0),
        }
    }

    /// Returns the next piece in `input` and advances `input` past it; returns `None` when all of it is read.
    pub(crate) fn next<'a>(&mut self, input: &mut &'a [u8]) -> Option<SsePiece<'a>> {
        self.skip_bom(input);
        while let Some(&first) = input.first() {
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                *input = &input[1..];
                continue;
            }
            let piece = match self.state {
                SseState::LineStart => self.line_start(input, first),
                SseState::Field => self.in_field(input),
                SseState::AfterColon => self.after_colon(input, first),
                SseState::Value => self.in_value(input),
            };
            if piece.is_some() {
                return piece;
            }
        }
        None
    }

    /// Returns the last event of a stream that ended without the empty line, for servers that omit it.
    pub(crate) fn finish(&mut self) -> Option<SsePiece<'static>> {
        self.dispatch()
    }

    /// Returns the name of the current event, if it came before the data.
    pub(crate) fn name(&self) -> Option<String> {
        (!self.name.is_empty()).then(|| String::from_utf8_lossy(&self.name).into_owned())
    }

    /// Returns whether the name of the current event ends with `name`. It is known only if the name comes first.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.name.ends_with(name.as_bytes())
    }

    fn skip_bom(&mut self, input: &mut &[u8]) {
        const BOM: [u8; 3] = [0xef, 0xbb, 0xbf];
        while let (Some(seen), Some(first)) = (self.bom, input.first()) {
            if BOM.get(seen) == Some(first) {
                *input = &input[1..];
                self.bom = Some(seen + 1);
            } else {
                self.bom = None;
            }
        }
    }

    fn line_start<'a>(&mut self, input: &mut &'a [u8], first: u8) -> Option<SsePiece<'a>> {
        if first == b'\n' || first == b'\r' {
            self.end_line(input, first);
            return self.dispatch();
        }
        self.field.clear();
        self.state = SseState::Field;
        None
    }

    fn in_field<'a>(&mut self, input: &mut &'a [u8]) -> Option<SsePiece<'a>> {
        let end = input.iter().position(|byte| matches!(byte, b':' | b'\n' | b'\r'));
        let (head, _) = input.split_at(end.unwrap_or(input.len()));
        let room = MAX_FIELD_NAME.saturating_sub(self.field.len());
        self.field.extend_from_slice(&head[..head.len().min(room)]);
        *input = &input[head.len()..];
        let delimiter = *input.first()?;
        self.aim();
        if delimiter == b':' {
            *input = &input[1..];
            self.state = SseState::AfterColon;
        } else {
            self.state = SseState::Value;
        }
        self.begin_value()
    }

    /// Decides where the value of the current field goes.
    fn aim(&mut self) {
        self.target = match self.field.as_slice() {
            b"data" => FieldTarget::Data,
            b"event" => FieldTarget::Name,
            _ => FieldTarget::Nothing,
        };
        if self.target == FieldTarget::Name {
            self.name.clear();
        }
    }

    /// Starts a value. Several `data:` lines form one text, joined by line breaks.
    fn begin_value(&mut self) -> Option<SsePiece<'static>> {
        let another = self.target == FieldTarget::Data && std::mem::replace(&mut self.has_data, true);
        self.has_data |= self.target == FieldTarget::Data;
        another.then_some(SsePiece::Data(b"\n"))
    }

    fn after_colon<'a>(&mut self, input: &mut &'a [u8], first: u8) -> Option<SsePiece<'a>> {
        if first == b' ' {
            *input = &input[1..];
        }
        self.state = SseState::Value;
        None
    }

    fn in_value<'a>(&mut self, input: &mut &'a [u8]) -> Option<SsePiece<'a>> {
        let end = memchr2(b'\n', b'\r', input);
        let (head, rest) = input.split_at(end.unwrap_or(input.len()));
        *input = rest;
        if let Some(&delimiter) = rest.first() {
            self.end_line(input, delimiter);
        }
        match self.target {
            FieldTarget::Data if !head.is_empty() => return Some(SsePiece::Data(head)),
            FieldTarget::Name => {
                let room = MAX_EVENT_NAME.saturating_sub(self.name.len());
                self.name.extend_from_slice(&head[..head.len().min(room)]);
            }
            FieldTarget::Data | FieldTarget::Nothing => {}
        }
        None
    }

    fn end_line(&mut self, input: &mut &[u8], delimiter: u8) {
        *input = &input[1..];
        self.after_cr = delimiter == b'\r';
        self.state = SseState::LineStart;
    }

    fn dispatch(&mut self) -> Option<SsePiece<'static>> {
        let name = self.name();
        self.name.clear();
        std::mem::take(&mut self.has_data).then_some(SsePiece::End { name })
    }
}

/// Returns every event of `stream`, fed in chunks of `step` bytes.
#[cfg(any(test, fuzzing))]
pub(crate) fn events(stream: &[u8], step: usize) -> Vec<(Option<String>, Vec<u8>)> {
    let (mut reader, mut events, mut data) = (SseParser::new(), Vec::new(), Vec::new());
    let mut take = |piece: SsePiece<'_>| match piece {
        SsePiece::Data(more) => data.extend_from_slice(more),
        SsePiece::End { name } => events.push((name, std::mem::take(&mut data))),
    };
    for mut chunk in stream.chunks(step) {
        while let Some(piece) = reader.next(&mut chunk) {
            take(piece);
        }
    }
    reader.finish().into_iter().for_each(take);
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stream: &str, expected: &[(Option<&str>, &str)]) {
        for ending in ["\n", "\r\n", "\r"] {
            let stream = stream.replace('\n', ending);
            for step in 1..=stream.len() {
                let got = events(stream.as_bytes(), step);
                let got: Vec<_> =
                    got.iter().map(|(name, data)| (name.as_deref(), std::str::from_utf8(data).unwrap())).collect();
                assert_eq!(got, expected, "in chunks of {step}, with {ending:?}");
            }
        }
    }

    #[test]
    fn events_survive_any_split_and_any_line_ending() {
        check(
            "event: image_generation.completed\ndata: {\"a\":\"é\"}\n\nevent: x\ndata:1\n\n",
            &[(Some("image_generation.completed"), "{\"a\":\"é\"}"), (Some("x"), "1")],
        );
    }

    #[test]
    fn comments_ids_and_unknown_fields_are_skipped() {
        check(": ping\n\nid: 7\nretry: 10\nsome-very-long-field: y\ndata: a\n: pong\n\n", &[(None, "a")]);
    }

    #[test]
    fn a_missing_event_line_leaves_the_name_open() {
        check("data: {}\n\ndata: [DONE]\n\n", &[(None, "{}"), (None, "[DONE]")]);
    }

    #[test]
    fn data_lines_are_joined_by_line_breaks() {
        check("data: a\ndata\ndata:  b\n\n", &[(None, "a\n\n b")]);
    }

    #[test]
    fn a_name_belongs_to_one_event_only() {
        check("event: a\n\ndata: 1\n\nevent: b\nevent: c\ndata: 2\n\n", &[(None, "1"), (Some("c"), "2")]);
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        check("\u{feff}data: a\n\n", &[(None, "a")]);
    }

    #[test]
    fn the_last_event_needs_no_empty_line() {
        check("data: a\n\ndata: b\n", &[(None, "a"), (None, "b")]);
    }

    #[test]
    fn the_event_name_is_known_during_its_data() {
        let mut reader = SseParser::new();
        let mut within = |mut text: &[u8]| {
            while reader.next(&mut text).is_some() {}
            reader.is_named("partial_image")
        };
        assert!(within(b"event: x.partial_image\ndata: {\"b64"));
        assert!(!within(b"_json\"}\n\nevent: x.completed\ndata: {"));
    }

    #[test]
    fn a_line_of_64_mib_is_not_buffered() {
        let line = [b"data: ".as_slice(), &vec![b'x'; 64 << 20], b"\n\n"].concat();
        let (mut reader, mut seen, mut ends) = (SseParser::new(), 0, 0);
        for mut chunk in line.chunks(16 << 10) {
            while let Some(piece) = reader.next(&mut chunk) {
                match piece {
                    SsePiece::Data(data) => seen += data.len(),
                    SsePiece::End { .. } => ends += 1,
                }
            }
        }
        assert_eq!((seen, ends), (64 << 20, 1));
        assert!(reader.field.capacity() + reader.name.capacity() < 1024);
    }
}

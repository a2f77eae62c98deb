//! A successful response while it arrives: spooled, split into events, its images decoded on the fly. A response that
//! an earlier process spooled is read back in the same way.
//! It does not interpret events. A plain JSON response is a single event, even where a stream was requested.

#[cfg(test)]
mod tests;

use std::{collections::VecDeque, path::Path};

use bytes::{Bytes, BytesMut};
use serde_json::Value;
use tokio::{fs::File, io::AsyncReadExt};

use super::{
    base64_stream::ImageDataError,
    bounds::ResponseBounds,
    http::OpenedResponse,
    image_extractor::{ExtractedJson, ImageExtractor, ImageKeys, ReceivedImage, ResponseBoundsError},
    lenient_json,
    rate_limit::RunningRequest,
    server_error::UNKNOWN_HINT,
    spool::{ImageSlot, Spool},
    sse::{SseParser, SsePiece},
};
use crate::{BackendError, ErrorKind};

/// The chunk size for reading a spooled file, in bytes.
const CHUNK_SIZE: usize = 64 << 10;
/// The UTF-8 byte order mark that some servers write before their text.
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// One event of a response.
#[derive(Debug, PartialEq)]
pub(crate) struct Event {
    /// The event's name: the value of its `event:` line, else the `type` in its data.
    pub(crate) name: String,
    /// The event's data, with a slot in place of each image.
    pub(crate) value: Value,
    /// True if the end is missing: the data is correct but incomplete.
    pub(crate) is_cut: bool,
    images: Vec<(usize, Result<ReceivedImage, ImageDataError>)>,
}

impl Event {
    fn new(name: Option<String>, harvest: ExtractedJson) -> Option<Self> {
        let lenient_json::LenientJson { value, is_cut } = lenient_json::parse(&harvest.rest)?;
        let stated = value.get("type").and_then(Value::as_str).map(str::to_owned);
        Some(Self { name: stated.or(name).unwrap_or_default(), value, is_cut, images: harvest.images })
    }

    /// Parses `data` as the data of an event.
    #[cfg(fuzzing)]
    pub(crate) fn parse(name: Option<String>, data: &[u8]) -> Option<Self> {
        Self::new(name, ExtractedJson { rest: data.to_vec(), images: Vec::new() })
    }

    /// Returns the image that the string `slot` stands for, or the reason why it is damaged.
    pub(crate) fn image(&self, slot: &str) -> Option<Result<ReceivedImage, ImageDataError>> {
        let number = ImageSlot::parse(slot.as_bytes())?.number;
        self.images.iter().find(|(of, _)| *of == number).map(|(_, image)| image.clone())
    }

    /// Returns the images that are embedded in `words` as data URLs.
    pub(crate) fn images_in(&self, words: &str) -> Vec<Result<ReceivedImage, ImageDataError>> {
        let slots = words.split(";base64,").skip(1);
        let slots = slots.map(|rest| rest.split(|letter: char| letter != '#' && !letter.is_ascii_digit()).next());
        slots.filter_map(|slot| self.image(slot?)).collect()
    }

    fn has_image(&self) -> bool {
        self.images.iter().any(|(_, image)| image.is_ok())
    }
}

enum BodyFormat {
    /// Only white space has arrived so far, and this many bytes of a byte order mark.
    Open(usize),
    Json,
    Events(SseParser),
}

/// The origin of a response's bytes.
enum ByteSource {
    /// A live HTTP response.
    Server(reqwest::Response),
    /// A file that an earlier process spooled.
    File(File),
    /// No origin: a test or a fuzz target feeds the bytes.
    #[cfg(any(test, fuzzing))]
    Detached,
}

/// A response that is being received.
pub(crate) struct ResponseStream {
    source: ByteSource,
    /// The server's request id.
    pub(crate) request_id: Option<String>,
    form: BodyFormat,
    harvester: ImageExtractor,
    bounds: ResponseBounds,
    /// The length of the whole body in bytes, if known.
    length: Option<u64>,
    received: u64,
    /// Events that have been read but not yet returned.
    events: VecDeque<Event>,
    /// A complete event whose name may still follow.
    unnamed: Option<Event>,
    /// The number of events so far.
    count: usize,
    /// True once an intact image has been read.
    has_images: bool,
    /// True once the response has exceeded its bounds.
    exceeded_bounds: bool,
    /// The result of the transfer, once it has ended.
    end: Option<Result<(), BackendError>>,
    _under_way: Option<RunningRequest>,
}

impl ResponseStream {
    /// Reads an opened response within `bounds` and spools it in `folder` under `name`.
    pub(crate) fn open(
        OpenedResponse { response, request_id, under_way, .. }: OpenedResponse,
        keys: ImageKeys,
        bounds: ResponseBounds,
        (folder, name): (&Path, &str),
    ) -> Self {
        let spool = Spool::create(folder, name);
        let length = response.content_length();
        let harvester = ImageExtractor::new(keys, bounds, spool);
        Self { _under_way: under_way, request_id, ..Self::new(ByteSource::Server(response), length, harvester, bounds) }
    }

    /// Reads back a response that was spooled in `path`.
    pub(crate) async fn reopen(path: &Path, keys: ImageKeys) -> std::io::Result<Self> {
        let file = File::open(path).await?;
        let length = file.metadata().await?.len();
        let bounds = ResponseBounds { text: u64::MAX, ..ResponseBounds::default() };
        let harvester = ImageExtractor::new(keys, bounds, Spool::open_spooled(path));
        Ok(Self::new(ByteSource::File(file), Some(length), harvester, bounds))
    }

    fn new(source: ByteSource, length: Option<u64>, harvester: ImageExtractor, bounds: ResponseBounds) -> Self {
        Self {
            source,
            request_id: None,
            form: BodyFormat::Open(0),
            harvester,
            bounds,
            length,
            received: 0,
            events: VecDeque::new(),
            unnamed: None,
            count: 0,
            has_images: false,
            exceeded_bounds: false,
            end: None,
            _under_way: None,
        }
    }

    /// Returns the next event, or `None` at the end of the response. Where the transfer fails, every complete event is
    /// returned before the error.
    pub(crate) async fn next(&mut self) -> Result<Option<Event>, BackendError> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            if let Some(end) = &self.end {
                return end.clone().map(|()| None);
            }
            match self.source.chunk().await {
                Ok(Some(chunk)) => {
                    if let Err(error) = self.take(&chunk) {
                        self.finish(Err(error));
                        self.close().await;
                    }
                }
                Ok(None) => {
                    self.finish(Ok(()));
                    self.close().await;
                }
                Err(how) => {
                    self.finish(Err(self.cut(how)));
                    self.close().await;
                }
            }
        }
    }

    /// Syncs the spooled files to disk, so that they survive a power failure as well.
    pub(crate) async fn close(&mut self) {
        self.harvester.spool.close().await;
    }

    /// Stops spooling what is still to come.
    pub(crate) fn stop_keeping(&mut self) {
        self.harvester.spool.stop();
    }

    /// Discards the spooled text, for a response that holds no image.
    pub(crate) fn discard(&mut self) {
        self.harvester.spool.discard();
    }

    /// Returns whether nothing has been received.
    pub(crate) const fn is_empty(&self) -> bool {
        self.received == 0
    }

    /// Takes in a chunk. On return, all of it has been handed to the operating system and survives this process.
    fn take(&mut self, chunk: &[u8]) -> Result<(), BackendError> {
        let read = self.read(chunk);
        self.harvester.spool.flush();
        read
    }

    /// Reads a chunk of either form.
    fn read(&mut self, chunk: &[u8]) -> Result<(), BackendError> {
        self.received += chunk.len() as u64;
        let mut rest = chunk;
        if self.is_begun(&mut rest) && rest.starts_with(b"<") {
            self.exceeded_bounds = true;
            return Err(self.page());
        }
        let read = match self.form {
            BodyFormat::Open(_) => Ok(()),
            BodyFormat::Json => self.read_json(rest),
            BodyFormat::Events(_) => self.read_events(rest),
        };
        let other = self.received.saturating_sub(self.harvester.payload());
        let within =
            if other > self.bounds.text { Err(ResponseBoundsError::TooLong(self.bounds.text)) } else { Ok(()) };
        read.and(within).map_err(|bad| {
            self.exceeded_bounds = !matches!(bad, ResponseBoundsError::Payload(_));
            self.unreadable(bad)
        })
    }

    /// Skips to the first significant character and picks the form of the response by it.
    fn is_begun(&mut self, rest: &mut &[u8]) -> bool {
        while let (BodyFormat::Open(seen), Some(&first)) = (&mut self.form, rest.first()) {
            if BYTE_ORDER_MARK.get(*seen) == Some(&first) {
                *seen += 1;
                *rest = &rest[1..];
            } else if first.is_ascii_whitespace() {
                *rest = &rest[1..];
            } else {
                self.begin(first);
                return true;
            }
        }
        false
    }

    fn begin(&mut self, first: u8) {
        if matches!(first, b'{' | b'[') {
            self.form = BodyFormat::Json;
            // An estimate of the image's size in a plain response. Small responses grow on their own.
            self.harvester.expect(self.length.map_or(0, |length| length as usize / 4 * 3));
        } else {
            self.form = BodyFormat::Events(SseParser::new());
            self.harvester.in_events = true;
        }
    }

    fn read_json(&mut self, mut rest: &[u8]) -> Result<(), ResponseBoundsError> {
        while !rest.is_empty() {
            if self.harvester.push(&mut rest)? {
                let harvest = self.harvester.take();
                self.found(Event::new(None, harvest))?;
            }
        }
        Ok(())
    }

    fn read_events(&mut self, mut rest: &[u8]) -> Result<(), ResponseBoundsError> {
        loop {
            let BodyFormat::Events(reader) = &mut self.form else { return Ok(()) };
            let before = rest;
            let piece = reader.next(&mut rest);
            let read = &before[..before.len() - rest.len()];
            match piece {
                Some(SsePiece::Data(data)) => {
                    self.harvester.in_preview = reader.is_named("partial_image");
                    if let Some((start, end)) = within(read, data) {
                        self.harvester.spool.buffer_text(start);
                        self.read_data(data)?;
                        self.harvester.spool.buffer_text(end);
                    } else {
                        self.harvester.spool.buffer_text(read);
                        self.harvester.join_lines()?;
                    }
                }
                Some(SsePiece::End { name }) => {
                    self.harvester.spool.buffer_text(read);
                    self.end_event(name)?;
                }
                None => {
                    self.harvester.spool.buffer_text(read);
                    return Ok(());
                }
            }
        }
    }

    /// Reads data of an event. A complete value counts as an event even if the line that ends it is missing.
    fn read_data(&mut self, mut data: &[u8]) -> Result<(), ResponseBoundsError> {
        while !data.is_empty() {
            if !self.harvester.push(&mut data)? {
                continue;
            }
            let harvest = self.harvester.take();
            let BodyFormat::Events(reader) = &self.form else { return Ok(()) };
            let event = Event::new(reader.name(), harvest);
            let unnamed = self.unnamed.take();
            self.found(unnamed)?;
            match event {
                Some(event) if event.name.is_empty() => self.unnamed = Some(event),
                event => self.found(event)?,
            }
        }
        Ok(())
    }

    /// Ends an event. Data that is not JSON, such as `[DONE]`, is ignored.
    fn end_event(&mut self, name: Option<String>) -> Result<(), ResponseBoundsError> {
        let unnamed = self.unnamed.take().map(|mut event| {
            event.name = name.clone().unwrap_or_default();
            event
        });
        self.found(unnamed)?;
        let is_empty = self.harvester.is_empty();
        let harvest = self.harvester.take();
        let event = if is_empty { None } else { Event::new(name, harvest) };
        self.found(event.filter(|event| !event.is_cut || event.has_image()))
    }

    fn found(&mut self, event: Option<Event>) -> Result<(), ResponseBoundsError> {
        let Some(event) = event else { return Ok(()) };
        self.has_images |= event.has_image();
        self.events.push_back(event);
        self.count += 1;
        if self.count > self.bounds.events {
            Err(ResponseBoundsError::TooManyEvents(self.bounds.events))
        } else {
            Ok(())
        }
    }

    /// Takes in the remainder, whatever the result of the transfer. A response that exceeded its bounds and held no
    /// image is not kept.
    fn finish(&mut self, end: Result<(), BackendError>) {
        let name = match &mut self.form {
            BodyFormat::Events(reader) => match reader.finish() {
                Some(SsePiece::End { name }) => name,
                _ => None,
            },
            _ => None,
        };
        if self.end_event(name).is_err() {
            tracing::debug!("a response had an extra event at its end");
        }
        if self.exceeded_bounds && !self.has_images {
            self.discard();
        }
        self.end = Some(end);
    }

    fn cut(&self, how: &str) -> BackendError {
        let message = format!("the response {how} after {} bytes; you may have been charged", self.received);
        BackendError::new(ErrorKind::Unknown, message).with_hint(UNKNOWN_HINT).with_request_id(self.request_id.clone())
    }

    fn page(&self) -> BackendError {
        BackendError::new(ErrorKind::Protocol, "the server responded with a web page")
            .with_hint("check `base_url`; it usually ends in `/v1`")
            .with_request_id(self.request_id.clone())
    }

    fn unreadable(&self, bad: ResponseBoundsError) -> BackendError {
        BackendError::new(ErrorKind::Protocol, format!("stopped reading: {bad}; you may have been charged"))
            .with_hint("check `base_url` and the model; the server sends more than requested")
            .with_request_id(self.request_id.clone())
    }
}

impl ByteSource {
    /// Returns the next bytes, or `None` at the end. The error describes how the transfer ended.
    async fn chunk(&mut self) -> Result<Option<Bytes>, &'static str> {
        match self {
            Self::Server(response) => {
                let chunk = response.chunk().await;
                chunk.map_err(|error| if error.is_timeout() { "took too long" } else { "was cut off" })
            }
            Self::File(file) => {
                let mut chunk = BytesMut::with_capacity(CHUNK_SIZE);
                let read = file.read_buf(&mut chunk).await.map_err(|_| "cannot be read again")?;
                Ok((read > 0).then(|| chunk.freeze()))
            }
            #[cfg(any(test, fuzzing))]
            Self::Detached => Ok(None),
        }
    }
}

/// Returns what precedes and follows `part` in `whole`, or `None` if `part` is not a slice of it.
fn within<'a>(whole: &'a [u8], part: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let end = start.checked_add(part.len()).filter(|end| *end <= whole.len())?;
    Some((&whole[..start], &whole[end..]))
}

/// Returns every event of a response that arrives in chunks of `step` bytes. `is_whole` says whether its transport ends
/// cleanly.
#[cfg(any(test, fuzzing))]
pub(crate) fn events(answer: &[u8], keys: ImageKeys, step: usize, is_whole: bool) -> Vec<Event> {
    let bounds = ResponseBounds::default();
    let mut reading =
        ResponseStream::new(ByteSource::Detached, None, ImageExtractor::new(keys, bounds, Spool::default()), bounds);
    let read = answer.chunks(step).try_for_each(|chunk| reading.take(chunk));
    reading.finish(read.and_then(|()| if is_whole { Ok(()) } else { Err(reading.cut("was cut off")) }));
    reading.events.into()
}

//! A good answer while it comes in: spooled, split into events, its pictures decoded on the way. One that a dead process
//! spooled is read again in the same way.
//! It does not know what events mean; a plain JSON answer is one event, also where a stream was asked for.

use std::path::Path;

use bytes::{Bytes, BytesMut};
use memchr::memchr2;
use serde_json::Value;
use tokio::{fs::File, io::AsyncReadExt};

use super::{
    errors::UNKNOWN_HINT,
    harvest::{BadAnswer, Harvest, Harvester, Keys},
    http::Opened,
    pace::UnderWay,
    spool::Spool,
    sse::{Piece, Reader},
};
use crate::{BackendError, ErrorKind};

/// How much of a file is read at a time, in bytes.
const PIECE: usize = 64 << 10;

/// One thing the server said.
#[derive(Debug)]
pub(crate) struct Event {
    /// The name of the event: what its `event:` line says, else the `type` in its data.
    pub(crate) name: String,
    /// What it says; where a picture was stands its slot.
    pub(crate) value: Value,
    pictures: Vec<Bytes>,
}

impl Event {
    fn new(name: Option<String>, harvest: Harvest) -> Option<Self> {
        let value: Value = serde_json::from_slice(&harvest.rest).ok()?;
        let stated = value.get("type").and_then(Value::as_str).map(str::to_owned);
        let pictures = harvest.pictures.into_iter().map(Bytes::from).collect();
        Some(Self { name: stated.or(name).unwrap_or_default(), value, pictures })
    }

    /// An event whose data is this text.
    #[cfg(fuzzing)]
    pub(crate) fn of(name: Option<String>, data: &[u8]) -> Option<Self> {
        Self::new(name, Harvest { rest: data.to_vec(), pictures: Vec::new() })
    }

    /// The picture that the string `slot` stands for.
    pub(crate) fn picture(&self, slot: &str) -> Option<Bytes> {
        self.pictures.get(Harvest::slot(slot)?).cloned()
    }
}

enum Form {
    /// Nothing but white space has come in yet.
    Open,
    Json,
    Events(Reader),
}

/// Where an answer comes from.
enum Source {
    /// The server; what it says is spooled.
    Server(reqwest::Response, Spool),
    /// A file that was spooled before.
    File(File),
}

/// An answer that is coming in.
pub(crate) struct Answer {
    source: Source,
    /// The server's name for the request.
    pub(crate) request_id: Option<String>,
    chunk: Bytes,
    form: Form,
    harvester: Harvester,
    /// How long the whole answer is, in bytes, where that is known; what is read of it tells the rest only.
    length: Option<u64>,
    received: u64,
    over: bool,
    _under_way: Option<UnderWay>,
}

impl Answer {
    /// Reads what was opened, keeping its bytes in the file `name` of `folder`.
    pub(crate) async fn open(
        Opened { response, request_id, under_way, .. }: Opened,
        keys: Keys,
        (folder, name): (&Path, &str),
    ) -> Self {
        let spool = Spool::create(folder, name).await;
        let length = response.content_length();
        Self { _under_way: under_way, request_id, ..Self::new(Source::Server(response, spool), length, keys) }
    }

    /// Reads an answer again that was spooled in `path`.
    pub(crate) async fn reopen(path: &Path, keys: Keys) -> std::io::Result<Self> {
        let file = File::open(path).await?;
        let length = file.metadata().await?.len();
        Ok(Self::new(Source::File(file), Some(length), keys))
    }

    fn new(source: Source, length: Option<u64>, keys: Keys) -> Self {
        Self {
            source,
            request_id: None,
            chunk: Bytes::new(),
            form: Form::Open,
            harvester: Harvester::new(keys),
            length,
            received: 0,
            over: false,
            _under_way: None,
        }
    }

    /// The next event; `None` at the end of the answer.
    pub(crate) async fn next(&mut self) -> Result<Option<Event>, BackendError> {
        loop {
            if let Some(event) = self.read_chunk()? {
                return Ok(Some(event));
            }
            if self.over {
                return Ok(None);
            }
            match self.source.chunk(self.is_in_partial()).await {
                Ok(Some(chunk)) => {
                    self.received += chunk.len() as u64;
                    self.chunk = chunk;
                }
                Ok(None) => {
                    self.over = true;
                    return Ok(self.last_event());
                }
                Err(how) => return Err(self.cut(how)),
            }
        }
    }

    /// Whether what comes next goes on with the base64 of a partial picture.
    fn is_in_partial(&self) -> bool {
        let in_event = matches!(&self.form, Form::Events(reader) if reader.is_within("partial_image"));
        in_event && self.harvester.is_in_picture()
    }

    /// Forgets what was spooled: it was no picture.
    pub(crate) async fn discard(&self) {
        if let Source::Server(_, spool) = &self.source {
            spool.discard().await;
        }
    }

    /// Whether anything was received at all.
    pub(crate) const fn is_empty(&self) -> bool {
        self.received == 0
    }

    fn read_chunk(&mut self) -> Result<Option<Event>, BackendError> {
        let chunk = std::mem::take(&mut self.chunk);
        let mut rest = chunk.as_ref();
        let event = self.read(&mut rest);
        let left = rest.len();
        self.chunk = chunk.slice(chunk.len() - left..);
        event
    }

    fn read(&mut self, rest: &mut &[u8]) -> Result<Option<Event>, BackendError> {
        if matches!(self.form, Form::Open) {
            *rest = rest.trim_ascii_start();
            let Some(first) = rest.first() else { return Ok(None) };
            self.form = match first {
                b'{' | b'[' => Form::Json,
                b'<' => return Err(self.page()),
                _ => Form::Events(Reader::new()),
            };
            if matches!(self.form, Form::Json) {
                let expected = self.expected();
                self.harvester.expect(expected);
            }
        }
        let Form::Events(reader) = &mut self.form else {
            return self.harvester.push(std::mem::take(rest)).map(|()| None).map_err(|bad| self.unreadable(bad));
        };
        while let Some(piece) = reader.next(rest) {
            match piece {
                Piece::Data(data) => {
                    self.harvester.push(data).map_err(|bad| unreadable(bad, self.request_id.as_deref()))?;
                }
                Piece::End { name } => {
                    // What is no JSON, such as `[DONE]`, means nothing here.
                    if let Some(event) = Event::new(name, self.harvester.take()) {
                        return Ok(Some(event));
                    }
                }
            }
        }
        Ok(None)
    }

    /// About how many bytes the picture in a plain answer has; small answers grow on their own.
    fn expected(&self) -> usize {
        self.length.map_or(0, |length| length as usize / 4 * 3)
    }

    fn last_event(&mut self) -> Option<Event> {
        let name = match &mut self.form {
            Form::Open => return None,
            Form::Json => None,
            Form::Events(reader) => match reader.finish()? {
                Piece::End { name } => name,
                Piece::Data(_) => None,
            },
        };
        Event::new(name, self.harvester.take())
    }

    fn cut(&self, how: &str) -> BackendError {
        let message = format!("the answer {how} after {} bytes; it may have been billed", self.received);
        BackendError::new(ErrorKind::Unknown, message).with_hint(UNKNOWN_HINT).with_request_id(self.request_id.clone())
    }

    fn page(&self) -> BackendError {
        BackendError::new(ErrorKind::Protocol, "the server answered with a web page")
            .with_hint("check `base_url`; it usually ends in `/v1`")
            .with_request_id(self.request_id.clone())
    }

    fn unreadable(&self, bad: BadAnswer) -> BackendError {
        unreadable(bad, self.request_id.as_deref())
    }
}

impl Source {
    /// The next bytes, which are on disk before they are returned; `None` at the end. The error says how it ended.
    /// `partial`: they go on with a partial picture, of which no more is kept than has to be.
    async fn chunk(&mut self, partial: bool) -> Result<Option<Bytes>, &'static str> {
        match self {
            Self::Server(response, spool) => {
                let chunk = response.chunk().await;
                match &chunk {
                    Ok(Some(chunk)) if partial => spool.write(worth_keeping(chunk)).await,
                    Ok(Some(chunk)) => spool.write(chunk.clone()).await,
                    Ok(None) | Err(_) => spool.close().await,
                }
                chunk.map_err(|error| if error.is_timeout() { "took too long" } else { "was cut off" })
            }
            Self::File(file) => {
                let mut chunk = BytesMut::with_capacity(PIECE);
                let read = file.read_buf(&mut chunk).await.map_err(|_| "cannot be read again")?;
                Ok((read > 0).then(|| chunk.freeze()))
            }
        }
    }
}

/// What is kept of a piece of a partial picture, which is shown and never saved: nothing, as long as the piece is within
/// the picture, but for what its last four characters lack, so that the rest is still base64. Three partial pictures are
/// three times as much as the finished one, and all of it would be written for nothing. What has the picture's end in
/// it, or an escape, is kept whole: half of either would spoil what comes after.
fn worth_keeping(chunk: &Bytes) -> Bytes {
    if memchr2(b'"', b'\\', chunk).or_else(|| memchr2(b'\n', b'\r', chunk)).is_some() {
        return chunk.clone();
    }
    chunk.slice(chunk.len() / 4 * 4..)
}

fn unreadable(bad: BadAnswer, request_id: Option<&str>) -> BackendError {
    BackendError::new(ErrorKind::Protocol, bad.to_string())
        .with_hint("the answer is kept as it came in the job's spool folder; it may have been billed")
        .with_request_id(request_id.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, fmt::Write as _, io::Write as _};

    use base64::{Engine as _, prelude::BASE64_STANDARD};

    use super::*;

    /// What is spooled of an answer that comes in these chunks.
    fn spooled(chunks: &[&[u8]]) -> Vec<u8> {
        let nothing = tempfile::tempfile().unwrap();
        let mut answer = Answer::new(Source::File(File::from_std(nothing)), None, Keys::Images);
        let mut kept = Vec::new();
        for chunk in chunks {
            let chunk = Bytes::copy_from_slice(chunk);
            kept.extend_from_slice(&if answer.is_in_partial() { worth_keeping(&chunk) } else { chunk.clone() });
            answer.chunk = chunk;
            while answer.read_chunk().unwrap().is_some() {}
        }
        kept
    }

    /// The pictures of the events that are whole, by the events' names.
    async fn pictures(spooled: &[u8]) -> Vec<(String, Bytes)> {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().write_all(spooled).unwrap();
        let mut answer = Answer::reopen(file.path(), Keys::Images).await.unwrap();
        let mut found = Vec::new();
        while let Some(event) = answer.next().await.unwrap() {
            found.extend(event.picture("#0").map(|picture| (event.name.clone(), picture)));
        }
        found
    }

    #[tokio::test]
    async fn the_finished_picture_is_found_again_wherever_the_partial_one_was_cut() {
        let (partial, whole) = ([7_u8; 60], [9_u8; 30]);
        let (mut text, mut seen) = (String::new(), HashSet::new());
        for (name, picture) in [("partial_image", &partial[..]), ("completed", &whole[..])] {
            let picture = BASE64_STANDARD.encode(picture);
            let data = format!(r#"{{"b64_json":"{picture}","partial_image_index":0,"size":"9x9"}}"#);
            write!(text, "event: image_generation.{name}\ndata: {data}\n\n").unwrap();
        }
        let text = text.as_bytes();
        for first in 1..text.len() {
            for second in first..text.len().min(first + 60) {
                let spooled = spooled(&[&text[..first], &text[first..second], &text[second..]]);
                if !seen.insert(spooled.clone()) {
                    continue;
                }
                let found = pictures(&spooled).await;
                let last = found.last().map(|(name, picture)| (name.as_str(), picture.as_ref()));
                assert_eq!(last, Some(("image_generation.completed", &whole[..])), "cut at {first} and {second}");
            }
        }
    }
}

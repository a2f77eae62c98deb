//! A line reader for programs that may write anything: no line is stored beyond its limit, and fast output is
//! throttled. The meaning of a line is not known here.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    time::Instant,
};

/// A line from a program.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ProgramLine {
    /// A complete line, without its line ending.
    Whole(Vec<u8>),
    /// A line longer than the limit; the rest of it is skipped.
    TooLong,
}

/// The lines of a stream.
#[derive(Debug)]
pub(super) struct LineReader<R> {
    reader: BufReader<R>,
    limit: usize,
    line: Vec<u8>,
    /// True while the rest of a line that is too long is skipped.
    skipping: bool,
}

impl<R: AsyncRead + Unpin> LineReader<R> {
    /// Reads lines of at most `limit` bytes.
    pub(super) fn new(stream: R, limit: usize) -> Self {
        Self { reader: BufReader::new(stream), limit, line: Vec::new(), skipping: false }
    }

    /// Returns the next line, or `None` at the end. Nothing is lost if the future is dropped.
    pub(super) async fn next(&mut self) -> io::Result<Option<ProgramLine>> {
        loop {
            let chunk = self.reader.fill_buf().await?;
            if chunk.is_empty() {
                let rest = std::mem::take(&mut self.line);
                return Ok((!rest.is_empty()).then_some(ProgramLine::Whole(rest)));
            }
            let end = memchr::memchr(b'\n', chunk);
            let part = &chunk[..end.unwrap_or(chunk.len())];
            let too_long = !self.skipping && self.line.len() + part.len() > self.limit;
            if !self.skipping && !too_long {
                self.line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if too_long {
                self.line = Vec::new();
                self.skipping = end.is_none();
                return Ok(Some(ProgramLine::TooLong));
            }
            if end.is_some() && !std::mem::take(&mut self.skipping) {
                return Ok(Some(ProgramLine::Whole(std::mem::take(&mut self.line))));
            }
        }
    }
}

/// A throttle for output far beyond what a person could follow: excess lines stay in the pipe, and the program blocks.
#[derive(Debug)]
pub(super) struct LineThrottle {
    window: Instant,
    lines: u32,
}

impl LineThrottle {
    /// The maximum number of lines per window.
    const MOST: u32 = 100;
    const WINDOW: Duration = Duration::from_millis(100);

    pub(super) fn new(now: Instant) -> Self {
        Self { window: now, lines: 0 }
    }

    /// Counts a line received at `now`. If the limit is exceeded, returns the time before which nothing more may be
    /// read.
    pub(super) fn count(&mut self, now: Instant) -> Option<Instant> {
        let end = self.window + Self::WINDOW;
        if now >= end {
            *self = Self::new(now);
        }
        self.lines += 1;
        (self.lines > Self::MOST).then(|| {
            *self = Self::new(end);
            end
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(bytes: &[u8]) -> Vec<ProgramLine> {
        let (mut lines, mut found) = (LineReader::new(bytes, 4), Vec::new());
        while let Some(line) = lines.next().await.unwrap() {
            found.push(line);
        }
        found
    }

    fn whole(line: &str) -> ProgramLine {
        ProgramLine::Whole(line.into())
    }

    #[tokio::test]
    async fn lines_are_split_and_the_last_needs_no_newline() {
        assert_eq!(all(b"a\n\nbc").await, [whole("a"), whole(""), whole("bc")]);
        assert_eq!(all(b"").await, []);
        assert_eq!(all(b"abcd\n").await, [whole("abcd")]);
    }

    #[tokio::test]
    async fn overlong_line_is_reported_once_and_dropped() {
        assert_eq!(all(b"abcde\nf\n").await, [ProgramLine::TooLong, whole("f")]);
        let mut long = vec![b'x'; 1 << 20];
        long.extend_from_slice(b"\nf");
        let mut lines = LineReader::new(long.as_slice(), 1000);
        assert_eq!(lines.next().await.unwrap(), Some(ProgramLine::TooLong));
        assert_eq!(lines.line.capacity(), 0);
        assert_eq!(lines.next().await.unwrap(), Some(whole("f")));
    }

    #[test]
    fn floods_are_throttled_but_trickles_are_not() {
        let begun = Instant::now();
        let (mut pace, mut now) = (LineThrottle::new(begun), begun);
        for _ in 0..LineThrottle::MOST {
            assert_eq!(pace.count(now), None);
        }
        for _ in 0..LineThrottle::MOST * 10 {
            now = pace.count(now).unwrap_or(now);
        }
        assert!(now - begun >= LineThrottle::WINDOW * 9, "{:?}", now - begun);
        now += LineThrottle::WINDOW;
        for _ in 0..1000 {
            now += LineThrottle::WINDOW / 50;
            assert_eq!(pace.count(now), None);
        }
    }
}

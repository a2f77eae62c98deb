//! Queue of bytes to the terminal, written in slices.
//!
//! Entries are written in order and completely; none is ever dropped halfway.

use std::{
    collections::VecDeque,
    io::{self, Write},
};

use ratatui::{
    backend::{Backend, CrosstermBackend},
    buffer::Buffer,
    layout::{Position, Rect},
};

use crate::picture::{
    PreparedImage,
    driver::{Encoded, Persistence, driver, kitty},
};

#[derive(Default)]
pub(super) struct Outbox {
    pieces: VecDeque<OutboxEntry>,
    /// Number of bytes of the first piece that are already written.
    written: usize,
}

enum OutboxEntry {
    Bytes(Vec<u8>),
    /// An encoded image, shared because it is large.
    Picture(PreparedImage),
    /// An image that `viuer` prints.
    #[cfg(feature = "viuer")]
    Viuer(PreparedImage, Rect),
}

impl OutboxEntry {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Picture(fitted) => {
                if let Encoded::Bytes(bytes) = &fitted.inner().encoded {
                    bytes
                } else {
                    &[]
                }
            }
            #[cfg(feature = "viuer")]
            Self::Viuer(..) => &[],
        }
    }

    /// Returns the number of bytes of `bytes`, the rest of this piece, to write next if `room` is left in the slice.
    fn cut(&self, bytes: &[u8], room: usize) -> usize {
        match self {
            Self::Picture(fitted) if comes_in_commands(fitted) => kitty::whole_commands(bytes, room),
            _ => bytes.len().min(room),
        }
    }
}

/// Returns whether the image is sent in many commands that text may separate.
fn comes_in_commands(fitted: &PreparedImage) -> bool {
    matches!(driver(fitted.protocol()).persistence(), Persistence::ById | Persistence::Placed)
}

/// Size of a slice: a terminal consumes it within one or two milliseconds.
const SLICE: usize = 32 << 10;

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Returns whether text may be written now without splitting pending output. It may between two commands of the
    /// kitty protocol, but not while an image is painted in place.
    pub(super) fn between_commands(&self) -> bool {
        match self.pieces.front() {
            Some(OutboxEntry::Picture(fitted)) => comes_in_commands(fitted),
            Some(_) => false,
            None => true,
        }
    }

    pub(super) fn push(&mut self, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.pieces.push_back(OutboxEntry::Bytes(bytes));
        }
    }

    /// Queues the bytes of an image, shown at the current cursor position.
    pub(super) fn push_picture(&mut self, fitted: &PreparedImage) {
        self.pieces.push_back(OutboxEntry::Picture(fitted.clone()));
    }

    /// Queues an image painted at its place; the cursor position is preserved.
    pub(super) fn push_painting(&mut self, fitted: &PreparedImage, rect: Rect) {
        #[cfg(feature = "viuer")]
        if matches!(fitted.inner().encoded, Encoded::Pixels(_)) {
            return self.pieces.push_back(OutboxEntry::Viuer(fitted.clone(), rect));
        }
        self.push(format!("\x1b7\x1b[{};{}H", rect.y + 1, rect.x + 1).into_bytes());
        self.push_picture(fitted);
        self.push(b"\x1b8".to_vec());
    }

    /// Queues cells of the frame as text, which erases pixels.
    pub(super) fn push_cells(&mut self, frame: &Buffer, positions: impl Iterator<Item = Position>) {
        let mut cells = positions.filter_map(|at| frame.cell(at).map(|cell| (at.x, at.y, cell))).peekable();
        if cells.peek().is_none() {
            return;
        }
        let mut text = b"\x1b7".to_vec();
        // Writing to memory never fails.
        let _infallible = CrosstermBackend::new(&mut text).draw(cells);
        text.extend(b"\x1b8");
        self.push(text);
    }

    pub(super) fn pump(&mut self, out: &mut impl Write) -> io::Result<bool> {
        let mut room = SLICE;
        while room > 0 {
            let Some(piece) = self.pieces.front() else { break };
            #[cfg(feature = "viuer")]
            print_with_viuer(piece, out)?;
            let bytes = &piece.bytes()[self.written..];
            let slice = &bytes[..piece.cut(bytes, room)];
            if slice.is_empty() && !bytes.is_empty() {
                break;
            }
            out.write_all(slice)?;
            room -= slice.len();
            self.written += slice.len();
            if slice.len() == bytes.len() {
                self.pieces.pop_front();
                self.written = 0;
            }
        }
        out.flush()?;
        Ok(!self.is_empty())
    }
}

/// Prints with `viuer`, which writes to standard output itself. Earlier output must be flushed first.
#[cfg(feature = "viuer")]
fn print_with_viuer(piece: &OutboxEntry, out: &mut impl Write) -> io::Result<()> {
    if let OutboxEntry::Viuer(fitted, rect) = piece
        && let Encoded::Pixels(pixels) = &fitted.inner().encoded
    {
        out.flush()?;
        crate::picture::driver::viuer::paint(pixels, *rect)?;
    }
    Ok(())
}

//! Bytes on their way to the terminal, in slices.
//! What is in it is written in order and whole; nothing is ever dropped half-way.

use std::{
    collections::VecDeque,
    io::{self, Write},
};

use ratatui::{
    backend::{Backend, CrosstermBackend},
    buffer::Buffer,
    layout::{Position, Rect},
};

use crate::picture::{Fitted, driver::Encoded};

/// The queue.
#[derive(Default)]
pub(super) struct Outbox {
    pieces: VecDeque<Piece>,
    /// How much of the first piece is written.
    written: usize,
}

enum Piece {
    Bytes(Vec<u8>),
    /// What a picture was encoded to; shared, for it is large.
    Picture(Fitted),
    /// A picture that `viuer` prints.
    #[cfg(feature = "viuer")]
    Viuer(Fitted, Rect),
}

impl Piece {
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
}

/// So much at once: a terminal swallows it within a millisecond or two.
const SLICE: usize = 32 << 10;

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(super) fn push(&mut self, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.pieces.push_back(Piece::Bytes(bytes));
        }
    }

    /// The picture's own bytes, wherever the cursor is.
    pub(super) fn push_picture(&mut self, fitted: &Fitted) {
        self.pieces.push_back(Piece::Picture(fitted.clone()));
    }

    /// The picture painted at its place, the cursor left where it was.
    pub(super) fn push_painting(&mut self, fitted: &Fitted, rect: Rect) {
        #[cfg(feature = "viuer")]
        if matches!(fitted.inner().encoded, Encoded::Pixels(_)) {
            return self.pieces.push_back(Piece::Viuer(fitted.clone(), rect));
        }
        self.push(format!("\x1b7\x1b[{};{}H", rect.y + 1, rect.x + 1).into_bytes());
        self.push_picture(fitted);
        self.push(b"\x1b8".to_vec());
    }

    /// Cells of the frame as text, which wipes away pixels.
    pub(super) fn push_cells(&mut self, frame: &Buffer, positions: impl Iterator<Item = Position>) {
        let mut cells = positions.filter_map(|at| frame.cell(at).map(|cell| (at.x, at.y, cell))).peekable();
        if cells.peek().is_none() {
            return;
        }
        let mut text = b"\x1b7".to_vec();
        // Writing to memory cannot fail.
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
            let slice = &bytes[..bytes.len().min(room)];
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

/// `viuer` writes to standard output on its own; what was written before has to be there first.
#[cfg(feature = "viuer")]
fn print_with_viuer(piece: &Piece, out: &mut impl Write) -> io::Result<()> {
    if let Piece::Viuer(fitted, rect) = piece
        && let Encoded::Pixels(pixels) = &fitted.inner().encoded
    {
        out.flush()?;
        crate::picture::driver::viuer::paint(pixels, *rect)?;
    }
    Ok(())
}

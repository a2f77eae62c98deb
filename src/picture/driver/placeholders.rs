//! kitty graphics shown by placeholder characters: sent once, then ordinary text in the frame.
//!
//! The text must appear only after the terminal has the image: kitty draws a line when the line changes, and a line
//! that arrived before its image stays empty. The painter ensures the order. Popups, scrolling and tmux need no special
//! handling. Supported by kitty since 0.28, Ghostty and Rio.

use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
    style::Color,
};

use super::{Driver, Encoded, EncodedImage, MARK, Persistence, Samples, diacritics, kitty, png};
use crate::picture::{DisplayCapabilities, DisplayError};

pub(super) struct Placeholders;

/// Character that represents one cell of an image.
const PLACEHOLDER: char = '\u{10EEEE}';

impl Driver for Placeholders {
    fn persistence(&self) -> Persistence {
        Persistence::ById
    }

    fn max_cells(&self, _facts: &DisplayCapabilities) -> Size {
        Size::new(diacritics::COUNT, diacritics::COUNT)
    }

    fn encode(&self, canvas: &Samples, facts: &DisplayCapabilities) -> Result<Encoded, DisplayError> {
        let (id, cells) = (kitty::held_id(canvas.id), canvas.cells);
        let what = format!("a=T,U=1,i={id},c={},r={}", cells.width, cells.height);
        let png = png::whole_cells(canvas)?;
        // A printed image waits for nothing: its text follows in the same stream.
        let confirmed = canvas.persistent && facts.confirms;
        let sent =
            if confirmed { kitty::transmit_confirmed(&what, &png) } else { kitty::transmit(&what, &png, facts.tmux) };
        Ok(Encoded::Bytes(sent))
    }

    fn draw(&self, drawn: &EncodedImage<'_>, rect: Rect, buffer: &mut Buffer) {
        let [_, red, green, blue] = kitty::held_id(drawn.id).to_be_bytes();
        let numbers = diacritics::all();
        for (row, y) in numbers.iter().zip(rect.y..rect.bottom()) {
            for (column, x) in numbers.iter().zip(rect.x..rect.right()) {
                if let Some(cell) = buffer.cell_mut((x, y)) {
                    cell.set_symbol(&String::from_iter([PLACEHOLDER, *row, *column]));
                    cell.set_fg(Color::Rgb(red, green, blue)).set_diff_option(MARK);
                }
            }
        }
    }
}

/// Returns an alternate spelling of the same placeholder, or reverts it. The third mark is the highest byte of the id,
/// which is always 0. A respelled cell differs for ratatui and tmux, so it is written again, but the terminal shows the
/// same.
pub(in crate::picture) fn respelled(symbol: &str) -> String {
    if symbol.chars().count() > 3 {
        return symbol.chars().take(3).collect();
    }
    format!("{symbol}\u{305}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_encodes_its_image_row_and_column() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 3));
        let encoded = Encoded::Bytes(Vec::new());
        Placeholders.draw(&EncodedImage { id: 0x12_3456, encoded: &encoded }, Rect::new(1, 1, 2, 2), &mut buffer);
        assert_eq!(buffer[(2, 1)].symbol(), "\u{10EEEE}\u{305}\u{30d}");
        assert_eq!(buffer[(1, 2)].symbol(), "\u{10EEEE}\u{30d}\u{305}");
        assert_eq!(buffer[(1, 2)].fg, Color::Rgb(0x12, 0x34, 0x56));
        assert_eq!(buffer[(0, 0)].symbol(), " ");
    }

    #[test]
    fn respelling_names_the_same_cell_and_is_reversible() {
        let symbol = "\u{10EEEE}\u{305}\u{30d}";
        assert_eq!(respelled(symbol), "\u{10EEEE}\u{305}\u{30d}\u{305}", "the highest byte of the id is 0");
        assert_eq!(respelled(&respelled(symbol)), symbol);
    }
}

//! kitty graphics shown by placeholder characters: sent once, then text in the frame like any other.
//! Popups, scrolling and tmux need no care at all. For kitty from 0.28, Ghostty and Rio.

use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
    style::Color,
};

use super::{Canvas, Drawn, Driver, Encoded, Life, MARK, diacritics, kitty, png};
use crate::picture::{PictureError, TerminalFacts};

/// The driver.
pub(super) struct Placeholders;

/// The character that stands for a cell of a picture.
const PLACEHOLDER: char = '\u{10EEEE}';

impl Driver for Placeholders {
    fn life(&self) -> Life {
        Life::Held
    }

    fn reach(&self, _facts: &TerminalFacts) -> Size {
        Size::new(diacritics::COUNT, diacritics::COUNT)
    }

    fn encode(&self, canvas: &Canvas, facts: &TerminalFacts) -> Result<Encoded, PictureError> {
        let (id, cells) = (kitty::held_id(canvas.id), canvas.cells);
        let what = format!("a=T,U=1,i={id},c={},r={}", cells.width, cells.height);
        Ok(Encoded::Bytes(kitty::transmit(&what, &png::whole_cells(canvas)?, facts.tmux)))
    }

    fn draw(&self, drawn: &Drawn<'_>, rect: Rect, buffer: &mut Buffer) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cell_names_its_picture_row_and_column() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 3));
        let encoded = Encoded::Bytes(Vec::new());
        Placeholders.draw(&Drawn { id: 0x12_3456, encoded: &encoded }, Rect::new(1, 1, 2, 2), &mut buffer);
        assert_eq!(buffer[(2, 1)].symbol(), "\u{10EEEE}\u{305}\u{30d}");
        assert_eq!(buffer[(1, 2)].symbol(), "\u{10EEEE}\u{30d}\u{305}");
        assert_eq!(buffer[(1, 2)].fg, Color::Rgb(0x12, 0x34, 0x56));
        assert_eq!(buffer[(0, 0)].symbol(), " ");
    }
}

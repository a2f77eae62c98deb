//! Chips: the references, mask and markup of the next job as one row of labels above the prompt's text.
//! The view draws them, and `layout::chip_at` finds the one under the mouse.

use std::path::Path;

use unicode_width::UnicodeWidthStr;

use super::{Model, references::file_name};
use crate::sanitize;

/// Maximum width of a label, so that several chips fit into a row.
const MAX_LABEL: usize = 28;

/// The button at the end of a chip.
const CLOSE: &str = " ×]";

/// The thing that a chip stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChipKind {
    /// The reference at that index.
    Reference(usize),
    Mask,
    Markup,
}

/// A reference, the mask or the markup, with its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    pub kind: ChipKind,
    pub label: String,
}

/// A chip in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedChip {
    pub index: usize,
    /// Column of its first cell, counted from the start of the row.
    pub column: u16,
    pub text: String,
    pub width: u16,
}

impl PlacedChip {
    /// Returns whether its button to remove it is in that column.
    pub fn closes_at(&self, column: u16) -> bool {
        let end = self.column + self.width;
        (end.saturating_sub(CLOSE.width() as u16)..end).contains(&column)
    }

    /// Returns the text of its button.
    pub const fn button() -> &'static str {
        CLOSE
    }
}

/// The visible part of the chips.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChipRow {
    pub chips: Vec<PlacedChip>,
    pub hidden: usize,
}

impl ChipRow {
    /// Places the chips on `width` columns, with the selected one among them.
    pub fn new(chips: &[Chip], selected: Option<usize>, width: u16) -> Self {
        let mut start = 0;
        loop {
            let row = Self::starting_at(chips, start, width);
            let last = row.chips.last().map_or(start, |chip| chip.index);
            if selected.is_none_or(|selected| selected <= last) || start + 1 >= chips.len() {
                return row;
            }
            start += 1;
        }
    }

    fn starting_at(chips: &[Chip], start: usize, width: u16) -> Self {
        let mut row = Self { chips: Vec::new(), hidden: chips.len() };
        let mut column = 0;
        for (index, chip) in chips.iter().enumerate().skip(start) {
            // The count of hidden chips needs room, unless this is the last one and none is hidden before.
            let rest = if start == 0 && index + 1 == chips.len() { 0 } else { " +99".len() };
            let room = usize::from(width).saturating_sub(column + rest);
            let text = if row.chips.is_empty() {
                sanitize::truncate(&chip.label, room.saturating_sub(1 + CLOSE.width())).into_owned()
            } else {
                chip.label.clone()
            };
            let wide = text.width() + 1 + CLOSE.width();
            if wide > room || text.is_empty() {
                break;
            }
            row.chips.push(PlacedChip { index, column: column as u16, text: format!("[{text}"), width: wide as u16 });
            row.hidden -= 1;
            column += wide + 1;
        }
        row
    }
}

impl Model {
    /// Returns the references, mask and markup of the next job as chips.
    pub fn chips(&self) -> Vec<Chip> {
        let references = &self.next_job.references;
        let name = |text: &str| sanitize::truncate(&sanitize::line(text.trim()), MAX_LABEL).into_owned();
        let numbered = references.inputs.iter().enumerate().map(|(at, reference)| Chip {
            kind: ChipKind::Reference(at),
            label: format!("{} {}", at + 1, name(&self.reference_name(reference))),
        });
        let mut chips: Vec<Chip> = numbered.collect();
        let overlay =
            |kind, word: &str, path: &Path| Chip { kind, label: format!("{word} {}", name(&file_name(path))) };
        chips.extend(references.mask.iter().map(|path| overlay(ChipKind::Mask, "mask", path)));
        chips.extend(references.markup.iter().map(|path| overlay(ChipKind::Markup, "markup", path)));
        chips
    }

    /// Returns the chip under the cursor.
    pub fn selected_chip(&self) -> Option<usize> {
        let count = self.next_job.references.inputs.len()
            + usize::from(self.next_job.references.mask.is_some())
            + usize::from(self.next_job.references.markup.is_some());
        self.reference_pane.selected.filter(|at| *at < count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(count: usize, selected: Option<usize>, width: u16) -> String {
        let chips: Vec<Chip> =
            (0..count).map(|at| Chip { kind: ChipKind::Reference(at), label: format!("{} fox.png", at + 1) }).collect();
        let row = ChipRow::new(&chips, selected, width);
        let mut text: Vec<String> = row.chips.iter().map(|chip| format!("{}{CLOSE}", chip.text)).collect();
        if row.hidden > 0 {
            text.push(format!("+{}", row.hidden));
        }
        assert!(text.join(" ").width() <= usize::from(width), "{text:?}");
        text.join(" ")
    }

    #[test]
    fn chips_without_room_are_counted() {
        assert_eq!(row(1, None, 40), "[1 fox.png ×]");
        assert_eq!(row(3, None, 80), "[1 fox.png ×] [2 fox.png ×] [3 fox.png ×]");
        assert_eq!(row(4, None, 40), "[1 fox.png ×] [2 fox.png ×] +2");
        assert_eq!(row(16, None, 20), "[1 fox.png ×] +15");
    }

    #[test]
    fn selected_chip_is_always_visible() {
        for selected in 0..16 {
            assert!(row(16, Some(selected), 30).contains(&format!("[{} fox.png", selected + 1)), "{selected}");
        }
    }

    #[test]
    fn any_width_is_enough_to_draw() {
        ChipRow::new(&[], None, 0);
        for width in 2..40 {
            row(3, Some(2), width);
        }
    }

    #[test]
    fn button_is_at_the_end_of_the_chip() {
        let chip = PlacedChip { index: 0, column: 4, text: "[1 a".into(), width: 7 };
        assert_eq!((4..12).filter(|column| chip.closes_at(*column)).collect::<Vec<_>>(), [8, 9, 10]);
    }
}

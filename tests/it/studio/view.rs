//! A screen as the user sees it: words, positions, images.
//! It does not wait for anything; the terminal that it comes from does.

use std::fmt;

/// A snapshot of the screen.
pub(crate) struct View(pub(super) vt100::Screen);

impl View {
    /// Returns the number of columns and rows.
    pub(crate) fn size(&self) -> (u16, u16) {
        let (rows, columns) = self.0.size();
        (columns.get(), rows.get())
    }

    /// Returns the lines, without trailing spaces.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.rows(0, self.size().0).map(|line| line.trim_end().to_owned()).collect()
    }

    /// Returns whether these words are on one line.
    pub(crate) fn has(&self, words: &str) -> bool {
        self.lines().iter().any(|line| line.contains(words))
    }

    /// Returns the number of times that these words are on screen.
    pub(crate) fn count(&self, words: &str) -> usize {
        self.lines().iter().map(|line| line.matches(words).count()).sum()
    }

    /// Returns the line with these words, counted from the top.
    pub(crate) fn line_of(&self, words: &str) -> Option<usize> {
        self.lines().iter().position(|line| line.contains(words))
    }

    /// Returns the colors of the image, cell by cell: half-blocks with a color above and one below.
    pub(crate) fn picture(&self) -> Vec<(vt100::Color, vt100::Color)> {
        self.cells().filter(|cell| cell.contents() == "▀").map(|cell| (cell.fgcolor(), cell.bgcolor())).collect()
    }

    /// Returns whether an image is recognizable: many half-blocks in several colors.
    pub(crate) fn has_picture(&self) -> bool {
        let picture = self.picture();
        let mut colors: Vec<_> = picture.iter().map(|(fore, _)| format!("{fore:?}")).collect();
        colors.sort_unstable();
        colors.dedup();
        picture.len() >= 32 && colors.len() >= 8
    }

    /// Returns whether both show roughly the same image: previews are smaller than the final one.
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        let (mine, theirs) = (channels(&self.picture()), channels(&other.picture()));
        let apart: u64 = mine.iter().zip(&theirs).map(|(one, two)| u64::from(one.abs_diff(*two))).sum();
        !mine.is_empty() && mine.len() == theirs.len() && apart / mine.len() as u64 <= 8
    }

    /// Returns whether the image of a finished job is shown: the status line then names its format.
    pub(crate) fn has_finished_picture(&self) -> bool {
        self.has_picture() && self.has(" png · ")
    }

    /// Returns the colors of the cell at the start of these words.
    pub(crate) fn colors_of(&self, words: &str) -> Option<(vt100::Color, vt100::Color)> {
        let row = self.line_of(words)?;
        let line = &self.lines()[row];
        let column = line[..line.find(words)?].chars().count();
        let cell = self.0.cell(row as u16, column as u16)?;
        Some((cell.fgcolor(), cell.bgcolor()))
    }

    /// Returns the terminal's own state, for checks beyond the text.
    pub(crate) const fn screen(&self) -> &vt100::Screen {
        &self.0
    }

    /// Returns every cell, row by row.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &vt100::Cell> {
        let (columns, rows) = self.size();
        (0..rows).flat_map(move |row| (0..columns).filter_map(move |column| self.0.cell(row, column)))
    }
}

/// Returns red, green and blue of every cell.
fn channels(picture: &[(vt100::Color, vt100::Color)]) -> Vec<u8> {
    let colors = picture.iter().flat_map(|(fore, back)| [fore, back]);
    let channels = colors.map(|color| if let vt100::Color::Rgb(r, g, b) = color { [*r, *g, *b] } else { [0; 3] });
    channels.flatten().collect()
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (columns, rows) = self.size();
        writeln!(f, "screen {columns}x{rows}:")?;
        self.lines().iter().try_for_each(|line| writeln!(f, "  |{line}"))
    }
}

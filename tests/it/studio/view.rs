//! A screen as a person sees it: words, places, pictures.
//! It waits for nothing; the terminal it comes from does.

use std::fmt;

/// What was on screen at one moment.
pub(crate) struct View(pub(super) vt100::Screen);

impl View {
    /// Columns and rows.
    pub(crate) fn size(&self) -> (u16, u16) {
        let (rows, columns) = self.0.size();
        (columns.get(), rows.get())
    }

    /// The lines, without what is behind their last word.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.rows(0, self.size().0).map(|line| line.trim_end().to_owned()).collect()
    }

    /// Whether these words stand on one line.
    pub(crate) fn has(&self, words: &str) -> bool {
        self.lines().iter().any(|line| line.contains(words))
    }

    /// How often these words are on screen.
    pub(crate) fn count(&self, words: &str) -> usize {
        self.lines().iter().map(|line| line.matches(words).count()).sum()
    }

    /// The line with these words, counted from the top.
    pub(crate) fn line_of(&self, words: &str) -> Option<usize> {
        self.lines().iter().position(|line| line.contains(words))
    }

    /// The colours of the picture, cell by cell: half-blocks with a colour above and one below.
    pub(crate) fn picture(&self) -> Vec<(vt100::Color, vt100::Color)> {
        self.cells().filter(|cell| cell.contents() == "▀").map(|cell| (cell.fgcolor(), cell.bgcolor())).collect()
    }

    /// Whether a picture can be made out: many half-blocks in several colours.
    pub(crate) fn has_picture(&self) -> bool {
        let picture = self.picture();
        let mut colors: Vec<_> = picture.iter().map(|(fore, _)| format!("{fore:?}")).collect();
        colors.sort_unstable();
        colors.dedup();
        picture.len() >= 32 && colors.len() >= 8
    }

    /// Whether both show the same picture as far as an eye can tell: previews are smaller than what comes of them.
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        let (mine, theirs) = (channels(&self.picture()), channels(&other.picture()));
        let apart: u64 = mine.iter().zip(&theirs).map(|(one, two)| u64::from(one.abs_diff(*two))).sum();
        !mine.is_empty() && mine.len() == theirs.len() && apart / mine.len() as u64 <= 8
    }

    /// Whether a picture is there and its job is done: the line of facts names its format.
    pub(crate) fn has_finished_picture(&self) -> bool {
        self.has_picture() && self.has(" png · ")
    }

    /// The colours of the cell at the start of these words.
    pub(crate) fn colors_of(&self, words: &str) -> Option<(vt100::Color, vt100::Color)> {
        let row = self.line_of(words)?;
        let line = &self.lines()[row];
        let column = line[..line.find(words)?].chars().count();
        let cell = self.0.cell(row as u16, column as u16)?;
        Some((cell.fgcolor(), cell.bgcolor()))
    }

    /// The terminal's own state, where the words are not enough.
    pub(crate) const fn screen(&self) -> &vt100::Screen {
        &self.0
    }

    /// Every cell, row by row.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &vt100::Cell> {
        let (columns, rows) = self.size();
        (0..rows).flat_map(move |row| (0..columns).filter_map(move |column| self.0.cell(row, column)))
    }
}

/// Red, green and blue of everything.
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

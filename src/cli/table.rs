//! Plain text columns, aligned by display width.
//! There are no borders and no colors, so that a listing also reads well in a pipe.

use unicode_width::UnicodeWidthStr;

use crate::sanitize;

/// Formats rows with columns as wide as their widest cell. Lines are truncated to `width` cells, if given.
pub(super) fn table<const N: usize>(rows: &[[String; N]], width: Option<usize>) -> Vec<String> {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.to_vec()).collect();
    columns(&rows, width)
}

/// Formats rows whose number of cells is known only at run time; the first row determines it.
pub(super) fn columns(rows: &[Vec<String>], width: Option<usize>) -> Vec<String> {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| sanitize::line(cell).into_owned()).collect()).collect();
    let widest =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).map(widest).collect();
    rows.iter().map(|row| line(row, &widths, width)).collect()
}

/// Formats a count, such as `1 pair` or `2 pairs`.
pub(super) fn pluralize(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

fn line(row: &[String], widths: &[usize], width: Option<usize>) -> String {
    let mut line = String::new();
    for (cell, column) in row.iter().zip(widths) {
        line.push_str(cell);
        line.push_str(&" ".repeat(column - cell.width() + 2));
    }
    let line = line.trim_end();
    width.map_or_else(|| line.to_owned(), |width| sanitize::truncate(line, width).into_owned())
}

/// Returns the width of the terminal in cells, or `None` if stdout is not one.
pub(super) fn terminal_width() -> Option<usize> {
    let (columns, _) = super::stdout::is_terminal().then(crossterm::terminal::size)?.ok()?;
    Some(usize::from(columns)).filter(|columns| *columns > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> [[String; 2]; 2] {
        [["a", "three cats"], ["猫", "x"]].map(|row| row.map(str::to_owned))
    }

    #[test]
    fn columns_are_aligned_by_cells() {
        assert_eq!(table(&rows(), None), ["a   three cats", "猫  x"]);
    }

    #[test]
    fn lines_are_truncated_to_the_width() {
        assert_eq!(table(&rows(), Some(9)), ["a   thre…", "猫  x"]);
    }
}

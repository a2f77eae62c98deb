//! The help in columns: which keys, in which order, on which lines. The view draws it, and `update` needs its height to
//! scroll.

use ratatui::layout::{Rect, Size};
use unicode_width::UnicodeWidthStr;

use super::{
    action::{ActionRow, KeyContext},
    action_words,
    layout::{centered, popup_inner},
    model::{HelpView, Model},
    wrap::wrap_words,
};

/// Minimum width of a column.
const COLUMN_MIN_WIDTH: u16 = 46;
/// Gap between columns.
pub const GAP: u16 = 3;
/// Maximum number of columns.
const MAX_COLUMNS: u16 = 4;
/// Lines above the keys: the filter and a blank one.
const FILTER_LINES: u16 = 2;

/// The symbols of the history with their meaning.
const SYMBOLS: [(&str, &str); 11] = [
    ("⣷", "running"),
    ("…", "running in another tintype process"),
    ("★4", "rating"),
    ("♥", "favorite"),
    ("↳", "edit of another image"),
    ("✓", "reference of the next image"),
    ("×4", "number of images"),
    ("✗", "failed"),
    ("–", "canceled"),
    ("?", "outcome unknown"),
    ("!", "the image file is missing"),
];

/// One line of the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelpLine {
    /// The name of a context.
    Heading(&'static str),
    /// Keys and their action; either is empty where the other one takes several lines.
    Entry(String, String),
    /// A blank line.
    Blank,
}

/// The help, laid out.
#[derive(Clone, Debug)]
pub struct HelpPage {
    pub outer: Rect,
    pub filter: Rect,
    pub body: Rect,
    pub columns: Vec<Vec<HelpLine>>,
    pub column_width: u16,
    /// Width of the keys, which are to the left of the descriptions in each column.
    pub key_width: usize,
}

impl HelpPage {
    /// Returns the number of lines of the longest column.
    pub fn rows(&self) -> u16 {
        self.columns.iter().map(Vec::len).max().unwrap_or(0).min(usize::from(u16::MAX)) as u16
    }

    /// Returns the last position to which the help can be scrolled.
    pub fn max_scroll(&self) -> u16 {
        self.rows().saturating_sub(self.body.height)
    }
}

/// Lays out the help for a screen of this size.
pub fn page(model: &Model, view: &HelpView, size: Size) -> HelpPage {
    let width = size.width.saturating_sub(2);
    let inner = width.saturating_sub(4);
    let count = ((inner + GAP) / (COLUMN_MIN_WIDTH + GAP)).clamp(1, MAX_COLUMNS);
    let column_width = (inner.saturating_sub(GAP * (count - 1)) / count).max(1);
    let key_width = key_width(model, usize::from(column_width));
    let fit = |filter: &str, least: u16| {
        let lines = lines(model, filter, key_width, usize::from(column_width));
        columns(&lines, usize::from(count), usize::from(least))
    };
    // The popup keeps its size while the filter is typed.
    let full = fit("", 1).iter().map(Vec::len).max().unwrap_or(0) as u16;
    // The last line stays free for the hints.
    let height = full.saturating_add(2 + FILTER_LINES).min(size.height.saturating_sub(1));
    let outer = centered(Rect::new(0, 0, size.width, size.height.saturating_sub(1)), width, height);
    let area = popup_inner(outer);
    let top = FILTER_LINES.min(area.height);
    let filter = view.input.text();
    // Few matches stay in one column.
    let least = if filter.is_empty() { 1 } else { area.height - top };
    HelpPage {
        outer,
        filter: Rect { height: 1.min(area.height), ..area },
        body: Rect { y: area.y + top, height: area.height - top, ..area },
        columns: fit(filter, least),
        column_width,
        key_width,
    }
}

fn key_width(model: &Model, column: usize) -> usize {
    let rows = model.config.keymap.rows(model.terminal.enhanced_keys);
    rows.map(|(_, keys)| keys.join(" ").width()).max().unwrap_or(0).min(column * 2 / 5)
}

/// Returns the keys that match the filter, those of the pane where the help was opened first.
fn lines(model: &Model, filter: &str, key_width: usize, width: usize) -> Vec<HelpLine> {
    let here = model.context_under_popup();
    let mut contexts = KeyContext::ALL.to_vec();
    contexts.sort_by_key(|context| *context != here);
    let terms: Vec<String> = filter.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let mut lines = Vec::new();
    let mut section = |title: &'static str, entries: Vec<(String, &'static str)>| {
        if entries.is_empty() {
            return;
        }
        if !lines.is_empty() {
            lines.push(HelpLine::Blank);
        }
        lines.push(HelpLine::Heading(title));
        lines.extend(entries.iter().flat_map(|(keys, doc)| entry(keys, doc, key_width, width)));
    };
    for context in contexts {
        let rows = model.config.keymap.rows(model.terminal.enhanced_keys);
        let rows = rows.filter(|(row, keys)| row.context == context && !keys.is_empty());
        let found = rows.map(|(row, keys)| (row, keys.join(" "))).filter(|(row, keys)| matches(row, keys, &terms));
        section(context.title(), found.map(|(row, keys)| (keys, row.doc)).collect());
        if context == KeyContext::History {
            section("Symbols in the history", symbols(&terms));
        }
    }
    lines
}

fn symbols(terms: &[String]) -> Vec<(String, &'static str)> {
    let found = SYMBOLS.iter().filter(|(symbol, meaning)| {
        terms.iter().all(|term| *symbol == term || meaning.contains(term.as_str()) || "symbols".contains(term.as_str()))
    });
    found.map(|(symbol, meaning)| ((*symbol).to_owned(), *meaning)).collect()
}

/// Returns `true` if each typed term is a part of the keys, the description, the name or a further word of an action.
fn matches(row: &ActionRow, keys: &str, terms: &[String]) -> bool {
    let keys = keys.to_lowercase();
    let found = |term: &String| {
        [keys.as_str(), row.doc, row.name].iter().any(|text| text.contains(term.as_str()))
            || action_words::words(row.action).any(|word| word.starts_with(term.as_str()))
            || row.context.title().to_lowercase().starts_with(term.as_str())
    };
    terms.iter().all(found)
}

/// Returns the keys of an action with its description, on as many lines as needed.
fn entry(keys: &str, doc: &str, key_width: usize, width: usize) -> Vec<HelpLine> {
    let keys = wrap_words(keys, key_width);
    let docs = wrap_words(doc, width.saturating_sub(key_width + 4));
    let line = |at: usize| {
        HelpLine::Entry(keys.get(at).cloned().unwrap_or_default(), docs.get(at).cloned().unwrap_or_default())
    };
    (0..keys.len().max(docs.len())).map(line).collect()
}

/// Distributes the lines over at most `count` columns of about the same height, which is at least `least`.
fn columns(lines: &[HelpLine], count: usize, least: usize) -> Vec<Vec<HelpLine>> {
    let mut height = lines.len().div_ceil(count).max(least).max(1);
    loop {
        let columns = filled(lines, height);
        if columns.len() <= count {
            return columns;
        }
        height += 1;
    }
}

/// Fills columns of at most `height` lines. No column starts with a blank line or ends with a heading.
fn filled(lines: &[HelpLine], height: usize) -> Vec<Vec<HelpLine>> {
    let mut columns: Vec<Vec<HelpLine>> = vec![Vec::new()];
    for line in lines {
        let Some(column) = columns.last_mut() else { break };
        if column.len() < height {
            if !(column.is_empty() && *line == HelpLine::Blank) {
                column.push(line.clone());
            }
            continue;
        }
        let heading = column.pop_if(|last| height > 1 && matches!(last, HelpLine::Heading(_)));
        let mut next: Vec<HelpLine> = heading.into_iter().collect();
        next.extend((*line != HelpLine::Blank || !next.is_empty()).then(|| line.clone()));
        columns.push(next);
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{
        fixtures::model,
        model::{Focus, LineInput},
    };

    fn view(filter: &str) -> HelpView {
        HelpView { input: LineInput::new(filter), ..HelpView::default() }
    }

    fn docs(page: &HelpPage) -> Vec<&str> {
        let lines = page.columns.iter().flatten();
        lines.filter_map(|line| if let HelpLine::Entry(_, doc) = line { Some(doc.as_str()) } else { None }).collect()
    }

    #[test]
    fn help_has_as_many_columns_as_the_width_allows() {
        let columns = |width| page(&model(), &view(""), Size::new(width, 50)).columns.len();
        assert_eq!([columns(40), columns(80), columns(120), columns(200)], [1, 1, 2, 4]);
    }

    #[test]
    fn columns_lose_no_line_and_keep_headings_with_their_keys() {
        for focus in [Focus::Prompt, Focus::History, Focus::Preview] {
            let mut model = model();
            model.focus = focus;
            let one = page(&model, &view(""), Size::new(60, 50));
            for width in [100, 120, 160, 200] {
                let page = page(&model, &view(""), Size::new(width, 50));
                assert!(page.columns.iter().all(|column| !matches!(column.last(), Some(HelpLine::Heading(_)))));
                assert!(page.columns.iter().all(|column| column.first() != Some(&HelpLine::Blank)));
                let headings = |page: &HelpPage| {
                    page.columns.iter().flatten().filter(|line| matches!(line, HelpLine::Heading(_))).count()
                };
                assert_eq!(headings(&page), headings(&one));
            }
        }
    }

    #[test]
    fn help_starts_with_the_pane_where_it_was_opened() {
        for (focus, title) in [(Focus::Prompt, "Prompt"), (Focus::History, "History"), (Focus::Preview, "Preview")] {
            let mut model = model();
            model.focus = focus;
            let page = page(&model, &view(""), Size::new(120, 40));
            assert_eq!(page.columns[0][0], HelpLine::Heading(title));
        }
    }

    #[test]
    fn filter_finds_keys_descriptions_and_further_words() {
        let found = |typed: &str| docs(&page(&model(), &view(typed), Size::new(120, 40))).join("\n");
        assert!(found("ctrl+t").contains("switch theme"));
        assert!(found("colours").contains("switch theme"));
        assert!(found("trash").contains("move to trash") && !found("trash").contains("zoom"));
        assert!(found("outcome unk").contains("outcome unknown"));
        assert_eq!(found("zzzz"), "");
        let few = page(&model(), &view("trash"), Size::new(200, 60));
        assert_eq!(few.columns.len(), 1, "{:?}", few.columns);
    }
}

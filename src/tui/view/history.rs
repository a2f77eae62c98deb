//! The history pane: two lines per job under headings with dates, newest first, and the search line.
//! Only visible rows are read, however long the history is.

use ratatui::{
    layout::{Margin, Position, Rect},
    style::Style,
    text::{Line, Span},
    widgets::{Block, Paragraph},
};
use unicode_width::UnicodeWidthStr;

use super::{clipped_frame::ClippedFrame, format, frames, has_focus, waiting};
use crate::{
    library::{JobState, Query, Record},
    sanitize,
    theme::Role,
    tui::{
        history_rows::{HistoryLine, HistoryRows},
        model::{Focus, Model},
    },
};

/// Draws the pane.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let focus = has_focus(model, Focus::History);
    frame.render_widget(frames::block(model, title(model), focus), area);
    draw_search(model, area.inner(Margin::new(1, 1)), frame);
    super::thumbnails::draw(model, frame);
    let Some(rows) = frame.areas().history_rows(model).filter(|rows| !rows.is_empty()) else { return };
    if model.history.total == 0 {
        frame.render_widget(empty(model), rows);
        return;
    }
    let arranged = HistoryRows::new(model, rows);
    for (line, area) in arranged.visible() {
        match line {
            HistoryLine::Heading(date) => draw_heading(model, &format::day(model, date), area, frame),
            HistoryLine::Row(index) => draw_row(model, index, (focus, arranged.has_thumbnails()), area, frame),
        }
    }
    let beside = Rect { x: rows.right(), width: 1, ..rows };
    let shown = (model.history.top, arranged.count() as u64, model.history.total);
    frames::draw_scroll_bar_of_rows(model, shown, beside, frame);
}

fn title(model: &Model) -> String {
    match model.history.total {
        0 => " history ".to_owned(),
        total => format!(" history {} ", format::thousands(total)),
    }
}

fn empty(model: &Model) -> Paragraph<'static> {
    let text = match (model.history.loaded, &model.history.query) {
        (false, _) => "",
        (true, query) if *query == Query::default() => "nothing yet",
        (true, _) => "no matches",
    };
    Paragraph::new(text).style(model.theme.style(Role::Muted)).centered()
}

fn draw_search(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let line = Rect { height: 1.min(area.height), ..area };
    let text = match (&model.history.search, model.history.query.text.as_str()) {
        (Some(input), _) => input.text(),
        (None, "") => return,
        (None, text) => text,
    };
    let room = usize::from(line.width).saturating_sub(3);
    let shown = sanitize::line(text);
    let shown = fitting_end(&shown, room);
    let spans = vec![Span::styled("/ ", model.theme.style(Role::Key)), Span::raw(shown.to_owned())];
    frame.render_widget(Paragraph::new(Line::from(spans)).style(model.theme.style(Role::Value)), line);
    if model.history.search.is_some() && model.popup.is_none() {
        frame.set_cursor_position(Position::new(line.x + 2 + shown.width() as u16, line.y));
    }
}

/// Returns the end of `text` that fits, since the cursor is there.
fn fitting_end(text: &str, room: usize) -> &str {
    let mut start = 0;
    while text[start..].width() > room {
        start += text[start..].chars().next().map_or(1, char::len_utf8);
    }
    &text[start..]
}

fn draw_heading(model: &Model, text: &str, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let rule = "─".repeat(usize::from(area.width).saturating_sub(text.width() + 3));
    let line = Line::from(vec![
        Span::styled(format!(" {text} "), model.theme.style(Role::Label)),
        Span::styled(rule, model.theme.style(Role::Border)),
    ]);
    frame.render_widget(Paragraph::new(line), area);
}

fn draw_row(
    model: &Model,
    index: u64,
    (focus, thumbnails): (bool, bool),
    area: Rect,
    frame: &mut ClippedFrame<'_, '_>,
) {
    let selected = index == model.history.selected;
    let base = match (selected, focus) {
        (true, true) => model.theme.style(Role::Selection),
        (true, false) => model.theme.style(Role::SelectionUnfocused),
        (false, _) => model.theme.style(Role::Text),
    };
    frame.render_widget(Block::new().style(base), area);
    let text = if thumbnails { draw_thumbnail(model, index, area, frame) } else { area };
    let width = usize::from(text.width);
    let own = |role: Role| if selected { base } else { model.theme.style(role) };
    let lines = match model.history.row(index) {
        Some(record) if area.height > 1 => {
            vec![first_line(model, record, &own, width), second_line(model, record, &own, width)]
        }
        Some(record) => vec![only_line(model, record, &own, width)],
        None => vec![Line::styled(" …", model.theme.style(Role::Muted))],
    };
    frame.render_widget(Paragraph::new(lines).style(base), text);
}

/// Draws the thumbnail of a row, if it is ready; returns the area beside it.
fn draw_thumbnail(model: &Model, index: u64, row: Rect, frame: &mut ClippedFrame<'_, '_>) -> Rect {
    let area = HistoryRows::thumbnail_area(row);
    if let Some(thumbnail) = super::thumbnails::in_row(model, index) {
        frame.render_widget(thumbnail, area);
    }
    let left = area.right() + 1;
    Rect { x: left, width: row.right().saturating_sub(left), ..row }
}

/// Returns the first of two lines: the state and the prompt.
fn first_line<'a>(model: &Model, record: &Record, own: &dyn Fn(Role) -> Style, width: usize) -> Line<'a> {
    let (symbol, role) = state_symbol(model, record);
    let name = sanitize::truncate(&sanitize::line(name(record)), width.saturating_sub(3)).into_owned();
    Line::from(vec![Span::styled(format!("{symbol} "), own(role)), Span::styled(name, own(Role::Text))])
}

/// Returns the second of two lines: facts on the left, as many as fit, and marks on the right.
fn second_line<'a>(model: &Model, record: &Record, own: &dyn Fn(Role) -> Style, width: usize) -> Line<'a> {
    let marks = marks(record);
    let taken: usize = marks.iter().map(|(mark, _)| mark.width() + 1).sum();
    let room = width.saturating_sub(taken + 3);
    let facts = fitting_facts(facts(model, record), room);
    let gap = " ".repeat(room.saturating_sub(facts.width()));
    let mut line = Line::from(Span::styled(format!("  {facts}{gap}"), own(Role::Muted)));
    line.spans.extend(marks.into_iter().map(|(mark, role)| Span::styled(format!(" {mark}"), own(role))));
    line
}

/// Returns the line of a row in a small pane: the state or a mark, the prompt and the time.
fn only_line<'a>(model: &Model, record: &Record, own: &dyn Fn(Role) -> Style, width: usize) -> Line<'a> {
    let (symbol, role) = symbol_or_mark(model, record);
    let time = format::time(model, record.created);
    let many = counted_marks(record).into_iter().fold(String::new(), |many, (mark, _)| many + " " + &mark);
    let room = width.saturating_sub(time.width() + many.width() + 4);
    let name = sanitize::truncate(&sanitize::line(name(record)), room).into_owned();
    let gap = " ".repeat(room.saturating_sub(name.width()) + 1);
    Line::from(vec![
        Span::styled(format!("{symbol} "), own(role)),
        Span::styled(name, own(Role::Text)),
        Span::styled(many, own(Role::Muted)),
        Span::styled(format!("{gap}{time} "), own(Role::Muted)),
    ])
}

/// Returns the title of a job, or else its prompt.
fn name(record: &Record) -> &str {
    record.labels.title.as_deref().unwrap_or(&record.prompt)
}

/// Returns the facts of a job, the most important first.
fn facts(model: &Model, record: &Record) -> Vec<String> {
    if let Some(job) = model.jobs.get(record.id) {
        let image = (job.record.count <= 1).then_some(0);
        return vec![waiting::stage_words(job, image), waiting::elapsed_words(model, job)];
    }
    let result = match record.state {
        JobState::Saved if record.images.iter().any(|image| image.missing) => "file missing".to_owned(),
        JobState::Saved => format::cost(record),
        JobState::Failed => "failed".to_owned(),
        JobState::Cancelled => "canceled".to_owned(),
        JobState::Unknown => "outcome unknown".to_owned(),
        JobState::Queued | JobState::Sent | JobState::Received => "running".to_owned(),
    };
    vec![format::short_model(&record.model), result, format::clock(model, record.created)]
}

/// Returns the facts that fit into `room` columns, at least the start of the first one.
fn fitting_facts(mut facts: Vec<String>, room: usize) -> String {
    facts.retain(|fact| !fact.is_empty());
    while facts.len() > 1 && facts.join(" · ").width() > room {
        facts.pop();
    }
    sanitize::truncate(&facts.join(" · "), room).into_owned()
}

// Each mark is one column per character in every terminal; the help explains them.
const FAVORITE: &str = "♥";
const EDIT: &str = "↳";

/// Returns the marks of a job, the rating last.
fn marks(record: &Record) -> Vec<(String, Role)> {
    let edit = record.parent.is_some().then(|| (EDIT.to_owned(), Role::Muted));
    let favorite = record.labels.favorite.then(|| (FAVORITE.to_owned(), Role::Accent));
    edit.into_iter().chain(favorite).chain(counted_marks(record)).collect()
}

/// Returns the marks with a number: images and rating.
fn counted_marks(record: &Record) -> Vec<(String, Role)> {
    let images = (record.images.len() > 1).then(|| (format!("×{}", record.images.len()), Role::Muted));
    let rating = record.labels.rating.map(|rating| (format!("★{rating}"), Role::Accent));
    images.into_iter().chain(rating).collect()
}

/// Returns the symbol of a row without marks of its own: the state if it is remarkable, else a mark.
fn symbol_or_mark(model: &Model, record: &Record) -> (char, Role) {
    let mark = |text: &str, role| (text.chars().next().unwrap_or(' '), role);
    match state_symbol(model, record) {
        (' ', _) if record.labels.favorite => mark(FAVORITE, Role::Accent),
        (' ', _) if record.parent.is_some() => mark(EDIT, Role::Muted),
        state => state,
    }
}

/// Returns one symbol for the state of a job; the details show it as a word.
fn state_symbol(model: &Model, record: &Record) -> (char, Role) {
    if model.jobs.get(record.id).is_some() {
        return (format::activity(model), Role::Running);
    }
    match record.state {
        JobState::Saved if record.images.iter().any(|image| image.missing) => ('!', Role::Warning),
        JobState::Saved if model.is_reference(record) => ('✓', Role::Accent),
        JobState::Saved => (' ', Role::Text),
        JobState::Failed => ('✗', Role::Error),
        JobState::Cancelled => ('–', Role::Muted),
        JobState::Unknown => ('?', Role::Warning),
        JobState::Queued | JobState::Sent | JobState::Received => ('…', Role::Running),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixtures::{model, record};

    fn lines(record: &Record, width: usize) -> [String; 2] {
        let model = model();
        let own = |role| model.theme.style(role);
        [first_line(&model, record, &own, width), second_line(&model, record, &own, width)].map(|line| line.to_string())
    }

    #[test]
    fn two_lines_show_prompt_then_facts_and_marks() {
        let (model, parent) = ("gpt-image-2.5-flare".into(), Some(crate::id::Id::new()));
        let mut edit = Record { parent, model, ..record("a red fox") };
        edit.labels.rating = Some(4);
        edit.labels.favorite = true;
        assert_eq!(lines(&edit, 40), ["  a red fox", "  2.5-flare · free · 12:00       ↳ ♥ ★4"]);
        edit.labels.title = Some("The fox".into());
        assert_eq!(lines(&edit, 24), ["  The fox", "  2.5-flare      ↳ ♥ ★4"]);
    }

    #[test]
    fn facts_that_do_not_fit_are_left_out_from_the_end() {
        let facts = || vec!["flare".to_owned(), "$0.022".to_owned(), "14:02".to_owned()];
        assert_eq!(fitting_facts(facts(), 22), "flare · $0.022 · 14:02");
        assert_eq!(fitting_facts(facts(), 21), "flare · $0.022");
        assert_eq!(fitting_facts(facts(), 4), "fla…");
    }

    #[test]
    fn marks_are_as_wide_as_their_characters() {
        let mut all = Record { parent: Some(crate::id::Id::new()), ..record("a red fox") };
        (all.labels.favorite, all.labels.rating) = (true, Some(5));
        all.images.push(all.images[0].clone());
        let marks = marks(&all);
        assert_eq!(marks.iter().map(|(mark, _)| mark.as_str()).collect::<Vec<_>>(), ["↳", "♥", "×2", "★5"]);
        assert!(marks.iter().all(|(mark, _)| mark.width() == mark.chars().count()));
    }
}

//! The help: all keys as they are bound now, as far as this terminal can send them.
//! It is derived from the table of actions, so it is always up to date.

use ratatui::{
    layout::Rect,
    text::{Line, Span, Text},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr;

use super::{clipped_frame::ClippedFrame, frames, picker};
use crate::{
    theme::Role,
    tui::{
        key_help::{GAP, HelpLine, HelpPage, page},
        model::{HelpView, Model},
    },
};

/// Draws the help.
pub(super) fn draw(model: &Model, view: &HelpView, frame: &mut ClippedFrame<'_, '_>) {
    let page = page(model, view, frame.area().as_size());
    frames::draw_popup_at(model, "Keys", page.outer, frame);
    picker::draw_input(model, &view.input, "type to search", page.filter, frame);
    if page.columns.iter().all(Vec::is_empty) {
        frame.render_widget(Paragraph::new("no matches").style(model.theme.style(Role::Muted)), page.body);
    }
    let scroll = view.scroll.0.min(page.max_scroll());
    for (index, column) in page.columns.iter().enumerate() {
        let text: Vec<Line<'static>> = column.iter().map(|line| help_line(model, line, &page)).collect();
        let x = page.body.x + index as u16 * (page.column_width + GAP);
        let area = Rect { x, width: page.column_width, ..page.body };
        frame.render_widget(Paragraph::new(Text::from(text)).scroll((scroll, 0)), area);
    }
    let beside = Rect { x: page.body.right(), width: 1, ..page.body };
    frames::draw_scroll_bar(model, u64::from(page.rows()), u64::from(scroll), beside, frame);
}

fn help_line(model: &Model, line: &HelpLine, page: &HelpPage) -> Line<'static> {
    match line {
        HelpLine::Heading(title) => Line::styled(*title, model.theme.style(Role::Title)),
        HelpLine::Entry(keys, doc) => {
            let gap = " ".repeat(page.key_width.saturating_sub(keys.width()) + 2);
            let keys = Span::styled(format!("  {keys}{gap}"), model.theme.style(Role::Key));
            Line::from(vec![keys, Span::raw(doc.clone())])
        }
        HelpLine::Blank => Line::default(),
    }
}

//! Frames of panes and popups, and the scrolling of lists and texts in them.
//! The contents of a pane are drawn by its own module.

use ratatui::{
    layout::Rect,
    text::{Line, Text},
    widgets::{Block, BorderType, Clear, Paragraph, Scrollbar, ScrollbarOrientation, ScrollbarState},
};

use super::clipped_frame::ClippedFrame;
use crate::{
    theme::Role,
    tui::{
        layout::{centered, popup_inner},
        model::Model,
    },
};

/// Returns the frame of a pane.
pub(super) fn block<'a>(model: &Model, title: impl Into<Line<'a>>, focused: bool) -> Block<'a> {
    let border = if focused { Role::BorderFocused } else { Role::Border };
    Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(model.theme.style(border))
        .title_style(model.theme.style(if focused { Role::Title } else { Role::Muted }))
        .title(title)
}

/// Draws the frame of a popup of `width` by `height` in the middle of the screen and returns its inner area.
pub(super) fn draw_popup_frame(
    model: &Model,
    title: &str,
    width: u16,
    height: u16,
    frame: &mut ClippedFrame<'_, '_>,
) -> Rect {
    draw_popup_at(model, title, centered(frame.area(), width, height), frame)
}

/// Draws the frame of a popup and returns its inner area.
pub(super) fn draw_popup_at(model: &Model, title: &str, area: Rect, frame: &mut ClippedFrame<'_, '_>) -> Rect {
    frame.render_widget(Clear, area);
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .style(model.theme.style(Role::Popup))
        .border_style(model.theme.style(Role::PopupBorder))
        .title_style(model.theme.style(Role::Title))
        .title(format!(" {title} "));
    frame.render_widget(block, area);
    popup_inner(area)
}

/// Draws a text that can be scrolled, with a scroll bar if it does not fit.
pub(super) fn draw_scrolled(model: &Model, text: Text<'_>, offset: u16, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let length = text.lines.len() as u16;
    let offset = offset.min(length.saturating_sub(area.height));
    frame.render_widget(Paragraph::new(text).scroll((offset, 0)), area);
    let beside = Rect { x: area.right().min(frame.area().right().saturating_sub(1)), width: 1, ..area };
    draw_scroll_bar(model, u64::from(length), u64::from(offset), beside, frame);
}

/// Draws a scroll bar in the column `area`, if `total` lines do not fit into it.
pub(super) fn draw_scroll_bar(model: &Model, total: u64, top: u64, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    draw_scroll_bar_of_rows(model, (top, u64::from(area.height), total), area, frame);
}

/// Draws a scroll bar in the column `area` for rows of any height: the first visible one, their number, and their total.
pub(super) fn draw_scroll_bar_of_rows(
    model: &Model,
    (top, height, total): (u64, u64, u64),
    area: Rect,
    frame: &mut ClippedFrame<'_, '_>,
) {
    if total <= height || area.is_empty() {
        return;
    }
    let scale = |rows: u64| rows.min(usize::MAX as u64) as usize;
    let mut state =
        ScrollbarState::new(scale(total - height)).position(scale(top)).viewport_content_length(scale(height));
    let handle = model.theme.style(Role::Scrollbar);
    let bar = Scrollbar::new(ScrollbarOrientation::VerticalRight)
        .begin_symbol(None)
        .end_symbol(None)
        .track_symbol(Some("│"))
        .thumb_symbol("┃")
        .track_style(model.theme.style(Role::Border))
        .thumb_style(handle);
    frame.render_stateful_widget(bar, area, &mut state);
}

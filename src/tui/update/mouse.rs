//! The mouse: a click focuses and selects, the wheel moves what is under it.
//! It does nothing that a key cannot do.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};
use tui_textarea::CursorMove;

use super::{dispatch_action::zoom, history, popup, settings};
use crate::tui::{
    effect::Effect,
    layout::{Areas, layout},
    model::{Focus, Model, ZoomStep},
};

/// The mouse did something.
pub(super) fn mouse(model: &mut Model, event: MouseEvent) -> Vec<Effect> {
    let at = Position::new(event.column, event.row);
    let areas = layout(model);
    match event.kind {
        MouseEventKind::ScrollUp => wheel(model, &areas, at, -1),
        MouseEventKind::ScrollDown => wheel(model, &areas, at, 1),
        MouseEventKind::Down(MouseButton::Left) if model.popup.is_some() => Vec::new(),
        MouseEventKind::Down(MouseButton::Left) => click(model, &areas, at),
        _ => Vec::new(),
    }
}

fn hit(area: Option<Rect>, at: Position) -> Option<Rect> {
    area.filter(|area| area.contains(at))
}

fn wheel(model: &mut Model, areas: &Areas, at: Position, step: i64) -> Vec<Effect> {
    if model.popup.is_some() {
        return popup::move_by(model, step as i32);
    }
    if hit(areas.history, at).is_some() {
        return history::move_by(model, step);
    }
    if hit(areas.settings, at).is_some() {
        return settings::move_by(model, step as isize);
    }
    if hit(areas.preview, at).is_some() {
        return zoom(model, if step < 0 { ZoomStep::In } else { ZoomStep::Out });
    }
    Vec::new()
}

fn click(model: &mut Model, areas: &Areas, at: Position) -> Vec<Effect> {
    if hit(areas.history, at).is_some() {
        model.focus = Focus::History;
        if let Some(rows) = hit(areas.history_rows(model), at) {
            let row = model.history.top + u64::from(at.y - rows.y);
            if row < model.history.total {
                return history::select(model, row);
            }
        }
    } else if hit(areas.settings, at).is_some() {
        model.focus = Focus::Settings;
        if let Some(rows) = hit(areas.setting_rows(), at) {
            model.settings.selected = usize::from(at.y - rows.y);
            return settings::move_by(model, 0);
        }
    } else if hit(areas.preview, at).is_some() {
        model.focus = Focus::Preview;
    } else if hit(areas.prompt, at).is_some() {
        model.focus = Focus::Prompt;
        place_cursor(model, areas, at);
    }
    Vec::new()
}

fn place_cursor(model: &mut Model, areas: &Areas, at: Position) {
    let Some(text) = hit(areas.prompt_text(), at) else { return };
    let area = &mut model.prompt.area;
    let (top, left) = area.scroll_offset();
    let row = usize::from(at.y - text.y) + usize::from(top);
    let column = usize::from(at.x - text.x) + usize::from(left);
    let target = area.screen_to_data(row, column);
    area.cancel_selection();
    area.move_cursor(CursorMove::Jump(target.0 as u16, target.1 as u16));
}

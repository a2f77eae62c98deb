//! The mouse: a click focuses, selects, and presses hints; a double click opens, a drag pans, the wheel moves what is
//! under it.
//! It does nothing that a key cannot do.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};
use tui_textarea::CursorMove;

use super::{
    chips,
    dispatch_action::{dispatch_action, dispatch_in_popup, zoom},
    gallery, history,
    keys::key,
    popup, preview, settings,
};
use crate::tui::{
    action::Action,
    effect::Effect,
    hints::{HintTarget, hint_at},
    history_rows::HistoryRows,
    layout::{Areas, chip_at, layout},
    model::{Focus, Model, Popup, ZoomStep},
    popup_area,
};

/// The mouse did something.
pub(super) fn mouse(model: &mut Model, event: MouseEvent) -> Vec<Effect> {
    let at = Position::new(event.column, event.row);
    let areas = layout(model);
    match event.kind {
        MouseEventKind::ScrollUp => wheel(model, &areas, at, -1),
        MouseEventKind::ScrollDown => wheel(model, &areas, at, 1),
        MouseEventKind::Down(MouseButton::Left) => {
            let is_double = model.pointer.click(at, model.now.since_start);
            model.pointer.drag = None;
            press(model, &areas, at, is_double)
        }
        MouseEventKind::Drag(MouseButton::Left) => drag(model, &areas, at),
        MouseEventKind::Up(MouseButton::Left) => {
            model.pointer.drag = None;
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn press(model: &mut Model, areas: &Areas, at: Position, is_double: bool) -> Vec<Effect> {
    if let Some(footer) = hit(areas.footer, at) {
        return click_hint(model, footer, at);
    }
    if model.popup.is_some() {
        return click_in_popup(model, at);
    }
    if hit(areas.message, at).is_some() {
        model.notices.dismiss();
        return Vec::new();
    }
    if let Some(row) = gallery::row_at(model, at.x, at.y) {
        let mut effects = history::select(model, row);
        effects.extend(is_double.then(|| dispatch_action(model, Action::OpenCell)).into_iter().flatten());
        return effects;
    }
    match double_click_action(model, areas, at).filter(|_| is_double) {
        Some(action) => dispatch_action(model, action),
        None => click(model, areas, at),
    }
}

/// Returns the action of a double click: on the preview, and on the row of the history that the first click selected.
fn double_click_action(model: &Model, areas: &Areas, at: Position) -> Option<Action> {
    if hit(areas.preview, at).is_some() {
        return Some(Action::OpenImage);
    }
    let row = HistoryRows::new(model, hit(areas.history_rows(model), at)?).row_at(at.y)?;
    (row == model.history.selected).then_some(Action::ToggleFullPreview)
}

/// Carries out the action of a hint.
fn click_hint(model: &mut Model, footer: Rect, at: Position) -> Vec<Effect> {
    let Some(hint) = hint_at(model, footer.width, at.x - footer.x) else { return Vec::new() };
    match hint.target {
        HintTarget::Action(action) if model.popup.is_some() => dispatch_in_popup(model, action),
        HintTarget::Action(action) => dispatch_action(model, action),
        HintTarget::Key(code) => key(model, code.into()),
        HintTarget::None => Vec::new(),
    }
}

/// Chooses the row of a list, or closes the popup beside which the click was.
fn click_in_popup(model: &mut Model, at: Position) -> Vec<Effect> {
    let size = model.terminal_size.into();
    if let Some(row) = popup_area::row_at(model, size, at) {
        let is_lane = matches!(model.popup, Some(Popup::Lanes(_)));
        let mut effects = popup::select(model, row);
        effects.extend(dispatch_in_popup(model, if is_lane { Action::PopupToggle } else { Action::PopupChoose }));
        return effects;
    }
    match popup_area::outer(model, size) {
        Some(outer) if !outer.contains(at) => popup::dismiss(model),
        _ => Vec::new(),
    }
}

/// Moves the image with the pointer.
fn drag(model: &mut Model, areas: &Areas, at: Position) -> Vec<Effect> {
    let (Some(from), Some(area)) = (model.pointer.drag, areas.preview_image(model)) else { return Vec::new() };
    model.pointer.drag = Some(at);
    let share = |to: u16, from: u16, all: u16| (f32::from(from) - f32::from(to)) / f32::from(all.max(1));
    preview::pan_by_share(model, share(at.x, from.x, area.width), share(at.y, from.y, area.height))
}

fn hit(area: Option<Rect>, at: Position) -> Option<Rect> {
    area.filter(|area| area.contains(at))
}

fn wheel(model: &mut Model, areas: &Areas, at: Position, step: i64) -> Vec<Effect> {
    if model.popup.is_some() {
        return popup::move_by(model, step as i32);
    }
    if gallery::row_at(model, at.x, at.y).is_some() {
        return dispatch_action(model, if step < 0 { Action::CellUp } else { Action::CellDown });
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
    if let Some(chip) = chip_at(model, at.x, at.y) {
        return chips::clicked(model, chip);
    }
    if hit(areas.history, at).is_some() {
        model.focus = Focus::History;
        let rows = hit(areas.history_rows(model), at);
        if let Some(row) = rows.and_then(|rows| HistoryRows::new(model, rows).row_at(at.y)) {
            return history::select(model, row);
        }
    } else if hit(areas.settings, at).is_some() {
        model.focus = Focus::Settings;
        if let Some(index) = areas.setting_lines(model).and_then(|lines| lines.row_at(at.y)) {
            model.settings.selected = index;
            return settings::move_by(model, 0);
        }
    } else if hit(areas.preview, at).is_some() {
        model.focus = Focus::Preview;
        model.pointer.drag = Some(at);
        if let Some(image) = grid_image_at(model, areas, at) {
            model.preview.image = image;
        }
    } else if hit(areas.prompt, at).is_some() {
        model.focus = Focus::Prompt;
        place_cursor(model, areas, at);
    }
    Vec::new()
}

/// Returns the index of the image at a position of the grid that the preview shows.
fn grid_image_at(model: &Model, areas: &Areas, at: Position) -> Option<usize> {
    let (_, slots) = model.shown_grid()?;
    let places = model.grid_places(slots.len(), areas.preview_image(model)?);
    places.iter().position(|place| place.contains(at))
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crossterm::event::KeyModifiers;
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::{
        picture::Zoom,
        tui::{
            fixtures::record,
            hints::hints,
            model::{Notice, PickerKind, Severity},
            msg::Msg,
            update::{
                tests::{press as press_keys, studio},
                update,
            },
        },
    };

    fn send(model: &mut Model, kind: MouseEventKind, at: Position) -> Vec<Effect> {
        update(model, Msg::Mouse(MouseEvent { kind, column: at.x, row: at.y, modifiers: KeyModifiers::NONE }))
    }

    fn click_at(model: &mut Model, at: Position) -> Vec<Effect> {
        let effects = send(model, MouseEventKind::Down(MouseButton::Left), at);
        send(model, MouseEventKind::Up(MouseButton::Left), at);
        // The next click is not a double click.
        model.now.since_start += Duration::from_secs(1);
        effects
    }

    fn double_click_at(model: &mut Model, at: Position) {
        for _ in 0..2 {
            send(model, MouseEventKind::Down(MouseButton::Left), at);
            send(model, MouseEventKind::Up(MouseButton::Left), at);
        }
    }

    fn in_preview(model: &Model) -> Position {
        let area = layout(model).preview_image(model).unwrap();
        Position::new(area.x + area.width / 2, area.y + area.height / 2)
    }

    #[test]
    fn every_hint_does_what_its_key_does() {
        let mut model = studio(vec![record("a red fox")]);
        let footer = layout(&model).footer.unwrap();
        for hint in hints(&model, footer.width) {
            let HintTarget::Action(action) = hint.target else { continue };
            let (mut clicked, mut pressed) = (studio(vec![record("a red fox")]), studio(vec![record("a red fox")]));
            click_at(&mut clicked, Position::new(footer.x + hint.x + 1, footer.y));
            dispatch_action(&mut pressed, action);
            let state = |model: &Model| (model.focus, model.popup.is_some(), model.quitting, model.prompt.text());
            assert_eq!(state(&clicked), state(&pressed), "{}", hint.words);
        }
        model.focus = Focus::History;
        press_keys(&mut model, &["/"]);
        let keep = hints(&model, footer.width)[0].clone();
        click_at(&mut model, Position::new(footer.x + keep.x, footer.y));
        assert!(model.history.search.is_none(), "{keep:?}");
    }

    #[test]
    fn double_click_opens_an_image_and_two_slow_clicks_do_not() {
        let mut model = studio(vec![record("a red fox")]);
        let at = in_preview(&model);
        click_at(&mut model, at);
        click_at(&mut model, at);
        assert_eq!((model.preview_maximized, model.focus), (false, Focus::Preview));
        double_click_at(&mut model, at);
        assert!(model.preview_maximized);
    }

    #[test]
    fn double_click_on_a_row_opens_its_image() {
        let mut model = studio((0..5).map(|i| record(&i.to_string())).collect());
        let rows = layout(&model).history_rows(&model).unwrap();
        let row_of = |model: &Model, y| HistoryRows::new(model, rows).row_at(y);
        let y = (rows.y..rows.bottom()).find(|y| row_of(&model, *y) == Some(2)).unwrap();
        double_click_at(&mut model, Position::new(rows.x + 1, y));
        assert_eq!((model.history.selected, model.preview_maximized), (2, true));
    }

    #[test]
    fn click_picks_an_image_of_a_grid_and_a_double_click_opens_it() {
        let mut four = record("four foxes");
        four.images = (0..4).map(|i| record(&i.to_string()).images.remove(0)).collect();
        let mut model = studio(vec![four]);
        let area = layout(&model).preview_image(&model).unwrap();
        let third = model.grid_places(4, area)[2];
        click_at(&mut model, third.as_position());
        assert_eq!(model.preview.image, 2);
        assert!(model.shown_grid().is_some());
        double_click_at(&mut model, third.as_position());
        assert!(model.shown_grid().is_none());
    }

    #[test]
    fn drag_moves_the_image_with_the_pointer() {
        let mut model = studio(vec![record("a red fox")]);
        model.focus = Focus::Preview;
        press_keys(&mut model, &["+", "+", "+", "+"]);
        assert!(matches!(model.preview.view.zoom, Zoom::Scale(_)));
        let (at, before) = (in_preview(&model), model.preview.view.center);
        send(&mut model, MouseEventKind::Down(MouseButton::Left), at);
        send(&mut model, MouseEventKind::Drag(MouseButton::Left), Position::new(at.x + 4, at.y));
        let moved = model.preview.view.center;
        assert!(moved.0 < before.0 && (moved.1 - before.1).abs() < f32::EPSILON, "{before:?} {moved:?}");
        send(&mut model, MouseEventKind::Up(MouseButton::Left), at);
        send(&mut model, MouseEventKind::Drag(MouseButton::Left), at);
        assert_eq!(model.preview.view.center, moved);
    }

    #[test]
    fn click_beside_a_popup_closes_it_and_a_click_on_a_row_chooses() {
        let mut model = studio(vec![record("a red fox")]);
        press_keys(&mut model, &["ctrl-b"]);
        let Some(Popup::Switch(PickerKind::Backend, list)) = &model.popup else { panic!("{:?}", model.popup) };
        let area = popup_area::list(list, 0, model.terminal_size.into());
        click_at(&mut model, Position::new(area.outer.x, area.outer.y));
        assert!(model.popup.is_some(), "its border is a part of it");
        click_at(&mut model, Position::new(area.rows.x, area.rows.y + 1));
        assert_eq!((model.popup.is_none(), model.next_job.backend.as_str()), (true, "brush"));
        press_keys(&mut model, &["ctrl-p"]);
        click_at(&mut model, Position::new(0, 0));
        assert!(model.popup.is_none());
    }

    #[test]
    fn click_on_a_message_dismisses_it() {
        let mut model = studio(Vec::new());
        update(&mut model, Msg::Notify(Notice::new(Severity::Error, "lost")));
        let message = layout(&model).message.unwrap();
        click_at(&mut model, message.as_position());
        assert_eq!(model.notices.current(), None);
    }
}

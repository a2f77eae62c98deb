//! The row of chips above the prompt's text: the cursor moves into it from the start of the text, and each chip can be
//! removed there or with the mouse.

use crossterm::event::{KeyCode, KeyEvent};

use crate::tui::{
    effect::Effect,
    layout::ChipHit,
    model::{ChipKind, Focus, Model},
};

/// A key in the prompt that no action wants. `None` leaves it to the text.
pub(super) fn key(model: &mut Model, key: KeyEvent) -> Option<Vec<Effect>> {
    let count = model.chips().len();
    let selected = model.selected_chip();
    model.reference_pane.selected = None;
    if count == 0 || !key.modifiers.is_empty() {
        return None;
    }
    model.reference_pane.selected = match (key.code, selected) {
        (KeyCode::Backspace | KeyCode::Delete, Some(at)) => {
            remove(model, at);
            (count > 1).then(|| at.min(count - 2))
        }
        (KeyCode::Backspace, None) if is_at_start(model) => {
            remove(model, count - 1);
            None
        }
        (KeyCode::Left, None) if is_at_start(model) => Some(count - 1),
        (KeyCode::Left, Some(at)) => Some(at.saturating_sub(1)),
        (KeyCode::Right, Some(at)) => Some(at + 1).filter(|next| *next < count),
        _ => return None,
    };
    Some(Vec::new())
}

/// A click on a chip: on its button it removes the chip, elsewhere it moves the cursor there.
pub(super) fn clicked(model: &mut Model, hit: ChipHit) -> Vec<Effect> {
    model.focus = Focus::Prompt;
    match hit {
        ChipHit::Button(at) => {
            model.reference_pane.selected = None;
            remove(model, at);
        }
        ChipHit::Label(at) => model.reference_pane.selected = Some(at),
    }
    Vec::new()
}

fn is_at_start(model: &Model) -> bool {
    let area = &model.prompt.area;
    let marked = area.selection_range().is_some_and(|(start, end)| start != end);
    (area.cursor().0, area.cursor().1) == (0, 0) && !marked
}

fn remove(model: &mut Model, at: usize) {
    let Some(kind) = model.chips().get(at).map(|chip| chip.kind) else { return };
    let references = &mut model.next_job.references;
    match kind {
        ChipKind::Reference(at) => references.remove(at),
        ChipKind::Mask => references.mask = None,
        ChipKind::Markup => references.markup = None,
    }
    model.update_estimate();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::Reference,
        tui::{
            layout::{chip_at, layout},
            msg::Msg,
            update::{
                tests::{press, studio, type_in},
                update,
            },
        },
    };

    /// Returns a studio with two references and a mask.
    fn editing() -> Model {
        let mut model = studio(Vec::new());
        model.next_job.backend = "brush".into();
        model.next_job.references.inputs = vec![Reference::File("/a.png".into()), Reference::File("/b.png".into())];
        model.next_job.references.mask = Some("/m.png".into());
        model
    }

    fn labels(model: &Model) -> Vec<String> {
        model.chips().into_iter().map(|chip| chip.label).collect()
    }

    #[test]
    fn backspace_at_the_start_removes_the_last_chip() {
        let mut model = editing();
        type_in(&mut model, "x");
        press(&mut model, &["backspace"]);
        assert_eq!(labels(&model), ["1 a.png", "2 b.png", "mask m.png"], "it removed the letter");
        press(&mut model, &["backspace", "backspace"]);
        assert_eq!(labels(&model), ["1 a.png"]);
        press(&mut model, &["backspace", "backspace"]);
        assert!(labels(&model).is_empty());
    }

    #[test]
    fn any_chip_is_removed_by_key() {
        let mut model = editing();
        type_in(&mut model, "hats");
        press(&mut model, &["home", "left", "left", "left"]);
        assert_eq!(model.selected_chip(), Some(0));
        press(&mut model, &["delete"]);
        assert_eq!((labels(&model), model.selected_chip()), (vec!["1 b.png".into(), "mask m.png".into()], Some(0)));
        press(&mut model, &["right", "right"]);
        assert_eq!(model.selected_chip(), None, "the cursor is in the text again");
        type_in(&mut model, "red ");
        assert_eq!(model.prompt.text(), "red hats");
    }

    #[test]
    fn typing_leaves_the_chips() {
        let mut model = editing();
        press(&mut model, &["left"]);
        type_in(&mut model, "a");
        assert_eq!((model.selected_chip(), model.prompt.text().as_str(), labels(&model).len()), (None, "a", 3));
    }

    #[test]
    fn click_on_the_button_removes_that_chip_and_elsewhere_selects_it() {
        use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
        let mut model = editing();
        let row = layout(&model).chips.unwrap().y;
        let find = |model: &Model, wanted| (0..80).find(|column| chip_at(model, *column, row) == Some(wanted)).unwrap();
        let click = |model: &mut Model, column| {
            let kind = MouseEventKind::Down(MouseButton::Left);
            update(model, Msg::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
        };
        let column = find(&model, ChipHit::Label(2));
        click(&mut model, column);
        assert_eq!((model.selected_chip(), labels(&model).len()), (Some(2), 3));
        let column = find(&model, ChipHit::Button(0));
        click(&mut model, column);
        assert_eq!(labels(&model), ["1 b.png", "mask m.png"]);
    }
}

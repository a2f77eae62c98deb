//! Draws the studio: from a borrowed model to a frame.
//! Nothing here changes the model, waits, reads the clock or names a colour.

mod details;
mod footer;
mod header;
mod help;
mod history;
mod pane;
mod picker;
mod preview;
mod prompt;
mod proposal;
mod settings;
mod stage;
mod strip;
mod words;

#[cfg(test)]
mod tests;

use ratatui::{Frame, layout::Rect, widgets::Block};

use super::{
    layout::layout,
    model::{Focus, Model, Popup},
    update::subject,
};
use crate::{picture::Fitted, theme::Role};

/// The picture that [`view`] draws, and the area it stands in.
pub fn shown_picture(model: &Model) -> Option<(&Fitted, Rect)> {
    if model.stage.is_some() {
        return stage::shown_picture(model);
    }
    let area = layout(model).picture(model)?;
    // What was shown last stands until the next one is ready: nothing flickers while one browses or draws.
    let shown = model.preview.shown.as_ref().filter(|_| model.preview.error.is_none())?;
    subject(model).source().map(|_| (&shown.fitted, area))
}

/// Draws everything.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let areas = layout(model);
    frame.render_widget(Block::new().style(model.theme.style(Role::Text)), frame.area());
    let mut draw = |area: Option<Rect>, paint: fn(&Model, Rect, &mut Frame<'_>)| {
        if let Some(area) = area {
            paint(model, area, frame);
        }
    };
    draw(areas.header, header::draw);
    draw(areas.history, history::draw);
    draw(areas.preview, preview::draw);
    draw(areas.settings, settings::draw);
    draw(areas.stage, stage::draw);
    draw(areas.prompt, prompt::draw);
    draw(areas.footer, footer::draw);
    if let Some(popup) = &model.popup {
        draw_popup(model, popup, frame);
    }
}

fn draw_popup(model: &Model, popup: &Popup, frame: &mut Frame<'_>) {
    match popup {
        Popup::Help(scroll) => help::draw(model, *scroll, frame),
        Popup::Palette(list) => picker::draw(model, "What do you want to do?", list, frame),
        Popup::Switch(switch, list) => picker::draw(model, picker::title(*switch), list, frame),
        Popup::Details(id, scroll) => details::draw(model, *id, *scroll, frame),
        Popup::Lanes(picker) => stage::draw_lanes(model, picker, frame),
        Popup::Proposal(proposal) => proposal::draw(model, proposal, frame),
        Popup::Value(editor) => picker::draw_value(model, editor, frame),
        Popup::File(editor) => picker::draw_file(model, editor, frame),
    }
}

/// Whether a pane has the focus and no popup takes the keys away.
fn focused(model: &Model, pane: Focus) -> bool {
    model.focus == pane && model.popup.is_none()
}

//! Draws the studio: from a borrowed model to a frame.
//! Nothing here changes the model, waits, reads the clock or names a color.

mod chips;
mod clipped_frame;
mod details;
mod edit_source;
mod file_picker;
mod footer;
mod format;
mod frames;
mod header;
mod help;
mod history;
mod image_grid;
mod message_log;
mod missing_image;
mod picker;
mod preview;
mod prompt;
mod proposal;
mod screens;
mod settings;
mod thumbnails;
mod waiting;

#[cfg(test)]
mod tests;

use ratatui::{Frame, layout::Rect, widgets::Block};

use self::clipped_frame::ClippedFrame;
use super::model::{Focus, Model, Popup};
use crate::{picture::PlacedImage, theme::Role};

/// Returns the large image in this frame and its area.
fn displayed_image<'m>(model: &'m Model, frame: &ClippedFrame<'_, '_>) -> Option<PlacedImage<'m>> {
    if model.screen.is_some() {
        return screens::displayed_image(model, frame);
    }
    let area = frame.areas().preview_image(model)?;
    // The last image stays until the next one is ready: nothing flickers while the user browses or a job runs.
    let shown = model.preview.shown.as_ref().filter(|_| model.preview.error.is_none())?;
    model.subject().source().map(|_| (&shown.fitted, area))
}

/// Draws everything; returns the images in the frame and their areas.
pub fn view<'m>(model: &'m Model, frame: &mut Frame<'_>) -> Vec<PlacedImage<'m>> {
    let canvas = &mut ClippedFrame::new(model, frame);
    canvas.render_widget(Block::new().style(model.theme.style(Role::Text)), canvas.area());
    let areas = canvas.areas();
    let mut draw = |area: Option<Rect>, paint: fn(&Model, Rect, &mut ClippedFrame<'_, '_>)| {
        if let Some(area) = area {
            paint(model, area, canvas);
        }
    };
    draw(areas.header, header::draw);
    draw(areas.history, history::draw);
    draw(areas.preview, preview::draw);
    draw(areas.settings, settings::draw);
    draw(areas.stage, screens::draw);
    draw(areas.prompt, prompt::draw);
    draw(areas.message, footer::draw_message);
    draw(areas.footer, footer::draw);
    if let Some(popup) = &model.popup {
        draw_popup(model, popup, canvas);
    }
    let mut shown = if model.screen.is_some() {
        screens::gallery_thumbnails(model, canvas)
    } else {
        thumbnails::shown(model, canvas)
    };
    shown.extend(displayed_image(model, canvas));
    if model.screen.is_none() {
        shown.extend(image_grid::shown(model, canvas));
    }
    if let Some(image) = file_picker::displayed_image(model, canvas) {
        // Images of one frame must not overlap.
        shown.retain(|(_, area)| !area.intersects(image.1));
        shown.push(image);
    }
    shown
}

fn draw_popup(model: &Model, popup: &Popup, frame: &mut ClippedFrame<'_, '_>) {
    match popup {
        Popup::Help(view) => help::draw(model, view, frame),
        Popup::Messages(scroll) => message_log::draw(model, *scroll, frame),
        Popup::Palette(list) => picker::draw(model, None, list, frame),
        Popup::Switch(kind, list) => picker::draw(model, Some(*kind), list, frame),
        Popup::Details(id, scroll) => details::draw(model, *id, *scroll, frame),
        Popup::Lanes(picker) => screens::draw_lanes(model, picker, frame),
        Popup::Proposal(proposal) => proposal::draw(model, proposal, frame),
        Popup::Text(field) => picker::draw_text_field(model, field, frame),
        Popup::File(picker) => file_picker::draw(model, picker, frame),
    }
}

/// Returns `true` if a pane has the focus and no popup takes the keys.
fn has_focus(model: &Model, pane: Focus) -> bool {
    model.focus == pane && model.popup.is_none()
}

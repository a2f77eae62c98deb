//! Full-screen views for comparing models: the prompt above, images side by side, captions below.
//! Nothing in here may reveal what a blind duel hides.

mod comparison;
mod duel;
mod gallery;
mod lane_picker;
mod results;
#[cfg(test)]
mod tests;

use ratatui::{
    layout::{Alignment, Margin, Rect},
    style::Style,
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

pub(super) use gallery::shown as gallery_thumbnails;
pub(super) use lane_picker::draw as draw_lanes;

use crate::{
    picture::{PreparedImage, Zoom, side_by_side_areas},
    sanitize,
    theme::Role,
    tui::{
        layout::{lines_above_images, prompt_lines},
        model::{Model, Screen},
        view::clipped_frame::ClippedFrame,
    },
};

/// Returns the image of the view and its area.
pub(super) fn displayed_image<'m>(model: &'m Model, frame: &ClippedFrame<'_, '_>) -> Option<(&'m PreparedImage, Rect)> {
    let area = frame.areas().screen_images(model)?;
    let pane = model.screen.as_ref()?.pane()?;
    let shown = pane.shown.as_ref().filter(|_| pane.error.is_none())?;
    Some((&shown.fitted, area))
}

/// Draws the view.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    match &model.screen {
        Some(Screen::Compare(compare)) => comparison::draw(model, compare, area, frame),
        Some(Screen::Duel(duel)) => duel::draw(model, duel, area, frame),
        Some(Screen::Results(scores)) => results::draw(model, scores, area, frame),
        Some(Screen::Gallery) => gallery::draw(model, area, frame),
        None => {}
    }
    let Some(error) = model.screen.as_ref().and_then(|stage| stage.pane()?.error.as_ref()) else { return };
    let Some(area) = frame.areas().screen_images(model) else { return };
    let text = format!("cannot show these images: {}", sanitize::line(error));
    draw_centered(vec![Line::styled(text, model.theme.style(Role::Error))], area, frame);
}

/// Returns the title of the view for the header.
pub(super) fn title(model: &Model, base: Style) -> Vec<Span<'static>> {
    let name = Span::styled(" tintype ", base.patch(model.theme.style(Role::Title)));
    let words = match &model.screen {
        Some(Screen::Compare(compare)) => {
            vec![Span::styled(format!("{} models side by side", compare.contest.entries.len()), base)]
        }
        Some(Screen::Duel(duel)) => duel::title(duel).into_iter().map(|words| Span::styled(words, base)).collect(),
        Some(Screen::Results(_)) => vec![Span::styled("results", base)],
        Some(Screen::Gallery) => vec![Span::styled("gallery", base)],
        None => Vec::new(),
    };
    std::iter::once(name).chain(words).collect()
}

/// Returns the amount at the right of the header; empty while a duel is blind.
pub(super) fn money(model: &Model) -> Option<String> {
    match &model.screen {
        Some(Screen::Compare(compare)) => Some(comparison::total_cost(compare)),
        Some(Screen::Duel(_) | Screen::Results(_)) => Some(String::new()),
        Some(Screen::Gallery) | None => None,
    }
}

/// Draws the prompt above the images, in at most three lines; returns the area that is left below it.
fn draw_prompt(model: &Model, prompt: &str, area: Rect, frame: &mut ClippedFrame<'_, '_>) -> Rect {
    let height = lines_above_images(model, area.width).min(area.height);
    let head = Rect { height, ..area }.inner(Margin::new(2.min(area.width / 2), 0));
    let text = Paragraph::new(sanitize::line(prompt).into_owned()).wrap(Wrap { trim: true });
    let lines = Rect { height: prompt_lines(prompt, area.width).min(height), ..head };
    frame.render_widget(text.style(model.theme.style(Role::Title)), lines);
    Rect { y: lines.bottom(), height: height - lines.height, ..head }
}

/// Draws the images, if they are ready.
fn draw_picture(model: &Model, frame: &mut ClippedFrame<'_, '_>) {
    if let Some((fitted, area)) = displayed_image(model, frame) {
        frame.render_widget(fitted, area);
    }
}

/// Draws one centered line below each image, `row` lines below the images.
fn draw_captions(lines: &[Line<'_>], row: u16, picture: Rect, frame: &mut ClippedFrame<'_, '_>) {
    for (line, place) in lines.iter().zip(side_by_side_areas(lines.len(), picture)) {
        let area = Rect { y: picture.bottom() + row, height: 1, ..place }.intersection(frame.area());
        frame.render_widget(Paragraph::new(line.clone()).alignment(Alignment::Center), area);
    }
}

fn draw_centered(lines: Vec<Line<'_>>, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let height = (lines.len() as u16).min(area.height);
    let area =
        Rect { y: area.y + (area.height - height) / 2, height, ..area }.inner(Margin::new(2.min(area.width / 2), 0));
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }).alignment(Alignment::Center), area);
}

/// Returns the zoom, unless the whole image is shown.
fn zoom(model: &Model) -> Option<String> {
    match model.screen.as_ref()?.pane()?.view.zoom {
        Zoom::Fit => None,
        Zoom::Fill => Some("filled".into()),
        Zoom::Scale(scale) => Some(format!("{:.0}%", scale * 100.0)),
    }
}

//! The line at the top: what the next picture is drawn with, what it will cost, what has been spent.
//! It is a summary; the settings pane is where these are changed.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};
use tintype_backends::{Readiness, Usd};

use crate::{plain, theme::Role, tui::model::Model};

/// Below this many columns there is no room for the sum of the day.
const NARROW: u16 = 60;

/// Draws the header.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut Frame<'_>) {
    let base = model.theme.style(Role::Header);
    let money = money(model, base);
    let room = usize::from(area.width).saturating_sub(money.width() + 1);
    let line = fit(parts(model, base), room, base);
    frame.render_widget(Paragraph::new(line).style(base), area);
    frame.render_widget(Paragraph::new(money.right_aligned()).style(base), {
        let width = (money_width(model) as u16).min(area.width);
        Rect { x: area.right() - width, width, ..area }
    });
}

/// What matters most stands first; what does not fit is left out whole.
fn parts(model: &Model, base: Style) -> Vec<Span<'static>> {
    if model.stage.is_some() {
        return super::stage::title(model, base);
    }
    let accent = base.patch(model.theme.style(Role::Accent));
    let mut parts = vec![
        Span::styled(" tintype ", base.patch(model.theme.style(Role::Title))),
        Span::styled(plain::line(&model.choice.backend).into_owned(), accent),
    ];
    if model.model_id() != model.choice.backend {
        parts.push(Span::styled(plain::line(model.model_id()).into_owned(), accent));
    }
    if let Some(Readiness::Missing { what, .. }) = model.capabilities().map(|can| &can.readiness) {
        parts.push(Span::styled(plain::line(what).into_owned(), base.patch(model.theme.style(Role::Warning))));
    }
    if !model.choice.inputs.is_empty() {
        parts.push(Span::styled("from a picture".to_owned(), base.patch(model.theme.style(Role::Info))));
    }
    if model.choice.count > 1 {
        parts.push(Span::styled(format!("×{}", model.choice.count), base));
    }
    let values = model.effective_settings();
    let telling = ["size", "quality", "style", "reasoning"].into_iter().filter_map(|name| values.get(name));
    parts.extend(telling.map(|value| Span::styled(plain::line(&value.to_string()).into_owned(), base)));
    if model.jobs.len() > 1 {
        parts.push(Span::styled(format!("{} running", model.jobs.len()), base.patch(model.theme.style(Role::Running))));
    }
    parts
}

fn fit(parts: Vec<Span<'static>>, room: usize, base: Style) -> Line<'static> {
    let mut line = Line::default();
    for (index, part) in parts.into_iter().enumerate() {
        let separator = if index < 2 { " " } else { " · " };
        if line.width() + separator.len() + part.width() > room {
            break;
        }
        if index > 0 {
            line.push_span(Span::styled(separator, base));
        }
        line.push_span(part);
    }
    line
}

fn money_words(model: &Model) -> (String, String) {
    if let Some(words) = super::stage::money(model) {
        return (words, String::new());
    }
    let guess = model.estimate.guess.as_ref().map(|guess| format!("next {} to {}", guess.low, guess.high));
    let next = guess.unwrap_or_else(|| match (model.estimate.usd, model.estimate.upper) {
        (Some(Usd::ZERO), None | Some(Usd::ZERO)) => "free".to_owned(),
        (Some(usd), Some(upper)) if upper > usd => format!("next {usd} to {upper}"),
        (Some(usd), _) => format!("next {usd}"),
        (None, Some(upper)) => format!("next up to {upper}"),
        (None, None) => "next ?".to_owned(),
    });
    let today = match (model.money.today, model.money.daily) {
        _ if model.screen.0 < NARROW => String::new(),
        (Usd::ZERO, _) => String::new(),
        (today, Some(limit)) => format!(" · today {today} of {limit}"),
        (today, None) => format!(" · today {today}"),
    };
    (next, today)
}

fn money(model: &Model, base: Style) -> Line<'static> {
    let (next, today) = money_words(model);
    Line::from(vec![
        Span::styled(next, base.patch(model.theme.style(Role::Money))),
        Span::styled(today, base),
        Span::styled(" ", base),
    ])
}

fn money_width(model: &Model) -> usize {
    let (next, today) = money_words(model);
    Line::from(format!("{next}{today} ")).width()
}

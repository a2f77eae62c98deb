//! The line at the top: the settings of the next job, its estimated cost, and the amounts spent.
//! It is a summary; the settings pane is where these are changed.

use ratatui::{
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};
use tintype_backends::{Readiness, Usd};
use unicode_width::UnicodeWidthStr;

use super::clipped_frame::ClippedFrame;
use crate::{sanitize, theme::Role, tui::model::Model};

/// Screens with fewer columns have no room for amounts.
const AMOUNTS_MIN_WIDTH: u16 = 60;
/// Maximum number of backends that are listed with their cost.
const MAX_LISTED_BACKENDS: usize = 3;

/// Draws the header.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let base = model.theme.style(Role::Header);
    let parts = parts(model, base);
    // Backend and model are never cut to make room for an amount.
    let who = fit(parts.iter().take(3).cloned().collect(), usize::MAX, base).width() + 1;
    let money = money(model, area.width, usize::from(area.width).saturating_sub(who), base);
    let width = money.width();
    let line = fit(parts, usize::from(area.width).saturating_sub(width + 1), base);
    frame.render_widget(Paragraph::new(line).style(base), area);
    let width = (width as u16).min(area.width);
    let right = Rect { x: area.right() - width, width, ..area };
    frame.render_widget(Paragraph::new(money.right_aligned()).style(base), right);
}

/// Returns the parts of the header, the most important first; a part that does not fit is left out as a whole.
fn parts(model: &Model, base: Style) -> Vec<Span<'static>> {
    if model.screen.is_some() {
        return super::screens::title(model, base);
    }
    let accent = base.patch(model.theme.style(Role::Accent));
    let mut parts = vec![
        Span::styled(" tintype ", base.patch(model.theme.style(Role::Title))),
        Span::styled(sanitize::line(&model.next_job.backend).into_owned(), accent),
    ];
    if model.model_id() != model.next_job.backend {
        parts.push(Span::styled(sanitize::line(model.model_id()).into_owned(), accent));
    }
    let readiness = model.capabilities().map(|can| &can.readiness);
    if readiness == Some(&Readiness::Asking) {
        let words = "connecting…".to_owned();
        parts.push(Span::styled(words, base.patch(model.theme.style(Role::Info))));
    }
    if let Some((what, _)) = readiness.and_then(Readiness::problem) {
        parts.push(Span::styled(sanitize::line(what).into_owned(), base.patch(model.theme.style(Role::Warning))));
    }
    if !model.next_job.references.is_empty() {
        parts.push(Span::styled(model.next_job.references.summary(), base.patch(model.theme.style(Role::Info))));
    }
    if model.next_job.count > 1 {
        parts.push(Span::styled(format!("×{}", model.next_job.count), base));
    }
    let values = model.effective_settings();
    let telling = ["size", "quality", "style", "reasoning"].into_iter().filter_map(|name| values.get(name));
    parts.extend(telling.map(|value| Span::styled(sanitize::line(&value.to_string()).into_owned(), base)));
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

/// Returns the cost of the next job and the amounts spent, as fully as there is room for.
fn money(model: &Model, width: u16, room: usize, base: Style) -> Line<'static> {
    if let Some(words) = super::screens::money(model) {
        return Line::from(Span::styled(format!("{words} "), base.patch(model.theme.style(Role::Money))));
    }
    let next = next_cost(model);
    let left = room.saturating_sub(next.width() + 1);
    let sums = spent_variants(model, width).into_iter().find(|sums| sums.width() <= left).unwrap_or_default();
    Line::from(vec![
        Span::styled(next, base.patch(model.theme.style(Role::Money))),
        Span::styled(sums, base),
        Span::styled(" ", base),
    ])
}

fn next_cost(model: &Model) -> String {
    if let Some(guess) = &model.estimate.guess {
        return format!("next {} to {}", guess.low, guess.high);
    }
    match (model.estimate.usd, model.estimate.upper) {
        (Some(Usd::ZERO), None | Some(Usd::ZERO)) => "free".to_owned(),
        (Some(usd), Some(upper)) if upper > usd => format!("next {usd} to {upper}"),
        (Some(usd), _) => format!("next {usd}"),
        (None, Some(upper)) => format!("next up to {upper}"),
        (None, None) => "next ?".to_owned(),
    }
}

/// Returns the amounts spent today and this month in ever shorter forms, the first with limits and backends. Zero
/// amounts are left out.
fn spent_variants(model: &Model, width: u16) -> Vec<String> {
    let (spent, limits) = (&model.spent, &model.config);
    let (today, month) = (spent.today(), spent.month());
    let (today_open, month_open) = (spent.today_unconfirmed, spent.month_unconfirmed);
    if width < AMOUNTS_MIN_WIDTH || month + month_open == Usd::ZERO {
        return Vec::new();
    }
    // In a month that began today, its amount adds nothing.
    let month_says = |limit: Option<Usd>| month + month_open > today + today_open || limit.is_some();
    let all = |words: &dyn Fn(Usd) -> String, daily, monthly: Option<Usd>| {
        let month = month_says(monthly).then(|| labeled_amount("month", month, &words(month_open), monthly));
        labeled_amount("today", today, &words(today_open), daily) + &month.unwrap_or_default()
    };
    let limited = all(&unconfirmed_long, limits.daily, limits.monthly);
    vec![
        format!("{limited}{}", by_backend(model)),
        limited,
        all(&unconfirmed_long, None, None),
        labeled_amount("today", today, &unconfirmed_long(today_open), limits.daily),
        labeled_amount("today", today, &unconfirmed_long(today_open), None),
        all(&unconfirmed_short, limits.daily, limits.monthly),
        all(&unconfirmed_short, None, None),
        labeled_amount("today", today, &unconfirmed_short(today_open), limits.daily),
        labeled_amount("today", today, &unconfirmed_short(today_open), None),
    ]
}

/// Returns `today $0.19 + up to $0.85 unconfirmed of $10.00`; empty if all amounts are zero.
fn labeled_amount(span: &str, sum: Usd, open: &str, limit: Option<Usd>) -> String {
    match limit {
        _ if sum == Usd::ZERO && open.is_empty() => String::new(),
        Some(limit) => format!(" · {span} {sum}{open} of {limit}"),
        None => format!(" · {span} {sum}{open}"),
    }
}

/// Returns the unconfirmed amount, which may never have been charged.
fn unconfirmed_long(open: Usd) -> String {
    if open == Usd::ZERO { String::new() } else { format!(" + up to {open} unconfirmed") }
}

fn unconfirmed_short(open: Usd) -> String {
    if open == Usd::ZERO { String::new() } else { format!(" + ≤{open}") }
}

/// Returns the backends with their cost, the most expensive first, if there is more than one.
fn by_backend(model: &Model) -> String {
    let ranked = model.spent.backends_by_cost();
    if ranked.len() < 2 {
        return String::new();
    }
    let named = ranked.iter().take(MAX_LISTED_BACKENDS).map(|(name, usd)| format!("{} {usd}", sanitize::line(name)));
    format!(" ({})", named.collect::<Vec<_>>().join(", "))
}

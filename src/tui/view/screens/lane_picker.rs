//! The popup in which the lanes of a comparison are chosen, with their estimated cost.
//! `update` decides which lanes there are.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};
use tintype_backends::{Estimate, Usd};
use unicode_width::UnicodeWidthStr;

use crate::{
    compare::Lane,
    sanitize,
    theme::Role,
    tui::{
        action::{Action, KeyContext},
        model::{LanePicker, Model},
        view::{clipped_frame::ClippedFrame, frames},
    },
};

/// Draws the popup.
pub(in crate::tui::view) fn draw(model: &Model, picker: &LanePicker, frame: &mut ClippedFrame<'_, '_>) {
    let height = (picker.items.len() as u16).saturating_add(6).min(frame.area().height);
    let area = frames::draw_popup_frame(model, "Compare models", 76, height, frame);
    let rows = Rect { height: area.height.saturating_sub(3), ..area };
    let top = (picker.selected + 1).saturating_sub(usize::from(rows.height.max(1)));
    for (line, (at, item)) in picker.items.iter().enumerate().skip(top).take(usize::from(rows.height)).enumerate() {
        let area = Rect { y: rows.y + line as u16, height: 1, ..rows };
        draw_item(model, item, at == picker.selected, area, frame);
    }
    let style = |role| model.theme.style(role);
    let price = match picker.chosen().count() {
        0 => "choose at least two".to_owned(),
        chosen => format!("{chosen} chosen: {}", cost(&picker.estimate())),
    };
    let key =
        |action| model.config.keymap.label(KeyContext::Popup, action, model.terminal.enhanced_keys).unwrap_or_default();
    let keys = format!("{} to compare openly · {} for a blind vote", key(Action::PopupChoose), key(Action::Duel));
    let sum = vec![
        Line::styled("─".repeat(usize::from(area.width)), style(Role::PopupBorder)),
        Line::styled(price, style(Role::Money)),
        Line::styled(keys, style(Role::Hint)),
    ];
    let height = (sum.len() as u16).min(area.height);
    frame.render_widget(Paragraph::new(sum), Rect { y: area.bottom() - height, height, ..area });
}

fn draw_item(
    model: &Model,
    (lane, estimate, chosen): &(Lane, Estimate, bool),
    selected: bool,
    area: Rect,
    frame: &mut ClippedFrame<'_, '_>,
) {
    let base = if selected { model.theme.style(Role::Selection) } else { model.theme.style(Role::Popup) };
    let own = |role: Role| if selected { base } else { model.theme.style(role) };
    let mark = if *chosen { "[x] " } else { "[ ] " };
    let (name, cost) = (sanitize::line(&lane.name).into_owned(), cost(estimate));
    let told = ["size", "quality", "style", "reasoning"];
    let values: Vec<String> =
        told.iter().filter_map(|name| lane.settings.get(*name)).map(ToString::to_string).collect();
    let model_id = if lane.model == lane.name { String::new() } else { format!("{} · ", lane.model) };
    let room = usize::from(area.width).saturating_sub(name.width() + cost.width() + 8);
    let detail = format!("{model_id}{}", values.join(" · "));
    let detail = sanitize::truncate(&sanitize::line(&detail), room).into_owned();
    let gap = usize::from(area.width).saturating_sub(4 + name.width() + 2 + detail.width() + cost.width() + 1);
    let line = Line::from(vec![
        Span::styled(mark, own(Role::Key)),
        Span::styled(name, base),
        Span::styled(format!("  {detail}{}", " ".repeat(gap)), own(Role::Muted)),
        Span::styled(cost, own(Role::Money)),
    ]);
    frame.render_widget(Paragraph::new(line).style(base), area);
}

fn cost(estimate: &Estimate) -> String {
    match (estimate.usd, estimate.upper) {
        (Some(Usd::ZERO), None | Some(Usd::ZERO)) => "free".to_owned(),
        (Some(usd), Some(upper)) if upper > usd => format!("about {usd}, at most {upper}"),
        (Some(usd), _) => format!("about {usd}"),
        (None, Some(upper)) => format!("at most {upper}"),
        (None, None) => "cost unknown".to_owned(),
    }
}

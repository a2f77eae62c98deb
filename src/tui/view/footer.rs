//! The last line: the most useful keys in the current context, or a notice.
//! Only keys that this terminal can send are shown.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};
use unicode_width::UnicodeWidthStr;

use super::clipped_frame::ClippedFrame;
use crate::{
    sanitize,
    theme::Role,
    tui::{
        action::{Action, KeyContext},
        model::{DuelPhase, Model, Notice, Popup, Screen, Severity},
    },
};

/// Draws the footer.
pub(super) fn draw(model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let text = match model.notices.current() {
        Some(notice) => Paragraph::new(message(model, notice, area)).wrap(Wrap { trim: true }),
        None => Paragraph::new(hints(model, area.width)),
    };
    frame.render_widget(text, area);
}

fn message(model: &Model, notice: &Notice, area: Rect) -> Vec<Line<'static>> {
    let role = match notice.severity {
        Severity::Success => Role::Success,
        Severity::Info => Role::Info,
        Severity::Warning => Role::Warning,
        Severity::Error => Role::Error,
    };
    let behind = match model.notices.hidden_count() {
        0 => String::new(),
        more => format!(" (+{more} more)"),
    };
    let text = format!(" {}{}", notice.severity.prefix(), sanitize::line(&notice.text));
    let text = sanitize::truncate(&text, notice_width(notice, area)).into_owned();
    let mut first = Line::from(vec![
        Span::styled(text, model.theme.style(role)),
        Span::styled(behind, model.theme.style(Role::Muted)),
    ]);
    let Some(hint) = &notice.hint else { return vec![first] };
    let hint = Span::styled(sanitize::line(hint).into_owned(), model.theme.style(Role::Hint));
    if area.height > 1 {
        return vec![first, Line::from(vec![Span::styled(" hint: ", model.theme.style(Role::Muted)), hint])];
    }
    first.push_span(Span::styled(" · ", model.theme.style(Role::Muted)));
    first.push_span(hint);
    vec![first]
}

/// Returns the number of columns for the text of a notice, so that its hint is visible as well.
fn notice_width(notice: &Notice, area: Rect) -> usize {
    let width = usize::from(area.width);
    let hint = notice.hint.as_ref().map_or(0, |hint| (hint.width() + " hint: ".len()).div_ceil(width.max(1)));
    // Lines break between words, so that some columns of each stay empty.
    usize::from(area.height).saturating_sub(hint).max(1) * width.saturating_sub(10)
}

/// Returns the most useful keys in this context, as many as fit.
fn hints(model: &Model, width: u16) -> Line<'static> {
    let mut line = Line::default();
    let bound = |action| model.config.keymap.label(model.context(), action, model.terminal.enhanced_keys);
    let searching = model.history.search.is_some() && model.popup.is_none();
    let keys: Vec<(String, &str)> = if searching {
        vec![("Enter".into(), "keep"), ("Esc".into(), "clear search"), ("↑↓".into(), "select")]
    } else {
        let retired =
            model.popup.is_none() && model.history.current().and_then(|record| model.successor(record)).is_some();
        let first = retired.then_some((Action::SendToSuccessor, "send to successor"));
        let all = first.iter().chain(hint_actions(model));
        all.filter_map(|(action, words)| Some((bound(*action)?, *words))).collect()
    };
    for (key, words) in keys {
        let item = [
            Span::styled(format!(" {key} "), model.theme.style(Role::Key)),
            Span::styled(format!("{words} "), model.theme.style(Role::Hint)),
        ];
        let wide: usize = item.iter().map(Span::width).sum();
        if line.width() + wide <= usize::from(width) {
            line.spans.extend(item);
        }
    }
    line
}

/// Returns `true` if a duel has no pair left.
fn is_done(model: &Model) -> bool {
    matches!(&model.screen, Some(Screen::Duel(duel)) if matches!(duel.phase, DuelPhase::Done))
}

/// Returns the actions worth a hint, most useful first.
#[expect(clippy::too_many_lines, reason = "a flat table, read as one")]
fn hint_actions(model: &Model) -> &'static [(Action, &'static str)] {
    let running = !model.jobs.is_empty();
    if matches!(model.popup, Some(Popup::Help(_) | Popup::Details(..))) {
        return &[
            (Action::PopupClose, "close"),
            (Action::PopupUp, "up"),
            (Action::PopupDown, "down"),
            (Action::PopupPageDown, "page"),
        ];
    }
    match model.context() {
        KeyContext::Popup if matches!(model.popup, Some(Popup::Proposal(_))) => {
            &[(Action::PopupChoose, "use it"), (Action::PopupClose, "keep yours")]
        }
        KeyContext::Popup if matches!(model.popup, Some(Popup::Lanes(_))) => &[
            (Action::PopupToggle, "choose"),
            (Action::PopupChoose, "compare"),
            (Action::Duel, "blind vote"),
            (Action::PopupClose, "close"),
        ],
        KeyContext::Popup => &[
            (Action::PopupChoose, "choose"),
            (Action::PopupClose, "close"),
            (Action::PopupUp, "up"),
            (Action::PopupDown, "down"),
        ],
        KeyContext::Prompt if running => &[
            (Action::Cancel, "cancel"),
            (Action::Submit, "send another"),
            (Action::FocusNext, "panes"),
            (Action::Palette, "commands"),
            (Action::Help, "keys"),
            (Action::Quit, "quit"),
        ],
        KeyContext::Prompt | KeyContext::Global => &[
            (Action::Submit, "send"),
            (Action::FocusNext, "panes"),
            (Action::Palette, "commands"),
            (Action::Help, "keys"),
            (Action::Quit, "quit"),
            (Action::NewLine, "new line"),
            (Action::SwitchBackend, "backend"),
            (Action::EditExternally, "editor"),
            (Action::SearchHistory, "search"),
            (Action::PasteImage, "paste image"),
        ],
        KeyContext::History => &[
            (Action::Reuse, "reuse"),
            (Action::SearchHistory, "search"),
            (Action::FocusNext, "panes"),
            (Action::Help, "keys"),
            (Action::Rerun, "rerun"),
            (Action::Mark, "mark"),
            (Action::Delete, "delete"),
            (Action::Details, "details"),
            (Action::OpenExternally, "open"),
            (Action::CopyPath, "copy path"),
        ],
        KeyContext::Preview if model.preview_maximized => &[
            (Action::ToggleFullPreview, "back"),
            (Action::Help, "keys"),
            (Action::NewerRecord, "newer"),
            (Action::OlderRecord, "older"),
            (Action::ZoomIn, "zoom in"),
            (Action::ZoomActual, "100%"),
            (Action::ZoomFit, "fit"),
            (Action::TogglePreviousImage, "flip"),
            (Action::Details, "details"),
        ],
        KeyContext::Preview => &[
            (Action::ToggleFullPreview, "full window"),
            (Action::FocusNext, "panes"),
            (Action::Help, "keys"),
            (Action::ZoomIn, "zoom in"),
            (Action::ZoomActual, "100%"),
            (Action::ZoomFit, "fit"),
            (Action::OlderRecord, "older"),
            (Action::Details, "details"),
            (Action::OpenExternally, "open"),
        ],
        KeyContext::Compare => &[
            (Action::FlipThrough, "flip"),
            (Action::UseFirst, "use first"),
            (Action::UseSecond, "use second"),
            (Action::ZoomIn, "zoom in"),
            (Action::ZoomOut, "zoom out"),
            (Action::ZoomFit, "fit"),
            (Action::LeaveScreen, "leave"),
            (Action::Help, "keys"),
        ],
        KeyContext::Scores => &[
            (Action::ScrollDown, "down"),
            (Action::ScrollUp, "up"),
            (Action::Duel, "vote"),
            (Action::LeaveScreen, "leave"),
            (Action::Help, "keys"),
        ],
        KeyContext::Duel if is_done(model) => &[
            (Action::Compare, "compare"),
            (Action::Results, "results"),
            (Action::LeaveScreen, "leave"),
            (Action::Help, "keys"),
            (Action::Quit, "quit"),
        ],
        KeyContext::Duel => &[
            (Action::FlipThrough, "flip"),
            (Action::ZoomIn, "zoom in"),
            (Action::ZoomOut, "zoom out"),
            (Action::ZoomFit, "fit"),
            (Action::VoteUndo, "undo"),
            (Action::LeaveScreen, "leave"),
            (Action::Help, "keys"),
            (Action::Quit, "quit"),
        ],
        KeyContext::Settings => &[
            (Action::ValueNext, "change"),
            (Action::ValueEdit, "type"),
            (Action::ValueReset, "default"),
            (Action::ToggleSettings, "hide"),
            (Action::FocusNext, "panes"),
            (Action::Help, "keys"),
        ],
    }
}

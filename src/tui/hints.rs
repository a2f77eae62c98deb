//! The hints in the last line: the most useful keys where the focus is, and their columns. The view draws them, and the
//! mouse finds the one that was clicked.

use crossterm::event::KeyCode;
use unicode_width::UnicodeWidthStr;

use super::{
    action::{Action, KeyContext},
    model::{DuelPhase, Focus, Model, PickerKind, Popup, PreviewSubject, Screen},
};
use crate::library::JobState;

/// The effect of a click on a hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HintTarget {
    /// Carries out an action.
    Action(Action),
    /// Presses a key that is not in the keymap.
    Key(KeyCode),
    /// Does nothing: the hint is for several keys.
    None,
}

/// A key in the footer with its verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub key: String,
    pub words: &'static str,
    pub target: HintTarget,
    /// First column, counted from the left edge of the footer.
    pub x: u16,
}

impl Hint {
    /// Returns the number of columns with the space around it.
    pub fn width(&self) -> u16 {
        (self.key.width() + self.words.width() + 3).min(usize::from(u16::MAX)) as u16
    }
}

type Ranked = &'static [(Action, &'static str)];

/// Returns the hints that fit into `width` columns, most useful first. Help and quit are always among them, except in
/// popups and where there is no room for anything else.
pub fn hints(model: &Model, width: u16) -> Vec<Hint> {
    let pinned = if model.popup.is_some() { Vec::new() } else { pinned(model) };
    let mut left = width.saturating_sub(pinned.iter().map(Hint::width).sum());
    let mut placed: Vec<Hint> = Vec::new();
    for hint in ranked(model) {
        let is_new = placed.iter().chain(&pinned).all(|other| other.key != hint.key);
        if is_new && hint.width() <= left {
            left -= hint.width();
            placed.push(hint);
        }
    }
    placed.extend(pinned);
    place(placed, width)
}

/// Returns the hint at a column of the footer.
pub fn hint_at(model: &Model, width: u16, column: u16) -> Option<Hint> {
    hints(model, width).into_iter().find(|hint| (hint.x..hint.x + hint.width()).contains(&column))
}

fn place(hints: Vec<Hint>, width: u16) -> Vec<Hint> {
    let mut x = 0;
    let mut place = |hint: Hint| {
        let placed = Hint { x, ..hint };
        x += placed.width();
        (x <= width).then_some(placed)
    };
    hints.into_iter().map_while(&mut place).collect()
}

fn pinned(model: &Model) -> Vec<Hint> {
    let rows = [(Action::Help, "keys"), (Action::Quit, "quit")];
    rows.iter().filter_map(|(action, words)| hint(model, KeyContext::Global, *action, words)).collect()
}

fn hint(model: &Model, context: KeyContext, action: Action, words: &'static str) -> Option<Hint> {
    let label = |action| model.config.keymap.label(context, action, model.terminal.enhanced_keys);
    let key = label(action)?;
    if action == Action::RateFive {
        // One hint for the five keys that rate.
        return Some(Hint { key: format!("{}-{key}", label(Action::RateOne)?), words, target: HintTarget::None, x: 0 });
    }
    Some(Hint { key, words, target: HintTarget::Action(action), x: 0 })
}

fn key(code: KeyCode, label: &str, words: &'static str) -> Hint {
    Hint { key: label.to_owned(), words, target: HintTarget::Key(code), x: 0 }
}

fn ranked(model: &Model) -> Vec<Hint> {
    if model.history.search.is_some() && model.popup.is_none() {
        let complete = (!model.search_completions().is_empty()).then(|| key(KeyCode::Tab, "Tab", "complete"));
        let mut hints = vec![
            key(KeyCode::Enter, "Enter", "keep"),
            key(KeyCode::Esc, "Esc", "clear search"),
            key(KeyCode::Down, "↓", "next"),
            key(KeyCode::Up, "↑", "previous"),
        ];
        hints.splice(0..0, complete);
        return hints;
    }
    let context = model.context();
    let parts: [Ranked; 2] = match &model.popup {
        Some(popup) => [in_popup(popup), &[]],
        None => [first(model), in_context(model, context)],
    };
    parts.iter().copied().flatten().filter_map(|(action, words)| hint(model, context, *action, words)).collect()
}

/// Returns the keys that help with the state of the selected job.
fn first(model: &Model) -> Ranked {
    if model.screen.is_some() || model.focus == Focus::Settings {
        return &[];
    }
    let Some(record) = model.history.current() else { return &[] };
    if model.successor(record).is_some() {
        return &[(Action::SendToSuccessor, "send to successor"), (Action::CopyPath, "copy details")];
    }
    let in_prompt = model.focus == Focus::Prompt;
    match (model.subject(), record.state) {
        (PreviewSubject::Waiting(_) | PreviewSubject::Preview(_), _) if !in_prompt => {
            &[(Action::CancelSelected, "cancel")]
        }
        (PreviewSubject::NoImage(_), JobState::Failed | JobState::Cancelled | JobState::Unknown) => JOB_ACTIONS,
        (PreviewSubject::Image(..), _) if !in_prompt && record.images.len() > 1 => &[(Action::NextImage, "next image")],
        _ => &[],
    }
}

/// The actions for a job without an image.
const JOB_ACTIONS: Ranked = &[
    (Action::Rerun, "retry"),
    (Action::EditImage, "edit prompt"),
    (Action::CopyPath, "copy details"),
    (Action::Delete, "delete"),
];

/// Returns the actions for the selected job if it has no image, with the keys that work where the focus is; in the
/// prompt, which types letters, those of the history.
pub fn job_actions(model: &Model) -> Vec<Hint> {
    let context = match model.context_under_popup() {
        KeyContext::Preview => KeyContext::Preview,
        _ => KeyContext::History,
    };
    JOB_ACTIONS.iter().filter_map(|(action, words)| hint(model, context, *action, words)).collect()
}

/// Returns the actions in a popup.
fn in_popup(popup: &Popup) -> Ranked {
    match popup {
        Popup::Help(view) if view.filtering => &[
            (Action::PopupClose, "clear search"),
            (Action::PopupUp, "up"),
            (Action::PopupDown, "down"),
            (Action::PopupPageDown, "page"),
        ],
        Popup::Help(_) | Popup::Messages(_) | Popup::Details(..) => &[
            (Action::PopupClose, "close"),
            (Action::PopupUp, "up"),
            (Action::PopupDown, "down"),
            (Action::PopupPageDown, "page"),
        ],
        Popup::Proposal(_) => &[(Action::PopupChoose, "use it"), (Action::PopupClose, "keep yours")],
        Popup::Lanes(_) => &[
            (Action::PopupToggle, "choose"),
            (Action::PopupChoose, "compare"),
            (Action::Duel, "blind vote"),
            (Action::PopupClose, "close"),
        ],
        Popup::File(_) => &[
            (Action::PopupChoose, "choose"),
            (Action::PopupComplete, "complete"),
            (Action::PopupClose, "close"),
            (Action::PopupUp, "up"),
            (Action::PopupDown, "down"),
        ],
        Popup::Text(_) => &[(Action::PopupChoose, "apply"), (Action::PopupClose, "close")],
        Popup::Switch(PickerKind::Theme, _) => &[
            (Action::PopupChoose, "use"),
            (Action::PopupClose, "back to the old theme"),
            (Action::PopupUp, "up"),
            (Action::PopupDown, "down"),
        ],
        _ => &[
            (Action::PopupChoose, "choose"),
            (Action::PopupClose, "close"),
            (Action::PopupUp, "up"),
            (Action::PopupDown, "down"),
        ],
    }
}

/// Returns `true` if a duel has no pair left.
fn is_done(model: &Model) -> bool {
    matches!(&model.screen, Some(Screen::Duel(duel)) if matches!(duel.phase, DuelPhase::Done))
}

/// Returns the actions worth a hint, most useful first.
#[expect(clippy::too_many_lines, reason = "a flat table, read as one")]
fn in_context(model: &Model, context: KeyContext) -> Ranked {
    match context {
        KeyContext::Prompt if !model.jobs.is_empty() => &[
            (Action::Cancel, "cancel"),
            (Action::Submit, "send another"),
            (Action::FocusNext, "panes"),
            (Action::Palette, "commands"),
            (Action::Gallery, "gallery"),
            (Action::SwitchModel, "model"),
            (Action::SearchHistory, "search"),
            (Action::AddReference, "add image"),
            (Action::NewLine, "new line"),
            (Action::Compare, "compare"),
            (Action::SwitchBackend, "backend"),
        ],
        KeyContext::Prompt if !model.next_job.references.is_empty() => &[
            (Action::Submit, "send"),
            (Action::ClearReferences, "clear references"),
            (Action::AddReference, "add image"),
            (Action::Palette, "commands"),
            (Action::SetMask, "mask"),
            (Action::FocusNext, "panes"),
            (Action::SwitchModel, "model"),
            (Action::ContinueFromResult, "continue from result"),
        ],
        KeyContext::Prompt | KeyContext::Global | KeyContext::Popup => &[
            (Action::Submit, "send"),
            (Action::FocusNext, "panes"),
            (Action::Gallery, "gallery"),
            (Action::Palette, "commands"),
            (Action::SwitchModel, "model"),
            (Action::AddReference, "add image"),
            (Action::NewLine, "new line"),
            (Action::Compare, "compare"),
            (Action::SwitchBackend, "backend"),
            (Action::EnhancePrompt, "enhance"),
            (Action::SearchHistory, "search"),
            (Action::EditExternally, "editor"),
            (Action::PasteImage, "paste image"),
        ],
        KeyContext::History => &[
            (Action::ToggleFullPreview, "view"),
            (Action::ToggleFullPreview, "open"),
            (Action::Reuse, "reuse"),
            (Action::EditImage, "edit"),
            (Action::RateFive, "rate"),
            (Action::SearchHistory, "search"),
            (Action::Delete, "delete"),
            (Action::FocusNext, "panes"),
            (Action::Rerun, "rerun"),
            (Action::Mark, "favorite"),
            (Action::Tag, "tag"),
            (Action::Export, "export"),
            (Action::AddImageAsReference, "add as reference"),
            (Action::Details, "details"),
            (Action::TogglePreviousImage, "flip"),
            (Action::CopyPath, "copy path"),
            (Action::OpenExternally, "open in viewer"),
        ],
        KeyContext::Preview if model.preview_maximized => &[
            (Action::LeavePane, "back"),
            (Action::OlderRecord, "older"),
            (Action::NewerRecord, "newer"),
            (Action::ZoomIn, "zoom in"),
            (Action::ZoomActual, "100%"),
            (Action::ZoomFit, "fit"),
            (Action::EditImage, "edit"),
            (Action::TogglePreviousImage, "flip"),
            (Action::Mark, "favorite"),
            (Action::Delete, "delete"),
            (Action::Details, "details"),
        ],
        KeyContext::Preview => &[
            (Action::OpenImage, "open"),
            (Action::ZoomIn, "zoom in"),
            (Action::EditImage, "edit"),
            (Action::TogglePreviousImage, "flip"),
            (Action::OlderRecord, "older"),
            (Action::NewerRecord, "newer"),
            (Action::FocusNext, "panes"),
            (Action::ZoomActual, "100%"),
            (Action::ZoomFit, "fit"),
            (Action::Mark, "favorite"),
            (Action::CopyImage, "copy"),
            (Action::Details, "details"),
            (Action::OpenExternally, "open in viewer"),
        ],
        KeyContext::Gallery => &[
            (Action::OpenCell, "open"),
            (Action::SelectJob, "select"),
            (Action::RateFive, "rate"),
            (Action::Tag, "tag"),
            (Action::Export, "export"),
            (Action::SearchHistory, "search"),
            (Action::Delete, "delete"),
            (Action::EditImage, "edit"),
            (Action::Mark, "favorite"),
            (Action::Lineage, "lineage"),
            (Action::LargerCells, "larger"),
            (Action::NextSort, "sort"),
            (Action::LeaveScreen, "back"),
        ],
        KeyContext::Compare => &[
            (Action::FlipThrough, "flip"),
            (Action::UseFirst, "use first"),
            (Action::UseSecond, "use second"),
            (Action::LeaveScreen, "leave"),
            (Action::ZoomIn, "zoom in"),
            (Action::ZoomOut, "zoom out"),
            (Action::ZoomFit, "fit"),
        ],
        KeyContext::Scores => &[
            (Action::ScrollDown, "down"),
            (Action::ScrollUp, "up"),
            (Action::Duel, "vote"),
            (Action::LeaveScreen, "leave"),
        ],
        KeyContext::Duel if is_done(model) => {
            &[(Action::Compare, "compare"), (Action::Results, "results"), (Action::LeaveScreen, "leave")]
        }
        KeyContext::Duel => &[
            (Action::FlipThrough, "flip"),
            (Action::LeaveScreen, "leave"),
            (Action::ZoomIn, "zoom in"),
            (Action::ZoomOut, "zoom out"),
            (Action::ZoomFit, "fit"),
            (Action::VoteUndo, "undo"),
        ],
        KeyContext::Settings => &[
            (Action::ValueNext, "change"),
            (Action::ValueEdit, "type"),
            (Action::ValueReset, "default"),
            (Action::ToggleSettings, "hide"),
            (Action::FocusNext, "panes"),
            (Action::Palette, "commands"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{
        fixtures::{failed, model, page, record},
        msg::Msg,
        update::update,
    };

    fn words(hints: &[Hint]) -> Vec<String> {
        hints.iter().map(|hint| format!("{} {}", hint.key, hint.words)).collect()
    }

    #[test]
    fn help_and_quit_are_always_there() {
        let mut model = model();
        for focus in [Focus::Prompt, Focus::History, Focus::Preview, Focus::Settings] {
            model.focus = focus;
            for width in [30, 40, 80, 120, 200] {
                let shown = words(&hints(&model, width));
                assert!(shown.ends_with(&["F1 keys".into(), "Ctrl+Q quit".into()]), "{width}: {shown:?}");
            }
        }
    }

    #[test]
    fn hints_fill_the_width_without_overlap() {
        let mut model = model();
        for focus in [Focus::Prompt, Focus::History, Focus::Preview, Focus::Settings] {
            model.focus = focus;
            for width in 1..200 {
                let shown = hints(&model, width);
                assert!(shown.windows(2).all(|two| two[0].x + two[0].width() == two[1].x), "{shown:?}");
                assert!(shown.last().is_none_or(|last| last.x + last.width() <= width), "{width}: {shown:?}");
            }
        }
        assert!(hints(&model, 160).len() > hints(&model, 60).len());
    }

    #[test]
    fn every_column_of_a_hint_belongs_to_it() {
        let model = model();
        for hint in hints(&model, 80) {
            for column in [hint.x, hint.x + hint.width() - 1] {
                assert_eq!(hint_at(&model, 80, column), Some(hint.clone()));
            }
        }
        assert_eq!(hint_at(&model, 80, 79), None);
    }

    #[test]
    fn failed_job_offers_its_actions_first() {
        let mut model = model();
        update(&mut model, Msg::Page(Ok(page(vec![failed("a fight"), record("a cat")]))));
        model.focus = Focus::History;
        let first = |model: &Model| words(&hints(model, 80))[0].clone();
        assert_eq!(first(&model), "r retry");
        assert_eq!(words(&job_actions(&model))[..3], ["r retry", "e edit prompt", "y copy details"]);
        model.history.select(1);
        assert_ne!(first(&model), "r retry");
    }

    #[test]
    fn hints_name_keys_as_they_are_bound() {
        let mut model = model();
        let binding = crate::config::KeyBinding {
            context: "global".into(),
            action: "help".into(),
            keys: vec![crokey::parse("f10").unwrap()],
        };
        std::sync::Arc::make_mut(&mut model.config).keymap =
            crate::tui::keymap::Keymap::with_bindings(&[binding]).unwrap();
        assert!(words(&hints(&model, 80)).contains(&"F10 keys".to_owned()));
    }
}

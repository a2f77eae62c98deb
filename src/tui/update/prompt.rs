//! The prompt editor: typing, moving, sending.
//! The text area does the editing; this maps actions to it and makes a draft of the text.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::CursorMove;

use super::{
    named_images::ask_first,
    notify::{self, notify},
};
use crate::{
    engine::MAX_PROMPT,
    tui::{
        action::Action,
        effect::Effect,
        model::{Focus, JobReferences, Model, Notice, NoticeTopic, PendingSubmission, Severity},
    },
};

/// A key that no action wants: text, or a plain cursor key.
pub(super) fn typed(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let area = &mut model.prompt.area;
    let shift = key.modifiers.contains(KeyModifiers::SHIFT);
    match key.code {
        KeyCode::Char(c) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => {
            return type_in(model, c.encode_utf8(&mut [0; 4]));
        }
        KeyCode::Backspace => drop(area.delete_char()),
        KeyCode::Delete => drop(area.delete_next_char()),
        KeyCode::Left => move_cursor(model, CursorMove::Back, shift),
        KeyCode::Right => move_cursor(model, CursorMove::Forward, shift),
        KeyCode::Up if shift => move_cursor(model, CursorMove::Up, true),
        KeyCode::Down if shift => move_cursor(model, CursorMove::Down, true),
        KeyCode::Home if shift => move_cursor(model, CursorMove::Head, true),
        KeyCode::End if shift => move_cursor(model, CursorMove::End, true),
        _ => return Vec::new(),
    }
    model.update_estimate();
    Vec::new()
}

/// Text was typed, in one go.
pub(super) fn type_in(model: &mut Model, text: &str) -> Vec<Effect> {
    model.prompt.insert(text);
    model.update_estimate();
    Vec::new()
}

/// Reports what the editor had no room for.
pub(super) fn report_length(model: &mut Model) {
    let Some(count) = model.prompt.take_truncated() else { return };
    model.notices.clear(NoticeTopic::PromptLength);
    let text = format!("prompt is full: {} left out", notify::count(count, "character", "characters"));
    let hint = format!("prompts are limited to {MAX_PROMPT} characters");
    notify(model, Notice::new(Severity::Warning, text).with_hint(Some(hint)).about(NoticeTopic::PromptLength));
}

fn move_cursor(model: &mut Model, to: CursorMove, mark: bool) {
    let area = &mut model.prompt.area;
    if !mark {
        area.cancel_selection();
    } else if !area.is_selecting() {
        area.start_selection();
    }
    area.move_cursor(to);
}

/// Text was pasted.
pub(super) fn pasted(model: &mut Model, text: &str) -> Vec<Effect> {
    model.focus = Focus::Prompt;
    model.preview_maximized = false;
    model.prompt.paste(text);
    model.update_estimate();
    Vec::new()
}

/// An action of the editor.
pub(super) fn edit(model: &mut Model, action: Action) -> Vec<Effect> {
    let prompt = &mut model.prompt;
    match action {
        Action::NewLine => prompt.area.insert_newline(),
        Action::PromptOlder => drop(prompt.recall_older()),
        Action::PromptNewer => drop(prompt.recall_newer()),
        Action::PromptClear => prompt.replace(""),
        Action::CursorUp if prompt.at_top() => drop(prompt.recall_older()),
        Action::CursorUp => move_cursor(model, CursorMove::Up, false),
        Action::CursorDown if prompt.at_bottom() => drop(prompt.recall_newer()),
        Action::CursorDown => move_cursor(model, CursorMove::Down, false),
        Action::WordLeft => move_cursor(model, CursorMove::WordBack, false),
        Action::WordRight => move_cursor(model, CursorMove::WordForward, false),
        Action::LineStart => move_cursor(model, CursorMove::Head, false),
        Action::LineEnd => move_cursor(model, CursorMove::End, false),
        Action::DeleteWord => drop(prompt.area.delete_word()),
        Action::DeleteWordRight => drop(prompt.area.delete_next_word()),
        Action::DeleteToStart => drop(prompt.area.delete_line_by_head()),
        Action::DeleteToEnd => drop(prompt.area.delete_line_by_end()),
        Action::PasteDeleted => drop(prompt.area.paste()),
        Action::SelectAll => prompt.select_all(),
        Action::Undo => prompt.undo(),
        Action::Redo => prompt.redo(),
        _ => {}
    }
    model.update_estimate();
    Vec::new()
}

/// Sends the prompt. The editor is emptied at once; it comes back if the job is refused.
pub(super) fn submit(model: &mut Model) -> Vec<Effect> {
    if model.prompt.is_blank() {
        let notice = Notice::new(Severity::Info, "The prompt is empty").with_hint(Some("describe an image first"));
        return notify(model, notice);
    }
    ask_first(model, PendingSubmission::Prompt).unwrap_or_else(|| send(model))
}

/// Sends the prompt, whatever it names.
pub(super) fn send(model: &mut Model) -> Vec<Effect> {
    let draft = model.draft();
    model.prompt.record_sent(draft.prompt.clone());
    model.forget_reuse();
    model.next_job.references = JobReferences::default();
    model.next_job.directed = None;
    model.preview_maximized = false;
    vec![Effect::Submit(draft), Effect::SaveSession(model.session())]
}

/// The prompts of the past, for walking through them.
pub(super) fn past(model: &mut Model, prompts: Vec<String>) -> Vec<Effect> {
    model.prompt.history = prompts;
    Vec::new()
}

/// The user's editor is done.
pub(super) fn edited_externally(model: &mut Model, result: Result<String, Notice>) -> Vec<Effect> {
    match result {
        Ok(text) => model.prompt.replace(text.trim_end_matches('\n')),
        Err(notice) => return notify(model, notice),
    }
    model.focus = Focus::Prompt;
    model.update_estimate();
    Vec::new()
}

//! The one table from actions to what they do, for keys, palette and mouse alike.
//! Each line is a call; what it does stands in its pane's module.

use super::{direct, given, history, jobs, look, popup, preview, prompt, retired, settings, stage, strip, world};
use crate::compare::Answer;
use crate::tui::{
    action::Action,
    effect::Effect,
    model::{Model, PictureUse},
};

/// Carries out an action.
#[expect(clippy::too_many_lines, reason = "one flat line an action: this is the table, and it is read as one")]
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if !stage::allows(model, action) {
        return Vec::new();
    }
    match action {
        Action::Quit => world::quit(model),
        Action::Help => popup::help(model),
        Action::Palette => popup::palette(model),
        Action::SwitchBackend => popup::switch_backend(model),
        Action::SwitchModel => popup::switch_model(model),
        Action::SwitchTheme => popup::switch_theme(model),
        Action::FocusNext => world::focus_next(model, 1),
        Action::FocusPrevious => world::focus_next(model, -1),
        Action::ToggleSettings => world::toggle_settings(model),
        Action::ToggleHistory => world::toggle_history(model),
        Action::FullPreview => preview::toggle_full(model),
        Action::SearchHistory => history::search(model),
        Action::Compare => stage::open_lanes(model),
        Action::Duel => stage::duel(model),
        Action::Scores => stage::scores(model),
        Action::ScrollUp => stage::scroll(model, -1),
        Action::ScrollDown => stage::scroll(model, 1),
        Action::ScrollPageUp => stage::scroll(model, -10),
        Action::ScrollPageDown => stage::scroll(model, 10),
        Action::Flip => stage::flip(model),
        Action::UseFirst => stage::use_lane(model, 0),
        Action::UseSecond => stage::use_lane(model, 1),
        Action::UseThird => stage::use_lane(model, 2),
        Action::UseFourth => stage::use_lane(model, 3),
        Action::VoteLeft => stage::answer(model, Answer::Left),
        Action::VoteTie => stage::answer(model, Answer::Tie),
        Action::VoteBothBad => stage::answer(model, Answer::BothBad),
        Action::VoteRight => stage::answer(model, Answer::Right),
        Action::VoteUndo => stage::undo(model),
        Action::VoteNext => stage::next(model),
        Action::LeaveStage => stage::leave(model),
        Action::EditExternally => vec![Effect::EditExternally(model.prompt.text())],
        Action::Cancel if model.stage.is_some() => stage::cancel(model),
        Action::Unfinished => vec![Effect::LoadUnfinished],
        Action::Cancel => jobs::cancel(model),
        Action::Successor => retired::send(model),
        Action::Suspend => vec![Effect::Suspend],
        Action::Redraw => world::redraw(model),
        Action::Dismiss => world::dismiss(model),
        Action::Submit => prompt::submit(model),
        Action::Direct => direct::ask(model),
        Action::PastePicture => given::paste(model),
        Action::AddPicture => given::ask(model, PictureUse::Reference),
        Action::SetMask => given::ask(model, PictureUse::Mask),
        Action::SetMarkup => given::ask(model, PictureUse::Markup),
        Action::DropPictures => given::drop_all(model),
        Action::NewLine
        | Action::PromptOlder
        | Action::PromptNewer
        | Action::PromptClear
        | Action::CursorUp
        | Action::CursorDown
        | Action::WordLeft
        | Action::WordRight
        | Action::LineStart
        | Action::LineEnd
        | Action::DeleteWord
        | Action::DeleteWordRight
        | Action::DeleteToStart
        | Action::DeleteToEnd
        | Action::PasteDeleted
        | Action::SelectAll
        | Action::Undo
        | Action::Redo => prompt::edit(model, action),
        Action::SelectUp | Action::NewerRecord => history::move_by(model, -1),
        Action::SelectDown | Action::OlderRecord => history::move_by(model, 1),
        Action::SelectPageUp => history::page_by(model, -1),
        Action::SelectPageDown => history::page_by(model, 1),
        Action::SelectFirst => history::select(model, 0),
        Action::SelectLast => history::select(model, u64::MAX),
        Action::Reuse => history::reuse(model),
        Action::Again => history::again(model),
        Action::EditImage => given::start_from(model),
        Action::AddImage => given::add_shown(model),
        Action::Mark => history::mark(model),
        Action::OnlyMarked => history::only_marked(model),
        Action::Delete => history::delete(model),
        Action::UndoDelete => history::undo_delete(model),
        Action::CancelSelected => jobs::cancel_selected(model),
        Action::CopyPath => preview::copy_path(model),
        Action::OpenExternally => preview::open(model),
        Action::Details => popup::details(model),
        Action::PreviousImage => preview::image_by(model, -1),
        Action::NextImage => preview::image_by(model, 1),
        Action::ZoomIn => preview::zoom(model, preview::Zoom::In),
        Action::ZoomOut => preview::zoom(model, preview::Zoom::Out),
        Action::ZoomFit => preview::zoom(model, preview::Zoom::Fit),
        Action::ZoomActual => preview::zoom(model, preview::Zoom::Actual),
        Action::ZoomFill => preview::zoom(model, preview::Zoom::Fill),
        Action::FlipBefore => look::flip(model),
        Action::ToggleThumbnails => strip::toggle(model),
        Action::CopyImage => look::copy_image(model),
        Action::RevealInFolder => look::reveal(model),
        Action::PanLeft => preview::pan(model, -1, 0),
        Action::PanRight => preview::pan(model, 1, 0),
        Action::PanUp => preview::pan(model, 0, -1),
        Action::PanDown => preview::pan(model, 0, 1),
        Action::SettingUp => settings::move_by(model, -1),
        Action::SettingDown => settings::move_by(model, 1),
        Action::ValuePrevious => settings::step(model, -1),
        Action::ValueNext => settings::step(model, 1),
        Action::ValueEdit => settings::edit(model),
        Action::ValueReset => settings::reset(model),
        Action::PopupToggle
        | Action::PopupUp
        | Action::PopupDown
        | Action::PopupPageUp
        | Action::PopupPageDown
        | Action::PopupChoose
        | Action::PopupClose => popup::act(model, action),
    }
}

//! The one table from actions to the functions of the panes, for keys, palette and mouse alike.
//! An action that leads from one pane to another is carried out here, so that no pane knows another.

use super::{
    enhance_prompt, file_picker, gallery, global, history, image_grid, jobs, labels, popup, preview, prompt,
    references, reuse, screens, settings, successor, thumbnails,
};
use crate::compare::Preference;
use crate::tui::{
    action::Action,
    effect::Effect,
    model::{
        Focus, ImageRole, LabelKind, Model, PendingSubmission, PickerKind, PickerValue, Popup, TextField, TextPurpose,
        ZoomStep,
    },
};

/// Carries out an action.
#[expect(clippy::too_many_lines, reason = "one flat line an action: this is the table, and it is read as one")]
pub(super) fn dispatch_action(model: &mut Model, action: Action) -> Vec<Effect> {
    if !screens::allows(model, action) {
        return Vec::new();
    }
    match action {
        Action::Quit => global::quit(model),
        Action::Help => popup::help(model),
        Action::Messages => popup::messages(model),
        Action::Palette => popup::palette(model),
        Action::SwitchBackend => popup::switch_backend(model),
        Action::SwitchModel => popup::switch_model(model),
        Action::SwitchTheme => popup::switch_theme(model),
        Action::FocusNext => global::focus_next(model, 1),
        Action::FocusPrevious => global::focus_next(model, -1),
        Action::ToggleSettings => global::toggle_settings(model),
        Action::ToggleHistory => global::toggle_history(model),
        Action::OpenImage if image_grid::open(model) => Vec::new(),
        Action::ToggleFullPreview | Action::OpenImage => preview::toggle_full(model),
        Action::SearchHistory => history::search(model),
        Action::Gallery => gallery::open(model),
        Action::Compare => screens::open_lanes(model),
        Action::Duel => screens::duel(model),
        Action::Results => screens::scores(model),
        Action::ScrollUp => screens::scroll(model, -1),
        Action::ScrollDown => screens::scroll(model, 1),
        Action::ScrollPageUp => screens::scroll(model, -10),
        Action::ScrollPageDown => screens::scroll(model, 10),
        Action::FlipThrough => screens::flip(model),
        Action::UseFirst => screens::use_lane(model, 0),
        Action::UseSecond => screens::use_lane(model, 1),
        Action::UseThird => screens::use_lane(model, 2),
        Action::UseFourth => screens::use_lane(model, 3),
        Action::VoteLeft => screens::answer(model, Preference::Left),
        Action::VoteTie => screens::answer(model, Preference::Tie),
        Action::VoteBothBad => screens::answer(model, Preference::BothBad),
        Action::VoteRight => screens::answer(model, Preference::Right),
        Action::VoteUndo => screens::undo(model),
        Action::VoteNext => screens::next(model),
        Action::LeavePane => global::leave_pane(model),
        Action::LeaveScreen if model.is_gallery() => gallery::leave(model),
        Action::LeaveScreen => screens::leave(model),
        Action::EditExternally => vec![Effect::EditExternally(model.prompt.text())],
        Action::Cancel if model.screen.is_some() => screens::cancel(model),
        Action::Unfinished => vec![Effect::LoadUnfinished],
        Action::Cancel => jobs::cancel(model),
        Action::SendToSuccessor => successor::send(model),
        Action::Suspend => vec![Effect::Suspend],
        Action::Redraw => global::redraw(model),
        Action::Dismiss => global::dismiss(model),
        Action::Submit => prompt::submit(model),
        Action::EnhancePrompt => enhance_prompt::ask(model),
        Action::PasteImage => references::paste(model),
        Action::AddReference => file_picker::open(model, ImageRole::Reference),
        Action::SetMask => file_picker::open(model, ImageRole::Mask),
        Action::SetMarkup => file_picker::open(model, ImageRole::Markup),
        Action::ClearReferences => references::drop_all(model),
        Action::Undo if reuse::undo(model) => Vec::new(),
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
        Action::Reuse => reuse::reuse(model),
        Action::Rerun => reuse::again(model),
        Action::RerunExactly => reuse::repeat(model),
        // What can be edited of a job without an image is its prompt.
        Action::EditImage => edit_image(model),
        Action::AddImageAsReference => references::toggle_shown(model),
        Action::ContinueFromResult => references::continue_from_result(model),
        Action::Mark => labels::toggle_favorite(model),
        Action::RateNone => labels::rate(model, None),
        Action::RateOne => labels::rate(model, Some(1)),
        Action::RateTwo => labels::rate(model, Some(2)),
        Action::RateThree => labels::rate(model, Some(3)),
        Action::RateFour => labels::rate(model, Some(4)),
        Action::RateFive => labels::rate(model, Some(5)),
        Action::Tag => labels::ask(model, LabelKind::Tags),
        Action::Collect => labels::ask(model, LabelKind::Collection),
        Action::SetTitle => labels::ask(model, LabelKind::Title),
        Action::Export => gallery::ask_export(model),
        Action::Lineage => gallery::lineage(model),
        Action::CellLeft => gallery::move_by(model, -1, 0),
        Action::CellRight => gallery::move_by(model, 1, 0),
        Action::CellUp => gallery::move_by(model, 0, -1),
        Action::CellDown => gallery::move_by(model, 0, 1),
        Action::CellPageUp => gallery::page_by(model, -1),
        Action::CellPageDown => gallery::page_by(model, 1),
        Action::OpenCell => gallery::open_image(model),
        Action::SelectJob => gallery::toggle(model),
        Action::SelectRange => gallery::range(model),
        Action::SelectAllJobs => gallery::select_all(model),
        Action::NextSort => gallery::sort(model),
        Action::LargerCells => gallery::resize(model, 1),
        Action::SmallerCells => gallery::resize(model, -1),
        Action::ToggleMarkedFilter => history::only_marked(model),
        Action::Delete => history::delete(model),
        Action::UndoDelete => history::undo_delete(model),
        Action::CancelSelected => jobs::cancel_selected(model),
        Action::CopyPath => preview::copy_path(model),
        Action::OpenExternally => preview::open(model),
        Action::Details => popup::details(model),
        Action::PreviousImage => preview::image_by(model, -1),
        Action::NextImage => preview::image_by(model, 1),
        Action::ZoomIn => zoom(model, ZoomStep::In),
        Action::ZoomOut => zoom(model, ZoomStep::Out),
        Action::ZoomFit => zoom(model, ZoomStep::Fit),
        Action::ZoomActual => zoom(model, ZoomStep::Actual),
        Action::ZoomFill => zoom(model, ZoomStep::Fill),
        Action::TogglePreviousImage => preview::flip(model),
        Action::ToggleThumbnails => thumbnails::toggle(model),
        Action::CopyImage => preview::copy_image(model),
        Action::RevealInFolder => preview::reveal(model),
        Action::PanLeft => pan(model, -1, 0),
        Action::PanRight => pan(model, 1, 0),
        Action::PanUp => pan(model, 0, -1),
        Action::PanDown => pan(model, 0, 1),
        Action::SettingUp => settings::move_by(model, -1),
        Action::SettingDown => settings::move_by(model, 1),
        Action::ValuePrevious => settings::step(model, -1),
        Action::ValueNext => settings::step(model, 1),
        Action::ValueEdit => settings::edit(model),
        Action::ValueReset => settings::reset(model),
        Action::PopupToggle => screens::toggle(model),
        Action::PopupComplete => file_picker::complete(model),
        Action::PopupUp => popup::move_by(model, -1),
        Action::PopupDown => popup::move_by(model, 1),
        Action::PopupPageUp => popup::move_by(model, -10),
        Action::PopupPageDown => popup::move_by(model, 10),
        Action::PopupChoose => choose(model),
        Action::PopupClose => popup::close(model),
    }
}

/// Carries out an action while a popup is open: its own actions, the end of the program, and the duel from a choice of
/// lanes. Every other action closes it.
pub(super) fn dispatch_in_popup(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Quit
        | Action::PopupToggle
        | Action::PopupComplete
        | Action::PopupUp
        | Action::PopupDown
        | Action::PopupPageUp
        | Action::PopupPageDown
        | Action::PopupChoose => dispatch_action(model, action),
        Action::Duel if matches!(model.popup, Some(Popup::Lanes(_))) => choose_lanes(model, true),
        Action::Duel => Vec::new(),
        _ => popup::close(model),
    }
}

/// Zooms what takes the place of the panes, else the preview.
pub(super) fn zoom(model: &mut Model, step: ZoomStep) -> Vec<Effect> {
    if model.screen.is_some() {
        return screens::zoom(model, step);
    }
    match step {
        // A grid is as far out as it gets, and opening an image is the first step in.
        ZoomStep::Out | ZoomStep::Fit if model.shown_grid().is_some() => Vec::new(),
        ZoomStep::In if image_grid::open(model) => Vec::new(),
        _ => {
            image_grid::open(model);
            preview::zoom(model, step)
        }
    }
}

/// Edits the shown image, or the prompt of a job without one. The gallery gives way to the prompt, unless the image was
/// refused.
fn edit_image(model: &mut Model) -> Vec<Effect> {
    let effects = if model.has_no_image() { reuse::reuse(model) } else { references::start_from(model) };
    if model.is_gallery() && model.focus == Focus::Prompt {
        gallery::close(model);
        model.focus = Focus::Prompt;
    }
    effects
}

fn pan(model: &mut Model, right: i32, down: i32) -> Vec<Effect> {
    if model.screen.is_some() {
        return screens::pan(model, right, down);
    }
    if image_grid::move_by(model, right as isize, down as isize) {
        Vec::new()
    } else {
        preview::pan(model, right, down)
    }
}

/// Closes the popup and carries out the choice made in it.
fn choose(model: &mut Model) -> Vec<Effect> {
    if matches!(model.popup, Some(Popup::Lanes(_))) {
        return choose_lanes(model, false);
    }
    match model.popup.take() {
        Some(Popup::Palette(picker) | Popup::Switch(PickerKind::Unfinished | PickerKind::Lineage, picker)) => {
            picker.current().map_or_else(Vec::new, |item| choose_item(model, &item.id))
        }
        Some(Popup::Switch(switch, picker)) => match picker.current().map(|item| item.id.clone()) {
            Some(PickerValue::Name(name)) => choose_name(model, switch, name),
            _ => Vec::new(),
        },
        Some(Popup::Proposal(proposal)) => enhance_prompt::accept(model, *proposal),
        Some(Popup::Text(field)) => accept_text(model, field),
        Some(Popup::File(picker)) => file_picker::accept(model, picker),
        _ => Vec::new(),
    }
}

/// Carries out what a text field is for.
fn accept_text(model: &mut Model, field: TextField) -> Vec<Effect> {
    match field.purpose.clone() {
        TextPurpose::Setting { param, .. } => settings::accept(model, &param, field),
        TextPurpose::Label(kind, jobs) => labels::accept(model, kind, jobs, field),
        TextPurpose::Export(jobs) => gallery::accept_export(model, jobs, field),
    }
}

fn choose_item(model: &mut Model, id: &PickerValue) -> Vec<Effect> {
    match id {
        PickerValue::Action(action) => dispatch_action(model, *action),
        PickerValue::Resume(job) => vec![Effect::Resume(*job)],
        PickerValue::Discard(job) => vec![Effect::Discard(*job)],
        PickerValue::Job(job) => gallery::go_to(model, *job),
        PickerValue::Name(_) => Vec::new(),
    }
}

fn choose_name(model: &mut Model, switch: PickerKind, name: String) -> Vec<Effect> {
    match switch {
        PickerKind::Backend => settings::choose_backend(model, name),
        PickerKind::Model => settings::choose_model(model, name),
        PickerKind::Theme => return settings::choose_theme(model, name),
        PickerKind::Unfinished | PickerKind::Lineage => return Vec::new(),
    }
    model.warn_of_shutdown();
    vec![Effect::SaveSession(model.session())]
}

fn choose_lanes(model: &mut Model, blind: bool) -> Vec<Effect> {
    let Some(Popup::Lanes(picker)) = model.popup.take() else { return Vec::new() };
    screens::choose(model, &picker, blind)
}

/// Sends what had to wait until the image files named by the prompt were known.
pub(super) fn send(model: &mut Model, sending: &PendingSubmission) -> Vec<Effect> {
    match sending {
        PendingSubmission::Prompt => prompt::send(model),
        PendingSubmission::EnhancedPrompt => enhance_prompt::send(model),
        PendingSubmission::Lanes(picker, blind) => screens::begin(model, picker, *blind),
    }
}

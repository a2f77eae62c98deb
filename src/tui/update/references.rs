//! Pictures to start from: of the history, of files, of the clipboard; and what is laid over the first.
//! Whether a model can take them is asked here, whether a file is one is asked by the runtime.

use std::path::PathBuf;

use tintype_backends::Model as DrawingModel;

use super::notify::notify;
use crate::{
    engine::Reference,
    tui::{
        action::{Action, KeyContext},
        effect::Effect,
        model::{FileNameInput, Focus, ImageRole, JobReferences, LineInput, Model, Notice, Popup, Severity},
    },
};

fn chosen(model: &Model) -> Option<&DrawingModel> {
    model.capabilities()?.model(model.model_id())
}

/// Why the chosen model does not take a picture for that, if it does not.
fn refused(model: &Model, usage: ImageRole) -> Option<Notice> {
    let chosen = chosen(model);
    let takes = match usage {
        ImageRole::Reference => chosen.is_some_and(|model| model.max_inputs > 0),
        ImageRole::Mask => chosen.is_some_and(|model| model.mask),
        ImageRole::Markup => chosen.is_some_and(|model| model.markup),
    };
    if takes {
        return None;
    }
    let what = match usage {
        ImageRole::Reference => "takes no reference images",
        ImageRole::Mask => "takes no mask",
        ImageRole::Markup => "takes no markup",
    };
    let hint = model.key_hint(KeyContext::Global, Action::SwitchBackend, "to choose another backend");
    Some(Notice::new(Severity::Warning, format!("`{}` {what}", model.model_id())).with_hint(hint))
}

/// Makes the shown picture the one to start from.
pub(super) fn start_from(model: &mut Model) -> Vec<Effect> {
    shown(model, true)
}

/// Adds the shown picture to those to start from.
pub(super) fn add_shown(model: &mut Model) -> Vec<Effect> {
    shown(model, false)
}

fn shown(model: &mut Model, alone: bool) -> Vec<Effect> {
    let Some(image) = model.shown_image().map(|image| image.id) else {
        return notify(model, Notice::new(Severity::Info, "No image selected"));
    };
    if let Some(notice) = refused(model, ImageRole::Reference) {
        return notify(model, notice);
    }
    if alone {
        model.next_job.references = JobReferences::default();
    }
    if model.next_job.references.inputs.is_empty() {
        model.next_job.references.parent = Some(image);
    }
    given(model, ImageRole::Reference, Ok(Reference::Image(image)))
}

/// Asks for the picture on the clipboard.
pub(super) fn paste(model: &mut Model) -> Vec<Effect> {
    match refused(model, ImageRole::Reference) {
        Some(notice) => notify(model, notice),
        None => vec![Effect::PasteImage],
    }
}

/// Asks which file.
pub(super) fn ask(model: &mut Model, usage: ImageRole) -> Vec<Effect> {
    if let Some(notice) = refused(model, usage) {
        return notify(model, notice);
    }
    let given = &model.next_job.references;
    let before = match usage {
        ImageRole::Reference => None,
        ImageRole::Mask => given.mask.as_ref(),
        ImageRole::Markup => given.markup.as_ref(),
    };
    let before = before.map(|path| path.display().to_string()).unwrap_or_default();
    model.popup = Some(Popup::File(FileNameInput { role: usage, input: LineInput::new(&before), error: None }));
    Vec::new()
}

/// A file was named.
pub(super) fn accept(model: &mut Model, editor: FileNameInput) -> Vec<Effect> {
    let name = editor.input.text().trim().to_owned();
    if !name.is_empty() {
        let usage = editor.role;
        model.popup = Some(Popup::File(editor));
        return vec![Effect::FindReference(usage, name)];
    }
    match editor.role {
        ImageRole::Reference => {}
        ImageRole::Mask => model.next_job.references.mask = None,
        ImageRole::Markup => model.next_job.references.markup = None,
    }
    model.update_estimate();
    Vec::new()
}

/// A picture was found, or it was not: then what was typed stays.
pub(super) fn given(model: &mut Model, usage: ImageRole, result: Result<Reference, Notice>) -> Vec<Effect> {
    match (result, &mut model.popup) {
        (Err(notice), Some(Popup::File(editor))) => {
            editor.error = Some(notice.hint.map_or(notice.text.clone(), |hint| format!("{}: {hint}", notice.text)));
            return Vec::new();
        }
        (Err(notice), _) => return notify(model, notice),
        (Ok(source), _) => take(model, usage, source),
    }
    if matches!(model.popup, Some(Popup::File(_))) {
        model.popup = None;
    }
    model.focus = Focus::Prompt;
    model.preview_maximized = false;
    model.update_estimate();
    let most = chosen(model).map_or(0, |model| model.max_inputs as usize);
    let words = model.next_job.references.summary();
    let notice = if model.next_job.references.inputs.len() > most {
        let hint = model.key_hint(KeyContext::Prompt, Action::ClearReferences, "to clear references");
        Notice::new(Severity::Warning, format!("too many references: `{}` takes at most {most}", model.model_id()))
            .with_hint(hint)
    } else {
        Notice::new(Severity::Info, format!("Describe the change ({words})"))
    };
    notify(model, notice)
}

fn take(model: &mut Model, usage: ImageRole, source: Reference) {
    let given = &mut model.next_job.references;
    match (usage, source) {
        (ImageRole::Reference, source) => {
            given.inputs.push(source);
            given.inputs.dedup();
        }
        // The one takes the place of the other: they cannot go together.
        (ImageRole::Mask, Reference::File(path)) => (given.mask, given.markup) = (Some(path), None::<PathBuf>),
        (ImageRole::Markup, Reference::File(path)) => (given.mask, given.markup) = (None, Some(path)),
        (ImageRole::Mask | ImageRole::Markup, Reference::Image(_) | Reference::Clipboard(_) | Reference::Piped(_)) => {}
    }
}

/// Takes all given pictures away.
pub(super) fn drop_all(model: &mut Model) -> Vec<Effect> {
    let text = if model.next_job.references.is_empty() { "No references to clear" } else { "References cleared" };
    model.next_job.references = JobReferences::default();
    model.update_estimate();
    notify(model, Notice::new(Severity::Info, text))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::{
        engine::ImageBytes,
        tui::{
            fixtures::record,
            msg::Msg,
            update::{
                tests::{notice, press, studio, submitted, type_in},
                update,
            },
        },
    };

    fn painter() -> Model {
        let mut model = studio(vec![record("a red fox"), record("a blue cat")]);
        model.next_job.backend = "brush".into();
        model
    }

    fn file(name: &str) -> Reference {
        Reference::File(name.into())
    }

    #[test]
    fn pictures_are_sent_in_the_order_in_which_they_are_given() {
        let mut model = painter();
        assert_eq!(press(&mut model, &["ctrl-v"]), [Effect::PasteImage]);
        let pasted = Reference::Clipboard(ImageBytes(bytes::Bytes::from_static(b"png")));
        update(&mut model, Msg::ReferenceAdded(ImageRole::Reference, Ok(pasted.clone())));
        press(&mut model, &["alt-i"]);
        type_in(&mut model, "cat.png");
        let asked = press(&mut model, &["enter"]);
        assert_eq!(asked, [Effect::FindReference(ImageRole::Reference, "cat.png".into())]);
        update(&mut model, Msg::ReferenceAdded(ImageRole::Reference, Ok(file("/cat.png"))));
        assert!(model.popup.is_none() && model.next_job.references.summary() == "2 references");
        type_in(&mut model, "together");
        let effects = press(&mut model, &["enter"]);
        assert_eq!(submitted(&effects).unwrap().inputs, [pasted, file("/cat.png")]);
        assert!(model.next_job.references.is_empty());
    }

    #[test]
    fn a_picture_of_the_history_can_be_one_of_several() {
        let mut model = painter();
        model.focus = Focus::History;
        press(&mut model, &["e"]);
        model.focus = Focus::History;
        press(&mut model, &["down", "a"]);
        assert_eq!(model.next_job.references.inputs.len(), 2);
        assert_eq!(
            model.next_job.references.parent.map(Reference::Image),
            model.next_job.references.inputs.first().cloned()
        );
    }

    #[test]
    fn a_file_that_is_not_there_stays_to_be_mended() {
        let mut model = painter();
        press(&mut model, &["alt-m"]);
        type_in(&mut model, "msk.png");
        press(&mut model, &["enter"]);
        update(&mut model, Msg::ReferenceAdded(ImageRole::Mask, Err(Notice::new(Severity::Error, "no such file"))));
        let Some(Popup::File(editor)) = &model.popup else { panic!("the line is gone") };
        assert_eq!((editor.input.text(), editor.error.as_deref()), ("msk.png", Some("no such file")));
    }

    #[test]
    fn a_markup_takes_the_place_of_a_mask_and_all_can_be_taken_away() {
        let mut model = painter();
        update(&mut model, Msg::ReferenceAdded(ImageRole::Reference, Ok(file("/a.png"))));
        update(&mut model, Msg::ReferenceAdded(ImageRole::Mask, Ok(file("/m.png"))));
        assert_eq!(model.draft().mask, Some("/m.png".into()));
        update(&mut model, Msg::ReferenceAdded(ImageRole::Markup, Ok(file("/k.png"))));
        assert_eq!((model.draft().mask, model.draft().markup), (None, Some("/k.png".into())));
        press(&mut model, &["alt-x"]);
        assert!(model.next_job.references.is_empty());
    }

    #[test]
    fn what_was_given_comes_back_with_a_refused_prompt() {
        let mut model = painter();
        update(&mut model, Msg::ReferenceAdded(ImageRole::Reference, Ok(file("/a.png"))));
        type_in(&mut model, "make it blue");
        let effects = press(&mut model, &["enter"]);
        let draft = submitted(&effects).unwrap().clone();
        update(&mut model, Msg::Submitted(draft.into(), Err(Notice::new(Severity::Error, "over the budget"))));
        assert_eq!(model.next_job.references.inputs, [file("/a.png")]);
    }

    #[test]
    fn a_model_without_masks_says_so_before_a_file_is_asked_for() {
        let mut model = studio(Vec::new());
        for key in ["ctrl-v", "alt-i", "alt-m", "alt-k"] {
            assert_eq!(press(&mut model, &[key]), [], "{key}");
            assert!(model.popup.is_none() && notice(&model).starts_with("`pencil` "), "{key}");
        }
    }

    #[test]
    fn what_the_next_picture_starts_from_is_called_by_name() {
        let inputs =
            vec![file("/photos/fox.png"), file("coat.png"), Reference::Clipboard(ImageBytes(bytes::Bytes::new()))];
        let given = JobReferences { inputs, mask: Some("masks/sky.png".into()), ..JobReferences::default() };
        assert_eq!(given.names(), "edit fox.png, coat.png and clipboard image, mask sky.png");
    }
}

//! References of the next job: of the history, of files, of the clipboard; and the mask or markup of the first.
//! Acceptance by the model is decided here; the runtime checks the contents of files.

use std::path::PathBuf;

use tintype_backends::Model as DrawingModel;

use super::notify::notify;
use crate::{
    engine::Reference,
    id::Id,
    library::ReferenceOrigin,
    tui::{
        action::{Action, KeyContext},
        effect::Effect,
        model::{Focus, ImageRole, JobReferences, LibraryImage, Model, Notice, Popup, Severity},
    },
};

fn chosen(model: &Model) -> Option<&DrawingModel> {
    model.capabilities()?.model(model.model_id())
}

/// Returns the reason why the chosen model does not accept an image in that role, if it does not.
pub(super) fn refusal(model: &Model, role: ImageRole) -> Option<Notice> {
    let chosen = chosen(model);
    let takes = match role {
        ImageRole::Reference => chosen.is_some_and(|model| model.max_inputs > 0),
        ImageRole::Mask => chosen.is_some_and(|model| model.mask),
        ImageRole::Markup => chosen.is_some_and(|model| model.markup),
    };
    if takes {
        return None;
    }
    let what = match role {
        ImageRole::Reference => "takes no reference images",
        ImageRole::Mask => "takes no mask",
        ImageRole::Markup => "takes no markup",
    };
    let hint = model.key_hint(KeyContext::Global, Action::SwitchBackend, "to choose another backend");
    Some(Notice::new(Severity::Warning, format!("`{}` {what}", model.model_id())).with_hint(hint))
}

/// Makes the shown image the only reference.
pub(super) fn start_from(model: &mut Model) -> Vec<Effect> {
    let Some(image) = shown(model) else { return notify(model, Notice::new(Severity::Info, "No image selected")) };
    if let Some(notice) = refusal(model, ImageRole::Reference) {
        return notify(model, notice);
    }
    model.next_job.references = JobReferences::default();
    add(model, ImageRole::Reference, image);
    focus_prompt(model);
    Vec::new()
}

/// Makes the result of the latest edit the only reference, so that the next edit continues from it.
pub(super) fn continue_from_result(model: &mut Model) -> Vec<Effect> {
    if shown(model).is_none() {
        return notify(model, Notice::new(Severity::Info, "No result to continue from yet"));
    }
    start_from(model)
}

/// Adds the shown image to the references, or removes it if it is one. The focus stays where it is.
pub(super) fn toggle_shown(model: &mut Model) -> Vec<Effect> {
    let Some(image) = shown(model) else { return notify(model, Notice::new(Severity::Info, "No image selected")) };
    if let Some(at) = model.next_job.references.inputs.iter().position(|input| *input == image) {
        model.next_job.references.remove(at);
        model.update_estimate();
        return notify(model, Notice::new(Severity::Info, format!("Removed from references ({} left)", count(model))));
    }
    if let Some(notice) = refusal(model, ImageRole::Reference) {
        return notify(model, notice);
    }
    add(model, ImageRole::Reference, image);
    match too_many(model) {
        Some(notice) => notify(model, notice),
        None => notify(model, Notice::new(Severity::Info, format!("Added as reference {}", count(model)))),
    }
}

fn count(model: &Model) -> usize {
    model.next_job.references.inputs.len()
}

/// Returns the shown image of the library, whose name and file are remembered.
fn shown(model: &mut Model) -> Option<Reference> {
    let image = model.shown_image()?.clone();
    let record = model.history.current()?.clone();
    model.remember_shown(&record, &image);
    Some(Reference::Image(image.id))
}

/// Requests the image on the clipboard.
pub(super) fn paste(model: &mut Model) -> Vec<Effect> {
    match refusal(model, ImageRole::Reference) {
        Some(notice) => notify(model, notice),
        None => vec![Effect::PasteImage],
    }
}

/// An image was found. If it was not, the picker stays open with the reason.
pub(super) fn given(model: &mut Model, role: ImageRole, result: Result<Reference, Notice>) -> Vec<Effect> {
    match (result, &mut model.popup) {
        (Err(notice), Some(Popup::File(picker))) => {
            picker.error = Some(notice.hint.map_or(notice.text.clone(), |hint| format!("{}: {hint}", notice.text)));
            return Vec::new();
        }
        (Err(notice), _) => return notify(model, notice),
        (Ok(image), _) => add(model, role, image),
    }
    if matches!(model.popup, Some(Popup::File(_))) {
        model.popup = None;
    }
    focus_prompt(model);
    too_many(model).map_or_else(Vec::new, |notice| notify(model, notice))
}

/// Adds dropped files.
pub(super) fn add_files(model: &mut Model, paths: Vec<PathBuf>) -> Vec<Effect> {
    for path in paths {
        add(model, ImageRole::Reference, Reference::File(path));
    }
    focus_prompt(model);
    match too_many(model) {
        Some(notice) => notify(model, notice),
        // The chips are hidden.
        None if model.screen.is_some() => {
            notify(model, Notice::new(Severity::Info, format!("Added as reference {}", count(model))))
        }
        None => Vec::new(),
    }
}

fn focus_prompt(model: &mut Model) {
    model.focus = Focus::Prompt;
    model.preview_maximized = false;
}

/// Returns a warning if there are more references than the chosen model accepts.
fn too_many(model: &Model) -> Option<Notice> {
    let most = chosen(model).map_or(0, |model| model.max_inputs as usize);
    (count(model) > most).then(|| {
        let hint = model.key_hint(KeyContext::Prompt, Action::ClearReferences, "to clear references");
        Notice::new(Severity::Warning, format!("too many references: `{}` takes at most {most}", model.model_id()))
            .with_hint(hint)
    })
}

fn add(model: &mut Model, role: ImageRole, image: Reference) {
    if let Reference::File(path) = &image {
        model.reference_pane.remember_file(path);
    }
    let references = &mut model.next_job.references;
    match (role, image) {
        (ImageRole::Reference, image) => {
            if let (true, Reference::Image(id)) = (references.inputs.is_empty(), &image) {
                references.parent = Some(*id);
            }
            references.add(image);
        }
        // The one replaces the other: they cannot go together.
        (ImageRole::Mask, Reference::File(path)) => {
            (references.mask, references.markup) = (Some(path), None::<PathBuf>);
        }
        (ImageRole::Markup, Reference::File(path)) => (references.mask, references.markup) = (None, Some(path)),
        (ImageRole::Mask | ImageRole::Markup, Reference::Image(_) | Reference::Clipboard(_) | Reference::Piped(_)) => {}
    }
    model.update_estimate();
}

/// Removes all references, the mask and the markup.
pub(super) fn drop_all(model: &mut Model) -> Vec<Effect> {
    let text = if model.next_job.references.is_empty() { "No references to clear" } else { "References cleared" };
    model.next_job.references = JobReferences::default();
    model.update_estimate();
    notify(model, Notice::new(Severity::Info, text))
}

/// Takes the names and files of library images.
pub(super) fn loaded(model: &mut Model, images: Vec<(Id, LibraryImage)>) -> Vec<Effect> {
    for (id, image) in images {
        model.reference_pane.remember_image(id, Some(image));
    }
    Vec::new()
}

/// Requests the names and files of library images that are references or the source of the shown edit, and that are not
/// in the loaded part of the history.
pub(super) fn wanted(model: &mut Model) -> Option<Effect> {
    let chosen = model.next_job.references.inputs.iter().filter_map(|input| match input {
        Reference::Image(id) => Some(*id),
        _ => None,
    });
    let edit = model.history.current();
    let origin = edit.and_then(|edit| match edit.inputs.pictures.first() {
        Some(ReferenceOrigin::Image(id)) => Some(*id),
        _ => edit.parent,
    });
    let ids: Vec<_> = chosen.chain(origin).collect();
    let missing = model.request_library_images(ids.into_iter());
    (!missing.is_empty()).then_some(Effect::LoadLibraryImages(missing))
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
        let Some(Popup::File(editor)) = &model.popup else { panic!("the picker is gone") };
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
    fn adding_from_the_history_keeps_the_focus_and_the_same_key_removes() {
        let mut model = painter();
        model.focus = Focus::History;
        press(&mut model, &["a"]);
        assert_eq!((model.focus, count(&model), notice(&model)), (Focus::History, 1, "Added as reference 1"));
        let record = model.history.current().unwrap().clone();
        assert!(model.is_reference(&record));
        press(&mut model, &["down", "a"]);
        assert_eq!(count(&model), 2);
        press(&mut model, &["a"]);
        assert_eq!((model.focus, count(&model)), (Focus::History, 1));
        assert_eq!(model.next_job.references.parent, Some(record.images[0].id));
    }

    #[test]
    fn chip_of_a_library_image_is_named_by_its_prompt() {
        let mut model = painter();
        model.focus = Focus::History;
        press(&mut model, &["e"]);
        assert_eq!(model.chips()[0].label, "1 a red fox");
    }

    #[test]
    fn unknown_library_image_is_loaded_once() {
        let mut model = painter();
        let id = Id::new();
        model.next_job.references.inputs = vec![Reference::Image(id)];
        assert_eq!(update(&mut model, Msg::Tick), [Effect::LoadLibraryImages(vec![id])]);
        assert_eq!(update(&mut model, Msg::Tick), []);
        let image = LibraryImage { prompt: "a mug".into(), path: "/mug.png".into() };
        update(&mut model, Msg::LibraryImages(vec![(id, image)]));
        assert_eq!(model.chips()[0].label, "1 a mug");
    }

    #[test]
    fn one_key_continues_from_the_result() {
        let mut model = painter();
        let result = model.history.current().unwrap().images[0].id;
        model.next_job.references.inputs = vec![file("/source.png")];
        model.next_job.references.mask = Some("/m.png".into());
        press(&mut model, &["alt-e"]);
        assert_eq!(model.next_job.references.inputs, [Reference::Image(result)]);
        assert_eq!((&model.next_job.references.mask, model.focus), (&None, Focus::Prompt));
        assert_eq!(model.next_job.references.parent, Some(result));
    }
}

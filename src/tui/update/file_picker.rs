//! The picker for an image file: opening, listing, completing, choosing.
//! Directories are listed and files are checked by the runtime.

use super::{notify::notify, references};
use crate::{
    picture::PreparedImage,
    tui::{
        effect::{Effect, ImageData},
        file_picker_layout::FilePickerAreas,
        model::{FileListing, FilePicker, ImageRole, Model, Popup, PreviewKey, PreviewSource},
    },
};

/// Opens the picker for an image in that role.
pub(super) fn open(model: &mut Model, role: ImageRole) -> Vec<Effect> {
    if let Some(notice) = references::refusal(model, role) {
        return notify(model, notice);
    }
    let references = &model.next_job.references;
    let before = match role {
        ImageRole::Reference => None,
        ImageRole::Mask => references.mask.as_ref(),
        ImageRole::Markup => references.markup.as_ref(),
    };
    let before = before.map(|path| path.display().to_string()).unwrap_or_default();
    model.popup = Some(Popup::File(Box::new(FilePicker::new(role, &before))));
    Vec::new()
}

/// Completes the typed path; in any other popup the key does nothing.
pub(super) fn complete(model: &mut Model) -> Vec<Effect> {
    if let Some(Popup::File(picker)) = &mut model.popup {
        picker.complete();
    }
    Vec::new()
}

/// Takes the entry under the cursor, or the typed path if there is none; a folder is entered. The picker stays open
/// until the file is checked.
pub(super) fn accept(model: &mut Model, mut picker: Box<FilePicker>) -> Vec<Effect> {
    let role = picker.role;
    let effects = match picker.current().cloned() {
        Some(folder) if folder.is_folder => {
            let (directory, _) = picker.typed_parts().unwrap_or_default();
            picker.set_text(&format!("{directory}{}/", folder.name));
            Vec::new()
        }
        Some(file) => vec![Effect::FindReference(role, file.path)],
        None if picker.input.text().trim().is_empty() => Vec::new(),
        None => vec![Effect::FindReference(role, picker.typed_path())],
    };
    model.popup = Some(Popup::File(picker));
    effects
}

/// A directory was listed.
pub(super) fn listed(model: &mut Model, directory: &str, answer: Result<FileListing, String>) -> Vec<Effect> {
    if let Some(Popup::File(picker)) = &mut model.popup {
        picker.receive_listing(directory, answer);
    }
    Vec::new()
}

/// Takes the image of the file under the cursor; `false` if it is meant for another place.
pub(super) fn prepared(model: &mut Model, key: &PreviewKey, result: &Result<PreparedImage, String>) -> bool {
    match &mut model.popup {
        Some(Popup::File(picker)) => picker.preview.receive(key.clone(), result.clone()),
        _ => false,
    }
}

/// Requests the listing of the typed directory and the image of the file under the cursor.
pub(super) fn wanted(model: &mut Model) -> Vec<Effect> {
    let screen = model.terminal_size.into();
    let Some(Popup::File(picker)) = &mut model.popup else { return Vec::new() };
    let recent = &model.reference_pane.recent;
    let listing = picker.request_listing().map(|directory| Effect::ListImages(directory, recent.clone()));
    let image = FilePickerAreas::new(screen).image.and_then(|area| {
        let key = picker.request_preview((area.width, area.height))?;
        let PreviewSource::File(path) = &key.source else { return None };
        let data = ImageData::File(path.clone());
        Some(Effect::PrepareImage(key, data))
    });
    if image.is_some() {
        // The image thread serves the latest request only, so the one of the pane has to be repeated later.
        model.preview.requested = None;
    }
    listing.into_iter().chain(image).collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::{
        engine::Reference,
        tui::{
            model::{FileEntry, Notice, Severity},
            msg::Msg,
            update::{
                tests::{press, studio, type_in},
                update,
            },
        },
    };

    fn entry(path: &str) -> FileEntry {
        let is_folder = path.ends_with('/');
        let path: std::path::PathBuf = path.into();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        FileEntry { name, path, is_folder, bytes: 10, modified: None, is_recent: false }
    }

    fn listing(directory: &str, paths: &[&str]) -> Msg {
        let entries = paths.iter().map(|path| entry(path)).collect();
        let listing = FileListing { directory: directory.into(), entries, is_truncated: false };
        Msg::ImagesListed(directory.into(), Ok(listing))
    }

    /// Returns a studio with the picker open on a working directory with a folder and two files.
    fn picking() -> (Model, Vec<Effect>) {
        let mut model = studio(Vec::new());
        model.next_job.backend = "brush".into();
        model.terminal_size = (120, 36);
        let effects = press(&mut model, &["alt-i"]);
        (model, effects)
    }

    fn picker(model: &Model) -> &FilePicker {
        let Some(Popup::File(picker)) = &model.popup else { panic!("no picker") };
        picker
    }

    #[test]
    fn opening_lists_the_working_directory_and_shows_the_newest_image() {
        let (mut model, effects) = picking();
        assert_eq!(effects, [Effect::ListImages(String::new(), Vec::new())]);
        let effects = update(&mut model, listing("", &["/w/new.png", "/w/photos/", "/w/old.png"]));
        let [Effect::PrepareImage(key, ImageData::File(path))] = &effects[..] else { panic!("{effects:?}") };
        assert_eq!((path.to_str(), &key.source), (Some("/w/new.png"), &PreviewSource::File("/w/new.png".into())));
        assert_eq!(press(&mut model, &["down"]), [], "a folder has no image");
        assert_eq!(press(&mut model, &["down"]).len(), 1);
        let taken = press(&mut model, &["enter"]);
        assert_eq!(taken, [Effect::FindReference(ImageRole::Reference, "/w/old.png".into())]);
        update(&mut model, Msg::ReferenceAdded(ImageRole::Reference, Ok(Reference::File("/w/old.png".into()))));
        assert!(model.popup.is_none());
        assert_eq!(model.reference_pane.recent, [std::path::PathBuf::from("/w/old.png")]);
    }

    #[test]
    fn enter_on_a_folder_goes_into_it() {
        let (mut model, _) = picking();
        update(&mut model, listing("", &["/w/photos/"]));
        let effects = press(&mut model, &["enter"]);
        assert_eq!(picker(&model).input.text(), "photos/");
        assert_eq!(effects, [Effect::ListImages("photos/".into(), Vec::new())]);
    }

    #[test]
    fn tab_completes_and_keeps_the_picker_open() {
        let (mut model, _) = picking();
        update(&mut model, listing("", &["/w/fox-1.png", "/w/fox-2.png"]));
        type_in(&mut model, "f");
        press(&mut model, &["tab"]);
        assert_eq!(picker(&model).input.text(), "fox-");
    }

    #[test]
    fn path_outside_of_the_listing_is_taken_as_typed() {
        let (mut model, _) = picking();
        update(&mut model, Msg::Paste("'/a b/fox.png' ".into()));
        let effects = press(&mut model, &["enter"]);
        assert_eq!(effects, [Effect::FindReference(ImageRole::Reference, "/a b/fox.png".into())]);
        let refused = Err(Notice::new(Severity::Error, "no such file"));
        update(&mut model, Msg::ReferenceAdded(ImageRole::Reference, refused));
        assert_eq!(picker(&model).error.as_deref(), Some("no such file"));
    }

    #[test]
    fn broken_image_is_requested_once() {
        let (mut model, _) = picking();
        let effects = update(&mut model, listing("", &["/w/broken.png"]));
        let Some(Effect::PrepareImage(key, _)) = effects.into_iter().next() else { panic!() };
        assert_eq!(update(&mut model, Msg::Prepared(key, Err("truncated".into()))), []);
        assert_eq!(picker(&model).preview.error.as_deref(), Some("truncated"));
        assert_eq!(update(&mut model, Msg::Tick), []);
    }
}

//! Chips, the file picker and the source of an edit on screen.

use insta::assert_snapshot;

use super::{busy, screen};
use crate::{
    engine::Reference,
    library::{Inputs, Record, ReferenceOrigin},
    tui::{
        fixtures::{at, model, page, record},
        model::{FileEntry, FileListing, Focus, Model, Popup},
        msg::Msg,
        update::update,
    },
};

/// Returns a studio with a file, an image of the library and a mask as references.
fn editing() -> Model {
    let mut model = busy();
    model.next_job.backend = "brush".into();
    let fox = model.history.row(2).unwrap().images[0].id;
    model.next_job.references.inputs = vec![Reference::File("/photos/mug.png".into()), Reference::Image(fox)];
    model.next_job.references.mask = Some("/photos/hat.png".into());
    model.update_estimate();
    model
}

fn key(model: &mut Model, key: &str) {
    let combination = crokey::parse(key).unwrap();
    update(model, Msg::Key(combination.into()));
}

#[test]
fn chips_stand_above_the_prompt_at_40x12() {
    assert_snapshot!("chips_40x12", screen(&mut editing(), 40, 12));
}

#[test]
fn chips_stand_above_the_prompt_at_80x24() {
    assert_snapshot!("chips_80x24", screen(&mut editing(), 80, 24));
}

#[test]
fn chips_stand_above_the_prompt_at_120x40() {
    assert_snapshot!("chips_120x40", screen(&mut editing(), 120, 40));
}

#[test]
fn chips_without_room_are_counted() {
    let mut model = editing();
    model.next_job.references.inputs = (0..9).map(|at| Reference::File(format!("/{at}/a mug.png").into())).collect();
    let screen = screen(&mut model, 80, 24);
    assert!(screen.contains("[1 a mug.png ×] [2 a mug.png ×] [3 a mug.png ×] [4 a mug.png ×] +6"), "{screen}");
}

#[test]
fn hostile_name_of_a_reference_is_harmless() {
    let mut model = editing();
    model.next_job.references.inputs = vec![Reference::File("/a/\u{1b}[31mx\u{202e}gnp.png".into())];
    let screen = screen(&mut model, 120, 30);
    assert!(!screen.contains(['\u{1b}', '\u{202e}']) && screen.contains("[1 ␛[31mx"), "{screen}");
}

#[test]
fn chips_take_no_line_from_the_image() {
    let line = |screen: &str| screen.lines().position(|line| line.contains("╭ prompt")).unwrap();
    let (mut without, mut with) = (busy(), editing());
    assert_eq!(line(&screen(&mut without, 80, 24)), line(&screen(&mut with, 80, 24)));
}

#[test]
fn source_is_named_while_it_is_edited() {
    let text = screen(&mut editing(), 120, 36);
    assert!(text.contains("editing mug.png") && text.contains("source · mask hat.png"), "{text}");
    let mut elsewhere = editing();
    elsewhere.focus = Focus::History;
    assert!(!screen(&mut elsewhere, 120, 36).contains("editing mug.png"));
}

#[test]
fn sides_of_an_edit_are_named() {
    let mut model = model();
    let inputs = Inputs { pictures: vec![ReferenceOrigin::File("/photos/mug.png".into())], ..Inputs::default() };
    update(&mut model, Msg::Page(Ok(page(vec![Record { inputs, ..record("make it red") }]))));
    model.focus = Focus::Preview;
    let mut title = |flips: usize| {
        for _ in 0..flips {
            key(&mut model, "b");
        }
        screen(&mut model, 120, 36)
    };
    assert!(title(0).contains("╭ make it red"));
    let source = title(1);
    assert!(source.contains("source of make it red") && source.contains("b for the changes"), "{source}");
    let changes = title(1);
    assert!(changes.contains("changes of make it red") && changes.contains("b for the result"), "{changes}");
    assert!(title(1).contains("╭ make it red"));
}

/// Returns the screen with the file picker open on a directory.
fn picking(columns: u16, rows: u16) -> String {
    let entry = |name: &str, is_folder, is_recent| FileEntry {
        name: name.into(),
        path: format!("/work/{name}").into(),
        is_folder,
        bytes: 1_234_567,
        modified: Some(at("11:40:00")),
        is_recent,
    };
    let mut model = editing();
    update(&mut model, Msg::Resize(columns, rows));
    key(&mut model, "alt-i");
    let entries = vec![
        entry("logo.png", false, true),
        entry("mug.png", false, false),
        entry("photos", true, false),
        entry("a very long name of a photograph that was never renamed by its owner.jpeg", false, false),
        entry("\u{1b}[2Jx.png", false, false),
    ];
    let listing = FileListing { directory: String::new(), entries, is_truncated: false };
    update(&mut model, Msg::ImagesListed(String::new(), Ok(listing)));
    key(&mut model, "down");
    assert!(matches!(model.popup, Some(Popup::File(_))));
    screen(&mut model, columns, rows)
}

#[test]
fn file_picker_lists_images_and_folders_at_40x12() {
    assert_snapshot!("file_picker_40x12", picking(40, 12));
}

#[test]
fn file_picker_lists_images_and_folders_at_80x24() {
    assert_snapshot!("file_picker_80x24", picking(80, 24));
}

#[test]
fn file_picker_lists_images_and_folders_at_120x36() {
    assert_snapshot!("file_picker_120x36", picking(120, 36));
}

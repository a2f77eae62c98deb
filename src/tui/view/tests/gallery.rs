//! Snapshots of the gallery: at four sizes, with a selection, and while a search is typed.

use insta::assert_snapshot;

use super::screen;
use crate::{
    library::{JobState, Labels, Page, Query, Record, search_language::KnownValues},
    tui::{
        fixtures::{failed, model, page, record},
        model::{Model, Thumbnails},
        msg::Msg,
        update::{tests::press, update},
    },
};

fn labeled(prompt: &str, labels: Labels) -> Record {
    Record { labels, ..record(prompt) }
}

/// Returns a gallery of jobs with labels, an edit, a failed job and one that was canceled.
fn gallery() -> Model {
    let fox = Labels { rating: Some(4), tags: ["café".into(), "fox".into()].into(), ..Labels::default() };
    let favorite = Labels { favorite: true, title: Some("Night owl".into()), ..Labels::default() };
    let original = record("a lighthouse");
    let edit = Record { parent: Some(original.images[0].id), ..record("make it night") };
    let mut records = vec![
        labeled("a red fox reading in a café, window light", fox),
        labeled("an owl", favorite),
        edit,
        original,
        failed("a dragon"),
        Record { state: JobState::Cancelled, images: Vec::new(), ..record("a castle") },
    ];
    records.extend((0..30).map(|n| record(&format!("image {n}"))));
    let mut model = model();
    update(&mut model, Msg::Page(Ok(page(records))));
    press(&mut model, &["f5"]);
    model
}

#[test]
fn gallery_at_four_sizes() {
    for (columns, rows) in [(40, 12), (80, 24), (120, 40), (200, 60)] {
        let mut model = gallery();
        assert_snapshot!(format!("gallery_{columns}x{rows}"), screen(&mut model, columns, rows));
    }
}

#[test]
fn selected_jobs_are_counted_and_marked() {
    let mut model = gallery();
    press(&mut model, &["space", "space"]);
    assert_snapshot!(screen(&mut model, 80, 24));
}

#[test]
fn a_search_offers_completions_and_names_its_error() {
    let mut model = gallery();
    let known = KnownValues { tags: vec!["fox".into(), "red-fox".into()], ..KnownValues::default() };
    update(&mut model, Msg::KnownValues(known));
    press(&mut model, &["/", "t", "a", "g", ":", "f"]);
    let query = Query::new("tag:f");
    update(&mut model, Msg::Page(Ok(Page { query, ..page(vec![record("a fox")]) })));
    let shown = screen(&mut model, 80, 24);
    assert!(shown.contains("tag:fox   tag:red-fox") && shown.contains("1 of 36"), "{shown}");
    press(&mut model, &["esc", "/", "i", "s", ":", "f", "a", "v"]);
    let shown = screen(&mut model, 80, 24);
    assert!(shown.contains("did you mean `favorite`?"), "{shown}");
}

#[test]
fn a_missing_file_is_named_in_its_cell() {
    let mut model = gallery();
    update(&mut model, Msg::Resize(80, 24));
    let key = crate::tui::model::ThumbnailKey { image: model.history.current().unwrap().images[0].id, cells: (16, 8) };
    update(&mut model, Msg::Thumbnail(key, crate::tui::msg::MadeThumbnail::Broken));
    assert!(screen(&mut model, 80, 24).contains("missing"));
    model.thumbnails = Thumbnails::default();
    assert!(!screen(&mut model, 80, 24).contains("missing"), "it is requested again");
}

//! Labels: ratings, favorites, tags, collections and titles of the selected jobs.
//! The history shows a change before the library has stored it; if that fails, the history is loaded again.

use super::notify::notify;
use crate::{
    id::Id,
    library::{LabelChange, LabelError, parse_collection, parse_title},
    tui::{
        effect::Effect,
        model::{LabelKind, Model, Notice, Popup, Severity, TextField, TextPurpose},
    },
};

/// Rates the selected jobs; `None` removes the rating.
pub(super) fn rate(model: &mut Model, rating: Option<u8>) -> Vec<Effect> {
    let jobs = model.target_jobs();
    change(model, jobs, LabelChange::rating(rating))
}

/// Makes the selected jobs favorites, or none of them if all are.
pub(super) fn toggle_favorite(model: &mut Model) -> Vec<Effect> {
    let jobs = model.target_jobs();
    // The others are not loaded and follow.
    let mut loaded = jobs.iter().filter_map(|id| model.history.record(*id));
    let favorite = !loaded.all(|record| record.labels.favorite);
    change(model, jobs, LabelChange::favorite(favorite))
}

/// Opens the text field for a label of the selected jobs.
pub(super) fn ask(model: &mut Model, kind: LabelKind) -> Vec<Effect> {
    let jobs = model.target_jobs();
    let [first, ..] = jobs.as_slice() else {
        return notify(model, Notice::new(Severity::Info, "No image selected"));
    };
    let title = model.history.record(*first).and_then(|record| record.labels.title.clone());
    let text = title.filter(|_| kind == LabelKind::Title && jobs.len() == 1).unwrap_or_default();
    model.popup = Some(Popup::Text(TextField::new(TextPurpose::Label(kind, jobs), &text)));
    vec![Effect::LoadKnownValues]
}

/// Applies the text of a field; an error keeps the field open.
pub(super) fn accept(model: &mut Model, kind: LabelKind, jobs: Vec<Id>, mut field: TextField) -> Vec<Effect> {
    match parse(kind, field.input.text()) {
        Ok(wanted) => change(model, jobs, wanted),
        Err(error) => {
            field.error = Some(format!("{error}; {}", error.hint()));
            model.popup = Some(Popup::Text(field));
            Vec::new()
        }
    }
}

fn parse(kind: LabelKind, text: &str) -> Result<LabelChange, LabelError> {
    let text = text.trim();
    match kind {
        LabelKind::Tags => LabelChange::parse_tags(text.split_whitespace()),
        LabelKind::Title => Ok(LabelChange { title: Some(parse_title(text)?), ..LabelChange::default() }),
        LabelKind::Collection => {
            let (removed, name) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
            let name = [parse_collection(name)?].into();
            Ok(if removed {
                LabelChange { remove_collections: name, ..LabelChange::default() }
            } else {
                LabelChange { add_collections: name, ..LabelChange::default() }
            })
        }
    }
}

fn change(model: &mut Model, jobs: Vec<Id>, change: LabelChange) -> Vec<Effect> {
    if jobs.is_empty() || change == LabelChange::default() {
        return Vec::new();
    }
    model.history.update_records(&jobs.iter().copied().collect(), |record| {
        let mut labels = record.labels.clone();
        if change.apply(&mut labels).is_ok() {
            record.labels = labels;
        }
    });
    if jobs.len() > 1 {
        model.notify(Notice::new(Severity::Success, format!("Labeled {} jobs", jobs.len())));
    }
    vec![Effect::ChangeLabels(jobs, change)]
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::tui::{
        fixtures::record,
        model::{Focus, LineInput},
        update::tests::{press, studio},
    };

    fn history(count: usize) -> Model {
        let mut model = studio((0..count).map(|n| record(&format!("image {n}"))).collect());
        model.focus = Focus::History;
        model
    }

    #[test]
    fn a_rating_is_shown_before_it_is_stored() {
        let mut model = history(2);
        let id = model.history.current().unwrap().id;
        assert_eq!(press(&mut model, &["4"])[0], Effect::ChangeLabels(vec![id], LabelChange::rating(Some(4))));
        assert_eq!(model.history.current().unwrap().labels.rating, Some(4));
        press(&mut model, &["0"]);
        assert_eq!(model.history.current().unwrap().labels.rating, None);
    }

    #[test]
    fn a_tag_with_a_control_character_keeps_the_field_open_with_the_reason() {
        let mut model = history(1);
        press(&mut model, &["#"]);
        let Some(Popup::Text(field)) = &mut model.popup else { panic!("no text field") };
        field.input = LineInput::new("fox \u{202e}evil");
        press(&mut model, &["enter"]);
        let Some(Popup::Text(field)) = &model.popup else { panic!("closed") };
        assert!(field.error.as_ref().unwrap().contains("invisible characters"), "{:?}", field.error);
    }

    #[test]
    fn tags_and_collections_are_added_and_removed() {
        let mut model = history(1);
        let id = model.history.current().unwrap().id;
        press(&mut model, &["#", "f", "o", "x", "space", "-", "o", "w", "l"]);
        let expected = LabelChange::parse_tags(["fox", "-owl"]).unwrap();
        assert_eq!(press(&mut model, &["enter"])[0], Effect::ChangeLabels(vec![id], expected));
        assert!(model.history.current().unwrap().labels.tags.contains("fox"));
        press(&mut model, &["shift-c", "m", "enter"]);
        assert!(model.history.current().unwrap().labels.collections.contains("m"));
        press(&mut model, &["shift-c", "-", "m", "enter"]);
        assert!(model.history.current().unwrap().labels.collections.is_empty());
    }
}

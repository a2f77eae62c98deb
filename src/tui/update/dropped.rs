//! Dropped files: a pasted text that consists of paths of images becomes references, never words for the model.
//! The text waits while the runtime checks it, and is never lost: the next key inserts it before anything else happens.

use super::references;
use crate::tui::{
    dropped_paths::{Arrival, readings},
    effect::Effect,
    model::{DropOutcome, Focus, ImageRole, Model, PendingDrop},
};

/// Has a text checked before it is inserted, if it may consist of paths. `None` leaves it to the prompt.
pub(super) fn hold(model: &mut Model, text: &str, arrival: Arrival) -> Option<Vec<Effect>> {
    let readings = readings(text, arrival);
    if readings.is_empty() {
        return None;
    }
    flush(model);
    model.focus = Focus::Prompt;
    model.preview_maximized = false;
    model.reference_pane.pending_drop = Some(PendingDrop { text: text.to_owned(), inserted: false });
    Some(vec![Effect::FindDroppedImages(text.to_owned(), readings)])
}

/// Inserts the waiting text, because the user goes on before the answer.
pub(super) fn flush(model: &mut Model) {
    let Some(pending) = model.reference_pane.pending_drop.as_mut().filter(|pending| !pending.inserted) else { return };
    pending.inserted = true;
    let text = pending.text.clone();
    insert(model, &text);
}

fn insert(model: &mut Model, text: &str) {
    model.prompt.paste(text);
    model.update_estimate();
}

/// The check is done: images become references, any other text is inserted.
pub(super) fn answered(model: &mut Model, text: &str, outcome: DropOutcome) -> Vec<Effect> {
    let Some(pending) = model.reference_pane.pending_drop.take_if(|pending| pending.text == text) else {
        return Vec::new();
    };
    let refusal = match outcome {
        DropOutcome::Images(paths) => match references::refusal(model, ImageRole::Reference) {
            None if pending.inserted && !model.prompt.remove_pasted(text) => return Vec::new(),
            None => return references::add_files(model, paths),
            Some(notice) => Some(notice),
        },
        DropOutcome::Rejected(notice) => Some(notice),
        DropOutcome::Text => None,
    };
    if !pending.inserted {
        insert(model, text);
    }
    if let Some(notice) = refusal {
        model.notify(notice);
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent};
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::{
        engine::Reference,
        tui::{
            model::{Notice, Severity},
            msg::Msg,
            update::{
                tests::{notice, press, studio, submitted, type_in},
                update,
            },
        },
    };

    const DROPPED: &str = "'/home/me/my dogs.png' ";

    /// Returns a studio with a model that accepts references.
    fn painter() -> Model {
        let mut model = studio(Vec::new());
        model.next_job.backend = "brush".into();
        model
    }

    fn images(paths: &[&str]) -> DropOutcome {
        DropOutcome::Images(paths.iter().map(Into::into).collect())
    }

    fn answer(model: &mut Model, outcome: DropOutcome) -> Vec<Effect> {
        update(model, Msg::DroppedImages(DROPPED.into(), outcome))
    }

    #[test]
    fn dropped_image_becomes_a_reference() {
        let mut model = painter();
        type_in(&mut model, "add hats");
        let effects = update(&mut model, Msg::Paste(DROPPED.into()));
        assert!(matches!(&effects[..], [Effect::FindDroppedImages(text, _), ..] if text == DROPPED), "{effects:?}");
        assert_eq!(model.prompt.text(), "add hats");
        answer(&mut model, images(&["/home/me/my dogs.png"]));
        assert_eq!(model.next_job.references.inputs, [Reference::File("/home/me/my dogs.png".into())]);
        assert_eq!(model.prompt.text(), "add hats");
    }

    #[test]
    fn path_typed_in_one_run_becomes_a_reference() {
        let mut model = painter();
        let run: Vec<KeyEvent> = "/a/dogs.png".chars().map(|c| KeyCode::Char(c).into()).collect();
        let effects = update(&mut model, Msg::Keys(run));
        assert!(matches!(&effects[..], [Effect::FindDroppedImages(..)]), "{effects:?}");
        update(&mut model, Msg::DroppedImages("/a/dogs.png".into(), images(&["/a/dogs.png"])));
        assert_eq!((model.prompt.text().as_str(), model.next_job.references.inputs.len()), ("", 1));
    }

    #[test]
    fn other_text_is_inserted_where_the_cursor_was() {
        let mut model = painter();
        type_in(&mut model, "ab");
        press(&mut model, &["left"]);
        update(&mut model, Msg::Paste(DROPPED.into()));
        answer(&mut model, DropOutcome::Text);
        assert_eq!(model.prompt.text(), format!("a{DROPPED}b"));
        assert!(model.next_job.references.is_empty());
    }

    #[test]
    fn text_is_not_lost_if_the_user_goes_on_before_the_answer() {
        let mut model = painter();
        update(&mut model, Msg::Paste(DROPPED.into()));
        type_in(&mut model, "x");
        assert_eq!(model.prompt.text(), format!("{DROPPED}x"));
        answer(&mut model, images(&["/home/me/my dogs.png"]));
        assert_eq!((model.prompt.text().as_str(), model.next_job.references.inputs.len()), ("x", 1));
        type_in(&mut model, "y");
        assert_eq!(model.prompt.text(), "xy", "the cursor stays behind what was typed");
    }

    #[test]
    fn second_drop_before_the_answer_keeps_the_text_of_the_first() {
        let mut model = painter();
        update(&mut model, Msg::Paste(DROPPED.into()));
        update(&mut model, Msg::Paste("/b.png".into()));
        answer(&mut model, images(&["/home/me/my dogs.png"]));
        assert_eq!(model.prompt.text(), DROPPED, "an answer to the first is too late");
        update(&mut model, Msg::DroppedImages("/b.png".into(), images(&["/b.png"])));
        assert_eq!(model.next_job.references.inputs, [Reference::File("/b.png".into())]);
    }

    #[test]
    fn path_that_is_sent_before_the_answer_is_asked_about() {
        let mut model = painter();
        update(&mut model, Msg::Paste(DROPPED.into()));
        let effects = press(&mut model, &["enter"]);
        assert!(submitted(&effects).is_none(), "{effects:?}");
        assert!(effects.iter().any(|effect| matches!(effect, Effect::FindNamedImages(..))), "{effects:?}");
    }

    #[test]
    fn model_without_references_gets_the_text_and_the_user_a_reason() {
        let mut model = studio(Vec::new());
        update(&mut model, Msg::Paste(DROPPED.into()));
        answer(&mut model, images(&["/home/me/my dogs.png"]));
        assert_eq!(model.prompt.text(), DROPPED);
        assert!(notice(&model).contains("takes no reference images"), "{}", notice(&model));
        assert!(model.notices.current().unwrap().hint.as_ref().unwrap().contains("backend"));
    }

    #[test]
    fn rejected_file_is_named_and_stays_as_text() {
        let mut model = painter();
        update(&mut model, Msg::Paste(DROPPED.into()));
        answer(&mut model, DropOutcome::Rejected(Notice::new(Severity::Warning, "`/home/me` is a directory")));
        assert_eq!((model.prompt.text().as_str(), notice(&model)), (DROPPED, "`/home/me` is a directory"));
    }

    #[test]
    fn same_file_dropped_twice_is_one_reference() {
        let mut model = painter();
        for _ in 0..2 {
            update(&mut model, Msg::Paste(DROPPED.into()));
            answer(&mut model, images(&["/a.png"]));
        }
        assert_eq!(model.next_job.references.inputs.len(), 1);
    }
}

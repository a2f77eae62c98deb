//! Reuse of an earlier job: its prompt and settings for the next one, or the whole job once more.

use std::hash::{DefaultHasher, Hash, Hasher};

use tintype_backends::{Param, ParamKind, Value};

use super::notify::notify;
use crate::{
    engine::Draft,
    library::Record,
    tui::{
        action::{Action, KeyContext},
        effect::Effect,
        model::{Focus, JobReferences, Model, Notice, Severity},
    },
};

/// The name of the setting that makes two images of the same request differ.
const SEED: &str = "seed";
/// The value of a seed that is chosen when the job starts.
const RANDOM: &str = "random";

/// Takes over prompt, backend, model, settings and references of the selected row. What was there before comes back
/// with one undo.
pub(super) fn reuse(model: &mut Model) -> Vec<Effect> {
    let Some(record) = model.history.current().cloned() else { return Vec::new() };
    model.begin_reuse(&record.prompt);
    model.focus = Focus::Prompt;
    model.preview_maximized = false;
    let asked = model.draft_of(&record);
    let (backend, price) = (model.next_job.backend.clone(), model.price_per_image(model.draft()));
    // References that were chosen for something else must not be sent with this prompt.
    model.next_job.references = asked.as_ref().map(JobReferences::from_draft).unwrap_or_default();
    let mut notice = take_over_choice(model, &record);
    if let Err(missing) = asked {
        let restored = notice.text.replacen("Restored", "restored", 1);
        notice = Notice::new(Severity::Warning, format!("{restored}; {}", missing.text)).with_hint(missing.hint);
    }
    let now = model.price_per_image(model.draft());
    if (&backend, &price) != (&model.next_job.backend, &now) {
        notice.text = format!("{}; now {}, {now}", notice.text, model.next_job.backend);
    }
    if notice.hint.is_none() {
        notice = notice.with_hint(model.key_hint(KeyContext::Prompt, Action::Undo, "to undo"));
    }
    model.update_estimate();
    notify(model, notice)
}

fn take_over_choice(model: &mut Model, record: &Record) -> Notice {
    let Some(backend) = model.registry.get(&record.backend) else {
        return Notice::new(
            Severity::Warning,
            format!("restored the prompt, but there is no backend `{}`", record.backend),
        )
        .with_hint(Some("the backend in the header will be used"));
    };
    let Some(known) = backend.capabilities().model(&record.model) else {
        model.next_job.backend.clone_from(&record.backend);
        return Notice::new(
            Severity::Warning,
            format!("restored the prompt, but `{}` is no longer available", record.model),
        );
    };
    let most = known.max_count.max(1);
    let settings = model.reusable_settings(record);
    model.next_job.backend.clone_from(&record.backend);
    model.choose_model(record.model.clone());
    model.next_job.settings.insert(record.backend.clone(), settings);
    model.next_job.count = record.count.clamp(1, most);
    Notice::new(Severity::Success, "Restored prompt and settings")
}

/// Restores the prompt, the settings and the references from before the last reuse.
pub(super) fn undo(model: &mut Model) -> bool {
    let undone = model.undo_reuse();
    if undone {
        notify(model, Notice::new(Severity::Info, "Reuse undone"));
    }
    undone
}

/// Reruns the selected job, with a new seed if its model has one.
pub(super) fn again(model: &mut Model) -> Vec<Effect> {
    rerun(model, |model, record, draft| {
        let seed = seed_param(model, draft).map(|param| new_seed(model, record, draft, param));
        match seed {
            Some(Some(seed)) => drop(draft.settings.insert(SEED.to_owned(), seed)),
            Some(None) => drop(draft.settings.remove(SEED)),
            None => {}
        }
    })
}

/// Reruns the selected job with the seed that it had.
pub(super) fn repeat(model: &mut Model) -> Vec<Effect> {
    rerun(model, |model, record, draft| {
        let seed = record.effective.get(SEED);
        let seed = seed.filter(|seed| seed_param(model, draft).is_some_and(|param| param.check(seed).is_ok()));
        draft.settings.extend(seed.map(|seed| (SEED.to_owned(), seed.clone())));
    })
}

fn rerun(model: &mut Model, change: impl FnOnce(&Model, &Record, &mut Draft)) -> Vec<Effect> {
    let Some(record) = model.history.current().cloned() else { return Vec::new() };
    match model.draft_of(&record) {
        Ok(mut draft) => {
            change(model, &record, &mut draft);
            vec![Effect::Submit(draft)]
        }
        Err(notice) => notify(model, notice),
    }
}

fn seed_param<'m>(model: &'m Model, draft: &Draft) -> Option<&'m Param> {
    let backend = model.registry.get(draft.backend.as_deref()?)?;
    backend.capabilities().model(draft.model.as_deref()?)?.param(SEED)
}

/// Returns another seed for a draft; `None` leaves the choice to the provider.
fn new_seed(model: &Model, record: &Record, draft: &Draft, param: &Param) -> Option<Value> {
    if param.keyword.as_deref() == Some(RANDOM) {
        return Some(RANDOM.into());
    }
    let ParamKind::Integer { min, max } = param.kind else { return None };
    param.default.as_ref()?;
    let mut hasher = DefaultHasher::new();
    (model.now.at, model.now.since_start, record.id).hash(&mut hasher);
    let count = i128::from(max) - i128::from(min) + 1;
    let at = |number: i128| Value::Integer((i128::from(min) + number.rem_euclid(count.max(1))) as i64);
    let number = i128::from(hasher.finish());
    let before = draft.settings.get(SEED).or(param.default.as_ref());
    Some(if before == Some(&at(number)) { at(number + 1) } else { at(number) })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::{assert_eq, assert_ne};
    use tintype_backends::{Settings, Usd};

    use super::*;
    use crate::{
        engine::Reference,
        id::Id,
        library::{Inputs, PromptRewrite, ReferenceOrigin},
        tui::{
            fixtures::record,
            update::tests::{notice, press, studio, submitted, type_in},
        },
    };

    fn made_from(pictures: Vec<ReferenceOrigin>) -> Model {
        let inputs = Inputs { pictures, mask: Some("/mask.png".into()), markup: None };
        let mut model =
            studio(vec![Record { backend: "brush".into(), model: "brush".into(), inputs, ..record("a red fox") }]);
        model.focus = Focus::History;
        model
    }

    #[test]
    fn an_edit_is_drawn_once_more_from_all_it_was_given() {
        let id = Id::new();
        let mut model = made_from(vec![ReferenceOrigin::Image(id), ReferenceOrigin::File("/a.png".into())]);
        let effects = press(&mut model, &["r"]);
        let draft = submitted(&effects).unwrap();
        assert_eq!(draft.inputs, [Reference::Image(id), Reference::File("/a.png".into())]);
        assert_eq!(draft.mask, Some("/mask.png".into()));
        press(&mut model, &["s"]);
        assert_eq!((model.draft().inputs, model.draft().mask), (draft.inputs.clone(), draft.mask.clone()), "restored");
    }

    #[test]
    fn what_was_pasted_is_not_drawn_once_more_without_it() {
        let mut model = made_from(vec![ReferenceOrigin::File("/a.png".into()), ReferenceOrigin::Clipboard]);
        assert_eq!(submitted(&press(&mut model, &["r"])), None);
        assert_eq!(notice(&model), "reference 2 of this job was pasted and was not saved");
    }

    #[test]
    fn a_prompt_taken_over_without_its_pasted_picture_leaves_no_other_picture_chosen() {
        let mut model = made_from(vec![ReferenceOrigin::Clipboard]);
        model.next_job.references.inputs = vec![Reference::File("/other.png".into())];
        press(&mut model, &["s"]);
        assert!(model.next_job.references.is_empty(), "{:?}", model.next_job.references);
        let said = "restored prompt and settings; reference 1 of this job was pasted and was not saved; \
                    now brush, $0.042 an image";
        assert_eq!((model.prompt.text().as_str(), notice(&model)), ("a red fox", said));
    }

    #[test]
    fn who_wrote_the_prompt_is_still_known_when_it_is_drawn_once_more() {
        let cost = Some(Usd::from_dollars(0.01));
        let asked = PromptRewrite { from: "a fox".into(), by: "codex".into(), model: "m".into(), cost };
        let mut model =
            studio(vec![Record { backend: "brush".into(), directed: Some(asked.clone()), ..record("a red fox") }]);
        model.focus = Focus::History;
        let directed = submitted(&press(&mut model, &["r"])).unwrap().directed.clone();
        assert_eq!(directed, Some(PromptRewrite { cost: Some(Usd::ZERO), ..asked }), "asked, and paid for, once");
    }

    /// Returns a record of the paid backend with every setting, as the library stores it.
    fn painted(settings: &[(&str, Value)]) -> Record {
        let mut painted = Record { backend: "brush".into(), model: "brush".into(), ..record("a red fox") };
        painted.settings = Settings::from([("style".into(), "color".into()), ("seed".into(), 0.into())]);
        painted.settings.insert("size".into(), "1024x1024".into());
        painted.settings.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        painted
    }

    #[test]
    fn one_undo_brings_back_prompt_settings_and_references() {
        let mut model = studio(vec![painted(&[("style", "line".into())])]);
        type_in(&mut model, "half typed idea");
        model.next_job.references.inputs = vec![Reference::File("/other.png".into())];
        model.next_job.settings.insert("pencil".into(), Settings::from([("seed".into(), 7.into())]));
        let before = model.next_job.clone();
        press(&mut model, &["tab", "s"]);
        assert_eq!(notice(&model), "Restored prompt and settings; now brush, $0.042 an image");
        assert_eq!(model.notices.current().unwrap().hint.as_deref(), Some("Alt+U to undo"));
        assert_eq!((model.prompt.text().as_str(), model.next_job.backend.as_str()), ("a red fox", "brush"));
        assert_eq!(model.prompt.history[0], "half typed idea");
        type_in(&mut model, "!");
        press(&mut model, &["alt-u"]);
        assert_eq!((model.prompt.text().as_str(), model.next_job.backend.as_str()), ("a red fox", "brush"));
        press(&mut model, &["alt-u"]);
        assert_eq!((model.prompt.text().as_str(), &model.next_job), ("half typed idea", &before));
        assert_ne!(model.estimate.usd, Some(Usd::from_dollars(0.042)), "the price follows");
    }

    #[test]
    fn a_sent_reuse_is_not_undone() {
        let mut model = studio(vec![painted(&[])]);
        press(&mut model, &["tab", "s", "enter", "up", "alt-u"]);
        assert_eq!(model.next_job.backend, "brush");
    }

    #[test]
    fn only_settings_that_differ_from_the_defaults_are_reused_as_choices() {
        let mut model = studio(vec![painted(&[("style", "line".into())])]);
        press(&mut model, &["tab", "s"]);
        assert_eq!(model.draft().settings, Settings::from([("style".into(), "line".into())]));
        let changed = model.setting_rows().into_iter().filter(|row| row.changed).map(|row| row.label);
        assert_eq!(changed.collect::<Vec<_>>(), ["backend", "style"]);
    }

    #[test]
    fn reuse_of_the_same_backend_says_nothing_of_the_price() {
        let mut model = studio(vec![record("a red fox")]);
        press(&mut model, &["tab", "s"]);
        assert_eq!(notice(&model), "Restored prompt and settings");
    }

    #[test]
    fn rerun_takes_a_new_seed_each_time_and_an_exact_one_the_recorded_seed() {
        let mut old = painted(&[("seed", 7.into())]);
        old.effective.insert("seed".into(), 8.into());
        let mut model = studio(vec![old]);
        model.focus = Focus::History;
        let mut seed = |key| submitted(&press(&mut model, &[key])).unwrap().settings["seed"].as_integer().unwrap();
        assert_eq!([seed("shift-r"), seed("shift-r")], [8, 8]);
        let new = seed("r");
        assert!(new != 7 && (0..=99).contains(&new), "{new}");
    }

    #[test]
    fn new_seeds_are_in_the_range_and_differ_from_the_last_one() {
        let mut model = studio(Vec::new());
        let record = record("a");
        let seeds = Param::integer("seed", "", -1, 1).with_default(0);
        let mut draft = Draft::default();
        for second in 0..40 {
            model.now.since_start = std::time::Duration::from_secs(second);
            let seed = new_seed(&model, &record, &draft, &seeds).unwrap();
            assert!(seeds.check(&seed).is_ok() && draft.settings.get("seed").unwrap_or(&0.into()) != &seed);
            draft.settings.insert("seed".into(), seed);
        }
        let random = Param::integer("seed", "", 0, 9).with_keyword("random").with_default("random");
        assert_eq!(new_seed(&model, &record, &draft, &random), Some("random".into()));
        assert_eq!(new_seed(&model, &record, &draft, &Param::integer("seed", "", 0, 9)), None, "the provider's choice");
    }
}

//! Lanes that draw the same prompt: begun together, heard to their end, and one of them taken over.
//! Blind or open: what is shown of them is the view's business.

use tintype_backends::Estimate;

use crate::{
    compare::{Lane, PairSide, RunPrompt},
    engine::{EngineEvent, JobEvent},
    tui::{
        effect::{Effect, ImageData},
        model::{
            CompareScreen, Contest, ContestLane, DuelPhase, DuelScreen, Model, Notice, PreviewPane, PreviewSource,
            Screen, Severity,
        },
        update::notify::notify,
    },
};

/// A picture of a lane: where it comes from, and its bytes.
pub(super) type Tile = Option<(PreviewSource, ImageData)>;

/// Has the lanes draw what stands in the prompt.
pub(super) fn begin(model: &mut Model, lanes: Vec<(Lane, Estimate)>, blind: bool) -> Vec<Effect> {
    let prompt = model.prompt.text();
    let entries: Vec<ContestLane> =
        lanes.into_iter().map(|(lane, estimate)| ContestLane::new(lane, estimate)).collect();
    let effects = entries.iter().map(|entry| Effect::Submit(entry.draft(&prompt))).collect();
    let contest = Contest { prompt, entries };
    model.preview_maximized = false;
    model.screen = Some(if blind {
        Screen::Duel(DuelScreen { phase: DuelPhase::Generating(contest), ..DuelScreen::waiting_for_pair(None) })
    } else {
        Screen::Compare(CompareScreen { contest, only: None, pane: PreviewPane::default() })
    });
    effects
}

/// Something happened to a job: if it draws for a lane on the stage, the lane knows.
pub(in crate::tui::update) fn engine(model: &mut Model, event: &EngineEvent) -> Vec<Effect> {
    let now = model.now.since_start;
    let Some(contest) = model.screen.as_mut().and_then(Screen::contest_mut) else { return Vec::new() };
    if let JobEvent::Started(record) = &event.what {
        let prompt = contest.prompt.clone();
        if let Some(entry) = contest.entries.iter_mut().find(|entry| entry.matches_record(record, &prompt)) {
            entry.job = Some((event.job, now));
        }
        return Vec::new();
    }
    let of_job = |entry: &&mut ContestLane| entry.job.is_some_and(|(job, _)| job == event.job);
    let Some(entry) = contest.entries.iter_mut().find(of_job) else { return Vec::new() };
    match &event.what {
        JobEvent::Preview(_) => {
            let began = entry.job.map_or(now, |(_, began)| began);
            entry.first_preview.get_or_insert(now.saturating_sub(began).as_secs_f64());
        }
        JobEvent::Saved(record) | JobEvent::Failed(record) | JobEvent::Canceled(record) => {
            entry.record = Some(record.clone());
            return pair_up(model);
        }
        _ => {}
    }
    Vec::new()
}

/// Stops what is being drawn for the stage.
pub(in crate::tui::update) fn cancel(model: &mut Model) -> Vec<Effect> {
    let contest = model.screen.as_mut().and_then(Screen::contest_mut);
    let running = |entry: &ContestLane| entry.job.filter(|_| !entry.has_ended()).map(|(job, _)| Effect::Cancel(job));
    contest.map(|contest| contest.entries.iter().filter_map(running).collect()).unwrap_or_default()
}

/// The engine did not take a lane's draft. Says whether it was one.
pub(in crate::tui::update) fn refused(model: &mut Model, draft: &crate::engine::Draft, why: &Notice) -> bool {
    let Some(contest) = model.screen.as_mut().and_then(Screen::contest_mut) else { return false };
    let prompt = contest.prompt.clone();
    let own = |entry: &&mut ContestLane| entry.job.is_none() && entry.draft(&prompt) == *draft;
    let Some(entry) = contest.entries.iter_mut().find(own) else { return false };
    entry.refusal = Some(why.text.clone());
    true
}

/// A blind contest that has ended becomes a pair, unless a lane says nothing about itself.
pub(super) fn pair_up(model: &mut Model) -> Vec<Effect> {
    let Some(Screen::Duel(duel)) = &mut model.screen else { return Vec::new() };
    let DuelPhase::Generating(contest) = &duel.phase else { return Vec::new() };
    if !contest.has_ended() {
        return Vec::new();
    }
    let side =
        |entry: &ContestLane| PairSide::from_job(entry.lane.clone(), entry.record.as_deref()?, entry.first_preview);
    let sides: Option<Vec<PairSide>> = contest.entries.iter().map(side).collect();
    if let Some([one, other]) = sides.as_deref() {
        let topic = RunPrompt { prompt: contest.prompt.clone(), category: None, challenge: None };
        let effect = Effect::CreatePair(Box::new((topic, one.clone(), other.clone())));
        duel.phase = DuelPhase::LoadingPair;
        return vec![effect];
    }
    model.screen = None;
    notify(
        model,
        Notice::new(Severity::Warning, "one image could not be generated, for a reason unrelated to its model")
            .with_hint(Some("see the history for the reason, then try again".to_owned())),
    )
}

/// The pictures of a comparison as they are now, from left to right.
pub(super) fn pictures(model: &Model, compare: &CompareScreen) -> Vec<Tile> {
    compare.contest.entries.iter().map(|entry| picture(model, entry)).collect()
}

fn picture(model: &Model, entry: &ContestLane) -> Tile {
    if let Some(image) = entry.record.as_ref().and_then(|record| record.images.first()) {
        return Some((PreviewSource::Image(image.id), ImageData::File(image.path.clone())));
    }
    let (job, _) = entry.job.filter(|_| entry.record.is_none())?;
    let preview = model.jobs.get(job)?.preview(0)?;
    let source = PreviewSource::Preview(job, preview.image, preview.step);
    Some((source, ImageData::Bytes(preview.bytes.clone())))
}

/// Takes the n-th lane for the next picture, and goes to what it drew.
pub(in crate::tui::update) fn use_lane(model: &mut Model, at: usize) -> Vec<Effect> {
    let Some(Screen::Compare(compare)) = &model.screen else { return Vec::new() };
    let Some(entry) = compare.contest.entries.get(at).cloned() else { return Vec::new() };
    let Lane { name, backend, model: model_id, settings } = entry.lane;
    model.next_job.models.insert(backend.clone(), model_id);
    model.next_job.settings.insert(backend.clone(), settings);
    model.next_job.backend = backend;
    model.history.select_when_loaded = entry.record.map(|record| record.id).or(entry.job.map(|(job, _)| job));
    model.history.refresh();
    model.update_estimate();
    model.leave_stage();
    model.notify(Notice::new(Severity::Success, format!("Using {name} for the next image")));
    vec![Effect::SaveSession(model.session())]
}

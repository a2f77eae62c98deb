//! Snapshots of the wait for an image, and of a grid of four; and what the line under the plate says.

use std::time::Duration;

use bytes::Bytes;
use crossterm::event::KeyCode;
use insta::assert_snapshot;
use pretty_assertions::assert_eq;
use tintype_backends::{Estimate, Format, Preview, Usd};

use super::screen;
use crate::{
    config::Motion,
    engine::{Draft, EngineEvent, JobEvent},
    id::Id,
    library::{ImageRecord, JobState, Record},
    tui::{
        effect::Effect,
        fixtures::{model, page, record},
        model::{Focus, Model},
        msg::Msg,
        update::update,
    },
};

/// Returns a job of the paid backend that was just submitted.
fn submitted(count: u32) -> Record {
    let usd = Some(Usd::from_dollars(0.042));
    let mut job = Record {
        backend: "brush".into(),
        model: "brush".into(),
        state: JobState::Queued,
        estimate: Estimate { usd, upper: usd, ..Estimate::default() },
        images: Vec::new(),
        count,
        ..record("a lighthouse in a storm, oil on canvas")
    };
    job.settings.insert("size".into(), "1536x1024".into());
    job.settings.insert("partial_images".into(), 3.into());
    job
}

/// Returns a studio in which that job has run for 11 seconds, and such jobs usually take 18.
fn running(job: &Record) -> Model {
    let mut model = model();
    let done = |seconds| Record { state: JobState::Saved, seconds: Some(seconds), ..job.clone() };
    let registry = crate::engine::Registry::clone(&model.registry).with_costs_of(&[17.0, 18.0, 40.0].map(done));
    model.registry = std::sync::Arc::new(registry);
    update(&mut model, Msg::Page(Ok(page(vec![job.clone(), record("a red fox")]))));
    tell(&mut model, job, JobEvent::Started(Box::new(job.clone())));
    model.now.since_start += Duration::from_secs(11);
    model
}

fn tell(model: &mut Model, job: &Record, what: JobEvent) {
    update(model, Msg::Engine(EngineEvent { job: job.id, what }));
}

fn preview(image: u32, step: u32) -> JobEvent {
    JobEvent::Preview(Preview { image, step, format: Format::Png, bytes: Bytes::from_static(b"png") })
}

/// Returns the line under the plate.
fn line(model: &mut Model, columns: u16) -> String {
    (model.show_history, model.show_settings) = (false, Some(false));
    let screen = screen(model, columns, 24);
    let is_spinner = |c: char| ('\u{2800}'..='\u{28ff}').contains(&c);
    let line = screen.lines().find(|line| line.contains(is_spinner)).unwrap_or_else(|| panic!("{screen}"));
    line.trim_matches(|c: char| is_spinner(c) || "│\" ".contains(c)).to_owned()
}

#[test]
fn waiting_at_four_sizes() {
    for (columns, rows) in [(40, 12), (80, 24), (120, 40), (200, 60)] {
        let job = submitted(1);
        let mut model = running(&job);
        tell(&mut model, &job, JobEvent::Sent);
        assert_snapshot!(format!("waiting_{columns}x{rows}"), screen(&mut model, columns, rows));
    }
}

#[test]
fn grid_of_four_fills_up_and_opens() {
    let mut job = submitted(4);
    job.settings.insert("size".into(), "1024x1024".into());
    let mut model = running(&job);
    tell(&mut model, &job, JobEvent::Sent);
    tell(&mut model, &job, preview(1, 0));
    assert_snapshot!("grid_running_80x24", screen(&mut model, 80, 24));
    let images = (0..4).map(|_| ImageRecord { id: Id::new(), ..record("x").images[0].clone() }).collect();
    let saved = Record { state: JobState::Saved, images, cost: record("x").cost, ..job.clone() };
    tell(&mut model, &job, JobEvent::Saved(Box::new(saved)));
    model.focus = Focus::Preview;
    update(&mut model, Msg::Key(KeyCode::Right.into()));
    assert_snapshot!("grid_done_120x40", screen(&mut model, 120, 40));
}

#[test]
fn line_names_stage_elapsed_and_usual_time_as_far_as_there_is_room() {
    let job = submitted(1);
    let mut model = running(&job);
    assert_eq!(line(&mut model, 100), "queued · 11 s · usually 18 s    Ctrl+C cancel");
    tell(&mut model, &job, JobEvent::Status("rate limited, retrying in 9 s".into()));
    let waits = "queued · rate limited, retrying in 9 s · 11 s · usually 18 s    Ctrl+C cancel";
    assert_eq!(line(&mut model, 160), waits);
    tell(&mut model, &job, JobEvent::Sent);
    assert_eq!(line(&mut model, 100), "sent · 11 s · usually 18 s    Ctrl+C cancel");
    tell(&mut model, &job, JobEvent::Status("drawing".into()));
    assert_eq!(line(&mut model, 100), "generating · 11 s · usually 18 s    Ctrl+C cancel");
    assert_eq!(line(&mut model, 44), "generating · 11 s · usually 18 s");
    assert_eq!(line(&mut model, 30), "generating · 11 s");
    tell(&mut model, &job, preview(0, 1));
    assert_eq!(line(&mut model, 100), "partial 2 of 3 · 11 s · usually 18 s    Ctrl+C cancel");
    tell(&mut model, &job, JobEvent::Received);
    assert_eq!(line(&mut model, 100), "saving · 11 s · usually 18 s    Ctrl+C cancel");
}

#[test]
fn draft_on_its_way_to_the_engine_is_prepared() {
    let mut model = model();
    update(&mut model, Msg::Page(Ok(page(vec![record("a red fox")]))));
    update(&mut model, Msg::Paste("a blue cat".into()));
    let effects = update(&mut model, Msg::Key(KeyCode::Enter.into()));
    model.now.since_start += Duration::from_secs(4);
    assert_eq!(line(&mut model, 100), "preparing · 4 s");
    assert!(screen(&mut model, 100, 24).contains(" a blue cat "));
    let draft = effects.into_iter().find_map(|effect| match effect {
        Effect::Submit(draft) => Some(draft),
        _ => None,
    });
    let job = Record { prompt: "a blue cat".into(), ..submitted(1) };
    tell(&mut model, &job, JobEvent::Started(Box::new(job.clone())));
    update(&mut model, Msg::Submitted(Box::new(draft.unwrap_or_else(Draft::default)), Ok(job.id)));
    model.now.since_start += Duration::from_secs(2);
    assert_eq!(line(&mut model, 100), "queued · 2 s    Ctrl+C cancel", "before the history has it");
}

#[test]
fn nothing_but_the_elapsed_time_changes_on_a_still_plate() {
    let job = submitted(1);
    let mut model = running(&job);
    std::sync::Arc::make_mut(&mut model.config).studio.motion = Motion::None;
    let before = screen(&mut model, 100, 24);
    model.now.since_start += Duration::from_millis(400);
    assert_eq!(screen(&mut model, 100, 24), before);
    model.now.since_start += Duration::from_secs(1);
    let after = screen(&mut model, 100, 24);
    assert_eq!(after.replace("12 s", "11 s"), before);
    assert!(!after.contains('▓') && after.contains('░'));
}

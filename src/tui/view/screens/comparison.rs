//! Lanes side by side: under each image its name, its progress, and its figures.
//! Nothing is hidden here; the duel is the place for votes.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};
use tintype_backends::{Estimate, Usd};

use super::{draw_captions, draw_centered, draw_picture, draw_prompt, zoom};
use crate::{
    library::JobState,
    sanitize,
    theme::Role,
    tui::{
        model::{CompareScreen, ContestLane, Model},
        view::{clipped_frame::ClippedFrame, format, waiting},
    },
};

/// Draws the comparison.
pub(super) fn draw(model: &Model, compare: &CompareScreen, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    draw_prompt(model, &compare.contest.prompt, area, frame);
    draw_picture(model, frame);
    let Some(picture) = frame.areas().screen_images(model) else { return };
    let entries: Vec<(usize, &ContestLane)> = match compare.only {
        Some(at) => compare.contest.entries.iter().enumerate().skip(at).take(1).collect(),
        None => compare.contest.entries.iter().enumerate().collect(),
    };
    let width = usize::from(crate::picture::side_by_side_areas(entries.len(), picture)[0].width);
    let line = |make: &dyn Fn(usize, &ContestLane) -> Line<'static>| {
        entries.iter().map(|(at, entry)| make(*at, entry)).collect::<Vec<_>>()
    };
    draw_captions(&line(&|at, entry| name(model, at, entry, width)), 0, picture, frame);
    draw_captions(&line(&|_, entry| settings(model, entry, width)), 1, picture, frame);
    draw_captions(&line(&|_, entry| figures(model, entry, width)), 2, picture, frame);
    for ((_, entry), place) in entries.iter().zip(crate::picture::side_by_side_areas(entries.len(), picture)) {
        if let Some(words) = no_image_text(entry) {
            let style = model.theme.style(Role::Muted);
            draw_centered(vec![Line::styled(sanitize::line(&words).into_owned(), style)], place, frame);
        }
    }
}

/// Returns `1 gpt-image · gpt-image-2.5-flare`: the digit is the key that uses this lane.
fn name(model: &Model, at: usize, entry: &ContestLane, width: usize) -> Line<'static> {
    let style = |role| model.theme.style(role);
    let lane = &entry.lane;
    let mut text = sanitize::line(&lane.name).into_owned();
    if !lane.name.contains(&lane.model) && lane.model != lane.backend {
        text = format!("{text} · {}", sanitize::line(&lane.model));
    }
    let text = sanitize::truncate(&text, width.saturating_sub(3)).into_owned();
    Line::from(vec![Span::styled(format!("{} ", at + 1), style(Role::Key)), Span::styled(text, style(Role::Accent))])
}

fn settings(model: &Model, entry: &ContestLane, width: usize) -> Line<'static> {
    let told = ["size", "quality", "style", "reasoning", "seed"];
    let values = told.iter().filter_map(|name| Some(format!("{name} {}", entry.lane.settings.get(*name)?)));
    let text = values.collect::<Vec<_>>().join(" · ");
    Line::styled(sanitize::truncate(&sanitize::line(&text), width).into_owned(), model.theme.style(Role::Muted))
}

/// Returns the figures of a finished lane, or the status of a running one.
fn figures(model: &Model, entry: &ContestLane, width: usize) -> Line<'static> {
    let style = |role| model.theme.style(role);
    if let Some(why) = &entry.refusal {
        return Line::styled(sanitize::truncate(&sanitize::line(why), width).into_owned(), style(Role::Error));
    }
    if let Some(record) = &entry.record {
        let first = entry.first_preview.map(|seconds| format!("preview {}", format::seconds(seconds)));
        let all = record.seconds.map(|seconds| format!("done {}", format::seconds(seconds)));
        let cost = Some(format::cost(record)).filter(|words| !words.is_empty());
        let text = [first, all, cost, zoom(model)].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        let role = if record.state == JobState::Saved { Role::Text } else { Role::Error };
        return Line::styled(sanitize::truncate(&text, width).into_owned(), style(role));
    }
    let Some((job, began)) = entry.job else { return Line::styled("starting", style(Role::Muted)) };
    let job = model.jobs.get(job);
    let words = job.and_then(waiting::detail).or_else(|| job.map(|job| waiting::stage_words(job, Some(0))));
    let elapsed = model.now.since_start.saturating_sub(began).as_secs_f64();
    let words = words.unwrap_or_else(|| "starting".to_owned());
    let text = format!("{} {words} · {}", format::activity(model), format::seconds(elapsed));
    Line::styled(sanitize::truncate(&text, width).into_owned(), style(Role::Running))
}

/// Returns the text in place of an image, once it is known that there will be none.
fn no_image_text(entry: &ContestLane) -> Option<String> {
    let record = entry.record.as_ref().filter(|record| record.images.is_empty())?;
    Some(match (&record.error, record.state) {
        (Some(error), _) => error.message.clone(),
        (None, JobState::Cancelled) => "canceled".to_owned(),
        (None, _) => "no image".to_owned(),
    })
}

/// Returns the total cost once it is known, or else the estimate.
pub(super) fn total_cost(compare: &CompareScreen) -> String {
    let word = |usd: Usd| if usd == Usd::ZERO { "free".to_owned() } else { usd.to_string() };
    if compare.contest.has_ended() {
        return compare.contest.cost().map_or_else(|| "cost unknown".to_owned(), word);
    }
    let mut sum = Estimate::FREE;
    for entry in &compare.contest.entries {
        sum.usd = sum.usd.zip(entry.estimate.usd).map(|(sum, one)| sum + one);
        sum.upper = sum.upper.zip(entry.estimate.upper_bound()).map(|(sum, one)| sum + one);
    }
    match (sum.usd, sum.upper) {
        (Some(Usd::ZERO), Some(Usd::ZERO)) => "free".to_owned(),
        (Some(usd), Some(upper)) if upper > usd => format!("about {usd}, at most {upper}"),
        (Some(usd), _) => format!("about {usd}"),
        (None, Some(upper)) => format!("at most {upper}"),
        (None, None) => "cost unknown".to_owned(),
    }
}

//! The wait for an image: a plate in the aspect of the coming image that develops, and a line with the stage, the
//! elapsed time, and what is usual.
//! Without a usual time, none is shown, and the plate shows no progress.

use std::time::Duration;

use ratatui::{
    layout::Rect,
    style::Style,
    text::{Line, Span, Text},
    widgets::Paragraph,
};
use tintype_backends::{ParamKind, Usd};
use unicode_width::UnicodeWidthStr;

use super::{clipped_frame::ClippedFrame, format};
use crate::{
    sanitize,
    theme::Role,
    tui::{
        action::{Action, KeyContext},
        model::{JobStage, Model, PendingJob, RunningJob},
    },
};

/// Shades of the plate, from undeveloped to the crest of the sweep.
const SHADES: [char; 4] = [' ', '░', '▒', '▓'];
/// Width of the edge between developed and undeveloped, as a fraction of the plate.
const EDGE: f64 = 0.3;
/// Half the width of the sweep's crest, as a fraction of the plate.
const CREST: f64 = 0.12;
/// Time that the crest takes across the developed part.
const SWEEP: f64 = 2.4;
/// Minimum number of columns for the backend's own words.
const DETAIL_MIN_WIDTH: usize = 12;

/// The state of a plate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Plate {
    /// Seconds since it was laid down, in whole frames; `None` if nothing may move.
    seconds: Option<f64>,
    /// Developed fraction; `None` if it is not known.
    developed: Option<f64>,
    /// Distinguishes the grain of plates side by side.
    seed: u32,
}

impl Plate {
    /// Returns the plate of an image of a running job.
    pub(super) fn of_job(model: &Model, job: &RunningJob, image: u32) -> Self {
        let elapsed = elapsed(model, job.started);
        let reported = job.percent.map(|percent| f64::from(percent / 100.0).clamp(0.0, 1.0));
        let expected = job.usual.map(|usual| developed(elapsed, usual));
        Self { developed: reported.or(expected), seed: image, ..Self::at(model, elapsed) }
    }

    /// Returns the plate of an image of a draft on its way to the engine.
    pub(super) fn of_draft(model: &Model, pending: &PendingJob, image: u32) -> Self {
        let elapsed = elapsed(model, pending.submitted);
        let expected = pending.usual.map(|usual| developed(elapsed, usual));
        Self { developed: expected, seed: image, ..Self::at(model, elapsed) }
    }

    fn at(model: &Model, elapsed: Duration) -> Self {
        let frame = |interval: Duration| (elapsed.as_millis() / interval.as_millis().max(1)) as f64;
        let seconds = model.frame_interval().map(|interval| frame(interval) * interval.as_secs_f64());
        Self { seconds, developed: None, seed: 0 }
    }

    /// Returns the shade at a cell of a plate of `width` columns.
    fn shade(self, x: u16, y: u16, width: u16) -> char {
        let at = (f64::from(x) + 0.5) / f64::from(width.max(1));
        let done = self.developed.filter(|_| self.seconds.is_some()).unwrap_or(1.0);
        let front = done * (1.0 + EDGE);
        let developed = ((front - at) / EDGE).clamp(0.0, 1.0);
        let crest = self.seconds.map_or(0.0, |seconds| {
            let place = (seconds / SWEEP).fract() * (front.min(1.0) + 2.0 * CREST) - CREST;
            (1.0 - (at - place).abs() / CREST).max(0.0)
        });
        let density = 1.3 * developed + crest * (0.5 + 1.1 * developed);
        let level = (density + grain(x, y, self.seed) - 0.5).round();
        SHADES[(level.max(0.0) as usize).min(SHADES.len() - 1)]
    }

    /// Draws the plate.
    pub(super) fn draw(self, model: &Model, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
        let row = |y| Line::raw((0..area.width).map(|x| self.shade(x, y, area.width)).collect::<String>());
        let style = model.theme.style(Role::Matte).patch(foreground(model.theme.style(Role::Muted)));
        let rows: Text<'_> = (0..area.height).map(row).collect();
        frame.render_widget(Paragraph::new(rows).style(style), area);
    }
}

/// Returns the foreground of a style alone.
fn foreground(style: Style) -> Style {
    Style { bg: None, ..style }
}

/// Returns the developed fraction after `elapsed`: nine tenths in the usual time, ever more slowly, never all.
fn developed(elapsed: Duration, usual: Duration) -> f64 {
    1.0 - 0.1_f64.powf(elapsed.as_secs_f64() / usual.as_secs_f64().max(0.1))
}

/// Returns a number from 0 to 1 for each cell, the same in every frame.
fn grain(x: u16, y: u16, seed: u32) -> f64 {
    let mut mixed = u32::from(x).wrapping_mul(0x9E37_79B1) ^ u32::from(y).wrapping_mul(0x85EB_CA77);
    mixed = (mixed ^ seed.wrapping_mul(0xC2B2_AE3D)).wrapping_mul(0x27D4_EB2F);
    mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2C1B_3C6D);
    f64::from((mixed ^ (mixed >> 13)) & 0xFFFF) / f64::from(0xFFFF)
}

fn elapsed(model: &Model, since: Duration) -> Duration {
    model.now.since_start.saturating_sub(since)
}

/// Returns the stage of a job in plain words; with `image`, that of one of its images.
pub(super) fn stage_words(job: &RunningJob, image: Option<usize>) -> String {
    match job.stage {
        JobStage::Queued => "queued".to_owned(),
        JobStage::Sent => "sent".to_owned(),
        JobStage::Generating => partial_words(job, image).unwrap_or_else(|| "generating".to_owned()),
        JobStage::Saving => "saving".to_owned(),
    }
}

/// Returns the elapsed time of a job, and what is usual: `6 s of ~18 s`.
pub(super) fn elapsed_words(model: &Model, job: &RunningJob) -> String {
    let taken = format::whole_seconds(elapsed(model, job.started));
    match job.usual {
        Some(usual) => format!("{taken} of ~{}", format::seconds(usual.as_secs_f64())),
        None => taken,
    }
}

/// Returns `partial 2 of 3`, if there is a partial preview and the job asked for a number of them.
pub(super) fn partial_words(job: &RunningJob, image: Option<usize>) -> Option<String> {
    let expected = job.expected_previews()?;
    let preview = job.preview_of(image?)?;
    Some(format!("partial {} of {expected}", (preview.step + 1).min(expected)))
}

/// Returns the backend's own words, where they say more than the stage.
pub(super) fn detail(job: &RunningJob) -> Option<String> {
    const EMPTY: [&str; 4] = ["", "drawing", "sending", "generating"];
    let words = job.reasoning.as_ref().filter(|_| job.stage == JobStage::Generating).unwrap_or(&job.status);
    let says_more = job.stage != JobStage::Saving && !EMPTY.contains(&words.as_str());
    says_more.then(|| sanitize::line(words).into_owned())
}

/// A part of the line under the plate.
struct Part {
    text: String,
    role: Role,
    /// Parts with a higher rank are left out first.
    rank: u8,
}

/// Returns the line for a running job; `image` is the position of the shown one, if a single one is shown.
pub(super) fn job_line(model: &Model, job: &RunningJob, image: Option<usize>, width: usize) -> Line<'static> {
    let part = |text: String, role, rank| Part { text, role, rank };
    let taken = elapsed(model, job.started);
    let mut parts = vec![part(stage_words(job, image), Role::Text, 0)];
    parts.extend(job.percent.map(|percent| part(format!("{percent:.0}%"), Role::Running, 3)));
    parts.push(part(format::whole_seconds(taken), Role::Text, 1));
    parts.extend(match job.usual {
        Some(usual) => Some(part(format!("usually {}", format::seconds(usual.as_secs_f64())), Role::Muted, 2)),
        None => partials_off(model, job).then(|| part("partials off".to_owned(), Role::Muted, 5)),
    });
    let cancel = model.key_hint(KeyContext::Global, Action::Cancel, "cancel");
    line(model, parts, detail(job), cancel, width)
}

/// Returns the line for a draft on its way to the engine.
pub(super) fn draft_line(model: &Model, pending: &PendingJob, width: usize) -> Line<'static> {
    let part = |text: String, rank| Part { text, role: Role::Text, rank };
    let taken = format::whole_seconds(elapsed(model, pending.submitted));
    line(model, vec![part("preparing".to_owned(), 0), part(taken, 1)], None, None, width)
}

/// Returns `true` if a paid job runs without partial previews although its model has them.
fn partials_off(model: &Model, job: &RunningJob) -> bool {
    let backend = model.registry.get(&job.record.backend);
    let param = backend.and_then(|backend| backend.capabilities().model(&job.record.model)?.param("partial_images"));
    let has_partials = param.is_some_and(|param| matches!(param.kind, ParamKind::Integer { max, .. } if max > 0));
    has_partials && job.expected_previews().is_none() && job.record.estimate.upper_bound() != Some(Usd::ZERO)
}

/// Joins the parts that fit, the backend's words cut to the room that is left.
fn line(
    model: &Model,
    mut parts: Vec<Part>,
    detail: Option<String>,
    cancel: Option<String>,
    width: usize,
) -> Line<'static> {
    let joined = |parts: &[Part]| parts.iter().map(|part| part.text.width() + 3).sum::<usize>() + 2 - 3;
    while joined(&parts) > width && parts.len() > 1 {
        let Some(last) = (0..parts.len()).max_by_key(|at| parts[*at].rank) else { break };
        parts.remove(last);
    }
    let cancel = cancel.filter(|words| joined(&parts) + words.width() + 4 <= width);
    let room = width.saturating_sub(joined(&parts) + cancel.as_ref().map_or(0, |words| words.width() + 4) + 3);
    let detail = detail.filter(|words| words.width().min(DETAIL_MIN_WIDTH) <= room);
    if let Some(words) = detail {
        let text = sanitize::truncate(&words, room).into_owned();
        parts.insert(1, Part { text, role: Role::Muted, rank: 4 });
    }
    let style = |role| model.theme.style(role);
    let mut spans = vec![Span::styled(format!("{} ", format::activity(model)), style(Role::Running))];
    for (at, part) in parts.into_iter().enumerate() {
        spans.extend((at > 0).then(|| Span::styled(" · ", style(Role::Muted))));
        spans.push(Span::styled(part.text, style(part.role)));
    }
    spans.extend(cancel.map(|words| Span::styled(format!("    {words}"), style(Role::Hint))));
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn plate(seconds: f64, developed: Option<f64>) -> Plate {
        Plate { seconds: Some(seconds), developed, seed: 0 }
    }

    fn text(plate: Plate) -> Vec<char> {
        (0..20).flat_map(|y| (0..60).map(move |x| plate.shade(x, y, 60))).collect()
    }

    fn ink(plate: Plate, columns: std::ops::Range<u16>) -> usize {
        (0..20).flat_map(|y| columns.clone().map(move |x| plate.shade(x, y, 60))).filter(|shade| *shade != ' ').count()
    }

    #[test]
    fn plate_develops_from_left_to_right_and_slows_down() {
        let usual = Duration::from_secs(20);
        let at = |seconds| developed(Duration::from_secs(seconds), usual);
        let steps: Vec<f64> = (1..8).map(|step| at(step * 5) - at(step * 5 - 5)).collect();
        assert!(steps.windows(2).all(|pair| pair[0] > pair[1] && pair[1] > 0.0), "{steps:?}");
        assert!((0.89..0.91).contains(&at(20)) && at(600) <= 1.0);
        let half = plate(0.0, Some(0.5));
        assert!(ink(half, 0..20) > 300 && ink(half, 45..60) < 40, "{} {}", ink(half, 0..20), ink(half, 45..60));
    }

    #[test]
    fn each_frame_changes_something_and_little() {
        for developed in [None, Some(0.5)] {
            for frame in 0..24 {
                let seconds = f64::from(frame) * 0.125;
                let (one, next) = (text(plate(seconds, developed)), text(plate(seconds + 0.125, developed)));
                let changed = one.iter().zip(&next).filter(|(one, next)| one != next).count();
                assert!(changed < 420, "{changed} of {} cells", one.len());
            }
        }
        assert_ne!(text(plate(0.5, None)), text(plate(0.75, None)));
    }

    #[test]
    fn still_plate_depends_on_nothing_but_its_size() {
        let still = |developed| text(Plate { seconds: None, developed, seed: 0 });
        assert_eq!(still(Some(0.2)), still(None));
        assert!(still(None).iter().all(|shade| *shade != '▓'));
    }
}

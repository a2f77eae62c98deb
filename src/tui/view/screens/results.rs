//! The results page: for each question the win rates and how certain they are, then speed, cost and reliability.
//! Every figure and every sentence comes from `compare::stats`; they are only laid out here.

use ratatui::{
    layout::{Margin, Rect},
    style::Style,
    text::{Line, Span, Text},
};
use unicode_width::UnicodeWidthStr;

use crate::{
    compare::stats::{CAVEAT, HeadToHead, Interval, LaneFacts, Scorecard, Summary, Tally, VoterTally, wording},
    sanitize,
    theme::Role,
    tui::{
        action::{Action, KeyContext},
        model::{Model, ResultsScreen},
        view::{clipped_frame::ClippedFrame, frames},
    },
};

/// Columns of the scale that shows an interval.
const SCALE_WIDTH: usize = 32;

/// Draws the page.
pub(super) fn draw(model: &Model, scores: &ResultsScreen, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let inside = area.inner(Margin::new(2.min(area.width / 2), 1.min(area.height / 2)));
    let text = match &scores.card {
        Some(card) if card.lanes.is_empty() => empty_text(model),
        Some(card) => page(model, card, usize::from(inside.width)),
        None => Text::styled("counting votes", model.theme.style(Role::Muted)),
    };
    frames::draw_scrolled(model, text, scores.scroll.0, inside, frame);
}

fn empty_text(model: &Model) -> Text<'static> {
    let key = |action| {
        model.config.keymap.label(KeyContext::Global, action, model.terminal.enhanced_keys).unwrap_or_default()
    };
    let words = format!(
        "{} to compare models on a prompt, {} to vote on prepared pairs",
        key(Action::Compare),
        key(Action::Duel)
    );
    Text::from(vec![
        Line::styled("No comparisons yet", model.theme.style(Role::Accent)),
        Line::styled(words, model.theme.style(Role::Muted)),
    ])
}

fn page(model: &Model, card: &Scorecard, width: usize) -> Text<'static> {
    let mut lines = Vec::new();
    for poll in card.polls.iter().filter(|poll| poll.ballots > 0 || card.polls.len() == 1) {
        lines.extend(poll_lines(model, poll, card));
    }
    lines.extend(card.agreement.iter().map(|it| muted(model, &wording::agreement(it))));
    lines.push(title(model, "Speed, cost, reliability".to_owned()));
    lines.extend(lanes(model, &card.lanes));
    lines.push(Line::default());
    lines.push(muted(model, CAVEAT));
    Text::from(wrapped(lines, width))
}

fn poll_lines(model: &Model, poll: &VoterTally, card: &Scorecard) -> Vec<Line<'static>> {
    let mut lines =
        vec![Line::styled(sanitize::line(&wording::poll(poll)).into_owned(), model.theme.style(Role::Accent))];
    lines.push(Line::default());
    for score in &poll.questions {
        lines.push(title(model, format!("Which {}?", score.question.words())));
        for it in &score.head_to_heads {
            lines.extend(head_to_head(model, it, card));
        }
    }
    for steadiness in &poll.steadiness {
        let words = wording::steadiness(steadiness, &poll.voter);
        lines.extend(words.map(|words| muted(model, &words)));
    }
    lines.push(Line::default());
    lines
}

/// Returns both names around a scale from 0% to 100%, then the figures and the verdict.
fn head_to_head(model: &Model, it: &HeadToHead, card: &Scorecard) -> Vec<Line<'static>> {
    let style = |role| model.theme.style(role);
    let [first, second] = [it.first, it.second].map(|lane| sanitize::line(&card.lanes[lane].label).into_owned());
    let (tally, wide) = (&it.overall, first.width().max(second.width()).min(24));
    let name = |name: &str| sanitize::truncate(name, wide).into_owned();
    let pad = " ".repeat(wide.saturating_sub(second.width().min(wide)));
    let mut scale = vec![Span::styled(format!("{pad}{} ", name(&second)), style(Role::Text))];
    scale.extend(interval_bar(tally, style(Role::GaugeTrack), style(Role::Gauge), style(Role::Accent)));
    scale.push(Span::styled(format!(" {}", name(&first)), style(Role::Text)));
    let figures =
        format!("{first} {}, 95% interval {}", wording::percent(tally.win_rate), wording::range(tally.interval));
    let any_time = format!("anytime-valid {}", wording::range(tally.always_valid));
    let mut lines = vec![Line::from(scale), muted(model, &figures), muted(model, &any_time)];
    lines.push(muted(model, &wording::votes(tally, &first, &second)));
    lines.extend(wording::walkovers(tally, &first, &second).map(|words| muted(model, &words)));
    lines.push(Line::styled(sanitize::line(&wording::verdict(it, card)).into_owned(), style(Role::Info)));
    lines.extend(it.needed.map(|needed| muted(model, &wording::votes_needed(needed))));
    for group in it.categories.iter().chain(&it.challenges).filter(|group| group.tally.win_rate.is_some()) {
        let tally = &group.tally;
        let figures =
            format!("{}, {}, n {}", wording::percent(tally.win_rate), wording::range(tally.interval), tally.votes);
        lines.push(muted(model, &format!("  {:<24} {first} {figures}", sanitize::line(&group.name))));
    }
    lines.push(Line::default());
    lines
}

/// Returns the scale `├──────╾━━●━━╼──┤`: the win rate between 0% and 100% with its interval; one half is marked.
fn interval_bar(tally: &Tally, track: Style, range: Style, point: Style) -> Vec<Span<'static>> {
    let at = |share: f64| ((share * SCALE_WIDTH as f64).round() as usize).min(SCALE_WIDTH);
    let (low, high) = tally.interval.map_or((1, 0), |Interval { low, high }| (at(low), at(high)));
    let rate = tally.win_rate.map(at);
    let cell = |column: usize| match column {
        _ if rate == Some(column) => Span::styled("●", point),
        _ if (low..=high).contains(&column) => Span::styled("━", range),
        column if column == SCALE_WIDTH / 2 => Span::styled("┼", track),
        _ => Span::styled("─", track),
    };
    (0..=SCALE_WIDTH).map(cell).collect()
}

fn lanes(model: &Model, lanes: &[LaneFacts]) -> Vec<Line<'static>> {
    let head = ["", "images", "first preview", "image", "cost", "each", "svg as written"].map(str::to_owned);
    let spread = |spread: Option<Summary>| {
        spread.map_or_else(
            || wording::UNKNOWN.to_owned(),
            |it| format!("{}, p90 {}", wording::seconds(it.median), wording::seconds(it.p90)),
        )
    };
    let row = |lane: &LaneFacts| {
        [
            sanitize::line(&lane.label).into_owned(),
            wording::endings(lane),
            spread(lane.first_preview_seconds),
            spread(lane.seconds),
            wording::total_cost(lane),
            wording::usd(lane.cost.mean),
            lane.svg.map_or_else(|| wording::UNKNOWN.to_owned(), |svg| wording::percent(svg.raw_valid.share)),
        ]
    };
    let rows: Vec<[String; 7]> = std::iter::once(head).chain(lanes.iter().map(row)).collect();
    let wide = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..7).map(wide).collect();
    let line = |(at, row): (usize, &[String; 7])| {
        let cell = |(cell, wide): (&String, &usize)| format!("{cell}{}  ", " ".repeat(wide - cell.width()));
        let text: String = row.iter().zip(&widths).map(cell).collect();
        Line::styled(text.trim_end().to_owned(), model.theme.style(if at == 0 { Role::Muted } else { Role::Text }))
    };
    rows.iter().enumerate().map(line).collect()
}

fn title(model: &Model, text: String) -> Line<'static> {
    Line::styled(text, model.theme.style(Role::Title))
}

fn muted(model: &Model, text: &str) -> Line<'static> {
    Line::styled(sanitize::line(text).into_owned(), model.theme.style(Role::Muted))
}

/// Wraps lines of one style between words, so that nothing is cut on a narrow screen.
fn wrapped(lines: Vec<Line<'static>>, width: usize) -> Vec<Line<'static>> {
    let mut out = Vec::new();
    for line in lines {
        if line.width() <= width || line.spans.len() > 1 {
            out.push(line);
            continue;
        }
        let (style, text) = (line.style, line.to_string());
        let mut row = String::new();
        for word in text.split(' ') {
            if row.width() + 1 + word.width() > width && !row.trim().is_empty() {
                out.push(Line::styled(std::mem::take(&mut row), style));
            }
            row.push_str(word);
            row.push(' ');
        }
        out.push(Line::styled(row.trim_end().to_owned(), style));
    }
    out
}

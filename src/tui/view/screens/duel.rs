//! The blind duel: two images, two questions, and after the ballot the names.
//! Until then everything here is drawn from what both sides share; the sides themselves are not read.

use ratatui::{
    layout::{Alignment, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr;

use super::{draw_captions, draw_centered, draw_picture, draw_prompt, zoom};
use crate::{
    compare::{ComparisonPair, LaneOutcome, PairSide, Preference},
    sanitize,
    theme::Role,
    tui::{
        action::{Action, KeyContext},
        model::{BallotState, DuelPhase, DuelRound, DuelScreen, Model},
        view::{clipped_frame::ClippedFrame, format},
    },
};

/// Returns the title for the header, with the progress.
pub(super) fn title(duel: &DuelScreen) -> Vec<String> {
    let mut words = vec!["blind vote".to_owned()];
    if let (DuelPhase::Round(round), Some((voted, total))) = (&duel.phase, duel.progress) {
        // A mirrored pair is not marked as one: it must be judged like any other.
        let at = if round.is_revealed() { voted } else { voted + 1 };
        words.push(format!("pair {} of {total}", at.clamp(1, total.max(1))));
    }
    words
}

/// Draws the duel.
pub(super) fn draw(model: &Model, duel: &DuelScreen, area: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let muted = model.theme.style(Role::Muted);
    let picture = frame.areas().screen_images(model).unwrap_or(area);
    match &duel.phase {
        DuelPhase::LoadingPair => draw_centered(vec![Line::styled("loading pair", muted)], picture, frame),
        DuelPhase::Generating(contest) => {
            draw_prompt(model, &contest.prompt, area, frame);
            let words = format!("{} generating two images", format::activity(model));
            let why = "both appear together, so that speed reveals nothing";
            let lines = [(words, Role::Running), (why.to_owned(), Role::Muted)];
            let lines = lines.map(|(words, role)| Line::styled(words, model.theme.style(role)));
            draw_centered(lines.into(), picture, frame);
        }
        DuelPhase::Round(round) => draw_round(model, duel, round, area, picture, frame),
        DuelPhase::Done => draw_centered(empty_text(model, duel), picture, frame),
    }
}

fn empty_text(model: &Model, duel: &DuelScreen) -> Vec<Line<'static>> {
    let (accent, muted) = (model.theme.style(Role::Accent), model.theme.style(Role::Muted));
    let done = duel.progress.filter(|(_, total)| *total > 0);
    let first = match done {
        Some((_, total)) => format!("All {total} pairs voted"),
        None => "No pairs waiting".to_owned(),
    };
    let key = |action| {
        model.config.keymap.label(KeyContext::Global, action, model.terminal.enhanced_keys).unwrap_or_default()
    };
    vec![
        Line::styled(first, accent),
        Line::default(),
        Line::styled(format!("{} to compare models on a prompt, openly or blind", key(Action::Compare)), muted),
        Line::styled("tintype compare --prompts parti-24 --backends A,B prepares 24 pairs", muted),
        Line::styled(format!("{} to show results", key(Action::Results)), muted),
    ]
}

fn draw_round(
    model: &Model,
    duel: &DuelScreen,
    round: &DuelRound,
    area: Rect,
    picture: Rect,
    frame: &mut ClippedFrame<'_, '_>,
) {
    let below_prompt = draw_prompt(model, &round.pair.prompt, area, frame);
    let line = Rect { height: 1.min(below_prompt.height), ..below_prompt };
    let shared = Line::styled(
        sanitize::truncate(&shared_settings(&round.pair), usize::from(line.width)).into_owned(),
        model.theme.style(Role::Muted),
    );
    frame.render_widget(Paragraph::new(shared), line);
    if round.files.is_some() {
        draw_picture(model, frame);
    }
    let titles =
        if round.is_revealed() { names(model, round) } else { ["left", "right"].map(|side| place(model, side)) };
    let facts = if round.is_revealed() { facts(model, round) } else { [Line::default(), Line::default()] };
    let seen = |lines: [Line<'static>; 2]| match duel.only {
        Some(at) => lines.into_iter().skip(at).take(1).collect(),
        None => Vec::from(lines),
    };
    draw_captions(&seen(titles), 0, picture, frame);
    draw_captions(&seen(facts), 1, picture, frame);
    draw_questions(model, round, picture, frame);
}

fn place(model: &Model, side: &'static str) -> Line<'static> {
    Line::styled(side, model.theme.style(Role::Label))
}

/// Returns the settings that both sides share. Settings that differ are named without their values.
fn shared_settings(pair: &ComparisonPair) -> String {
    let (one, other) = (&pair.left.lane.settings, &pair.right.lane.settings);
    let mut words: Vec<String> = one
        .iter()
        .filter(|(name, value)| other.get(*name) == Some(value))
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    let all: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let differing: Vec<&str> =
        all.into_iter().filter(|name| one.get(*name) != other.get(*name)).map(String::as_str).collect();
    if !differing.is_empty() {
        words.push(format!("hidden until you vote: {}", differing.join(", ")));
    }
    let kind = [&pair.category, &pair.challenge].into_iter().flatten().map(|word| sanitize::line(word).to_lowercase());
    kind.chain(words).collect::<Vec<_>>().join(" · ")
}

fn names(model: &Model, round: &DuelRound) -> [Line<'static>; 2] {
    round.sides().map(|side| {
        let lane = &side.lane;
        let model_id = if lane.name.contains(&lane.model) || lane.model == lane.backend {
            String::new()
        } else {
            format!(" · {}", lane.model)
        };
        Line::styled(sanitize::line(&format!("{}{model_id}", lane.name)).into_owned(), model.theme.style(Role::Accent))
    })
}

fn facts(model: &Model, round: &DuelRound) -> [Line<'static>; 2] {
    round.sides().map(|side| Line::styled(side_text(side), model.theme.style(Role::Muted)))
}

fn side_text(side: &PairSide) -> String {
    let ending = match side.ending {
        LaneOutcome::Image => None,
        LaneOutcome::Refused => Some("refused".to_owned()),
        LaneOutcome::Invalid => Some("invalid output".to_owned()),
        LaneOutcome::Failed => Some("failed".to_owned()),
        LaneOutcome::Unknown => Some("interrupted".to_owned()),
    };
    let cost =
        side.cost.map(|usd| if usd == tintype_backends::Usd::ZERO { "free".to_owned() } else { usd.to_string() });
    [ending, side.seconds.map(format::seconds), cost].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Draws the two questions with the keys that answer them, then the next action.
fn draw_questions(model: &Model, round: &DuelRound, picture: Rect, frame: &mut ClippedFrame<'_, '_>) {
    let area = Rect { y: picture.bottom() + 2, height: 4, ..picture }.intersection(frame.area());
    if round.pair.outcome_without_vote().is_some() || !round.pair.is_votable() {
        let words = "no vote needed: the side without an image loses";
        let lines = vec![Line::styled(words, model.theme.style(Role::Info)), Line::default(), enter_hint(model, round)];
        return frame.render_widget(Paragraph::new(lines).alignment(Alignment::Center), area);
    }
    let asked = round.shown_since.is_some() && round.ballot == BallotState::Open;
    let second = round.better_prompt_match.is_some();
    let roomy = frame.area().width >= QUESTIONS_MIN_WIDTH;
    let lines = vec![
        question(model, roomy, 0, round.better_prompt_match, asked && !second),
        question(model, roomy, 1, round.better_looking, asked && second && round.better_looking.is_none()),
        Line::default(),
        enter_hint(model, round),
    ];
    frame.render_widget(Paragraph::new(lines).alignment(Alignment::Center), area);
}

fn question(model: &Model, roomy: bool, at: usize, given: Option<Preference>, asked: bool) -> Line<'static> {
    let style = |role| model.theme.style(role);
    let words = if roomy { QUESTIONS[at].0 } else { QUESTIONS[at].1 };
    let mark = if asked { "› " } else { "  " };
    let mut spans = vec![
        Span::styled(mark, style(Role::Accent)),
        Span::styled(words, style(if asked { Role::Title } else { Role::Muted })),
    ];
    for (answer, action, long, short) in ANSWERS {
        let key = model.config.keymap.label(KeyContext::Duel, action, model.terminal.enhanced_keys).unwrap_or_default();
        let (name, gap) = if roomy { (long, " ") } else { (short, "") };
        let key = if asked { key } else { " ".repeat(key.width()) };
        let look = match given {
            Some(given) if given == answer => Role::Selection,
            _ if asked => Role::Text,
            _ => Role::Muted,
        };
        spans.push(Span::styled(format!("{gap}{key} {name} "), style(look)));
    }
    Line::from(spans)
}

/// The answers in the order of their keys, with a shorter word for narrow screens.
const ANSWERS: [(Preference, Action, &str, &str); 4] = [
    (Preference::Left, Action::VoteLeft, "left", "left"),
    (Preference::Tie, Action::VoteTie, "tie", "tie"),
    (Preference::BothBad, Action::VoteBothBad, "both bad", "bad"),
    (Preference::Right, Action::VoteRight, "right", "right"),
];

/// The questions, with a shorter form for narrow screens.
const QUESTIONS: [(&str, &str); 2] =
    [("Which follows the prompt better?  ", "follows "), ("Which looks better?               ", "looks   ")];

/// Screens with fewer columns have no room for whole questions.
const QUESTIONS_MIN_WIDTH: u16 = 74;

/// Returns the last line: the current effect of Enter.
fn enter_hint(model: &Model, round: &DuelRound) -> Line<'static> {
    let key =
        |action| model.config.keymap.label(KeyContext::Duel, action, model.terminal.enhanced_keys).unwrap_or_default();
    let (next, undo) = (key(Action::VoteNext), key(Action::VoteUndo));
    let style = |role| model.theme.style(role);
    let both = round.better_prompt_match.is_some() && round.better_looking.is_some();
    let text = match round.ballot {
        BallotState::Saved => format!("{next} to continue"),
        BallotState::Saving => "saving vote".to_owned(),
        BallotState::Open if both => {
            format!("{next} to submit and reveal names · {undo} to undo last answer")
        }
        BallotState::Open if round.shown_since.is_none() => "loading both images".to_owned(),
        BallotState::Open => zoom(model).unwrap_or_default(),
    };
    Line::styled(text, style(if both { Role::Info } else { Role::Muted }))
}

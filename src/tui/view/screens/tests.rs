//! A duel is blind: the screen before the vote is the same, whichever lane is on which side.

use std::time::Duration;

use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};

use crate::{
    compare::{ComparisonPair, LaneOutcome, Preference},
    tui::{
        fixtures::{dealt, model, pair},
        model::{BallotState, DuelScreen, Model, Screen},
        msg::Msg,
        update::update,
        view::view,
    },
};

/// Returns a duel on that pair with both images on screen and these answers given.
fn duel(pair: &ComparisonPair, answers: &[Preference], size: (u16, u16)) -> Model {
    let mut model = model();
    model.screen = Some(Screen::Duel(DuelScreen::waiting_for_pair(None)));
    update(&mut model, Msg::Resize(size.0, size.1));
    update(&mut model, Msg::PairLoaded(Ok(Box::new(dealt(pair)))));
    if let Some(Screen::Duel(duel)) = &mut model.screen {
        let round = duel.round_mut().unwrap();
        round.shown_since = Some(Duration::from_secs(60));
        (round.better_prompt_match, round.better_looking) = (answers.first().copied(), answers.get(1).copied());
    }
    model
}

fn screen(model: &Model) -> Buffer {
    let (columns, rows) = model.terminal_size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| _ = view(model, frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn exchanged(pair: &ComparisonPair) -> ComparisonPair {
    ComparisonPair { left: pair.right.clone(), right: pair.left.clone(), ..pair.clone() }
}

#[test]
fn screen_before_the_vote_is_blind() {
    let pair = pair();
    for size in [(40, 12), (80, 24), (120, 36), (200, 60)] {
        for answers in [&[][..], &[Preference::Left], &[Preference::Left, Preference::Tie]] {
            let screens = [&pair, &exchanged(&pair)].map(|pair| screen(&duel(pair, answers, size)));
            assert_eq!(screens[0], screens[1], "{size:?} {answers:?}");
            let text = format!("{:?}", screens[0]);
            assert!(!["brush", "pencil", "0.25", "31 s"].iter().any(|word| text.contains(word)), "{text}");
        }
    }
}

#[test]
fn names_appear_after_the_ballot_is_saved() {
    let pair = pair();
    let mut model = duel(&pair, &[Preference::Left, Preference::Tie], (120, 36));
    let revealed = |model: &mut Model| {
        update(model, Msg::BallotSaved(Ok(())));
        format!("{:?}", screen(model))
    };
    let text = revealed(&mut model);
    assert!(text.find("brush").unwrap() < text.find("pencil").unwrap(), "{text}");
    let text = revealed(&mut duel(&exchanged(&pair), &[Preference::Left, Preference::Tie], (120, 36)));
    assert!(text.find("pencil").unwrap() < text.find("brush").unwrap(), "{text}");
}

#[test]
fn votes_wait_for_both_images() {
    let mut model = duel(&pair(), &[], (80, 24));
    if let Some(Screen::Duel(duel)) = &mut model.screen {
        duel.round_mut().unwrap().shown_since = None;
    }
    let key = crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Char('h'));
    update(&mut model, Msg::Key(key));
    let Some(Screen::Duel(duel)) = &model.screen else { panic!("the duel is gone") };
    let round = duel.round().unwrap();
    assert_eq!((round.better_prompt_match, round.ballot), (None, BallotState::Open));
}

#[test]
fn walkover_is_revealed_immediately() {
    let mut pair = pair();
    pair.left.ending = LaneOutcome::Refused;
    let text = format!("{:?}", screen(&duel(&pair, &[], (120, 36))));
    assert!(text.contains("no vote needed") && text.contains("refused") && text.contains("brush"), "{text}");
}

//! Drives the studio with any input that can come in: keys, pastes, sizes, the mouse, and events of jobs in between.
//! One driver for the seeded test below and for the fuzz target `keys`; it asserts what must hold after each step.
#![allow(clippy::missing_panics_doc, reason = "a driver of tests finds out by panicking")]

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::{Terminal, backend::TestBackend, layout::Size};
use tintype_backends::{Format, Preview};
use unicode_width::UnicodeWidthStr;

use super::{
    action::ACTIONS,
    effect::Effect,
    fixtures::{dealt, failed, model, pair, record},
    model::{DropOutcome, FileListing, Model, Notice, PAGE_ROWS, PreviewKey, Severity},
    msg::Msg,
    update::update,
    view::view,
};
use crate::{
    compare::{Ballot, Preference, Vote, Voter, stats::Scorecard},
    engine::{EngineEvent, EnhancedPrompt, JobEvent},
    id::Id,
    library::{JobState, Page, PromptRewrite, Query, Record},
    picture::{DisplayCapabilities, ImageBackground, PreparedImage, Protocol, TerminalWindow, prepare},
    sanitize,
};

/// Texts to type and to paste.
const TEXTS: &[&str] = &[
    "a red fox",
    "two\r\nlines\tand a tab",
    "東京の夜 👩‍👩‍👧 e\u{301} می\u{200c}خواهم",
    "\u{1b}[31m\u{0}\u{202e}\u{e0041}\u{9b}",
    "'/tmp/a fox.png' file:///tmp/b.png",
    "q",
    "a word that is too long for any pane: pneumonoultramicroscopicsilicovolcanoconiosis-pneumonoultramicroscopic",
];

/// Drives a studio with `bytes` and draws a frame after each step; returns the number of frames.
pub fn drive(bytes: &[u8]) -> usize {
    let mut storm = InputDriver::new();
    let mut bytes = bytes.iter().copied();
    let mut frames = 0;
    while let Some(step) = bytes.next() {
        let detail = [bytes.next().unwrap_or_default(), bytes.next().unwrap_or_default()];
        storm.step(step, detail);
        storm.draw();
        frames += 1;
    }
    frames
}

/// A studio, a library, and a terminal whose size may differ from the one that the studio knows.
struct InputDriver {
    model: Model,
    terminal: Terminal<TestBackend>,
    library: Vec<Record>,
    facts: DisplayCapabilities,
    png: Vec<u8>,
}

impl InputDriver {
    fn new() -> Self {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(9, 4).write_to(&mut png, image::ImageFormat::Png).unwrap_or_default();
        let library = (0..230).map(|at| if at % 7 == 3 { failed(TEXTS[at % 7]) } else { record(TEXTS[at % 7]) });
        let mut storm = Self {
            model: model(),
            terminal: Terminal::new(TestBackend::new(80, 24)).unwrap(),
            library: library.collect(),
            facts: DisplayCapabilities::without_probe(&|_| None, TerminalWindow::default(), Some(Protocol::Blocks)),
            png: png.into_inner(),
        };
        std::sync::Arc::make_mut(&mut storm.model.config).theme_names = vec!["daylight".into(), "tintype".into()];
        storm.tell(Msg::Resize(80, 24));
        storm
    }

    fn step(&mut self, step: u8, detail: [u8; 2]) {
        let [one, other] = detail;
        self.model.now.since_start += Duration::from_millis(u64::from(step));
        match step % 20 {
            0..=7 => self.tell(Msg::Key(key(one, other))),
            8 => self.tell(Msg::Paste(TEXTS[usize::from(one) % TEXTS.len()].repeat(usize::from(other) / 16))),
            9 | 10 => {
                self.shrink(detail);
                let Size { width, height } = self.terminal.size().unwrap();
                self.tell(Msg::Resize(width, height));
            }
            // The window has another size, and the resize event is still on its way.
            11 | 12 => self.shrink(detail),
            13 => self.tell(Msg::Mouse(mouse(one, other))),
            14 | 15 => self.job(one),
            16 => self.stage(one),
            17 => self.popup(one),
            18 if other % 2 == 0 => {
                let keys = TEXTS[usize::from(one) % TEXTS.len()].chars().map(|c| KeyCode::Char(c).into());
                self.tell(Msg::Keys(keys.collect()));
            }
            18 => self.library_changes(one),
            _ => {
                let text = TEXTS[usize::from(one) % TEXTS.len()];
                let notice = Notice::new(severity(other), text).with_hint((one > 99).then_some(text));
                self.tell(Msg::Notify(notice));
            }
        }
        if std::mem::take(&mut self.model.quitting) {
            self.model.quit_warned = false;
        }
    }

    /// Gives the terminal another size, mostly a small one, without a resize event.
    fn shrink(&mut self, [columns, rows]: [u8; 2]) {
        let scale = if columns % 8 == 7 { 200 } else { 66 };
        self.terminal.backend_mut().resize(u16::from(columns) * scale / 255, u16::from(rows) * (scale / 3) / 255);
    }

    fn tell(&mut self, msg: Msg) {
        let mut waiting = update(&mut self.model, msg);
        // A limited number of rounds, so that effects that answer each other endlessly are found.
        for _ in 0..8 {
            let answers: Vec<Msg> = waiting.drain(..).filter_map(|effect| self.answer(effect)).collect();
            waiting = answers.into_iter().flat_map(|msg| update(&mut self.model, msg)).collect();
        }
        assert!(waiting.is_empty(), "effects without end: {waiting:?}");
    }

    fn answer(&self, effect: Effect) -> Option<Msg> {
        match effect {
            Effect::LoadPage(query, offset, jobs) => Some(Msg::Page(Ok(self.page(&query, offset, &jobs)))),
            Effect::FindNamedImages(text, paths) => Some(Msg::NamedImages(
                text,
                paths.into_iter().take(usize::from(self.model.terminal_size.0 % 3)).collect(),
            )),
            Effect::FindDroppedImages(text, readings) => {
                let outcome = match (self.model.terminal_size.0 % 3, readings.into_iter().next()) {
                    (0, Some(paths)) => DropOutcome::Images(paths),
                    (1, _) => DropOutcome::Rejected(Notice::new(Severity::Warning, "`/tmp` is a directory")),
                    _ => DropOutcome::Text,
                };
                Some(Msg::DroppedImages(text, outcome))
            }
            Effect::ListImages(directory, _) => {
                let listing = FileListing { directory: directory.clone(), ..FileListing::default() };
                Some(Msg::ImagesListed(directory, Ok(listing)))
            }
            Effect::PrepareImage(key, _) | Effect::PrepareGridImage(key, _) => {
                Some(Msg::Prepared(key.clone(), self.fitted(&key)))
            }
            _ => None,
        }
    }

    fn page(&self, query: &Query, offset: u64, jobs: &[Id]) -> Page {
        let fits = |record: &&Record| record.prompt.contains(&query.text);
        let found: Vec<&Record> = self.library.iter().filter(fits).collect();
        let place = |id: &Id| found.iter().position(|record| record.id == *id);
        let offset = jobs.iter().find_map(place).map_or(offset, |row| row as u64 / PAGE_ROWS * PAGE_ROWS);
        let records = found.iter().skip(offset as usize).take(PAGE_ROWS as usize).copied().cloned().collect();
        Page { query: query.clone(), offset, total: found.len() as u64, records }
    }

    fn fitted(&self, key: &PreviewKey) -> Result<PreparedImage, String> {
        let area = Size::new(key.cells.0, key.cells.1);
        prepare(&self.png, area, &key.view, &self.facts, ImageBackground::Checkerboard)
            .map_err(|error| error.to_string())
    }

    fn job(&mut self, kind: u8) {
        let running = self.model.jobs.newest().map(|job| job.record.clone());
        let report = |storm: &mut Self, record: &Record, what| {
            storm.tell(Msg::Engine(EngineEvent { job: record.id, what }));
        };
        let Some(record) = running.filter(|_| !kind.is_multiple_of(4)) else {
            let count = u32::from(kind / 4 % 4) + 1;
            let record = Record { state: JobState::Sent, images: Vec::new(), count, ..record("on its way") };
            self.library.insert(0, record.clone());
            return report(self, &record.clone(), JobEvent::Started(Box::new(record)));
        };
        let image = u32::from(kind / 8 % 4);
        let preview = Preview { image, step: kind.into(), format: Format::Png, bytes: self.png.clone().into() };
        let what = match kind % 8 {
            1 => JobEvent::Preview(preview),
            2 if kind > 200 => JobEvent::Sent,
            2 => JobEvent::Status(TEXTS[3].to_owned()),
            3 => JobEvent::Percent(kind.into()),
            5 => JobEvent::Canceled(Box::new(Record { state: JobState::Cancelled, ..record.clone() })),
            6 => JobEvent::Failed(Box::new(Record { id: record.id, ..failed("a bad end") })),
            _ => JobEvent::Saved(Box::new(Record { id: record.id, ..super::fixtures::record("a good end") })),
        };
        report(self, &record, what);
    }

    fn stage(&mut self, kind: u8) {
        let pair = pair();
        match kind % 4 {
            0 => self.tell(Msg::PairLoaded(Ok(Box::new(dealt(&pair))))),
            1 => self.tell(Msg::BallotSaved(Ok(()))),
            2 => {
                let vote = Vote { follows: Preference::Left, looks: Preference::Tie, seconds: 2.5, opinion: None };
                let ballot = Ballot::new(&pair, Voter::Human, pair.at, vote);
                self.tell(Msg::ResultsLoaded(Ok(Box::new(Scorecard::reproducible(&[pair], &[ballot])))));
            }
            _ => self.tell(Msg::PairLoaded(Err(Notice::new(Severity::Error, "the library is busy")))),
        }
    }

    fn popup(&mut self, kind: u8) {
        let directed = PromptRewrite { from: TEXTS[1].into(), by: TEXTS[3].into(), model: TEXTS[6].into(), cost: None };
        match kind % 4 {
            0 => self.tell(Msg::PromptRewrite(Ok(EnhancedPrompt { prompt: TEXTS[6].repeat(9), directed }))),
            1 => self.tell(Msg::Unfinished(self.library.iter().take(30).cloned().collect())),
            2 => self.tell(Msg::PromptHistory(TEXTS.iter().map(|text| (*text).to_owned()).collect())),
            _ => self.tell(if kind < 128 { Msg::FocusLost } else { Msg::FocusGained }),
        }
    }

    /// Adds, marks and deletes records as another process would.
    fn library_changes(&mut self, kind: u8) {
        match kind % 4 {
            0 => self.library.insert(0, record("made elsewhere")),
            1 => self.library.truncate(usize::from(kind)),
            _ => self
                .library
                .iter_mut()
                .step_by(usize::from(kind).max(1))
                .for_each(|record| record.labels.favorite ^= true),
        }
        self.tell(Msg::LibraryChanged);
    }

    fn draw(&mut self) {
        let model = &self.model;
        let mut shown: Vec<ratatui::layout::Rect> = Vec::new();
        self.terminal.draw(|frame| shown = view(model, frame).iter().map(|(_, area)| *area).collect()).unwrap();
        let buffer = self.terminal.backend().buffer();
        for area in shown {
            assert_eq!(area.intersection(buffer.area), area, "an image outside of the frame");
        }
        assert!(buffer.content().iter().all(|cell| !cell.symbol().contains(sanitize::is_unsafe)));
        let edge = buffer.content().chunks(usize::from(buffer.area.width.max(1))).filter_map(<[_]>::last);
        for cell in edge {
            assert!(cell.symbol().width() < 2, "half a character at the edge: {:?}", cell.symbol());
        }
        let history = &self.model.history;
        assert!(history.selected < history.total.max(1) && history.top <= history.selected);
    }
}

/// Returns any key that is bound, or an editing key, or a letter.
fn key(one: u8, other: u8) -> KeyEvent {
    const EDITING: [KeyCode; 12] = [
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::PageDown,
        KeyCode::Home,
        KeyCode::End,
    ];
    let bound: Vec<&str> = ACTIONS.iter().flat_map(|row| row.keys.iter().copied()).collect();
    match one % 4 {
        0 => KeyEvent::new(EDITING[usize::from(other) % EDITING.len()], KeyModifiers::NONE),
        1 => KeyEvent::new(KeyCode::Char(char::from(other)), KeyModifiers::NONE),
        _ => {
            let combination = crokey::parse(bound[usize::from(other) % bound.len()]).unwrap();
            let crokey::OneToThree::One(code) = combination.codes else { return KeyCode::Esc.into() };
            KeyEvent::new(code, combination.modifiers)
        }
    }
}

fn mouse(one: u8, other: u8) -> MouseEvent {
    let kind = match one % 4 {
        0 => MouseEventKind::ScrollDown,
        1 => MouseEventKind::ScrollUp,
        2 => MouseEventKind::Drag(MouseButton::Left),
        _ => MouseEventKind::Down(MouseButton::Left),
    };
    MouseEvent { kind, column: one.into(), row: u16::from(other) / 4, modifiers: KeyModifiers::NONE }
}

fn severity(which: u8) -> Severity {
    [Severity::Success, Severity::Info, Severity::Warning, Severity::Error][usize::from(which) % 4]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_random_steps_keep_the_invariants() {
        let mut random = fastrand::Rng::with_seed(0x7117_7e9e);
        let frames: usize = (0..40)
            .map(|_| {
                let mut bytes = vec![0; 750];
                random.fill(&mut bytes);
                drive(&bytes)
            })
            .sum();
        assert_eq!(frames, 10_000);
    }
}

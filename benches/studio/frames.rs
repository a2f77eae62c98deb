//! The cost of a frame by itself: update and draw, without a terminal.
//! The image is on screen and every key moves the selection, so most of the history pane changes with each frame.

use std::{
    io::{BufWriter, Sink, sink},
    time::{Duration, Instant},
};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect};
use tintype::{
    config::Config,
    engine::Registry,
    library::Library,
    picture::{DisplayCapabilities, ImageBackground, Protocol, TerminalWindow, prepare},
    theme::Theme,
    tui::{
        effect::{Effect, ImageData},
        live_config::LiveConfig,
        model::{Focus, MessageTime, Model, PAGE_ROWS},
        msg::Msg,
        update::update,
        view::view,
    },
};
use tokio::runtime::Runtime;

use crate::{Figure, WINDOW, history::LongHistory};

const FRAMES: usize = 2000;

type TestScreen = Terminal<CrosstermBackend<BufWriter<Sink>>>;

/// Measures the frame after a key, and a full redraw.
pub(crate) fn figures(shelf: &LongHistory) -> [Figure; 2] {
    let mut studio = HeadlessStudio::open(shelf.library());
    let mut after_keys: Vec<Duration> = (0..FRAMES).map(|turn| studio.move_and_draw(turn)).collect();
    let mut whole: Vec<Duration> = (0..FRAMES / 4).map(|_| studio.draw_all()).collect();
    [
        Figure::of_times("a key decided and its frame drawn", "p99 < 4 ms", &mut after_keys),
        Figure::of_times("a whole frame drawn afresh", "p99 < 4 ms", &mut whole),
    ]
}

/// The studio without its runtime: effects that load something run synchronously, between the measurements.
struct HeadlessStudio {
    model: Model,
    screen: TestScreen,
    library: Library,
    runtime: Runtime,
    facts: DisplayCapabilities,
}

impl HeadlessStudio {
    fn open(library: Library) -> Self {
        let config = Config::defaults();
        let (backends, problems) = config.build_backends(&|_| None);
        assert!(problems.is_empty(), "{problems:?}");
        let registry = Registry::new(backends, "sketch").into();
        let now = MessageTime { at: jiff::Timestamp::now(), since_start: Duration::ZERO };
        let model = Model::new(registry, Theme::default(), std::sync::Arc::new(LiveConfig::default()), now);
        let facts = DisplayCapabilities::without_probe(
            &|name| (name == "COLORTERM").then(|| "truecolor".to_owned()),
            TerminalWindow::default(),
            Some(Protocol::Blocks),
        );
        let mut studio = Self { model, screen: screen(), library, runtime: Runtime::new().unwrap(), facts };
        studio.dispatch(Msg::Resize(WINDOW.0, WINDOW.1));
        studio.model.focus = Focus::History;
        studio.draw();
        assert!(studio.model.preview.shown.is_some() && studio.model.history.total > 1, "nothing to look at");
        studio
    }

    /// Moves down through the rows of a few pages, then up again.
    fn move_and_draw(&mut self, turn: usize) -> Duration {
        let key = if (turn / 250).is_multiple_of(2) { KeyCode::Down } else { KeyCode::Up };
        let start = Instant::now();
        let effects = update(&mut self.model, Msg::Key(KeyEvent::new(key, KeyModifiers::NONE)));
        self.draw();
        let time = start.elapsed();
        self.carry_out(effects);
        time
    }

    fn draw_all(&mut self) -> Duration {
        self.screen = screen();
        let start = Instant::now();
        self.draw();
        start.elapsed()
    }

    fn draw(&mut self) {
        let model = &self.model;
        self.screen.draw(|frame| _ = view(model, frame)).unwrap();
    }

    fn dispatch(&mut self, msg: Msg) {
        let effects = update(&mut self.model, msg);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let answer = match effect {
                Effect::LoadPage(query, offset, _) => {
                    let page = self.runtime.block_on(self.library.page(query, offset, PAGE_ROWS as u32));
                    Msg::Page(Ok(page.unwrap()))
                }
                Effect::PrepareImage(key, ImageData::File(path)) => {
                    let bytes = std::fs::read(path).unwrap();
                    let area = ratatui::layout::Size::new(key.cells.0, key.cells.1);
                    let fitted = prepare(&bytes, area, &key.view, &self.facts, ImageBackground::Checkerboard).unwrap();
                    Msg::Prepared(key, Ok(fitted))
                }
                _ => continue,
            };
            self.dispatch(answer);
        }
    }
}

fn screen() -> TestScreen {
    let viewport = Viewport::Fixed(Rect::new(0, 0, WINDOW.0, WINDOW.1));
    Terminal::with_options(CrosstermBackend::new(BufWriter::new(sink())), TerminalOptions { viewport }).unwrap()
}

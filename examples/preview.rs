//! The smallest studio: images in a pane, in the real terminal. `cargo run --example preview -- FILE…`
//!
//! Space: next image · p: popup · h: hide · r: reset · +/-: zoom · q: quit. `PROTOCOL=sixel` forces a protocol.

use std::{
    env, io,
    time::{Duration, Instant},
};

use crossterm::{
    event::{self, Event, KeyCode},
    execute, terminal,
};
use ratatui::{
    DefaultTerminal, Frame,
    layout::{Constraint, Layout, Rect},
    widgets::{Block, Clear, Paragraph},
};
use tintype::picture::{
    DisplayCapabilities, DisplayError, ImageBackground, ImageViewport, Painter, PlacedImage, PreparedImage,
    ProbeResult, TerminalWindow, Zoom, prepare, query_terminal,
};

fn main() -> io::Result<()> {
    let var = |name: &str| env::var(name).ok();
    let heard: ProbeResult = query_terminal(&var, Duration::from_secs(2));
    let forced = var("PROTOCOL").and_then(|name| name.parse().ok());
    let facts = DisplayCapabilities::from_probe(&var, &heard, window()?, forced);
    // A reply would be taken for keys here.
    let facts = DisplayCapabilities { confirms: false, ..facts };
    let pictures = env::args().skip(1).map(std::fs::read).collect::<io::Result<_>>()?;
    let mut terminal = ratatui::try_init()?;
    let done = PreviewApp::new(pictures, facts, &heard).run(&mut terminal);
    ratatui::try_restore()?;
    done
}

fn window() -> io::Result<TerminalWindow> {
    let size = terminal::window_size()?;
    Ok(TerminalWindow { columns: size.columns, rows: size.rows, width: size.width, height: size.height })
}

struct PreviewApp {
    pictures: Vec<Vec<u8>>,
    facts: DisplayCapabilities,
    typed: String,
    current: usize,
    fitted: Option<Result<PreparedImage, DisplayError>>,
    pane: Rect,
    view: ImageViewport,
    popup: bool,
    hidden: bool,
    painter: Painter,
}

impl PreviewApp {
    fn new(pictures: Vec<Vec<u8>>, facts: DisplayCapabilities, heard: &ProbeResult) -> Self {
        let typed = String::from_utf8_lossy(&heard.early_input).escape_debug().to_string();
        let (painter, view, pane) = (Painter::default(), ImageViewport::default(), Rect::ZERO);
        let (popup, hidden, fitted, current) = (false, false, None, 0);
        Self { pictures, facts, typed, current, fitted, pane, view, popup, hidden, painter }
    }

    fn run(mut self, terminal: &mut DefaultTerminal) -> io::Result<()> {
        loop {
            self.pane = pane(terminal.get_frame().area());
            self.fitted.get_or_insert_with(|| {
                let area = self.pane.as_size();
                prepare(&self.pictures[self.current], area, &self.view, &self.facts, ImageBackground::Checkerboard)
            });
            self.draw(terminal)?;
            if let Some(due) = self.painter.due()
                && !event::poll(due.saturating_duration_since(Instant::now()))?
            {
                self.painter.on_timeout();
                continue;
            }
            if !self.handle(&event::read()?, terminal)? {
                self.painter.reset();
                while self.painter.pump(&mut io::stdout(), Instant::now())? {}
                return Ok(());
            }
        }
    }

    fn shown(&self) -> Option<&PreparedImage> {
        self.fitted.as_ref().and_then(|fitted| fitted.as_ref().ok()).filter(|_| !self.hidden)
    }

    fn draw(&mut self, terminal: &mut DefaultTerminal) -> io::Result<()> {
        if self.facts.sync {
            execute!(io::stdout(), terminal::BeginSynchronizedUpdate)?;
        }
        let shown = self.fitted.as_ref().and_then(|fitted| fitted.as_ref().ok()).filter(|_| !self.hidden);
        let shown: Vec<PlacedImage<'_>> = shown.map(|fitted| (fitted, self.pane)).into_iter().collect();
        let frame = terminal.draw(|frame| {
            self.view(frame);
            self.painter.before_draw(frame.buffer_mut(), &shown);
        })?;
        self.painter.after_draw(frame.buffer, &shown, Instant::now());
        while self.painter.pump(&mut io::stdout(), Instant::now())? && !event::poll(Duration::ZERO)? {}
        while self.painter.pump(&mut io::stdout(), Instant::now())? {}
        if self.facts.sync {
            execute!(io::stdout(), terminal::EndSynchronizedUpdate)?;
        }
        Ok(())
    }

    fn view(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let list = Paragraph::new("> a red fox\n  blue city").block(Block::bordered().title(" History "));
        frame.render_widget(list, Rect { width: 20.min(area.width), height: area.height.saturating_sub(1), ..area });
        let title = format!(" {} ", self.facts.protocol);
        let around =
            Rect { x: self.pane.x - 1, y: self.pane.y - 1, width: self.pane.width + 2, height: self.pane.height + 2 };
        frame.render_widget(Block::bordered().title(title), around);
        match self.shown() {
            Some(fitted) => frame.render_widget(fitted, self.pane),
            None => frame.render_widget(Paragraph::new("nothing here\nwords that must come back"), self.pane),
        }
        let facts = &self.facts;
        let status =
            format!("{} {:?} {:?} typed '{}' {:?}", facts.brand, facts.version, facts.cell, self.typed, facts.reasons);
        frame.render_widget(Paragraph::new(status), Rect { y: area.bottom() - 1, height: 1, ..area });
        if self.popup {
            let popup = area.centered(Constraint::Length(30), Constraint::Length(7));
            frame.render_widget(Clear, popup);
            let text = Paragraph::new("a popup over the picture\nwith two lines");
            frame.render_widget(text.block(Block::bordered().title(" Help ")), popup);
        }
    }

    fn handle(&mut self, event: &Event, terminal: &mut DefaultTerminal) -> io::Result<bool> {
        match event {
            Event::Resize(..) => {
                self.facts.resized(window()?);
                terminal.autoresize()?;
                self.painter.reset();
                self.fitted = None;
            }
            Event::Key(key) => match key.code {
                KeyCode::Char('q') => return Ok(false),
                KeyCode::Char(' ') => {
                    self.current = (self.current + 1) % self.pictures.len();
                    self.fitted = None;
                }
                KeyCode::Char('p') => self.popup = !self.popup,
                KeyCode::Char('h') => self.hidden = !self.hidden,
                KeyCode::Char('r') => {
                    terminal.clear()?;
                    self.painter.reset();
                }
                KeyCode::Char('z') => {
                    self.view.zoom = if self.view.zoom == Zoom::Fit { Zoom::Scale(1.0) } else { Zoom::Fit };
                    self.fitted = None;
                }
                _ => {}
            },
            _ => {}
        }
        Ok(true)
    }
}

fn pane(area: Rect) -> Rect {
    let [_, right] = Layout::horizontal([Constraint::Length(20), Constraint::Min(3)]).areas(area);
    Rect { height: right.height.saturating_sub(1), ..right }.inner(ratatui::layout::Margin::new(1, 1))
}

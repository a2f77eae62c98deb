//! The main loop of the studio: one `select!`, and one place where effects are carried out.
//! It decides nothing: `update` decides what follows from an event.

mod clipboard;
mod clock;
mod desktop_notification;
mod editor;
mod effect_handler;
mod image_thread;
mod library_effects;
mod list_images;
mod load_config;
mod reference_files;
mod reply_parser;
mod signals;
mod startup;
mod terminal;
mod terminal_detection;
mod terminal_events;
mod thumbnail_cache;
mod thumbnail_threads;

use std::{
    io,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use crossterm::event::Event;
use tokio::{sync::mpsc::UnboundedReceiver, time::sleep_until};

pub use startup::{StudioError, StudioExit, StudioOptions, run};
pub use terminal::restore as restore_terminal;

use self::{
    clock::Clock,
    effect_handler::EffectHandler,
    reply_parser::TerminalInput,
    signals::SignalListener,
    terminal::TerminalScreen,
    terminal_events::{KeyBatch, TerminalEvents},
};
use super::{
    effect::Effect,
    live_config::LiveConfig,
    model::{Model, Screen},
    msg::Msg,
    update::update,
    view::view,
};
use crate::engine::EngineEvent;

/// Returns the keymap of a config, and what is wrong with its bindings and where.
pub(crate) use load_config::keymap;

/// Minimum time between frames: a key is answered within 16 ms even right after a frame.
const MIN_FRAME_INTERVAL: Duration = Duration::from_millis(10);

/// Maximum wait for the terminal's last replies before it is left.
const REPLY_TIMEOUT: Duration = Duration::from_secs(1);

/// The running studio.
struct StudioLoop {
    model: Model,
    screen: TerminalScreen,
    world: EffectHandler,
    clock: Clock,
    keys: TerminalEvents,
    /// Plain characters that wait to be handled as one message.
    typed_batch: KeyBatch,
    messages: UnboundedReceiver<Msg>,
    engine: UnboundedReceiver<EngineEvent>,
    signals: SignalListener,
    /// Set if something has happened since the last frame was drawn.
    dirty: bool,
    last_frame_at: Instant,
    /// Time that it took to draw the last frame.
    last_frame_time: Duration,
}

impl StudioLoop {
    /// Runs until the studio ends.
    async fn run(&mut self) -> io::Result<StudioExit> {
        let mut last_tick = Instant::now();
        self.draw()?;
        while !self.model.quitting {
            let frame_due = tokio::time::Instant::from_std(self.last_frame_at + MIN_FRAME_INTERVAL);
            let due = self.screen.painter().due();
            let tick_due = self.model.tick_interval().map(|interval| last_tick + interval);
            self.keys.expect_reply(self.screen.painter().reply_is_near());
            let msg = tokio::select! {
                biased;
                signal = self.signals.next() => {
                    self.handle(Msg::Terminate).await?;
                    self.drain_replies().await?;
                    return Ok(StudioExit::Signal(signal));
                }
                input = self.keys.next() => self.input(input),
                Some(event) = self.engine.recv() => Some(Msg::Engine(event)),
                Some(msg) = self.messages.recv() => Some(msg),
                () = sleep_until(tick_due.unwrap_or(last_tick).into()), if tick_due.is_some() => {
                    last_tick = Instant::now();
                    Some(Msg::Tick)
                }
                () = std::future::ready(()), if self.screen.pending() => {
                    self.dirty |= self.screen.pump()?;
                    None
                }
                () = sleep_until(due.unwrap_or(self.last_frame_at).into()), if due.is_some() => {
                    self.screen.painter().on_timeout();
                    self.dirty = true;
                    None
                }
                () = sleep_until(frame_due), if self.dirty => None,
            };
            if let Some(msg) = msg {
                self.take(msg).await?;
                self.drain().await?;
            }
            if self.dirty && self.screen.can_draw() && self.last_frame_at.elapsed() >= MIN_FRAME_INTERVAL {
                self.draw()?;
            }
        }
        self.drain_replies().await?;
        Ok(StudioExit::Quit)
    }

    /// Converts input from the terminal to a message, if it means anything to the studio.
    fn input(&mut self, input: Option<io::Result<TerminalInput>>) -> Option<Msg> {
        match input {
            Some(Ok(TerminalInput::Event(event))) => message(event),
            Some(Ok(TerminalInput::Reply(reply))) => {
                if let Some(trouble) = &reply.error {
                    tracing::warn!("the terminal refuses image {}: {trouble}", reply.id);
                }
                self.screen.painter().on_reply(reply.id);
                self.dirty = true;
                None
            }
            Some(Ok(TerminalInput::LateAnswer(answer))) => {
                if self.world.take_late_answer(&answer, terminal::window()) {
                    self.redraw_for_new_facts();
                }
                // Any message, even an empty one, requests what follows from the new facts.
                Some(Msg::TerminalFactsChanged)
            }
            // The terminal is gone.
            Some(Err(_)) | None => Some(Msg::Terminate),
        }
    }

    /// Reads the replies in transit, so that the next program does not receive them as keys.
    async fn drain_replies(&mut self) -> io::Result<()> {
        self.screen.flush_images()?;
        let (end, mut typed) = (tokio::time::Instant::now() + REPLY_TIMEOUT, Vec::new());
        while self.screen.painter().awaits_reply() {
            match tokio::time::timeout_at(end, self.keys.next()).await {
                Ok(Some(Ok(TerminalInput::Reply(reply)))) => self.screen.painter().on_reply(reply.id),
                Ok(Some(Ok(TerminalInput::Event(event)))) => typed.push(event),
                Ok(Some(Ok(TerminalInput::LateAnswer(_)))) => {}
                Ok(Some(Err(_)) | None) | Err(_) => break,
            }
        }
        self.keys.put_back(typed);
        Ok(())
    }

    /// Handles everything that waits already, so that many events make one frame. Where frames are slow this may take
    /// as long as one of them, so that drawing never takes more than half of the time and each key does not cost a
    /// frame.
    async fn drain(&mut self) -> io::Result<()> {
        let end = Instant::now() + self.last_frame_time.max(2 * MIN_FRAME_INTERVAL);
        loop {
            let msg = match self.keys.poll_next().await {
                Poll::Ready(input) => self.input(input),
                Poll::Pending => match self.engine.try_recv() {
                    Ok(event) => Some(Msg::Engine(event)),
                    Err(_) => match self.messages.try_recv() {
                        Ok(msg) => Some(msg),
                        Err(_) => break,
                    },
                },
            };
            if let Some(msg) = msg {
                self.take(msg).await?;
            }
            if self.model.quitting || Instant::now() > end {
                break;
            }
        }
        self.flush_typed().await
    }

    /// Handles a message, or adds it to the current run of characters.
    async fn take(&mut self, msg: Msg) -> io::Result<()> {
        for due in self.typed_batch.take(msg) {
            self.handle(due).await?;
        }
        Ok(())
    }

    /// Handles the run of characters so far.
    async fn flush_typed(&mut self) -> io::Result<()> {
        match self.typed_batch.take_batch() {
            Some(run) => self.handle(run).await,
            None => Ok(()),
        }
    }

    async fn handle(&mut self, msg: Msg) -> io::Result<()> {
        self.dirty = true;
        self.model.now = self.clock.now();
        match &msg {
            Msg::Resize(..) => {
                // The terminal has dropped its images, and its cells may have another size.
                self.model.terminal.cell = self.world.resized(terminal::window());
                self.discard_prepared();
                self.world.query_outer_terminal();
            }
            Msg::FocusGained => self.world.query_outer_terminal(),
            Msg::OuterTerminal(outer) if self.world.set_outer_terminal(outer.clone(), terminal::window()) => {
                self.redraw_for_new_facts();
            }
            _ => {}
        }
        for effect in update(&mut self.model, msg) {
            self.perform(effect).await?;
        }
        Ok(())
    }

    /// Redraws everything for the terminal as it is known now.
    fn redraw_for_new_facts(&mut self) {
        (self.model.terminal.cell, self.model.terminal.colors) = (self.world.facts.cell, self.world.colors);
        self.world.use_theme(self.model.theme.name());
        self.discard_prepared();
    }

    /// Discards everything prepared for the terminal as it was.
    fn discard_prepared(&mut self) {
        self.model.preview.reset();
        self.model.thumbnails.reset();
        if let Some(pane) = self.model.screen.as_mut().and_then(Screen::pane_mut) {
            pane.reset();
        }
        self.screen.clear();
    }

    /// Performs the effects that need the terminal and leaves the others to `EffectHandler`.
    async fn perform(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::EditExternally(text) => self.edit(text).await,
            Effect::Suspend => self.suspend().await,
            Effect::Redraw => {
                self.screen.clear();
                Ok(())
            }
            Effect::UseConfig(config) => self.use_config(config),
            Effect::Copy(text) => self.screen.copy(&text),
            Effect::Notify(text) => {
                self.screen.queue(self.world.notification(&text));
                Ok(())
            }
            Effect::CopyImage(path) => self.copy_image(path),
            other => {
                self.world.perform(other);
                Ok(())
            }
        }
    }

    /// Takes over a reloaded config, as far as the terminal is concerned.
    fn use_config(&mut self, config: Arc<LiveConfig>) -> io::Result<()> {
        self.screen.capture_mouse(config.studio.mouse)?;
        if self.world.use_config(config, terminal::window()) {
            self.redraw_for_new_facts();
        }
        Ok(())
    }

    /// Copies an image with a clipboard program, or its path through the terminal if there is none.
    fn copy_image(&mut self, path: std::path::PathBuf) -> io::Result<()> {
        if let Some(tool) = clipboard::clipboard_program() {
            self.world.copy_image(tool, path);
            return Ok(());
        }
        let path = path.display().to_string();
        self.world.send(Msg::Notify(clipboard::path_only_notice(&path)));
        self.screen.copy(&path)
    }

    async fn edit(&mut self, text: String) -> io::Result<()> {
        self.drain_replies().await?;
        // The background stops reading keys here; while the editor runs, they belong to the editor.
        self.keys.pause();
        self.screen.leave()?;
        let result = editor::edit(self.world.editor(), text, self.world.secrets()).await;
        self.screen.enter()?;
        self.keys.resume();
        self.world.send(Msg::EditedExternally(result));
        self.report_size()
    }

    async fn suspend(&mut self) -> io::Result<()> {
        self.drain_replies().await?;
        self.screen.leave()?;
        signals::stop()?;
        self.screen.enter()?;
        self.report_size()
    }

    /// Reports the size of the window, which may have changed while another program had the terminal.
    fn report_size(&mut self) -> io::Result<()> {
        let (columns, rows) = crossterm::terminal::size()?;
        self.world.send(Msg::Resize(columns, rows));
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        self.dirty = false;
        self.last_frame_at = Instant::now();
        let model = &self.model;
        self.screen.draw(|frame| view(model, frame))?;
        self.last_frame_time = self.last_frame_at.elapsed();
        Ok(())
    }
}

/// Converts an event of the terminal to a message; events without a meaning here are dropped.
fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) => Some(Msg::Key(key)),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Mouse(event) if event.kind == crossterm::event::MouseEventKind::Moved => None,
        Event::Mouse(event) => Some(Msg::Mouse(event)),
        Event::Resize(columns, rows) => Some(Msg::Resize(columns, rows)),
        Event::FocusGained => Some(Msg::FocusGained),
        Event::FocusLost => Some(Msg::FocusLost),
    }
}

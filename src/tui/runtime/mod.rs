//! The main loop of the studio: one `select!`, and one place where effects are carried out.
//! It decides nothing: `update` decides what follows from an event.

mod clipboard;
mod clock;
mod editor;
mod effects;
mod given;
mod keys;
mod outer;
mod pictures;
mod reload;
mod replies;
mod screen;
mod signals;
mod startup;

use std::{
    io,
    task::Poll,
    time::{Duration, Instant},
};

use crossterm::event::Event;
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{MissedTickBehavior, interval, sleep_until},
};

pub use screen::restore as restore_terminal;
pub use startup::{Ended, Startup, StudioError, run};

use self::{
    clock::Clock,
    effects::World,
    keys::{Keys, Run},
    replies::Input,
    screen::Screen,
    signals::Signals,
};
use super::{
    effect::Effect,
    model::{Model, Stage},
    msg::Msg,
    update::update,
    view::view,
};
use crate::engine::EngineEvent;

/// Returns the keymap of a config, and what is wrong with its bindings and where.
pub(crate) use reload::keymap;

/// Minimum time between frames: a key is answered within 16 ms even right after a frame.
const FRAME: Duration = Duration::from_millis(10);

/// Time between ticks while something is animated.
const TICK: Duration = Duration::from_millis(100);

/// Maximum wait for the terminal's last replies before it is left.
const LAST_REPLIES: Duration = Duration::from_secs(1);

/// The running studio.
struct Studio {
    model: Model,
    screen: Screen,
    world: World,
    clock: Clock,
    keys: Keys,
    /// Plain characters that wait to be handled as one message.
    typed: Run,
    messages: UnboundedReceiver<Msg>,
    engine: UnboundedReceiver<EngineEvent>,
    signals: Signals,
    /// Set if something has happened since the last frame was drawn.
    dirty: bool,
    drawn: Instant,
    /// Time that it took to draw the last frame.
    drawing: Duration,
}

impl Studio {
    /// Runs until the studio ends.
    async fn run(&mut self) -> io::Result<Ended> {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.draw()?;
        while !self.model.quitting {
            let frame_due = tokio::time::Instant::from_std(self.drawn + FRAME);
            let due = self.screen.painter().due();
            let moving = self.moving();
            self.keys.expect_reply(self.screen.painter().expects_reply());
            let msg = tokio::select! {
                biased;
                signal = self.signals.next() => {
                    self.handle(Msg::Terminate).await?;
                    self.hear_out().await?;
                    return Ok(Ended::Signal(signal));
                }
                input = self.keys.next() => self.input(input),
                Some(event) = self.engine.recv() => Some(Msg::Engine(event)),
                Some(msg) = self.messages.recv() => Some(msg),
                _ = ticks.tick(), if moving => Some(Msg::Tick),
                () = std::future::ready(()), if self.screen.pending() => {
                    self.dirty |= self.screen.pump()?;
                    None
                }
                () = sleep_until(due.unwrap_or(self.drawn).into()), if due.is_some() => {
                    self.screen.painter().time_is_up();
                    self.dirty = true;
                    None
                }
                () = sleep_until(frame_due), if self.dirty => None,
            };
            if let Some(msg) = msg {
                self.take(msg).await?;
                self.drain().await?;
            }
            if self.dirty && self.screen.lets_draw() && self.drawn.elapsed() >= FRAME {
                self.draw()?;
            }
        }
        self.hear_out().await?;
        Ok(Ended::Quit)
    }

    /// Converts input from the terminal to a message, if it means anything to the studio.
    fn input(&mut self, input: Option<io::Result<Input>>) -> Option<Msg> {
        match input {
            Some(Ok(Input::Event(event))) => message(event),
            Some(Ok(Input::Reply(reply))) => {
                if let Some(trouble) = &reply.trouble {
                    tracing::warn!("the terminal refuses image {}: {trouble}", reply.id);
                }
                self.screen.painter().replied(reply.id);
                self.dirty = true;
                None
            }
            Some(Ok(Input::Late(answer))) => {
                if self.world.is_answered(&answer, screen::window()) {
                    self.other_facts();
                }
                // Any message, even an empty one, requests what follows from the new facts.
                Some(Msg::FactsChanged)
            }
            // The terminal is gone.
            Some(Err(_)) | None => Some(Msg::Terminate),
        }
    }

    /// Reads the replies in transit, so that the next program does not receive them as keys.
    async fn hear_out(&mut self) -> io::Result<()> {
        self.screen.finish()?;
        let (end, mut typed) = (tokio::time::Instant::now() + LAST_REPLIES, Vec::new());
        while self.screen.painter().lacks_reply() {
            match tokio::time::timeout_at(end, self.keys.next()).await {
                Ok(Some(Ok(Input::Reply(reply)))) => self.screen.painter().replied(reply.id),
                Ok(Some(Ok(Input::Event(event)))) => typed.push(event),
                Ok(Some(Ok(Input::Late(_)))) => {}
                Ok(Some(Err(_)) | None) | Err(_) => break,
            }
        }
        self.keys.put_back(typed);
        Ok(())
    }

    /// Returns `true` if the screen changes with time alone.
    fn moving(&self) -> bool {
        !self.model.jobs.is_empty() || self.model.notices.fading()
    }

    /// Handles everything that waits already, so that many events make one frame. Where frames are slow this may take
    /// as long as one of them, so that drawing never takes more than half of the time and each key does not cost a
    /// frame.
    async fn drain(&mut self) -> io::Result<()> {
        let end = Instant::now() + self.drawing.max(2 * FRAME);
        loop {
            let msg = match self.keys.waiting().await {
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
        self.end_run().await
    }

    /// Handles a message, or adds it to the current run of characters.
    async fn take(&mut self, msg: Msg) -> io::Result<()> {
        for due in self.typed.take(msg) {
            self.handle(due).await?;
        }
        Ok(())
    }

    /// Handles the run of characters so far.
    async fn end_run(&mut self) -> io::Result<()> {
        match self.typed.end() {
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
                self.model.reach.cell = self.world.resized(screen::window());
                self.begin_again();
                self.world.ask_around();
            }
            Msg::Focused => self.world.ask_around(),
            Msg::TerminalAround(outer) if self.world.is_around(outer.clone(), screen::window()) => {
                self.other_facts();
            }
            _ => {}
        }
        if let Msg::Reloaded(Ok(reloaded)) = &msg {
            self.world.themes.clone_from(&reloaded.themes);
        }
        for effect in update(&mut self.model, msg) {
            self.perform(effect).await?;
        }
        Ok(())
    }

    /// Redraws everything for the terminal as it is known now.
    fn other_facts(&mut self) {
        self.model.reach.cell = self.world.facts.cell;
        self.world.use_theme(self.model.theme.name());
        self.begin_again();
    }

    /// Discards everything prepared for the terminal as it was.
    fn begin_again(&mut self) {
        self.model.preview.forget();
        if let Some(pane) = self.model.stage.as_mut().and_then(Stage::pane_mut) {
            pane.forget();
        }
        self.screen.clear();
    }

    /// Performs the effects that need the terminal and leaves the others to `World`.
    async fn perform(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::EditExternally(text) => self.edit(text).await,
            Effect::Suspend => self.suspend().await,
            Effect::Redraw => {
                self.screen.clear();
                Ok(())
            }
            Effect::Copy(text) => self.screen.copy(&text),
            Effect::CopyImage(path) => self.copy_image(path),
            other => {
                self.world.perform(other);
                Ok(())
            }
        }
    }

    /// Copies an image with a clipboard program, or its path through the terminal if there is none.
    fn copy_image(&mut self, path: std::path::PathBuf) -> io::Result<()> {
        if let Some(tool) = clipboard::tool() {
            self.world.copy_image(tool, path);
            return Ok(());
        }
        let path = path.display().to_string();
        self.world.tell(Msg::Notify(clipboard::only_the_path(&path)));
        self.screen.copy(&path)
    }

    async fn edit(&mut self, text: String) -> io::Result<()> {
        self.hear_out().await?;
        // The background stops reading keys here; while the editor runs, they belong to the editor.
        self.keys.pause();
        self.screen.leave()?;
        let result = editor::edit(self.world.editor(), text, self.world.secrets()).await;
        self.screen.enter()?;
        self.keys.resume();
        self.world.tell(Msg::EditedExternally(result));
        self.resized()
    }

    async fn suspend(&mut self) -> io::Result<()> {
        self.hear_out().await?;
        self.screen.leave()?;
        signals::stop()?;
        self.screen.enter()?;
        self.resized()
    }

    /// Reports the size of the window, which may have changed while another program had the terminal.
    fn resized(&mut self) -> io::Result<()> {
        let (columns, rows) = crossterm::terminal::size()?;
        self.world.tell(Msg::Resize(columns, rows));
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        self.dirty = false;
        self.drawn = Instant::now();
        let model = &self.model;
        self.screen.draw(|frame| view(model, frame))?;
        self.drawing = self.drawn.elapsed();
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
        Event::FocusGained => Some(Msg::Focused),
        Event::FocusLost => None,
    }
}

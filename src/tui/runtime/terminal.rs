//! The terminal as the studio uses it: entered, drawn on, left, and restored as it was.
//! `view` decides what is drawn.

use std::{
    io::{self, BufWriter, Stdout, Write, stdout},
    panic::{self, AssertUnwindSafe},
    time::Instant,
};

use crossterm::{
    clipboard::CopyToClipboard,
    event::{
        DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
        EnableMouseCapture, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
    },
    execute, queue,
    terminal::{
        BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, SetTitle,
        disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{
    Frame, Terminal,
    backend::CrosstermBackend,
    widgets::{Paragraph, Wrap},
};

use crate::picture::{Painter, PlacedImage, TerminalWindow};

/// The terminal modes to enable besides raw mode and the alternate screen.
#[derive(Clone, Copy, Debug)]
pub(super) struct TerminalModes {
    pub(super) mouse: bool,
    /// Set if the terminal supports the kitty keyboard protocol.
    pub(super) enhanced_keys: bool,
}

/// The frame in place of one that failed to draw.
const DRAW_FAILURE: &str = "This screen could not be drawn because of a bug in tintype. Running jobs continue and are \
                          saved. Press Esc to go back or Ctrl+Q to quit; a report is printed on exit.";

/// The terminal while the studio has it.
pub(super) struct TerminalScreen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
    modes: TerminalModes,
    painter: Painter,
    /// Bytes that follow the next frame, since a frame is never drawn inside an image in transit.
    queued: Vec<u8>,
    /// Set if the screen no longer shows what was drawn there.
    needs_full_redraw: bool,
    /// Set if a frame was drawn while an image was in transit, so that the painter has not seen the frame.
    needs_redraw_after_image: bool,
}

impl TerminalScreen {
    /// Takes over the terminal. It is restored when this value is dropped, and on a panic.
    pub(super) fn new(modes: TerminalModes) -> io::Result<Self> {
        let terminal = Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(1 << 16, stdout())))?;
        let mut screen = Self {
            terminal,
            modes,
            painter: Painter::default(),
            queued: Vec::new(),
            needs_full_redraw: false,
            needs_redraw_after_image: false,
        };
        screen.enter()?;
        Ok(screen)
    }

    /// Takes over the terminal again.
    pub(super) fn enter(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        let mut out = stdout();
        // Focus events report that the user looks elsewhere, and inside tmux that this pane is visible again.
        execute!(out, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange, SetTitle("tintype"))?;
        if self.modes.mouse {
            execute!(out, EnableMouseCapture)?;
        }
        if self.modes.enhanced_keys {
            execute!(out, PushKeyboardEnhancementFlags(KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES))?;
        }
        Ok(())
    }

    /// Starts or stops capturing the mouse.
    pub(super) fn capture_mouse(&mut self, mouse: bool) -> io::Result<()> {
        if self.modes.mouse == mouse {
            return Ok(());
        }
        self.modes.mouse = mouse;
        if mouse { execute!(stdout(), EnableMouseCapture) } else { execute!(stdout(), DisableMouseCapture) }
    }

    /// Restores the terminal and frees the memory of our images in it.
    pub(super) fn leave(&mut self) -> io::Result<()> {
        self.flush_images()?;
        if self.modes.enhanced_keys {
            execute!(stdout(), PopKeyboardEnhancementFlags)?;
        }
        restore()
    }

    /// Sends all pending data and has the terminal delete our images. Its replies have to be read before it is left, or
    /// another program receives them as keys.
    pub(super) fn flush_images(&mut self) -> io::Result<()> {
        self.painter.reset();
        while self.painter.pump(self.terminal.backend_mut(), Instant::now())? {}
        self.terminal.backend_mut().flush()
    }

    /// Draws a frame, as one synchronized update where the terminal supports it. `render` returns the images in the
    /// frame; data that they need besides the frame is sent by `pump`.
    ///
    /// A bug in `render` must not end the running jobs: the frame shows a message instead, and the next one is drawn as
    /// usual.
    pub(super) fn draw<'m>(&mut self, render: impl FnOnce(&mut Frame<'_>) -> Vec<PlacedImage<'m>>) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        if std::mem::take(&mut self.needs_full_redraw) {
            // Unlike `clear`, this does not query the position of the cursor and wait for the answer.
            let area = self.terminal.size()?.into();
            self.terminal.resize(area)?;
        }
        let painter = &mut self.painter;
        let mut shown = Vec::new();
        let frame = self.terminal.draw(|frame| {
            shown = render_or_message(frame, render);
            painter.before_draw(frame.buffer_mut(), &shown);
        })?;
        self.needs_redraw_after_image = self.painter.pending();
        if !self.needs_redraw_after_image {
            self.painter.after_draw(frame.buffer, &shown, Instant::now());
        }
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        self.terminal.backend_mut().write_all(&std::mem::take(&mut self.queued))?;
        self.terminal.backend_mut().flush()
    }

    /// Queues bytes to be written after the next frame.
    pub(super) fn queue(&mut self, bytes: Vec<u8>) {
        self.queued.extend(bytes);
    }

    /// Returns `true` if a part of an image waits to be sent.
    pub(super) fn pending(&self) -> bool {
        self.painter.pending()
    }

    /// Returns `true` if a frame can be drawn without splitting an image in transit.
    pub(super) fn can_draw(&self) -> bool {
        self.painter.can_draw()
    }

    /// Sends a part of an image, small enough that keys do not wait for it. Returns `true` if a frame has to follow,
    /// because the last one came in between.
    pub(super) fn pump(&mut self) -> io::Result<bool> {
        let more = self.painter.pump(self.terminal.backend_mut(), Instant::now())?;
        self.terminal.backend_mut().flush()?;
        Ok(self.needs_redraw_after_image && !more)
    }

    /// Returns the painter, which keeps images in sync with the terminal.
    pub(super) fn painter(&mut self) -> &mut Painter {
        &mut self.painter
    }

    /// Forgets what is on screen, so that the next frame draws everything.
    pub(super) fn clear(&mut self) {
        self.painter.reset();
        self.needs_full_redraw = true;
    }

    /// Copies text to the clipboard through the terminal (OSC 52), which works over SSH.
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(self.terminal.backend_mut(), CopyToClipboard::to_clipboard_from(text))
    }
}

/// Returns the result of `render`; if it panics, draws a frame of plain text.
fn render_or_message<T>(frame: &mut Frame<'_>, render: impl FnOnce(&mut Frame<'_>) -> Vec<T>) -> Vec<T> {
    panic::catch_unwind(AssertUnwindSafe(|| render(frame))).unwrap_or_else(|_| {
        frame.buffer_mut().reset();
        frame.render_widget(Paragraph::new(DRAW_FAILURE).wrap(Wrap { trim: true }), frame.area());
        Vec::new()
    })
}

/// Returns the window size as the kernel knows it.
pub(super) fn window() -> TerminalWindow {
    let size = crossterm::terminal::window_size();
    size.map_or_else(
        |_| TerminalWindow::default(),
        |size| TerminalWindow { columns: size.columns, rows: size.rows, width: size.width, height: size.height },
    )
}

impl Drop for TerminalScreen {
    fn drop(&mut self) {
        // There is no one left to report a failure to: the terminal is gone, or it works.
        let _ = self.leave();
    }
}

/// Restores the terminal, from anywhere in the program.
pub fn restore() -> io::Result<()> {
    let mut out = stdout();
    let modes = execute!(
        out,
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        crossterm::cursor::Show
    );
    let raw = disable_raw_mode();
    out.flush()?;
    modes.and(raw)
}

#[cfg(test)]
mod tests {
    use ratatui::backend::TestBackend;

    use super::*;

    #[test]
    fn panic_while_drawing_costs_one_frame() {
        let mut terminal = Terminal::new(TestBackend::new(60, 4)).unwrap();
        let mut draw = |render: &dyn Fn(&mut Frame<'_>) -> Vec<()>| {
            terminal.draw(|frame| _ = render_or_message(frame, render)).unwrap();
            terminal.backend().to_string()
        };
        let broken = draw(&|frame| {
            frame.render_widget("half of it", frame.area());
            frame.buffer_mut()[(99, 99)].reset();
            Vec::new()
        });
        assert!(broken.contains("could not be drawn") && !broken.contains("half"), "{broken}");
        let whole = draw(&|frame| {
            frame.render_widget("whole again", frame.area());
            Vec::new()
        });
        assert!(whole.contains("whole again"), "{whole}");
    }
}

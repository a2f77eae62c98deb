//! A terminal without a window: a program runs in it, keys go in, a screen comes out.
//! It is independent of the program. It waits for output, never for time to pass.

use std::{
    io::{self, Read, Write},
    num::NonZeroU16,
    sync::{Arc, Condvar, Mutex, MutexGuard, mpsc::channel},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

use super::view::View;

/// Longer than any step takes on the slowest machine; a test that exceeds it has hung.
const DEADLINE: Duration = Duration::from_secs(60);

/// A terminal and the program in it, which is killed on drop.
pub(crate) struct Pty {
    /// None only after a hang-up has taken the line away.
    line: Option<PtyLine>,
    /// None after the end of the program has been awaited.
    child: Option<Box<dyn Child + Send + Sync>>,
    output: Arc<PtyOutput>,
    /// The modes of the line before the program changed them.
    modes: String,
}

/// The terminal's end of the line.
struct PtyLine {
    master: Box<dyn MasterPty + Send>,
    keys: Keys,
    reader: JoinHandle<()>,
}

/// The terminal's reply to a query of its attributes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TerminalReply {
    /// The attributes of a plain terminal with colors, preceded by this text.
    Plain(&'static str),
    /// No reply at all.
    Silent,
}

/// The exit of a program, and the state of the terminal after it.
pub(crate) struct ExitState {
    /// The exit code, or the signal that killed the program.
    pub(crate) status: Result<u32, String>,
    /// Everything that the program sent from start to end.
    pub(crate) raw: Vec<u8>,
    pub(crate) view: View,
    /// True if the line is in the same modes as before the program.
    pub(crate) modes_restored: bool,
}

type Keys = Arc<Mutex<Box<dyn Write + Send>>>;

#[derive(Default)]
struct PtyOutput {
    state: Mutex<PtyState>,
    news: Condvar,
}

#[derive(Default)]
struct PtyState {
    parser: Option<vt100::Parser<ReplyCollector>>,
    raw: Vec<u8>,
    ended: bool,
    hung_up: bool,
    /// Bytes at which the terminal stops reading; taken once they have arrived.
    hold_at: Option<Vec<u8>>,
    held: bool,
}

/// Collects the terminal's replies.
struct ReplyCollector {
    speech: TerminalReply,
    due: Vec<u8>,
    /// True while a synchronized update is open: the screen then shows half a frame.
    updating: bool,
}

const SYNCHRONIZED_UPDATE: &[&[u16]] = &[&[2026]];

/// The attributes of a plain terminal with colors and without graphics.
pub(crate) const ATTRIBUTES: &[u8] = b"\x1b[?62;22c";

impl vt100::Callbacks for ReplyCollector {
    fn unhandled_csi(
        &mut self,
        _: &mut vt100::Screen,
        first: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        letter: char,
    ) {
        match (first, letter) {
            (None, 'c') => {
                if let TerminalReply::Plain(more) = self.speech {
                    self.due.extend([more.as_bytes(), ATTRIBUTES].concat());
                }
            }
            (Some(b'?'), 'h' | 'l') if params == SYNCHRONIZED_UPDATE => self.updating = letter == 'h',
            _ => {}
        }
    }
}

impl Pty {
    /// Runs `command` in a terminal with that many columns and rows.
    pub(crate) fn run(command: CommandBuilder, (columns, rows): (u16, u16), speech: TerminalReply) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let modes = modes(&*pair.master);
        let keys: Keys = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let answers = ReplyCollector { speech, due: Vec::new(), updating: false };
        let parser = vt100::Parser::new_with_callbacks(nonzero(rows), nonzero(columns), 0, answers);
        let state = PtyState { parser: Some(parser), ..PtyState::default() };
        let output = Arc::new(PtyOutput { state: Mutex::new(state), ..PtyOutput::default() });
        let child = pair.slave.spawn_command(command).unwrap();
        let reader = pair.master.try_clone_reader().unwrap();
        let reader = std::thread::spawn({
            let (output, keys) = (output.clone(), keys.clone());
            move || output.listen(reader, &keys)
        });
        Self { line: Some(PtyLine { master: pair.master, keys, reader }), child: Some(child), output, modes }
    }

    /// Types keys, or sends any other bytes that a terminal sends.
    pub(crate) fn send(&self, bytes: impl AsRef<[u8]>) {
        let mut keys = self.line().keys.lock().unwrap();
        keys.write_all(bytes.as_ref()).and_then(|()| keys.flush()).unwrap();
    }

    /// Pastes as a terminal with bracketed paste does.
    pub(crate) fn paste(&self, text: &str) {
        self.send(format!("\x1b[200~{}\x1b[201~", text.replace('\n', "\r")));
    }

    /// Changes the size of the window.
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        let mut state = self.output.lock();
        state.parser.as_mut().unwrap().set_size(nonzero(rows), nonzero(columns));
        drop(state);
        self.line().master.resize(size(columns, rows)).unwrap();
    }

    /// Sends the program a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Returns the process that was started.
    pub(crate) fn pid(&self) -> Pid {
        let id = self.child.as_ref().and_then(|child| child.process_id()).unwrap();
        Pid::from_raw(id.cast_signed()).unwrap()
    }

    fn line(&self) -> &PtyLine {
        self.line.as_ref().unwrap()
    }

    /// Returns the number of bytes received so far.
    pub(crate) fn sent(&self) -> usize {
        self.output.lock().raw.len()
    }

    /// Returns the bytes received so far.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.output.lock().raw.clone()
    }

    /// Waits until the screen satisfies a condition between two frames.
    pub(crate) fn wait_until(&self, expected: &str, is_so: impl Fn(&View) -> bool) -> View {
        let state = self.output.wait(expected, |state| !state.is_updating() && is_so(&state.view()));
        state.view()
    }

    /// Waits until these words are on screen.
    pub(crate) fn wait_for(&self, words: &str) -> View {
        self.wait_until(words, |view| view.has(words))
    }

    /// Waits until these words are nowhere on screen.
    pub(crate) fn wait_without(&self, words: &str) -> View {
        self.wait_until(&format!("no {words}"), |view| !view.has(words))
    }

    /// Waits until the output from byte `start` on satisfies a condition.
    pub(crate) fn wait_for_bytes(&self, expected: &str, start: usize, is_so: impl Fn(&[u8]) -> bool) {
        drop(self.output.wait(expected, |state| is_so(&state.raw[start.min(state.raw.len())..])));
    }

    /// Stops reading as soon as these bytes have arrived, which blocks the program's output.
    pub(crate) fn hold_at(&self, bytes: &str) {
        self.output.lock().hold_at = Some(bytes.as_bytes().to_owned());
    }

    /// Waits until reading has stopped.
    pub(crate) fn wait_until_held(&self) {
        drop(self.output.wait("the bytes to stop at", |state| state.held));
    }

    /// Resumes reading.
    pub(crate) fn release(&self) {
        self.output.lock().held = false;
        self.output.news.notify_all();
    }

    /// Hangs up, as when a window is closed, and waits until the program has ended.
    pub(crate) fn hang_up(mut self) {
        let PtyLine { master, keys, reader } = self.line.take().unwrap();
        self.output.lock().hung_up = true;
        // Makes the program draw, so that the reader wakes up and releases the line.
        master.resize(size(33, 11)).unwrap();
        reader.join().unwrap();
        drop((keys, master));
        let pid = self.pid();
        let mut child = self.child.take().unwrap();
        let (sender, ended) = channel();
        std::thread::spawn(move || sender.send(child.wait().is_ok()));
        if ended.recv_timeout(DEADLINE).is_err() {
            let _ = kill_process(pid, Signal::KILL);
            panic!("the program goes on without a terminal");
        }
    }

    /// Waits until the program has ended and all of its output has been received.
    pub(crate) fn wait_for_end(mut self) -> ExitState {
        let mut state = self.output.wait("the end of the program", |state| state.ended);
        let (raw, view) = (std::mem::take(&mut state.raw), state.view());
        drop(state);
        let status = self.child.take().unwrap().wait().unwrap();
        let modes_restored = modes(&*self.line().master) == self.modes;
        let status = status.signal().map_or_else(|| Ok(status.exit_code()), |signal| Err(signal.to_owned()));
        ExitState { status, raw, view, modes_restored }
    }
}

impl ExitState {
    /// Asserts that the terminal is restored: the shell's screen, its cursor, its modes, and no output that the shell
    /// would take for keys.
    pub(crate) fn assert_restored(&self) {
        let screen = self.view.screen();
        assert!(self.modes_restored, "the line is left in other modes");
        assert!(!screen.alternate_screen(), "the other screen is left on");
        assert!(!screen.hide_cursor(), "the cursor is left hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is left on");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is left on");
        assert_eq!(self.last_of("\x1b[?2026h", "\x1b[?2026l"), "\x1b[?2026l", "a synchronized update is left open");
    }

    /// Returns the one that was sent last.
    fn last_of<'a>(&self, on: &'a str, off: &'a str) -> &'a str {
        let last = |sequence: &str| self.raw.windows(sequence.len()).rposition(|bytes| bytes == sequence.as_bytes());
        if last(on) > last(off) { on } else { off }
    }
}

impl PtyOutput {
    fn lock(&self) -> MutexGuard<'_, PtyState> {
        self.state.lock().unwrap()
    }

    /// Processes the program's output until it ends.
    fn listen(&self, mut reader: Box<dyn Read + Send>, keys: &Keys) {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = match reader.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // Linux reports an error once the other end is closed.
                Ok(0) | Err(_) => break,
                Ok(read) => read,
            };
            let answers = self.lock().take(&buffer[..read]);
            self.news.notify_all();
            drop(self.news.wait_while(self.lock(), |state| state.held).unwrap());
            if self.lock().hung_up {
                return;
            }
            if !answers.is_empty() {
                // A program that has exited reads no replies.
                let _ = keys.lock().unwrap().write_all(&answers);
            }
        }
        self.lock().ended = true;
        self.news.notify_all();
    }

    fn wait(&self, expected: &str, is_so: impl Fn(&PtyState) -> bool) -> MutexGuard<'_, PtyState> {
        let since = Instant::now();
        let mut state = self.lock();
        while !is_so(&state) {
            let left = DEADLINE.saturating_sub(since.elapsed());
            if left.is_zero() || state.ended {
                let (ended, view) = (state.ended, state.view());
                drop(state);
                panic!("waited in vain for: {expected}\nended: {ended}\n{view}");
            }
            state = self.news.wait_timeout(state, left).unwrap().0;
        }
        state
    }
}

impl PtyState {
    /// Processes output. Returns the terminal's replies to it.
    fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        let before = self.raw.len();
        self.raw.extend(bytes);
        // The bytes may have arrived in two parts.
        let new = |stop: &mut Vec<u8>| {
            self.raw[before.saturating_sub(stop.len())..].windows(stop.len()).any(|window| window == &stop[..])
        };
        self.held |= self.hold_at.take_if(new).is_some();
        let parser = self.parser.as_mut().unwrap();
        parser.process(bytes);
        std::mem::take(&mut parser.callbacks_mut().due)
    }

    fn is_updating(&self) -> bool {
        self.parser.as_ref().unwrap().callbacks().updating
    }

    fn view(&self) -> View {
        View(self.parser.as_ref().unwrap().screen().clone())
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        // The program has ended, or is killed now.
        if let Some(pid) = child.process_id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            let _ = kill_process(pid, Signal::KILL);
        }
        let _ = child.wait();
    }
}

const fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn nonzero(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

/// Returns all modes of the line, as text.
fn modes(master: &(dyn MasterPty + Send)) -> String {
    format!("{:?}", master.get_termios())
}

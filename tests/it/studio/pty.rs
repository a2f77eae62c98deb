//! A terminal without a window: a program runs in it, keys go in, a screen comes out.
//! It knows nothing of what the program is; it waits for output, never for time to pass.

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

/// Nothing takes this long on the slowest machine; what does has hung.
const DEADLINE: Duration = Duration::from_secs(60);

/// A terminal and the program in it, which is killed with it.
pub(crate) struct Pty {
    /// Taken away by a hang-up only.
    line: Option<Line>,
    /// Taken away by whoever waits for it.
    child: Option<Box<dyn Child + Send + Sync>>,
    output: Arc<Output>,
    /// The modes of the line before the program had it.
    modes: String,
}

/// The terminal's end of the line.
struct Line {
    master: Box<dyn MasterPty + Send>,
    keys: Keys,
    reader: JoinHandle<()>,
}

/// What a terminal says when it is asked what it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Speech {
    /// That it is a plain one with colours, and before it what else is to be known of it.
    Plain(&'static str),
    /// Nothing at all.
    Silent,
}

/// How a program ended, and how it left the terminal.
pub(crate) struct Ended {
    /// The exit code, or the signal that killed it.
    pub(crate) status: Result<u32, String>,
    /// Everything it ever sent.
    pub(crate) raw: Vec<u8>,
    /// The screen it left behind.
    pub(crate) view: View,
    /// Whether the line is in the modes it was found in.
    pub(crate) modes_restored: bool,
}

type Keys = Arc<Mutex<Box<dyn Write + Send>>>;

#[derive(Default)]
struct Output {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    parser: Option<vt100::Parser<Answers>>,
    raw: Vec<u8>,
    ended: bool,
    hung_up: bool,
    /// Where the terminal stops to read, and whether it has.
    hold_at: Option<Vec<u8>>,
    held: bool,
}

/// Gathers what the terminal answers.
struct Answers {
    speech: Speech,
    due: Vec<u8>,
    /// Whether a synchronised update is open: what is on screen is half a frame.
    updating: bool,
}

const SYNCHRONISED: &[&[u16]] = &[&[2026]];

/// The attributes of a plain terminal with colours and without graphics.
pub(crate) const ATTRIBUTES: &[u8] = b"\x1b[?62;22c";

impl vt100::Callbacks for Answers {
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
                if let Speech::Plain(more) = self.speech {
                    self.due.extend([more.as_bytes(), ATTRIBUTES].concat());
                }
            }
            (Some(b'?'), 'h' | 'l') if params == SYNCHRONISED => self.updating = letter == 'h',
            _ => {}
        }
    }
}

impl Pty {
    /// Runs `command` in a terminal of that many columns and rows.
    pub(crate) fn run(command: CommandBuilder, (columns, rows): (u16, u16), speech: Speech) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let modes = modes(&*pair.master);
        let keys: Keys = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let answers = Answers { speech, due: Vec::new(), updating: false };
        let parser = vt100::Parser::new_with_callbacks(nonzero(rows), nonzero(columns), 0, answers);
        let state = State { parser: Some(parser), ..State::default() };
        let output = Arc::new(Output { state: Mutex::new(state), ..Output::default() });
        let child = pair.slave.spawn_command(command).unwrap();
        let reader = pair.master.try_clone_reader().unwrap();
        let reader = std::thread::spawn({
            let (output, keys) = (output.clone(), keys.clone());
            move || output.listen(reader, &keys)
        });
        Self { line: Some(Line { master: pair.master, keys, reader }), child: Some(child), output, modes }
    }

    /// Types, or sends whatever else a terminal sends.
    pub(crate) fn send(&self, bytes: impl AsRef<[u8]>) {
        let mut keys = self.line().keys.lock().unwrap();
        keys.write_all(bytes.as_ref()).and_then(|()| keys.flush()).unwrap();
    }

    /// Pastes as a terminal with bracketed paste does.
    pub(crate) fn paste(&self, text: &str) {
        self.send(format!("\x1b[200~{}\x1b[201~", text.replace('\n', "\r")));
    }

    /// Gives the window another size.
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

    /// The process that was started.
    pub(crate) fn pid(&self) -> Pid {
        let id = self.child.as_ref().and_then(|child| child.process_id()).unwrap();
        Pid::from_raw(id.cast_signed()).unwrap()
    }

    fn line(&self) -> &Line {
        self.line.as_ref().unwrap()
    }

    /// How many bytes have come so far.
    pub(crate) fn sent(&self) -> usize {
        self.output.lock().raw.len()
    }

    /// What has come so far.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.output.lock().raw.clone()
    }

    /// Waits until the screen is as told, between two frames.
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

    /// Waits until what was sent, from byte `start` on, is as told.
    pub(crate) fn wait_for_bytes(&self, expected: &str, start: usize, is_so: impl Fn(&[u8]) -> bool) {
        drop(self.output.wait(expected, |state| is_so(&state.raw[start.min(state.raw.len())..])));
    }

    /// Stops reading as soon as these bytes have come, so that the program cannot go on sending.
    pub(crate) fn hold_at(&self, bytes: &str) {
        self.output.lock().hold_at = Some(bytes.as_bytes().to_owned());
    }

    /// Waits until it has stopped.
    pub(crate) fn wait_until_held(&self) {
        drop(self.output.wait("the bytes to stop at", |state| state.held));
    }

    /// Reads on.
    pub(crate) fn release(&self) {
        self.output.lock().held = false;
        self.output.news.notify_all();
    }

    /// Goes away, as a window that is closed, and waits until the program has ended.
    pub(crate) fn hang_up(mut self) {
        let Line { master, keys, reader } = self.line.take().unwrap();
        self.output.lock().hung_up = true;
        // Makes the program draw, so that the reader wakes up and lets go of the line.
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

    /// Waits until the program has ended and everything it sent has come.
    pub(crate) fn wait_for_end(mut self) -> Ended {
        let mut state = self.output.wait("the end of the program", |state| state.ended);
        let (raw, view) = (std::mem::take(&mut state.raw), state.view());
        drop(state);
        let status = self.child.take().unwrap().wait().unwrap();
        let modes_restored = modes(&*self.line().master) == self.modes;
        let status = status.signal().map_or_else(|| Ok(status.exit_code()), |signal| Err(signal.to_owned()));
        Ended { status, raw, view, modes_restored }
    }
}

impl Ended {
    /// The terminal is as it was found: the shell's screen, its cursor, its modes, and nothing that the shell would
    /// see as keys.
    pub(crate) fn assert_restored(&self) {
        let screen = self.view.screen();
        assert!(self.modes_restored, "the line is left in other modes");
        assert!(!screen.alternate_screen(), "the other screen is left on");
        assert!(!screen.hide_cursor(), "the cursor is left hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is left on");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is left on");
        assert_eq!(self.last_of("\x1b[?2026h", "\x1b[?2026l"), "\x1b[?2026l", "a synchronised update is left open");
    }

    /// Which of the two was sent last.
    fn last_of<'a>(&self, on: &'a str, off: &'a str) -> &'a str {
        let last = |sequence: &str| self.raw.windows(sequence.len()).rposition(|bytes| bytes == sequence.as_bytes());
        if last(on) > last(off) { on } else { off }
    }
}

impl Output {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Takes in what the program sends, until it ends.
    fn listen(&self, mut reader: Box<dyn Read + Send>, keys: &Keys) {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = match reader.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // Linux reports an error where nobody has the other end any more.
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
                // A program that is gone hears no answers.
                let _ = keys.lock().unwrap().write_all(&answers);
            }
        }
        self.lock().ended = true;
        self.news.notify_all();
    }

    fn wait(&self, expected: &str, is_so: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
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

impl State {
    /// Takes in bytes; what the terminal answers to them.
    fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        let before = self.raw.len();
        self.raw.extend(bytes);
        // They may have come in two parts.
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
        // It has ended, or it has to now.
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

/// The modes of the line, all of them, as words.
fn modes(master: &(dyn MasterPty + Send)) -> String {
    format!("{:?}", master.get_termios())
}

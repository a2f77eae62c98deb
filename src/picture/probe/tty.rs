//! Direct exchange with the terminal: one query, then responses until the last one or a timeout.
//!
//! This module does not interpret queries or responses.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    process::getpgrp,
    termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr},
};

/// Sends `question` and collects the response until `done` returns true or `limit` has passed. The terminal is restored
/// to its previous state, and typed input is preserved.
pub(super) fn query(question: &[u8], limit: Duration, done: impl Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
    let tty = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    if tcgetpgrp(&tty)? != getpgrp() {
        return Err(io::Error::other("this is a background job"));
    }
    exchange(&tty, question, limit, done)
}

fn exchange(tty: &File, question: &[u8], limit: Duration, done: impl Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
    let _raw = RawModeGuard::enter(tty)?;
    let (mut writer, mut heard) = (tty, Vec::new());
    writer.write_all(question)?;
    let end = Instant::now() + limit;
    while !done(&heard) {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || !wait(tty, left)? || read_some(tty, &mut heard)? == 0 {
            break;
        }
    }
    Ok(heard)
}

/// Returns whether input becomes available before `limit` has passed.
fn wait(tty: &File, limit: Duration) -> io::Result<bool> {
    let limit = Timespec::try_from(limit).map_err(io::Error::other)?;
    match poll(&mut [PollFd::new(tty, PollFlags::IN)], Some(&limit)) {
        Err(rustix::io::Errno::INTR) => Ok(true),
        ready => Ok(ready? > 0),
    }
}

fn read_some(mut tty: &File, heard: &mut Vec<u8>) -> io::Result<usize> {
    let mut buffer = [0; 1024];
    match tty.read(&mut buffer) {
        Err(e) if e.kind() == io::ErrorKind::Interrupted => Ok(1),
        read => {
            let read = read?;
            heard.extend(&buffer[..read]);
            Ok(read)
        }
    }
}

/// A guard of raw mode. Interrupts arrive as bytes, so that none can end the program halfway.
struct RawModeGuard<'a> {
    tty: &'a File,
    before: Termios,
}

impl<'a> RawModeGuard<'a> {
    fn enter(tty: &'a File) -> io::Result<Self> {
        let before = tcgetattr(tty)?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(tty, OptionalActions::Now, &raw)?;
        Ok(Self { tty, before })
    }
}

impl Drop for RawModeGuard<'_> {
    fn drop(&mut self) {
        // Best effort: there is no way to report an error here.
        let _restored = tcsetattr(self.tty, OptionalActions::Now, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use std::{path::PathBuf, thread};

    use portable_pty::{MasterPty, PtyPair, PtySize, native_pty_system};
    use rustix::termios::LocalModes;

    use super::*;
    use crate::picture::TerminalResponses;

    /// Long enough for any machine; nothing waits that long unless it is broken.
    const LONG: Duration = Duration::from_secs(60);

    fn pair() -> (PtyPair, File) {
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let name: PathBuf = pair.master.tty_name().unwrap();
        let tty = OpenOptions::new().read(true).write(true).open(name).unwrap();
        (pair, tty)
    }

    /// Waits for the complete question, then sends `answer`.
    fn terminal(master: &dyn MasterPty, question: &'static [u8], answer: &'static [u8]) -> thread::JoinHandle<()> {
        let (mut reader, mut writer) = (master.try_clone_reader().unwrap(), master.take_writer().unwrap());
        thread::spawn(move || {
            let mut asked = vec![0; question.len()];
            reader.read_exact(&mut asked).unwrap();
            assert_eq!(asked, question);
            writer.write_all(answer).unwrap();
        })
    }

    fn complete(bytes: &[u8]) -> bool {
        TerminalResponses::read(bytes).0.complete()
    }

    #[test]
    fn answers_and_keys_arrive_and_the_terminal_is_left_as_it_was() {
        let (pair, tty) = pair();
        let before = tcgetattr(&tty).unwrap();
        let terminal = terminal(&*pair.master, b"\x1b[c", b"ke\x03y\x1b[?62;4cs");
        let heard = exchange(&tty, b"\x1b[c", LONG, complete).unwrap();
        terminal.join().unwrap();
        let (answers, typed) = TerminalResponses::read(&heard);
        assert_eq!(answers.attributes, Some(vec![62, 4]));
        assert!(typed.starts_with(b"ke\x03y"), "{typed:?}");
        let after = tcgetattr(&tty).unwrap();
        assert_eq!(after.local_modes, before.local_modes);
        assert!(after.local_modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG));
    }

    #[test]
    fn a_terminal_that_hangs_up_ends_the_conversation() {
        let (pair, tty) = pair();
        drop(pair);
        assert!(exchange(&tty, b"\x1b[c", LONG, complete).map_or(true, |heard| heard.is_empty()));
    }

    #[test]
    fn a_silent_terminal_times_out() {
        let (pair, tty) = pair();
        let heard = exchange(&tty, b"\x1b[c", Duration::from_millis(20), complete).unwrap();
        assert!(heard.is_empty());
        drop(pair);
    }
}

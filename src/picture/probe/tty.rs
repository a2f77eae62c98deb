//! The conversation with the terminal: one question, answers until the last one or until time is up.
//! Nothing here knows what is asked or answered.

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

/// Sends `question` and collects what comes back until `done` says so or `limit` has passed.
/// The terminal is left as it was found; nothing that was typed is thrown away.
pub(super) fn ask(question: &[u8], limit: Duration, done: impl Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
    let tty = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    if tcgetpgrp(&tty)? != getpgrp() {
        return Err(io::Error::other("this is a background job"));
    }
    converse(&tty, question, limit, done)
}

fn converse(tty: &File, question: &[u8], limit: Duration, done: impl Fn(&[u8]) -> bool) -> io::Result<Vec<u8>> {
    let _raw = Raw::enter(tty)?;
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

/// Whether there is something to read before `limit` has passed.
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

/// Raw mode for as long as it lives. Interrupts become bytes, so that none can end the program half-way.
struct Raw<'a> {
    tty: &'a File,
    before: Termios,
}

impl<'a> Raw<'a> {
    fn enter(tty: &'a File) -> io::Result<Self> {
        let before = tcgetattr(tty)?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(tty, OptionalActions::Now, &raw)?;
        Ok(Self { tty, before })
    }
}

impl Drop for Raw<'_> {
    fn drop(&mut self) {
        // Best effort: there is no one left to tell.
        let _restored = tcsetattr(self.tty, OptionalActions::Now, &self.before);
    }
}

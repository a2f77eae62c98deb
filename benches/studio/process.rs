//! The studio as a process: its memory, and the end of its output.

use std::{fs, thread::sleep, time::Duration};

use crate::pty::Pty;

/// Waits until the studio has no more output.
pub(crate) fn wait_until_quiet(studio: &Pty) {
    let mut before = usize::MAX;
    while before != studio.sent() {
        before = studio.sent();
        sleep(Duration::from_millis(700));
    }
}

/// Returns the resident memory in bytes.
pub(crate) fn memory(studio: &Pty) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", studio.pid().as_raw_nonzero())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

//! The program as users run it in a pseudo-terminal: started, typed into, left idle.
//! Times are measured from outside: from writing the key to reading the last byte of the frame that follows.

use std::{
    fs,
    process::Command,
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{
    Figure, WINDOW,
    history::LongHistory,
    process::{memory, wait_until_quiet},
    pty::{Pty, TerminalReply},
};

pub(crate) const TINTYPE: &str = env!("CARGO_BIN_EXE_tintype");
const FRAME_END: &[u8] = b"\x1b[?2026l";
const STARTS: usize = 30;
const KEYS: usize = 400;
const OTHERS: usize = 10;
const IDLE: Duration = Duration::from_secs(5);

/// Measures `tintype --version`, from start to exit.
pub(crate) fn version() -> Figure {
    let run = || {
        let start = Instant::now();
        assert!(Command::new(TINTYPE).arg("--version").output().unwrap().status.success());
        start.elapsed()
    };
    run();
    let mut times: Vec<Duration> = (0..100).map(|_| run()).collect();
    Figure::of_times("`tintype --version`", "< 5 ms", &mut times)
}

/// Measures everything about the studio.
pub(crate) fn figures(shelf: &LongHistory) -> Vec<Figure> {
    open(shelf);
    let mut starts: Vec<(Duration, Duration)> = (0..STARTS).map(|_| startup_times(shelf)).collect();
    let (mut first, mut loaded): (Vec<_>, Vec<_>) = starts.drain(..).unzip();
    let studio = open(shelf);
    let fresh = memory(&studio);
    let mut keys: Vec<Duration> = (0..KEYS).map(|turn| key_latency(&studio, turn)).collect();
    browse(&studio);
    let browsed = memory(&studio);
    let (ticks, bytes) = idle_cost(&studio);
    let mut seen: Vec<Duration> = (0..OTHERS).map(|turn| another_process(shelf, &studio, turn)).collect();
    vec![
        Figure::of_times("first frame of the studio", "< 60 ms", &mut first),
        Figure::of_times("history and picture on screen", "", &mut loaded),
        Figure::of_times("key to frame", "p99 < 16 ms", &mut keys),
        Figure::of_times("another process's picture, once it is saved", "< 1 s", &mut seen),
        Figure::new("processor while idle for 5 s", "0 ticks", format!("{ticks} ticks")),
        Figure::new("bytes sent while idle for 5 s", "0 bytes", format!("{bytes} bytes")),
        Figure::new("resident memory after opening", "< 60 MB", format!("{:.1} MB", fresh as f64 / 1e6)),
        Figure::new("resident memory after browsing", "< 60 MB", format!("{:.1} MB", browsed as f64 / 1e6)),
    ]
}

fn run(shelf: &LongHistory) -> Pty {
    Pty::run(shelf.command(), WINDOW, TerminalReply::Plain(""))
}

fn open(shelf: &LongHistory) -> Pty {
    let studio = run(shelf);
    studio.wait_until("history and picture", crate::view::View::has_finished_picture);
    wait_until_quiet(&studio);
    studio
}

/// Returns the time to the first frame, and to the complete screen.
fn startup_times(shelf: &LongHistory) -> (Duration, Duration) {
    let start = Instant::now();
    let studio = run(shelf);
    studio.wait_for_bytes("a frame", 0, ends_a_frame);
    let first = start.elapsed();
    studio.wait_until("history and picture", crate::view::View::has_finished_picture);
    (first, start.elapsed())
}

/// Types a letter, or deletes it again.
fn key_latency(studio: &Pty, turn: usize) -> Duration {
    // Users pause between keys, and a frame right after another one has to wait for its turn.
    sleep(Duration::from_millis(30 + turn as u64 % 17));
    let sent = studio.sent();
    let start = Instant::now();
    studio.send(if turn.is_multiple_of(2) { "x" } else { "\x7f" });
    studio.wait_for_bytes("a frame", sent, ends_a_frame);
    start.elapsed()
}

fn ends_a_frame(bytes: &[u8]) -> bool {
    bytes.windows(FRAME_END.len()).any(|window| window == FRAME_END)
}

/// Browses through a hundred images and to the end of the history.
fn browse(studio: &Pty) {
    studio.send("\t");
    for key in ["\x1b[B"; 100].into_iter().chain(["\x1b[6~"; 50]).chain(["G", "g"]) {
        let sent = studio.sent();
        studio.send(key);
        studio.wait_for_bytes("a frame", sent, ends_a_frame);
    }
    wait_until_quiet(studio);
}

/// Generates an image in another process. Returns the time from its exit until the studio shows the image.
fn another_process(shelf: &LongHistory, studio: &Pty, turn: usize) -> Duration {
    let prompt = format!("{turn}th fox");
    let mut command = Command::new(TINTYPE);
    command.args(["generate", &prompt, "--backend", "sketch"]).env_clear().env("HOME", shelf.home());
    assert!(command.env("TINTYPE_DATA_DIR", shelf.data()).output().unwrap().status.success());
    let start = Instant::now();
    studio.wait_until("the other's picture", |view| view.has(&prompt));
    start.elapsed()
}

/// Returns the studio's idle cost: CPU ticks, and bytes sent to the terminal.
fn idle_cost(studio: &Pty) -> (u64, usize) {
    wait_until_quiet(studio);
    let (ticks, bytes) = (ticks(studio), studio.sent());
    sleep(IDLE);
    (self::ticks(studio) - ticks, studio.sent() - bytes)
}

/// Returns the CPU time so far, in user and kernel mode, in ticks of the kernel's clock.
fn ticks(studio: &Pty) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", studio.pid().as_raw_nonzero())).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

//! Figures of the gallery as users see it, in a pseudo-terminal: from a key to the last byte of its thumbnails.

use std::{
    fs,
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{
    WINDOW,
    figure::Figure,
    history::LongHistory,
    process::{memory, wait_until_quiet},
    pty::{Pty, TerminalReply},
    view::View,
};

const F5: &str = "\x1b[15~";
const PAGE_DOWN: &str = "\x1b[6~";
const PAGES: usize = 30;

pub(crate) fn figures(shelf: &LongHistory) -> Vec<Figure> {
    let mut cold: Vec<Duration> = (0..5)
        .map(|_| {
            drop(fs::remove_dir_all(shelf.data().join("thumbnails")));
            opening(shelf).1
        })
        .collect();
    let mut warm: Vec<Duration> = (0..10).map(|_| opening(shelf).1).collect();
    let studio = opening(shelf).0;
    // Once down and up again, so that the small copies exist.
    let page = |key: &str| timed(&studio, key);
    for _ in 0..PAGES {
        page(PAGE_DOWN);
    }
    studio.send("g");
    wait_until_quiet(&studio);
    let mut pages: Vec<Duration> = (0..PAGES).map(|_| page(PAGE_DOWN)).collect();
    for _ in 0..200 {
        studio.send(PAGE_DOWN);
        sleep(Duration::from_millis(20));
    }
    wait_until_quiet(&studio);
    let memory = memory(&studio);
    vec![
        Figure::of_times("gallery opened, all thumbnails, cold", "< 500 ms", &mut cold),
        Figure::of_times("gallery opened, all thumbnails, warm", "< 120 ms", &mut warm),
        Figure::of_times("a page further, all thumbnails", "p99 < 50 ms", &mut pages),
        Figure::new("resident memory after browsing", "< 120 MB", format!("{:.1} MB", memory as f64 / 1e6)),
    ]
}

fn run(shelf: &LongHistory) -> Pty {
    Pty::run(shelf.command(), WINDOW, TerminalReply::Plain(""))
}

/// Opens the studio and its gallery; returns the time from the key to all thumbnails.
fn opening(shelf: &LongHistory) -> (Pty, Duration) {
    let studio = run(shelf);
    studio.wait_until("history and image", View::has_finished_picture);
    wait_until_quiet(&studio);
    let took = timed(&studio, F5);
    (studio, took)
}

/// Returns the time from a key to the screen with all thumbnails.
fn timed(studio: &Pty, key: &str) -> Duration {
    let sent = studio.sent();
    let start = Instant::now();
    studio.send(key);
    studio.wait_for_bytes("a frame", sent, |bytes| !bytes.is_empty());
    studio.wait_until("all thumbnails", |view| view.has("sort newest") && !view.has("…  "));
    start.elapsed()
}

//! The gallery on a large library, measured and printed as a table: `just bench gallery`.
//! Nothing is asserted, because a busy machine would make it flaky.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a figure that cannot be taken ends the bench")]
#![allow(clippy::print_stdout, reason = "a bench prints")]

#[path = "../studio/figure.rs"]
mod figure;
#[path = "../studio/history.rs"]
mod history;
mod library;
#[path = "../studio/process.rs"]
mod process;
#[path = "../../tests/it/studio/pty.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod pty;
mod studio;
#[path = "../../tests/it/studio/view.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod view;

use history::LongHistory;

/// The window size that the targets apply to.
const WINDOW: (u16, u16) = (200, 60);

/// Number of jobs with an image file of their own.
const IMAGES: usize = 10_000;

fn main() {
    let shelf = LongHistory::create();
    library::give_images_their_own_files(&shelf, IMAGES);
    let mut figures = library::figures(&shelf);
    figures.extend(studio::figures(&shelf));
    let title = format!("{} rows, {IMAGES} files, {}x{}", history::ROWS, WINDOW.0, WINDOW.1);
    figure::print(&title, &figures);
}

//! The studio's performance targets, measured and printed as a table: `just bench`.
//! Nothing is asserted, because a busy machine would make it flaky.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a figure that cannot be taken ends the bench")]
#![allow(clippy::print_stdout, reason = "a bench prints")]

mod figure;
mod frames;
mod history;
mod live_preview;
mod process;
mod program;
#[path = "../../tests/it/studio/pty.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod pty;
#[path = "../../tests/it/studio/view.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod view;

use figure::Figure;
use history::LongHistory;

/// The window size that the targets apply to.
const WINDOW: (u16, u16) = (200, 60);

fn main() {
    // `just bench studio drawing` takes only these figures.
    if std::env::args().any(|word| word == "drawing") {
        return figure::print("", &live_preview::figures().into_iter().collect::<Vec<_>>());
    }
    let shelf = LongHistory::create();
    let mut figures = vec![program::version()];
    figures.extend(live_preview::figures());
    figures.extend(frames::figures(&shelf));
    figures.extend(program::figures(&shelf));
    let title = format!("{} rows, {}x{}", history::ROWS, WINDOW.0, WINDOW.1);
    figure::print(&title, &figures);
}

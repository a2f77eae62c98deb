//! The figures that the studio is held to, printed as a table: `just bench`.
//! Nothing is asserted: a busy machine says nothing about the program.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a figure that cannot be taken ends the bench")]
#![allow(clippy::print_stdout, reason = "a bench prints")]

mod drawing;
mod frames;
mod history;
mod program;
#[path = "../../tests/it/studio/pty.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod pty;
#[path = "../../tests/it/studio/view.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod view;

use std::time::Duration;

use history::Shelf;

/// The window that the figures are for.
const WINDOW: (u16, u16) = (200, 60);

/// One line of the table.
struct Figure {
    what: &'static str,
    target: &'static str,
    measured: String,
}

impl Figure {
    fn new(what: &'static str, target: &'static str, measured: impl Into<String>) -> Self {
        Self { what, target, measured: measured.into() }
    }

    fn of_times(what: &'static str, target: &'static str, times: &mut [Duration]) -> Self {
        times.sort_unstable();
        let at = |part: f64| milliseconds(times[((times.len() - 1) as f64 * part).round() as usize]);
        let measured = format!("median {}  p99 {}  max {}  of {}", at(0.5), at(0.99), at(1.0), times.len());
        Self::new(what, target, measured)
    }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

fn main() {
    // `just bench drawing` takes these figures alone.
    if std::env::args().any(|word| word == "drawing") {
        return print("", drawing::figures());
    }
    let shelf = Shelf::filled();
    let mut figures = vec![program::version()];
    figures.extend(drawing::figures());
    figures.extend(frames::figures(&shelf));
    figures.extend(program::figures(&shelf));
    print(&format!("{} rows, {}x{}", history::ROWS, WINDOW.0, WINDOW.1), figures);
}

fn print(of: &str, figures: impl IntoIterator<Item = Figure>) {
    println!("\n{of:44} {:>14}   measured", "target");
    for Figure { what, target, measured } in figures {
        println!("{what:44} {target:>14}   {measured}");
    }
}

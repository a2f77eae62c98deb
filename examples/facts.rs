//! Prints the detected capabilities of this terminal: `cargo run --example facts`.

use std::{
    env, io,
    time::{Duration, Instant},
};

use tintype::picture::{DisplayCapabilities, TerminalWindow, query_terminal};

#[expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]
fn main() -> io::Result<()> {
    let var = |name: &str| env::var(name).ok();
    let started = Instant::now();
    let heard = query_terminal(&var, Duration::from_secs(2));
    println!("asked for {:?}: {heard:#?}", started.elapsed());
    let size = crossterm::terminal::window_size()?;
    let window = TerminalWindow { columns: size.columns, rows: size.rows, width: size.width, height: size.height };
    println!("{:#?}", DisplayCapabilities::from_probe(&var, &heard, window, None));
    Ok(())
}

//! Tintype's entry: parse, run, print the error, exit code.

use std::{panic, process::ExitCode, thread};

fn main() -> color_eyre::Result<ExitCode> {
    color_eyre::install()?;
    keep_panics_off_the_screen();
    Ok(tintype::cli::run(std::env::args_os()))
}

/// While the studio has the terminal, a panic of a job's thread ends that job, not the screen: it goes to the log.
/// A panic of the studio itself is told after the terminal has come back, so that it can be read.
fn keep_panics_off_the_screen() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !crossterm::terminal::is_raw_mode_enabled().unwrap_or(false) {
            return report(panic);
        }
        if thread::current().name() != Some("main") {
            return tracing::error!("{panic}");
        }
        // What cannot be restored is no reason to lose the report.
        let _ = tintype::tui::restore_terminal();
        report(panic);
    }));
}

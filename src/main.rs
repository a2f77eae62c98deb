//! Tintype's entry: parse, run, print the error, exit code.

use std::{io, panic, process::ExitCode};

use crossterm::{cursor, event, execute, terminal};

fn main() -> color_eyre::Result<ExitCode> {
    color_eyre::install()?;
    restore_terminal_on_panic();
    Ok(tintype::cli::run(std::env::args_os()))
}

/// A report nobody can read helps nobody: the terminal comes back before it is printed.
fn restore_terminal_on_panic() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if terminal::is_raw_mode_enabled().unwrap_or(false) {
            // What cannot be restored is no reason to lose the report.
            let _ = terminal::disable_raw_mode();
            let _ = execute!(
                io::stdout(),
                event::PopKeyboardEnhancementFlags,
                event::DisableMouseCapture,
                event::DisableBracketedPaste,
                event::DisableFocusChange,
                terminal::LeaveAlternateScreen,
                cursor::Show
            );
        }
        report(panic);
    }));
}

//! Confirmation prompt before money is spent, shown only at a terminal.
//! In a script the price has already been printed and the budget is the limit, as with `generate`.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::cli::failure::{Failure, FailureCode};

/// Asks whether to `act` if stdin and stderr are terminals. Anything but `y` or `yes` is a no.
pub(in crate::cli) fn confirm(act: &str) -> Result<(), Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(());
    }
    let asked = write!(io::stderr(), "{act}? [y/N] ").and_then(|()| io::stderr().flush());
    let mut answer = String::new();
    let heard = asked.and_then(|()| io::stdin().lock().read_line(&mut answer));
    match heard {
        Ok(_) if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") => Ok(()),
        _ => Err(Failure::new(FailureCode::Interrupted, "interrupted", "nothing was sent")
            .with_hint("pass --yes to skip the confirmation")),
    }
}

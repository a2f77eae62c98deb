//! The question before money is spent: asked of a person at a terminal, of nobody else.
//! A script has been told the price and is held by the budget, as with `generate`.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::cli::failure::{Code, Failure};

/// Asks whether to `act`, where there is somebody to ask. Everything but a yes is a no.
pub(in crate::cli) fn confirm(act: &str) -> Result<(), Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(());
    }
    let asked = write!(io::stderr(), "{act}? [y/N] ").and_then(|()| io::stderr().flush());
    let mut answer = String::new();
    let heard = asked.and_then(|()| io::stdin().lock().read_line(&mut answer));
    match heard {
        Ok(_) if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") => Ok(()),
        _ => {
            Err(Failure::new(Code::Interrupted, "interrupted", "nothing was sent")
                .with_hint("--yes skips the question"))
        }
    }
}

//! Tintype's entry: parse, run, print the error, exit code.

use std::{
    fmt::Display,
    io::{self, Write},
    panic,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use color_eyre::config::HookBuilder;

/// The reports of panics that wait until the terminal can show them.
type Reports = Arc<Mutex<Vec<String>>>;

fn main() -> color_eyre::Result<ExitCode> {
    #[cfg(unix)]
    keep_memory_off_the_disk();
    let reports = keep_panics_off_the_screen()?;
    let code = panic::catch_unwind(|| tintype::cli::run(std::env::args_os()));
    for report in reports.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        told(&report);
    }
    Ok(code.unwrap_or(ExitCode::from(101)))
}

/// No core dump: memory holds keys. One byte and not none, since Linux asks a program that takes dumps from a pipe only
/// where the limit is not 1; a file of one byte is never written. Children may raise it again.
#[cfg(unix)]
fn keep_memory_off_the_disk() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Core).maximum;
    let current = Some(maximum.map_or(1, |most| most.min(1)));
    // Where the system does not allow it, the program works all the same.
    let _ = setrlimit(Resource::Core, Rlimit { current, maximum });
}

/// While the studio has the terminal, a panic must not tear its screen: one of a job's thread goes to the log, one of
/// the studio itself is reported at the end as well. It may be caught, so the terminal is left to whoever has it.
fn keep_panics_off_the_screen() -> color_eyre::Result<Reports> {
    let (report, errors) = HookBuilder::default().into_hooks();
    errors.install()?;
    let reports = Reports::default();
    let kept = Arc::clone(&reports);
    panic::set_hook(Box::new(move |panic| {
        if !crossterm::terminal::is_raw_mode_enabled().unwrap_or(false) {
            return told(&report.panic_report(panic));
        }
        tracing::error!("{panic}");
        if thread::current().name() == Some("main") {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            // One bug drawn a hundred times is one report.
            if kept.len() < MOST {
                kept.push(report.panic_report(panic).to_string());
            }
        }
    }));
    Ok(reports)
}

fn told(report: &dyn Display) {
    // A stderr that is gone is no reason for another panic.
    let _ = writeln!(io::stderr(), "{report}");
}

/// The number of reports that are printed at the end.
const MOST: usize = 3;

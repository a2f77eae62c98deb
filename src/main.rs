//! Entry point: runs the command line, installs the panic hook, and returns the exit code.

use std::{
    fmt::Display,
    io::{self, Write},
    panic,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use color_eyre::config::HookBuilder;

/// Panic reports that wait until the terminal can show them.
type PendingReports = Arc<Mutex<Vec<String>>>;

fn main() -> color_eyre::Result<ExitCode> {
    #[cfg(unix)]
    disable_core_dumps();
    let reports = install_panic_hook()?;
    let code = panic::catch_unwind(|| tintype::cli::run(std::env::args_os()));
    for report in reports.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        print_report(&report);
    }
    Ok(code.unwrap_or(ExitCode::from(101)))
}

/// Disables core dumps, because memory holds API keys. The limit is one byte instead of zero, since Linux pipes dumps
/// to a handler unless the limit is 1, and a file of one byte is never written. Children may raise it again.
#[cfg(unix)]
fn disable_core_dumps() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Core).maximum;
    let current = Some(maximum.map_or(1, |most| most.min(1)));
    // If the system does not allow it, the program continues.
    let _ = setrlimit(Resource::Core, Rlimit { current, maximum });
}

/// Keeps panics from corrupting the screen of the studio: those of other threads are logged, those of the studio itself
/// are also reported at the end. A panic may be caught, so the terminal is not restored here.
fn install_panic_hook() -> color_eyre::Result<PendingReports> {
    let (report, errors) = HookBuilder::default().into_hooks();
    errors.install()?;
    let reports = PendingReports::default();
    let kept = Arc::clone(&reports);
    panic::set_hook(Box::new(move |panic| {
        if !crossterm::terminal::is_raw_mode_enabled().unwrap_or(false) {
            return print_report(&report.panic_report(panic));
        }
        tracing::error!("{panic}");
        if thread::current().name() == Some("main") {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            // A bug that panics on every frame needs only a few reports.
            if kept.len() < MAX_REPORTS {
                kept.push(report.panic_report(panic).to_string());
            }
        }
    }));
    Ok(reports)
}

fn print_report(report: &dyn Display) {
    // A closed stderr must not cause another panic.
    let _ = writeln!(io::stderr(), "{report}");
}

/// Maximum number of reports printed at the end.
const MAX_REPORTS: usize = 3;

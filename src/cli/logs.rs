//! Log file in the data directory, written only with `-v`.
//! It never contains prompts or keys, and nothing is logged to stdout or the screen.

use std::path::Path;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

use crate::atomic_file;

/// Starts logging to `tintype.log` in `folder` until the guard is dropped; returns `None` if nothing is logged. Only
/// events of Tintype's own crates are logged, because HTTP libraries may log secrets.
pub(super) fn start(folder: &Path, verbosity: u8) -> Option<WorkerGuard> {
    let level = match verbosity {
        0 => return None,
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    atomic_file::create_dir(folder).ok()?;
    let path = folder.join("tintype.log");
    crate::confined::check_file(&path).ok()?;
    let file = atomic_file::open_append(&path).ok()?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let filter = EnvFilter::new(format!("off,tintype={level},tintype_backends={level}"));
    let subscriber = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).with_env_filter(filter).finish();
    tracing::subscriber::set_global_default(subscriber).ok()?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    Some(guard)
}

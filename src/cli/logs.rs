//! The log: a file in the data directory, written only when it was asked for with `-v`.
//! Nothing of it ever goes to stdout or to the screen, and no prompt and no key goes into it.

use std::path::Path;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

use crate::atomic;

/// Logs to `tintype.log` in `folder` until the guard is dropped; `None` where nothing is logged.
/// Only this program speaks: what its libraries say of their connections may hold secrets.
pub(super) fn start(folder: &Path, verbosity: u8) -> Option<WorkerGuard> {
    let level = match verbosity {
        0 => return None,
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    atomic::create_dir(folder).ok()?;
    let path = folder.join("tintype.log");
    crate::confined::check_file(&path).ok()?;
    let file = atomic::append(&path).ok()?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let filter = EnvFilter::new(format!("off,tintype={level},tintype_backends={level}"));
    let subscriber = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).with_env_filter(filter).finish();
    tracing::subscriber::set_global_default(subscriber).ok()?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    Some(guard)
}

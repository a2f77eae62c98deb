//! The log: a file in the data directory, written only when it was asked for with `-v`.
//! Nothing of it ever goes to stdout or to the screen.

use std::path::Path;

use tracing_appender::{non_blocking::WorkerGuard, rolling::RollingFileAppender};
use tracing_subscriber::EnvFilter;

/// Logs to `tintype.log` in `folder` until the guard is dropped; `None` where nothing is logged.
/// Only this program speaks: what its libraries say of their connections may hold secrets.
pub(super) fn start(folder: &Path, verbosity: u8) -> Option<WorkerGuard> {
    let level = match verbosity {
        0 => return None,
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    crate::atomic::create_dir(folder).ok()?;
    crate::confined::check_file(&folder.join("tintype.log")).ok()?;
    let file = RollingFileAppender::builder().filename_prefix("tintype.log").build(folder).ok()?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let filter = EnvFilter::new(format!("off,tintype={level},tintype_backends={level}"));
    let subscriber = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).with_env_filter(filter).finish();
    tracing::subscriber::set_global_default(subscriber).ok()?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "started");
    Some(guard)
}

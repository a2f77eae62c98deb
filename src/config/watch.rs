//! File watcher for the user's config and themes.
//! It reads nothing itself: the callback reloads everything and applies it if it is valid.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, Instant},
};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

/// Quiet period after which a series of writes counts as one change, since editors write in several steps.
const DEBOUNCE: Duration = Duration::from_millis(80);
/// Maximum delay of a notification if changes never pause.
const MAX_DELAY: Duration = Duration::from_millis(400);

/// Watches files until it is dropped.
#[derive(Debug)]
pub struct FileWatcher(
    #[expect(dead_code, reason = "held, so that the watching goes on")] Arc<Mutex<RecommendedWatcher>>,
);

/// Calls `changed` on its own thread shortly after one of `paths` was written, replaced or removed. A path may be a
/// file or a directory of files; a missing one is noticed when it appears, together with the directories above it.
pub fn watch(paths: &[PathBuf], mut changed: impl FnMut() + Send + 'static) -> notify::Result<FileWatcher> {
    let (sender, receiver) = channel();
    let paths: Vec<PathBuf> = paths.iter().flat_map(|path| with_link_target(path)).collect();
    let mut watcher = notify::recommended_watcher(listener(paths.clone(), sender))?;
    watch_folders(&mut watcher, &paths)?;
    let watcher = Arc::new(Mutex::new(watcher));
    // Not owned by the thread: dropping the watcher ends the channel, and thereby the thread.
    let weak = Arc::downgrade(&watcher);
    let report = move || {
        if let Some(watcher) = weak.upgrade() {
            let mut watcher = watcher.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = watch_folders(&mut watcher, &paths) {
                tracing::warn!("cannot watch a new directory: {error}");
            }
        }
        changed();
    };
    std::thread::Builder::new().name("config-watch".into()).spawn(move || debounce(&receiver, report))?;
    Ok(FileWatcher(watcher))
}

/// Watches the directories that contain `paths`, or the nearest ones above them that exist. Watching one again is
/// harmless, and necessary if it was removed and created again, which makes it another one.
fn watch_folders(watcher: &mut RecommendedWatcher, paths: &[PathBuf]) -> notify::Result<()> {
    let folders = paths.iter().filter_map(|path| folder_of(path));
    folders.into_iter().try_for_each(|folder| watcher.watch(folder, RecursiveMode::NonRecursive))
}

/// Returns a path and the target it links to: a change of either counts.
fn with_link_target(path: &Path) -> Vec<PathBuf> {
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match full.canonicalize() {
        Ok(real) if real != full => vec![full, real],
        _ => vec![full],
    }
}

/// Returns the directory to watch: the path itself if it is one, else its parent, because editors replace files. If that
/// is missing, the nearest one above it.
fn folder_of(path: &Path) -> Option<&Path> {
    path.ancestors().find(|folder| folder.is_dir())
}

fn listener(paths: Vec<PathBuf>, sender: Sender<()>) -> impl FnMut(notify::Result<Event>) {
    move |event| {
        let Ok(event) = event else { return };
        // The path itself, a file in it, or a directory above it that was missing.
        let concerns =
            |changed: &PathBuf| paths.iter().any(|path| path.starts_with(changed) || changed.parent() == Some(path));
        if !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(concerns) {
            // The channel is closed only while the watch is being dropped.
            let _ = sender.send(());
        }
    }
}

/// Calls `tell` when changes pause or have continued for too long; returns when the watcher is gone.
fn debounce(changes: &Receiver<()>, mut tell: impl FnMut()) {
    while changes.recv().is_ok() {
        let began = Instant::now();
        while began.elapsed() < MAX_DELAY && changes.recv_timeout(DEBOUNCE).is_ok() {}
        tell();
    }
}

#[cfg(test)]
mod tests {
    use std::{fs::File, io::Write};

    use notify::event::{AccessKind, CreateKind};

    use super::*;

    fn put(path: &Path, text: &str) {
        File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn a_file_replaced_by_another_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let (file, new) = (dir.path().join("config.toml"), dir.path().join("config.toml~"));
        put(&file, "a = 1");
        let (sender, changes) = channel();
        let _watch = watch(std::slice::from_ref(&file), move || sender.send(()).unwrap_or_default()).unwrap();
        put(&new, "a = 2");
        std::fs::rename(&new, &file).unwrap();
        assert!(changes.recv_timeout(Duration::from_secs(30)).is_ok());
    }

    #[test]
    fn config_in_a_directory_that_appears_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config/tintype/config.toml");
        let (sender, changes) = channel();
        let _watch = watch(std::slice::from_ref(&file), move || sender.send(()).unwrap_or_default()).unwrap();
        std::fs::create_dir(dir.path().join("config")).unwrap();
        assert!(changes.recv_timeout(Duration::from_secs(30)).is_ok());
        std::fs::create_dir(dir.path().join("config/tintype")).unwrap();
        assert!(changes.recv_timeout(Duration::from_secs(30)).is_ok());
        while changes.recv_timeout(MAX_DELAY).is_ok() {}
        put(&file, "a = 1");
        assert!(changes.recv_timeout(Duration::from_secs(30)).is_ok());
    }

    #[test]
    fn a_directory_that_is_replaced_is_watched_again() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("tintype");
        std::fs::create_dir(&folder).unwrap();
        let (sender, changes) = channel();
        let _watch =
            watch(&[folder.clone(), dir.path().join("other")], move || sender.send(()).unwrap_or_default()).unwrap();
        std::fs::remove_dir(&folder).unwrap();
        std::fs::create_dir(&folder).unwrap();
        assert!(changes.recv_timeout(Duration::from_secs(30)).is_ok());
        while changes.recv_timeout(MAX_DELAY).is_ok() {}
        put(&folder.join("mine.toml"), "a = 1");
        assert!(changes.recv_timeout(Duration::from_secs(30)).is_ok());
    }

    #[test]
    fn other_files_are_ignored() {
        let (sender, heard) = channel();
        let mut hear = listener(vec!["/c/config.toml".into(), "/c/themes".into()], sender);
        let mut counts = |kind: EventKind, path: &str| {
            hear(Ok(Event::new(kind).add_path(path.into())));
            heard.try_recv().is_ok()
        };
        let written = EventKind::Create(CreateKind::File);
        assert!(counts(written, "/c/config.toml"));
        assert!(counts(written, "/c/themes/mine.toml"));
        assert!(!counts(written, "/c/other.toml"));
        assert!(!counts(EventKind::Access(AccessKind::Read), "/c/config.toml"));
    }

    #[test]
    fn continuous_changes_are_reported() {
        let ((sender, changes), (teller, told)) = (channel(), channel());
        let gathering = std::thread::spawn(move || debounce(&changes, || teller.send(()).unwrap_or_default()));
        while told.try_recv().is_err() {
            sender.send(()).unwrap();
        }
        drop(sender);
        gathering.join().unwrap();
    }

    #[test]
    fn bursts_are_debounced() {
        let (sender, changes) = channel();
        (0..5).for_each(|_| sender.send(()).unwrap());
        drop(sender);
        let mut told = 0;
        debounce(&changes, || told += 1);
        assert_eq!(told, 1);
    }
}

//! Finds the images that a user adds: on the clipboard, or files that were typed, chosen or dropped into the terminal.
//! The limits of the model are not checked here.

use std::{
    env,
    fs::{File, FileType, Metadata},
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::Duration,
};

use tintype_backends::{Format, Secrets};

use crate::{
    clipboard,
    engine::{ImageBytes, MAX_INPUT_BYTES, Reference},
    tui::{
        dropped_paths::{expand_home, single_readings},
        model::{DropOutcome, ImageRole, Notice, Severity},
        msg::Msg,
    },
};

/// Maximum wait for a file, which may be on a server that is gone.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Reason why a path cannot be used as an image.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Unusable {
    /// There is no such file, so it may be no path at all.
    Missing(String),
    /// There is something else under that name.
    Rejected(String),
}

impl Unusable {
    fn into_words(self) -> String {
        match self {
            Self::Missing(words) | Self::Rejected(words) => words,
        }
    }
}

/// Returns the image on the clipboard.
pub(super) async fn read_clipboard(secrets: Secrets) -> Msg {
    let picture = clipboard::read_image(&secrets).await.map(|bytes| Reference::Clipboard(ImageBytes(bytes)));
    let picture =
        picture.map_err(|error| Notice::new(Severity::Warning, error.to_string()).with_hint(Some(error.hint())));
    Msg::ReferenceAdded(ImageRole::Reference, picture)
}

/// Checks the file at that path.
pub(super) async fn find_file(role: ImageRole, path: PathBuf) -> Msg {
    let shown = path.display().to_string();
    let found = in_time(move || check_image_file(&expand_home(path, home().as_deref()))).await;
    let found = found.unwrap_or_else(|| Err(Unusable::Rejected(format!("`{shown}` does not answer"))));
    let found = found.map(Reference::File);
    Msg::ReferenceAdded(role, found.map_err(|error| Notice::new(Severity::Error, error.into_words())))
}

/// Returns those of the paths that are image files.
pub(super) async fn find_named(prompt: String, paths: Vec<String>) -> Msg {
    let found = move || {
        let home = home();
        let readings = paths.iter().flat_map(|typed| single_readings(typed));
        let files = readings.filter_map(|path| check_image_file(&expand_home(path, home.as_deref())).ok());
        files.collect::<std::collections::BTreeSet<_>>().iter().map(|file| file.display().to_string()).collect()
    };
    // If the check itself fails, the prompt is sent as it is.
    Msg::NamedImages(prompt, in_time(found).await.unwrap_or_default())
}

/// Checks whether one of the readings of a pasted text consists of image files.
pub(super) async fn find_dropped(text: String, readings: Vec<Vec<PathBuf>>) -> Msg {
    let outcome = in_time(move || check_readings(&readings, home().as_deref())).await;
    let outcome = outcome.unwrap_or_else(|| DropOutcome::Rejected(as_text("the dropped file does not answer")));
    Msg::DroppedImages(text, outcome)
}

fn home() -> Option<PathBuf> {
    env::var_os("HOME").map(PathBuf::from)
}

/// Returns the result of blocking work; `None` if it takes too long or fails.
async fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::time::timeout(TIMEOUT, tokio::task::spawn_blocking(work)).await.ok()?.ok()
}

/// Returns a notice about a path that is left in the prompt.
fn as_text(words: impl Into<String>) -> Notice {
    Notice::new(Severity::Warning, words).with_hint(Some("the path was inserted as text"))
}

/// Returns the first reading whose paths all are images, or else what is wrong with one whose paths all exist.
fn check_readings(readings: &[Vec<PathBuf>], home: Option<&Path>) -> DropOutcome {
    let mut rejected = None;
    for reading in readings {
        let checked = reading.iter().map(|path| check_image_file(&expand_home(path.clone(), home)));
        let checked: Vec<_> = checked.collect();
        if checked.iter().any(|file| matches!(file, Err(Unusable::Missing(_)))) {
            continue;
        }
        match checked.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(paths) => return DropOutcome::Images(paths),
            Err(error) => rejected = rejected.or(Some(error)),
        }
    }
    rejected.map_or(DropOutcome::Text, |error| DropOutcome::Rejected(as_text(error.into_words())))
}

/// Returns the absolute path of a file that exists and begins like an image. A file that cannot be one is never opened.
fn check_image_file(path: &Path) -> Result<PathBuf, Unusable> {
    let shown = path.display();
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename => {
            Unusable::Missing(format!("no such file: `{shown}`"))
        }
        io::ErrorKind::PermissionDenied => Unusable::Rejected(format!("`{shown}`: permission denied")),
        _ => Unusable::Rejected(format!("`{shown}`: {}", error.to_string().to_lowercase())),
    };
    let found = std::fs::metadata(path).map_err(failed)?;
    if let Some(what) = unfit(&found) {
        return Err(Unusable::Rejected(format!("`{shown}` {what}")));
    }
    let mut head = Vec::new();
    File::open(path).and_then(|file| file.take(4096).read_to_end(&mut head)).map_err(failed)?;
    if Format::detect(&head).is_none() {
        return Err(Unusable::Rejected(format!("`{shown}` is not a PNG, JPEG, WebP, GIF or SVG")));
    }
    Ok(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
}

/// Returns the reason why a file cannot be an image, as far as its attributes show.
fn unfit(found: &Metadata) -> Option<String> {
    if !found.is_file() {
        return Some(format!("is {}", kind(found.file_type())));
    }
    (found.len() > MAX_INPUT_BYTES).then(|| format!("is larger than {} MB", MAX_INPUT_BYTES >> 20))
}

#[cfg(unix)]
fn kind(file: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    match file {
        _ if file.is_dir() => "a directory",
        _ if file.is_fifo() => "a named pipe",
        _ if file.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(not(unix))]
fn kind(file: FileType) -> &'static str {
    if file.is_dir() { "a directory" } else { "not a file" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::dropped_paths::{Arrival, readings};

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

    fn folder_with(names: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in names {
            crate::atomic_file::write(&folder.path().join(name), bytes).unwrap();
        }
        folder
    }

    /// Returns the outcome of a paste, with `DIR` replaced by the folder.
    fn dropped(folder: &Path, text: &str) -> DropOutcome {
        let text = text.replace("DIR", &folder.display().to_string());
        check_readings(&readings(&text, Arrival::Pasted), Some(folder))
    }

    #[track_caller]
    fn rejected(outcome: DropOutcome, reason: &str) {
        let DropOutcome::Rejected(notice) = outcome else { panic!("{outcome:?}") };
        assert!(notice.text.contains(reason), "{}", notice.text);
    }

    #[test]
    fn dropped_images_are_found_in_every_form() {
        let folder = folder_with(&[("my fox.png", PNG), ("it's.png", PNG), ("a.png", PNG)]);
        let path = |name: &str| folder.path().join(name);
        let url = url::Url::from_file_path(path("my fox.png")).unwrap();
        for (text, names) in [
            ("DIR/a.png", &["a.png"][..]),
            ("'DIR/my fox.png' ", &["my fox.png"]),
            ("\"DIR/my fox.png\"", &["my fox.png"]),
            ("DIR/my\\ fox.png ", &["my fox.png"]),
            ("DIR/my fox.png", &["my fox.png"]),
            ("DIR/it's.png", &["it's.png"]),
            ("'DIR/it'\\''s.png'", &["it's.png"]),
            ("~/a.png", &["a.png"]),
            (url.as_str(), &["my fox.png"]),
            ("DIR/a.png DIR/my\\ fox.png", &["a.png", "my fox.png"]),
            ("'DIR/a.png' 'DIR/my fox.png' ", &["a.png", "my fox.png"]),
            ("DIR/a.png\nDIR/my fox.png\n", &["a.png", "my fox.png"]),
        ] {
            let expected = DropOutcome::Images(names.iter().map(|name| path(name)).collect());
            assert_eq!(dropped(folder.path(), text), expected, "{text}");
        }
    }

    #[test]
    fn dropped_text_that_is_no_path_stays_text() {
        let folder = folder_with(&[("a.png", PNG)]);
        for text in ["DIR/missing.png", "/imagine a fox", "DIR/a.png and more", "a sign that says logo.png"] {
            assert_eq!(dropped(folder.path(), text), DropOutcome::Text, "{text}");
        }
    }

    #[test]
    fn files_that_cannot_be_images_are_rejected_by_name() {
        let folder = folder_with(&[("text.png", b"hello"), ("empty.png", b""), ("a.png", PNG)]);
        rejected(dropped(folder.path(), "DIR"), "is a directory");
        rejected(dropped(folder.path(), "DIR/text.png"), "text.png` is not a PNG");
        rejected(dropped(folder.path(), "DIR/empty.png"), "empty.png` is not a PNG");
        rejected(dropped(folder.path(), "DIR/a.png DIR/text.png"), "text.png` is not a PNG");
        let large = File::options().append(true).open(folder.path().join("a.png")).unwrap();
        large.set_len(4 << 30).unwrap();
        rejected(dropped(folder.path(), "DIR/a.png"), "a.png` is larger than 200 MB");
    }

    #[cfg(unix)]
    #[test]
    fn pipes_and_devices_are_rejected_without_opening_them() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.png");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        rejected(dropped(folder.path(), "DIR/pipe.png"), "pipe.png` is a named pipe");
        rejected(dropped(folder.path(), "/dev/zero"), "`/dev/zero` is a device");
    }

    #[test]
    fn files_other_than_images_are_rejected() {
        let folder = folder_with(&[("a.txt", b"hello"), ("c.png", PNG)]);
        let check = |name: &str| check_image_file(&folder.path().join(name)).map_err(Unusable::into_words);
        assert!(check("a.txt").unwrap_err().contains("is not a PNG"));
        assert!(check("b.png").unwrap_err().starts_with("no such file"));
        assert!(check("a.txt/b.png").unwrap_err().starts_with("no such file"));
        assert_eq!(check("c.png"), Ok(folder.path().join("c.png")));
    }
}

//! Lists the images and folders of a directory for the file picker.
//! Only names and file attributes are read here; the image thread decodes.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;

use crate::tui::{
    dropped_paths::{expand_home, has_image_extension},
    model::{FileEntry, FileListing, file_name},
    msg::Msg,
};

/// Maximum number of images and folders that are listed.
const MAX_ENTRIES: usize = 5_000;

/// Maximum number of names that are read, whatever they are.
const MAX_NAMES: usize = 100_000;

/// Maximum wait for a directory, which may be on a server that is gone.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Returns the listing of a directory as it was typed, after those of the recent files that exist.
pub(super) async fn list(typed: String, recent: Vec<PathBuf>) -> Msg {
    let directory = typed.clone();
    let home = env::var_os("HOME").map(PathBuf::from);
    let work = tokio::task::spawn_blocking(move || list_blocking(&directory, &recent, home.as_deref()));
    let listing = match tokio::time::timeout(TIMEOUT, work).await {
        Ok(Ok(listing)) => listing,
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("`{typed}` does not answer")),
    };
    Msg::ImagesListed(typed, listing)
}

fn list_blocking(typed: &str, recent: &[PathBuf], home: Option<&Path>) -> Result<FileListing, String> {
    let path = expand_home(if typed.is_empty() { ".".into() } else { typed.into() }, home);
    let words = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => format!("no such directory: `{typed}`"),
        io::ErrorKind::NotADirectory => format!("`{typed}` is not a directory"),
        io::ErrorKind::PermissionDenied => format!("`{typed}`: permission denied"),
        _ => format!("`{typed}`: {}", error.to_string().to_lowercase()),
    };
    let path = std::path::absolute(&path).map_err(words)?;
    let mut names = fs::read_dir(&path).map_err(words)?;
    let mut entries: Vec<FileEntry> = Vec::new();
    let mut is_truncated = false;
    for (count, name) in names.by_ref().enumerate() {
        if count >= MAX_NAMES || entries.len() >= MAX_ENTRIES {
            is_truncated = true;
            break;
        }
        entries.extend(name.ok().and_then(|name| entry(name.path())));
    }
    entries.sort_by(|a, b| b.modified.cmp(&a.modified).then_with(|| a.name.cmp(&b.name)));
    let recent = recent.iter().filter_map(|path| entry(path.clone())).map(|file| FileEntry { is_recent: true, ..file });
    let entries = recent.filter(|file| !file.is_folder).chain(entries).collect();
    Ok(FileListing { directory: typed.to_owned(), entries, is_truncated })
}

/// Returns a folder, or a file with the name of an image; anything else is not listed.
fn entry(path: PathBuf) -> Option<FileEntry> {
    let is_image = has_image_extension(&path);
    let known = if is_image { fs::metadata(&path) } else { fs::symlink_metadata(&path) };
    // Only links need another look: most entries of a large directory are neither images nor folders.
    let known = match known {
        Ok(link) if link.is_symlink() => fs::metadata(&path),
        known => known,
    };
    let known = known.ok().filter(|known| known.is_dir() || (is_image && known.is_file()))?;
    Some(FileEntry {
        name: file_name(&path),
        is_folder: known.is_dir(),
        bytes: known.len(),
        modified: known.modified().ok().and_then(|time| Timestamp::try_from(time).ok()),
        is_recent: false,
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path, recent: &[PathBuf]) -> Vec<String> {
        let typed = format!("{}/", directory.display());
        let mut names: Vec<String> = list_blocking(&typed, recent, None)
            .unwrap()
            .entries
            .into_iter()
            .map(|entry| format!("{}{}", entry.name, if entry.is_folder { "/" } else { "" }))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn images_and_folders_are_listed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["fox.PNG", "notes.txt", ".hidden.jpg"] {
            crate::atomic_file::write(&folder.path().join(name), b"x").unwrap();
        }
        fs::create_dir(folder.path().join("photos")).unwrap();
        fs::create_dir(folder.path().join("folder.png")).unwrap();
        assert_eq!(names(folder.path(), &[]), [".hidden.jpg", "folder.png/", "fox.PNG", "photos/"]);
        let gone = folder.path().join("gone.png");
        let recent = [folder.path().join("fox.PNG"), gone];
        assert_eq!(names(&folder.path().join("photos"), &recent), ["fox.PNG"], "a file that is gone is not offered");
    }

    #[test]
    fn newest_image_is_first() {
        let folder = tempfile::tempdir().unwrap();
        for (name, seconds) in [("old.png", 1_000), ("new.png", 3_000), ("middle.png", 2_000)] {
            let path = folder.path().join(name);
            crate::atomic_file::write(&path, b"x").unwrap();
            let time = std::time::UNIX_EPOCH + Duration::from_secs(seconds);
            fs::File::open(&path).unwrap().set_modified(time).unwrap();
        }
        let listing = list_blocking(&format!("{}/", folder.path().display()), &[], None).unwrap();
        let names: Vec<&str> = listing.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["new.png", "middle.png", "old.png"]);
    }

    #[test]
    fn missing_directory_is_named() {
        assert_eq!(list_blocking("/does/not/exist/", &[], None), Err("no such directory: `/does/not/exist/`".into()));
    }

    #[test]
    fn home_is_listed() {
        let home = tempfile::tempdir().unwrap();
        crate::atomic_file::write(&home.path().join("fox.png"), b"x").unwrap();
        let listing = list_blocking("~/", &[], Some(home.path())).unwrap();
        assert_eq!(listing.entries[0].path, home.path().join("fox.png"));
    }
}

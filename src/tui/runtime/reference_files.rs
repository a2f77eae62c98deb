//! Finds the images that a user adds: on the clipboard, or a file that was typed or dropped into the terminal.
//! The limits of the model are not checked here.

use std::{
    env,
    io::Read as _,
    path::{Path, PathBuf},
};

use tintype_backends::{Format, Secrets};

use crate::{
    clipboard,
    engine::{ImageBytes, Reference},
    tui::{
        model::{ImageRole, Notice, Severity},
        msg::Msg,
    },
};

/// Returns the image on the clipboard.
pub(super) async fn read_clipboard(secrets: Secrets) -> Msg {
    let picture = clipboard::read_image(&secrets).await.map(|bytes| Reference::Clipboard(ImageBytes(bytes)));
    let picture =
        picture.map_err(|error| Notice::new(Severity::Warning, error.to_string()).with_hint(Some(error.hint())));
    Msg::ReferenceAdded(ImageRole::Reference, picture)
}

/// Returns the file of that name.
pub(super) async fn find_file(usage: ImageRole, name: String) -> Msg {
    let path = parse_typed_path(&name, env::var_os("HOME").map(PathBuf::from).as_deref());
    let looking = tokio::task::spawn_blocking(move || check_image_file(path));
    let found = looking.await.unwrap_or_else(|error| Err(error.to_string()));
    Msg::ReferenceAdded(usage, found.map(Reference::File).map_err(|what| Notice::new(Severity::Error, what)))
}

/// Returns those of the paths that are image files.
pub(super) async fn find_named(prompt: String, paths: Vec<String>) -> Msg {
    let home = env::var_os("HOME").map(PathBuf::from);
    let found = move || {
        let files =
            paths.into_iter().filter_map(|typed| check_image_file(parse_typed_path(&typed, home.as_deref())).ok());
        files.collect::<std::collections::BTreeSet<_>>().iter().map(|file| file.display().to_string()).collect()
    };
    // If the check itself fails, the prompt is sent as it is.
    Msg::NamedImages(prompt, tokio::task::spawn_blocking(found).await.unwrap_or_default())
}

/// Returns the absolute path of a file that exists and begins like an image.
fn check_image_file(path: PathBuf) -> Result<PathBuf, String> {
    let shown = path.display();
    let found = std::fs::metadata(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("no such file: `{shown}`"),
        _ => format!("`{shown}`: {}", error.to_string().to_lowercase()),
    })?;
    if !found.is_file() {
        return Err(format!("`{shown}` is not a file"));
    }
    let mut head = Vec::new();
    std::fs::File::open(&path)
        .and_then(|file| file.take(4096).read_to_end(&mut head))
        .map_err(|error| format!("`{shown}`: {}", error.to_string().to_lowercase()))?;
    if Format::detect(&head).is_none() {
        return Err(format!("`{shown}` is not a PNG, JPEG, WebP, GIF or SVG"));
    }
    Ok(std::path::absolute(&path).unwrap_or(path))
}

/// Parses a path as terminals write it when a file is dropped into them: quoted, escaped or as a URL.
fn parse_typed_path(typed: &str, home: Option<&Path>) -> PathBuf {
    let typed = typed.trim();
    if let Some(path) = url::Url::parse(typed).ok().and_then(|url| url.to_file_path().ok()) {
        return path;
    }
    let quoted = ['\'', '"'].iter().find_map(|quote| typed.strip_prefix(*quote)?.strip_suffix(*quote));
    let plain = quoted.map_or_else(|| typed.replace("\\ ", " "), str::to_owned);
    match (plain.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_paths_are_parsed() {
        let read = |typed| parse_typed_path(typed, Some(Path::new("/home/me"))).display().to_string();
        assert_eq!(read("'/a b/c.png' "), "/a b/c.png");
        assert_eq!(read("/a\\ b/c.png"), "/a b/c.png");
        assert_eq!(read("~/c.png"), "/home/me/c.png");
        #[cfg(unix)]
        assert_eq!(read("file:///a%20b/c.png"), "/a b/c.png");
        assert_eq!(read("c.png"), "c.png");
    }

    #[test]
    fn files_other_than_images_are_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.txt");
        crate::atomic_file::write(&file, b"hello").unwrap();
        assert!(check_image_file(file).unwrap_err().contains("is not a PNG"));
        assert!(check_image_file(folder.path().join("b.png")).unwrap_err().starts_with("no such file"));
        assert!(check_image_file(folder.path().to_owned()).unwrap_err().contains("is not a file"));
        let picture = folder.path().join("c.png");
        crate::atomic_file::write(&picture, b"\x89PNG\r\n\x1a\n").unwrap();
        assert_eq!(check_image_file(picture.clone()), Ok(picture));
    }
}

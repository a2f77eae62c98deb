//! Detection of a prompt that starts with the path of an image, which a model would read as text and charge for.
//! A free backend gets a note only.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use tintype_backends::Format;

use crate::{
    cli::{
        context::{CliContext, env},
        failure::Failure,
        stdout,
    },
    config::absolute,
    engine::Draft,
};

/// Maximum number of words in a file name with spaces.
const MOST_WORDS: usize = 12;

/// Refuses to send the path of an image to a paid backend.
pub(super) fn refuse(draft: &Draft, session: &mut CliContext) -> Result<(), Failure> {
    let Some(image) = leading_image(&draft.prompt) else { return Ok(()) };
    let registry = session.registry()?;
    let backend = draft.backend.as_deref().or(registry.default()).and_then(|name| registry.get(name));
    let shown = image.display();
    if backend.is_none_or(|backend| backend.capabilities().offline) {
        stdout::note(&format!("note: `{shown}` is an image file, but its path is used as text"));
        return Ok(());
    }
    Err(Failure::usage(format!("the prompt starts with an image file, `{shown}`, and its path would be sent as text"))
        .with_hint(format!("add the image with `--ref {shown}`, or start the prompt with another word")))
}

/// Returns the image file whose path starts the prompt.
pub(in crate::cli) fn leading_image(prompt: &str) -> Option<PathBuf> {
    let line = prompt.trim_start().lines().next()?;
    if let Some(quote) = line.chars().next().filter(|first| matches!(first, '\'' | '"')) {
        let (path, _) = line[1..].split_once(quote)?;
        return image_at(path);
    }
    let ends = line.match_indices(' ').map(|(at, _)| at).chain([line.len()]).take(MOST_WORDS);
    ends.map(|end| line[..end].replace("\\ ", " ")).find_map(|path| image_at(&path))
}

/// Returns the path if it leads to a file with the header of an image. A bare word is not treated as a path.
fn image_at(typed: &str) -> Option<PathBuf> {
    if !typed.contains(['.', '/', std::path::MAIN_SEPARATOR]) {
        return None;
    }
    let address = url::Url::parse(typed).ok().and_then(|url| url.to_file_path().ok());
    let path = address.unwrap_or_else(|| if typed.starts_with('~') { home(typed) } else { typed.into() });
    if !path.metadata().is_ok_and(|found| found.is_file()) {
        return None;
    }
    let mut head = Vec::new();
    File::open(&path).and_then(|file| file.take(4096).read_to_end(&mut head)).ok()?;
    Format::detect(&head).map(|_| path)
}

fn home(typed: &str) -> PathBuf {
    absolute(Path::new(typed), &env)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_path_is_found_in_every_spelling() {
        let dir = tempfile::tempdir().unwrap();
        let (plain, blank) = (dir.path().join("fox.png"), dir.path().join("red fox.png"));
        for file in [&plain, &blank] {
            crate::atomic_file::write(file, b"\x89PNG\r\n\x1a\n").unwrap();
        }
        crate::atomic_file::write(&dir.path().join("notes.txt"), b"words").unwrap();
        let found = |prompt: String| leading_image(&prompt);
        assert_eq!(found(format!("{} make it blue", plain.display())), Some(plain.clone()));
        assert_eq!(found(format!("{} make it blue", blank.display())), Some(blank.clone()));
        assert_eq!(found(format!("'{}' make it blue", blank.display())), Some(blank.clone()));
        assert_eq!(found(format!("{}", blank.display()).replace(' ', "\\ ")), Some(blank.clone()));
        assert_eq!(found(format!("file://{} in blue", plain.display())), Some(plain.clone()));
        assert_eq!(found(format!("make {} blue", plain.display())), None);
        assert_eq!(found(format!("{}/notes.txt as a poster", dir.path().display())), None);
        assert_eq!(found(format!("{}/none.png in blue", dir.path().display())), None);
        assert_eq!(found("a fox. And a kite".to_owned()), None);
    }
}

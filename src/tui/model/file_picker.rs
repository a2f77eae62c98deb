//! The picker for an image file: a path with completion, and the files and folders of its directory.
//! The runtime lists directories; an answer repeats the directory, so that late ones are dropped.

use std::path::PathBuf;

use crossterm::event::KeyEvent;
use jiff::Timestamp;
use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::{ImageRole, LineInput, PreviewKey, PreviewPane, PreviewSource};
use crate::{picture::ImageViewport, tui::dropped_paths::parse_typed_path};

/// A file or folder that the picker offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Name without its directory, as far as it is text.
    pub name: String,
    pub path: PathBuf,
    pub is_folder: bool,
    pub bytes: u64,
    /// Time of the last change; `None` if the system does not know it.
    pub modified: Option<Timestamp>,
    /// Set if it was used lately, in whatever directory it is.
    pub is_recent: bool,
}

/// The images and folders of a directory, newest first, after the files that were used lately.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileListing {
    /// The directory as it was typed, with its final slash; empty for the working directory.
    pub directory: String,
    pub entries: Vec<FileEntry>,
    /// Set if there are more entries than are listed.
    pub is_truncated: bool,
}

/// The picker for an image file.
#[derive(Clone, Debug)]
pub struct FilePicker {
    pub role: ImageRole,
    pub input: LineInput,
    /// Reason why the path was rejected or the directory cannot be listed, if any.
    pub error: Option<String>,
    pub listing: FileListing,
    is_listed: bool,
    pub requested: Option<String>,
    /// Indices into the entries of the listing of those that match, best first.
    pub matches: Vec<usize>,
    /// Index into `matches` of the entry under the cursor.
    pub selected: usize,
    /// The file under the cursor as an image.
    pub preview: PreviewPane,
}

impl FilePicker {
    /// Creates a picker for an image in that role, with a path to start from.
    pub fn new(role: ImageRole, path: &str) -> Self {
        Self {
            role,
            input: LineInput::new(path),
            error: None,
            listing: FileListing::default(),
            is_listed: false,
            requested: None,
            matches: Vec::new(),
            selected: 0,
            preview: PreviewPane::default(),
        }
    }

    /// Handles a key; a changed path is matched again.
    pub fn handle_key(&mut self, key: KeyEvent) {
        if self.input.key(key) {
            self.changed();
        }
    }

    /// Pastes text; a changed path is matched again.
    pub fn handle_paste(&mut self, text: &str) {
        if self.input.paste(text) {
            self.changed();
        }
    }

    /// Replaces the typed path.
    pub fn set_text(&mut self, text: &str) {
        self.input = LineInput::new(text);
        self.changed();
    }

    fn changed(&mut self) {
        self.error = None;
        self.filter();
    }

    /// Returns the typed directory with its final slash, and the start of a name. `None` for a quoted path or a URL,
    /// which is complete.
    pub fn typed_parts(&self) -> Option<(String, String)> {
        let text = self.input.text();
        if text.starts_with(['\'', '"']) || text.starts_with("file:") {
            return None;
        }
        let text = text.replace("\\ ", " ");
        Some(match text.rfind('/') {
            Some(slash) => (text[..=slash].to_owned(), text[slash + 1..].to_owned()),
            None if text == "~" => ("~/".to_owned(), String::new()),
            None => (String::new(), text),
        })
    }

    /// Returns the typed text as a path.
    pub fn typed_path(&self) -> PathBuf {
        parse_typed_path(self.input.text())
    }

    /// Returns the directory to list, unless its listing is here or requested; it is marked as requested.
    pub fn request_listing(&mut self) -> Option<String> {
        let (directory, _) = self.typed_parts()?;
        if self.requested.as_ref() == Some(&directory) {
            return None;
        }
        self.requested = Some(directory.clone());
        Some(directory)
    }

    /// Stores the answer to a request; one for another directory is dropped.
    pub fn receive_listing(&mut self, directory: &str, answer: Result<FileListing, String>) {
        if self.requested.as_deref() != Some(directory) {
            return;
        }
        self.is_listed = true;
        match answer {
            Ok(listing) => self.listing = listing,
            Err(error) => {
                self.listing = FileListing { directory: directory.to_owned(), ..FileListing::default() };
                self.error = Some(error);
            }
        }
        self.filter();
    }

    /// Matches the entries with the typed name. Entries with exactly this name come first, then those that start with
    /// it, then fuzzy matches; without a name, recent files and then the newest.
    fn filter(&mut self) {
        self.selected = 0;
        self.matches.clear();
        let Some((directory, name)) = self.typed_parts().filter(|(directory, _)| *directory == self.listing.directory)
        else {
            return;
        };
        let shown = |entry: &FileEntry| {
            let hidden = entry.name.starts_with('.') && !entry.is_recent;
            (!hidden || name.starts_with('.')) && (!entry.is_recent || directory.is_empty())
        };
        let recent: Vec<&FileEntry> = self.listing.entries.iter().filter(|entry| entry.is_recent).collect();
        let is_repeated = |entry: &FileEntry| {
            directory.is_empty() && !entry.is_recent && recent.iter().any(|recent| recent.path == entry.path)
        };
        let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
        let pattern = Pattern::parse(&name, CaseMatching::Ignore, Normalization::Smart);
        let (mut buffer, lower) = (Vec::new(), name.to_lowercase());
        let mut scored: Vec<(u8, u32, usize)> = Vec::new();
        for (index, entry) in self.listing.entries.iter().enumerate() {
            if !shown(entry) || is_repeated(entry) {
                continue;
            }
            let fuzzy = pattern.score(Utf32Str::new(&entry.name, &mut buffer), &mut matcher);
            let quality = match entry.name.to_lowercase() {
                entry if entry == lower => 2,
                entry if !lower.is_empty() && entry.starts_with(&lower) => 1,
                _ => 0,
            };
            scored.extend(fuzzy.or((quality > 0).then_some(0)).map(|score| (quality, score, index)));
        }
        scored.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then(a.2.cmp(&b.2)));
        self.matches = scored.into_iter().map(|(_, _, index)| index).collect();
    }

    /// Completes the typed name as a shell does: to the longest start that all names with this start have in common,
    /// and a single folder with its slash. Without such a name, it is completed to the entry under the cursor.
    pub fn complete(&mut self) {
        let Some((directory, name)) = self.typed_parts().filter(|(directory, _)| *directory == self.listing.directory)
        else {
            return;
        };
        let listed = self.listing.entries.iter().filter(|entry| !entry.is_recent);
        let visible: Vec<&FileEntry> =
            listed.filter(|entry| name.starts_with('.') || !entry.name.starts_with('.')).collect();
        let exact: Vec<&FileEntry> = visible.iter().copied().filter(|entry| entry.name.starts_with(&name)).collect();
        let lower = name.to_lowercase();
        let folded = || visible.iter().copied().filter(|entry| entry.name.to_lowercase().starts_with(&lower)).collect();
        let candidates = if exact.is_empty() { folded() } else { exact };
        let completed = match candidates.as_slice() {
            [] => self.current().map(completed_name),
            [only] => Some(completed_name(only)),
            [first, others @ ..] => {
                let common = others.iter().fold(first.name.as_str(), |common, entry| common_start(common, &entry.name));
                (common.len() >= name.len()).then(|| common.to_owned())
            }
        };
        if let Some(completed) = completed.filter(|completed| *completed != name) {
            self.set_text(&format!("{directory}{completed}"));
        }
    }

    /// Moves the cursor by `rows`, stopping at the ends.
    pub fn move_by(&mut self, rows: isize) {
        let last = self.matches.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(rows).min(last);
    }

    /// Returns the index of the first visible match in a list with that many rows.
    pub fn first_visible(&self, rows: u16) -> usize {
        (self.selected + 1).saturating_sub(usize::from(rows.max(1)))
    }

    /// Returns the entry under the cursor.
    pub fn current(&self) -> Option<&FileEntry> {
        self.matches.get(self.selected).and_then(|index| self.listing.entries.get(*index))
    }

    /// Returns whether the listing of the typed directory is still to come.
    pub fn is_loading(&self) -> bool {
        let is_other = |(directory, _)| !self.is_listed || directory != self.listing.directory;
        self.error.is_none() && self.typed_parts().is_some_and(is_other)
    }

    /// Returns the request for the image of the file under the cursor, unless it is here or requested.
    pub fn request_preview(&mut self, cells: (u16, u16)) -> Option<PreviewKey> {
        let file = self.current().filter(|entry| !entry.is_folder).map(|entry| entry.path.clone());
        let Some(file) = file else {
            self.preview.reset();
            return None;
        };
        let key = PreviewKey { source: PreviewSource::File(file), cells, view: ImageViewport::default() };
        // Unlike in the pane, another file must not be taken for the one under the cursor.
        self.preview.shown.take_if(|shown| shown.key.source != key.source);
        self.preview.request(&key).then_some(key)
    }
}

fn completed_name(entry: &FileEntry) -> String {
    format!("{}{}", entry.name, if entry.is_folder { "/" } else { "" })
}

fn common_start<'a>(a: &'a str, b: &str) -> &'a str {
    let differs = a.char_indices().zip(b.chars()).find(|((_, a), b)| a != b).map(|((at, _), _)| at);
    let shorter = a.char_indices().nth(b.chars().count()).map_or(a.len(), |(at, _)| at);
    &a[..differs.unwrap_or(shorter)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str) -> FileEntry {
        let (name, is_folder) = name.strip_suffix('/').map_or((name, false), |name| (name, true));
        let path = PathBuf::from("/home/me").join(name);
        FileEntry { name: name.to_owned(), path, is_folder, bytes: 9, modified: None, is_recent: false }
    }

    fn picker(typed: &str, names: &[&str]) -> FilePicker {
        let mut picker = FilePicker::new(ImageRole::Reference, typed);
        let directory = picker.request_listing().unwrap();
        let entries = names.iter().map(|name| entry(name)).collect();
        let listing = FileListing { directory: directory.clone(), entries, is_truncated: false };
        picker.receive_listing(&directory, Ok(listing));
        picker
    }

    fn names(picker: &FilePicker) -> Vec<&str> {
        picker.matches.iter().map(|index| picker.listing.entries[*index].name.as_str()).collect()
    }

    #[test]
    fn typed_path_is_completed_like_in_a_shell() {
        for (typed, names, completed) in [
            ("~/pic", &["pictures/"][..], "~/pictures/"),
            ("f", &["fox-1.png", "fox-2.png", "cat.png"], "fox-"),
            ("fox-", &["fox-1.png", "fox-2.png"], "fox-"),
            ("FOX-1", &["fox-1.png", "fox-2.png"], "fox-1.png"),
            ("", &["fox-1.png", "cat.png"], ""),
            ("/a/mug", &["my-mug.png", "cat.png"], "/a/my-mug.png"),
            ("x", &["été.png"], "x"),
            ("é", &["été.png", "étage.png"], "ét"),
        ] {
            let mut picker = picker(typed, names);
            picker.complete();
            assert_eq!(picker.input.text(), completed, "{typed} in {names:?}");
        }
    }

    #[test]
    fn names_are_matched_exactly_then_by_start_then_fuzzily() {
        let all = ["my-fox.png", "fox.png.png", "fox.png", "cat.png"];
        assert_eq!(names(&picker("fox.png", &all)), ["fox.png", "fox.png.png", "my-fox.png"]);
        assert_eq!(names(&picker("", &all)), all);
    }

    #[test]
    fn hidden_files_appear_once_a_dot_is_typed() {
        let all = [".cache/", ".fox.png", "fox.png"];
        assert_eq!(names(&picker("", &all)), ["fox.png"]);
        assert_eq!(names(&picker(".", &all)).first(), Some(&".cache"));
    }

    #[test]
    fn late_listing_of_another_directory_is_dropped() {
        let mut picker = picker("a/", &["one.png"]);
        picker.set_text("b/");
        assert!(picker.matches.is_empty() && picker.is_loading());
        assert_eq!(picker.request_listing().as_deref(), Some("b/"));
        picker.receive_listing("a/", Ok(FileListing { directory: "a/".into(), ..FileListing::default() }));
        assert!(picker.is_loading());
        picker.receive_listing("b/", Err("permission denied".into()));
        assert_eq!((picker.is_loading(), picker.error.as_deref()), (false, Some("permission denied")));
    }

    #[test]
    fn quoted_path_is_complete() {
        let mut picker = FilePicker::new(ImageRole::Mask, "'/a b/fox.png' ");
        assert_eq!((picker.request_listing(), picker.typed_path()), (None, PathBuf::from("/a b/fox.png")));
    }
}

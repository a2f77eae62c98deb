//! Registry of themes: the built-in ones and custom ones, which take precedence over built-in ones of the same name.
//! Parsing is implemented in `file` and `resolve`.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::{Theme, resolve, theme_file::ThemeFile};
use crate::{
    diagnostic::{Diagnostic, SourceText},
    suggest,
};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/themes");

/// All themes by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Themes {
    /// Custom themes first, so that they shadow built-in ones.
    entries: Vec<ThemeEntry>,
    warnings: Vec<Diagnostic>,
}

#[derive(Clone, Debug, PartialEq)]
struct ThemeEntry {
    name: String,
    own: bool,
    file: Result<ThemeFile, Diagnostic>,
}

/// Reason why a theme is unavailable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// No theme has that name.
    #[error("there is no theme `{name}`")]
    Unknown { name: String, hint: String },
    /// The theme file is not valid TOML.
    #[error("{}", .0.headline())]
    Broken(Diagnostic),
}

impl ThemeError {
    /// Returns a hint on how to fix the problem.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Unknown { hint, .. } => Some(hint),
            Self::Broken(diagnostic) => diagnostic.hint.as_deref(),
        }
    }
}

impl Themes {
    /// Returns the built-in themes.
    pub fn built_in() -> Self {
        let sources = SHIPPED.files().filter_map(|file| {
            let text = file.contents_utf8()?.to_owned();
            Some(SourceText { file: Path::new("themes").join(file.path()), text })
        });
        let entries = sources.filter_map(|source| ThemeEntry::new(&source.file.clone(), false, Ok(source))).collect();
        Self { entries, warnings: Vec::new() }
    }

    /// Loads the built-in themes and those in `folder`, which need not exist.
    pub fn load(folder: Option<&Path>) -> Self {
        let mut all = Self::default();
        match folder.map(sorted_files).transpose() {
            Ok(files) => {
                let own = files.into_iter().flatten();
                all.entries.extend(own.filter_map(|path| ThemeEntry::new(&path, true, SourceText::read(&path))));
            }
            Err(warning) => all.warnings.push(warning),
        }
        all.entries.extend(Self::built_in().entries);
        all
    }

    /// Returns the theme with that name.
    ///
    /// # Errors
    ///
    /// Fails if there is no such theme or if its file is not valid TOML.
    pub fn get(&self, name: &str) -> Result<Theme, ThemeError> {
        let first = self
            .find(name, &[])
            .ok_or_else(|| ThemeError::Unknown { name: name.to_owned(), hint: suggest::hint(name, self.names()) })?;
        let mut used = vec![first];
        let mut files = vec![first.file.as_ref().map_err(|error| ThemeError::Broken(error.clone()))?];
        let mut warnings = Vec::new();
        while let Some((file, parent)) = files.last().and_then(|file| Some((*file, file.inherits()?))) {
            match self.parent(parent, &used) {
                Ok((entry, parent)) => {
                    used.push(entry);
                    files.push(parent);
                }
                Err((message, hint)) => {
                    warnings.push(file.diagnose(&["inherits"], message, hint));
                    break;
                }
            }
        }
        let mut theme = resolve::resolve(name, &files);
        theme.warnings.extend(warnings);
        Ok(theme)
    }

    /// Returns the names of all themes in alphabetical order, without duplicates.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.entries.iter().map(|entry| entry.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Returns whether the theme with that name is a custom one.
    pub fn is_custom(&self, name: &str) -> bool {
        self.find(name, &[]).is_some_and(|entry| entry.own)
    }

    /// Returns the problems of the custom theme directory itself.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    fn find(&self, name: &str, used: &[&ThemeEntry]) -> Option<&ThemeEntry> {
        self.entries.iter().find(|entry| entry.name == name && !used.iter().any(|used| std::ptr::eq(*used, *entry)))
    }

    /// Returns the parent theme `name`, skipping those in `used`: a custom theme may extend the built-in one of the
    /// same name, and cycles end.
    fn parent(&self, name: &str, used: &[&ThemeEntry]) -> Result<(&ThemeEntry, &ThemeFile), (String, Option<String>)> {
        let entry = self.find(name, used).ok_or_else(|| match self.find(name, &[]) {
            Some(_) => (format!("`{name}` inherits from itself"), None),
            None => (format!("there is no theme `{name}`"), Some(suggest::hint(name, self.names()))),
        })?;
        let file = entry.file.as_ref().map_err(|error| (error.headline(), error.hint.clone()))?;
        Ok((entry, file))
    }
}

impl ThemeEntry {
    fn new(path: &Path, own: bool, source: Result<SourceText, Diagnostic>) -> Option<Self> {
        let is_theme = path.extension().is_some_and(|extension| extension == "toml");
        let name = path.file_stem().filter(|_| is_theme)?.to_str()?.to_owned();
        Some(Self { name, own, file: source.and_then(ThemeFile::parse) })
    }
}

/// Returns whether the file is a pipe or a device, which would block or never end.
fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Returns the files in a directory sorted by name; empty if it does not exist.
fn sorted_files(folder: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let unreadable = |error: std::io::Error| Diagnostic {
        file: folder.into(),
        place: None,
        message: format!("cannot be read: {error}"),
        hint: None,
    };
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let mut files: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| !is_special(path)).collect();
    files.sort_unstable();
    Ok(files)
}

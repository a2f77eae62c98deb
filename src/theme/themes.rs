//! All themes there are: the built-in ones and the user's own, which win over those of the same name.
//! It reads folders; what a file means is worked out in `file` and `resolve`.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::{Theme, file::File, resolve};
use crate::{
    diagnostic::{Diagnostic, Source},
    nearest,
};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/themes");

/// Every theme, by name.
#[derive(Clone, Debug, Default)]
pub struct Themes {
    /// The user's first.
    entries: Vec<Entry>,
    warnings: Vec<Diagnostic>,
}

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    own: bool,
    file: Result<File, Diagnostic>,
}

/// Why a theme cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// There is none of that name.
    #[error("there is no theme `{name}`")]
    Unknown {
        /// The name.
        name: String,
        /// The next action.
        hint: String,
    },
    /// Its file is no TOML.
    #[error("{}", .0.headline())]
    Broken(Diagnostic),
}

impl ThemeError {
    /// The next action.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Unknown { hint, .. } => Some(hint),
            Self::Broken(diagnostic) => diagnostic.hint.as_deref(),
        }
    }
}

impl Themes {
    /// The built-in themes alone.
    pub fn built_in() -> Self {
        let sources = SHIPPED.files().filter_map(|file| {
            let text = file.contents_utf8()?.to_owned();
            Some(Source { file: Path::new("themes").join(file.path()), text })
        });
        let entries = sources.filter_map(|source| Entry::new(&source.file.clone(), false, Ok(source))).collect();
        Self { entries, warnings: Vec::new() }
    }

    /// The built-in themes and those in `folder`, which need not exist.
    pub fn load(folder: Option<&Path>) -> Self {
        let mut all = Self::default();
        match folder.map(files_in).transpose() {
            Ok(files) => {
                let own = files.into_iter().flatten();
                all.entries.extend(own.filter_map(|path| Entry::new(&path, true, Source::read(&path))));
            }
            Err(warning) => all.warnings.push(warning),
        }
        all.entries.extend(Self::built_in().entries);
        all
    }

    /// The theme of that name. Errors: there is none, or its file is no TOML.
    pub fn get(&self, name: &str) -> Result<Theme, ThemeError> {
        let first = self
            .find(name, &[])
            .ok_or_else(|| ThemeError::Unknown { name: name.to_owned(), hint: nearest::hint(name, self.names()) })?;
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
                    warnings.push(file.complain(&["inherits"], message, hint));
                    break;
                }
            }
        }
        let mut theme = resolve::resolve(name, &files);
        theme.warnings.extend(warnings);
        Ok(theme)
    }

    /// The names of all themes, in alphabetical order, each once.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.entries.iter().map(|entry| entry.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether the theme of that name is the user's own.
    pub fn is_own(&self, name: &str) -> bool {
        self.find(name, &[]).is_some_and(|entry| entry.own)
    }

    /// What is wrong with the user's folder itself.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    fn find(&self, name: &str, used: &[&Entry]) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name && !used.iter().any(|used| std::ptr::eq(*used, *entry)))
    }

    /// What is inherited under `name`: not one of `used`, so that a theme may build on the shipped one of its name
    /// and no circle is walked twice.
    fn parent(&self, name: &str, used: &[&Entry]) -> Result<(&Entry, &File), (String, Option<String>)> {
        let entry = self.find(name, used).ok_or_else(|| match self.find(name, &[]) {
            Some(_) => (format!("`{name}` inherits from itself in the end"), None),
            None => (format!("there is no theme `{name}`"), Some(nearest::hint(name, self.names()))),
        })?;
        let file = entry.file.as_ref().map_err(|error| (error.headline(), error.hint.clone()))?;
        Ok((entry, file))
    }
}

impl Entry {
    fn new(path: &Path, own: bool, source: Result<Source, Diagnostic>) -> Option<Self> {
        let is_theme = path.extension().is_some_and(|extension| extension == "toml");
        let name = path.file_stem().filter(|_| is_theme)?.to_str()?.to_owned();
        Some(Self { name, own, file: source.and_then(File::parse) })
    }
}

/// A pipe or a device among the themes would be waited for, or never end.
fn is_special(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// The files in a folder, in the order of their names; none where there is no folder.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
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

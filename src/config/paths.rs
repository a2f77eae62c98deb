//! Location of the config: the flag, else the environment, else the default directory.
//! The environment is passed as a value, so that tests can supply their own.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, SourceText};

/// Locations of the user's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigPaths {
    /// Path of the config file; `None` if the system defines no config directory.
    pub file: Option<PathBuf>,
    /// Set if the file was named explicitly, in which case it must exist.
    pub named: bool,
}

impl ConfigPaths {
    /// Resolves the config file: `flag`, else `TINTYPE_CONFIG`, else `tintype/config.toml` in the system's config
    /// directory.
    pub fn new(flag: Option<PathBuf>, env: &dyn Fn(&str) -> Option<String>) -> Self {
        let variable = || env("TINTYPE_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
        match flag.or_else(variable) {
            Some(file) => Self { file: Some(absolute(&file, env)), named: true },
            None => Self { file: dirs::config_dir().map(|dir| dir.join("tintype").join("config.toml")), named: false },
        }
    }

    /// Returns the directory of custom themes: `themes` next to the config file.
    pub fn themes(&self) -> Option<PathBuf> {
        self.file.as_deref().and_then(Path::parent).map(|folder| folder.join("themes"))
    }

    /// Reads the config file; `None` if it does not exist and was not named explicitly.
    pub(super) fn read(&self) -> Result<Option<SourceText>, Diagnostic> {
        let Some(file) = &self.file else { return Ok(None) };
        if file.exists() || file.is_symlink() {
            return SourceText::read(file).map(Some);
        }
        if !self.named {
            return Ok(None);
        }
        let hint = "run `tintype config init` to create it".to_owned();
        Err(Diagnostic { file: file.clone(), place: None, message: "there is no such file".into(), hint: Some(hint) })
    }
}

/// Expands `~`, which shells leave alone in `--config=~/x` and in quotes, and makes the path absolute, so that paths
/// relative to it stay valid.
pub fn absolute(path: &Path, env: &dyn Fn(&str) -> Option<String>) -> PathBuf {
    let home = || env("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let path = match path.strip_prefix("~").ok().zip(home()) {
        Some((rest, home)) => home.join(rest),
        None => path.to_owned(),
    };
    std::path::absolute(&path).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flag_beats_environment_beats_default() {
        let env = |name: &str| (name == "TINTYPE_CONFIG").then(|| "/env.toml".to_owned());
        assert_eq!(ConfigPaths::new(Some("/flag.toml".into()), &env).file, Some("/flag.toml".into()));
        assert_eq!(ConfigPaths::new(None, &env).file, Some("/env.toml".into()));
        let usual = ConfigPaths::new(None, &|_| None);
        assert!(!usual.named);
        assert!(usual.file.is_none_or(|file| file.ends_with("tintype/config.toml")));
    }

    #[test]
    fn a_relative_path_and_a_tilde_are_made_absolute() {
        let env = |name: &str| (name == "HOME").then(|| "/home/ada".to_owned());
        let file = |text: &str| ConfigPaths::new(Some(text.into()), &env).file.unwrap();
        let here = std::env::current_dir().unwrap();
        assert_eq!(file("config.toml"), here.join("config.toml"));
        assert_eq!(file("~/c.toml"), Path::new("/home/ada/c.toml"));
        assert_eq!(file("~ada/c.toml"), here.join("~ada/c.toml"));
    }

    #[test]
    fn empty_variable_is_ignored() {
        assert!(!ConfigPaths::new(None, &|_| Some(String::new())).named);
    }
}

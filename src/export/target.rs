//! Target of an export: the name of each file, and the checks before the first one is written.

use std::{
    collections::HashMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use super::{
    error::ExportError,
    plan::{ExportPlan, ExportTarget},
    prepare::file_name,
};

/// Entries of the data directory that belong to the library, in addition to those starting with `library.`.
const LIBRARY_ENTRIES: [&str; 8] =
    ["images", "trash", "spool", "ballots", "ledger", "thumbnails", "session.json", "tintype.log"];

/// Number of existing files that an error names.
const NAMED_FILES: usize = 3;

/// Returns the path of each item, or its name in the archive. No two are the same, even where case makes no difference.
pub(super) fn paths(plan: &ExportPlan) -> Vec<PathBuf> {
    let names = || {
        let mut taken = HashMap::new();
        plan.items.iter().map(|item| free_name(file_name(item, &plan.options), &mut taken)).collect()
    };
    match &plan.target {
        ExportTarget::File(file) => numbered(file, plan.items.len()),
        ExportTarget::Archive(_) => names(),
        ExportTarget::Directory(directory) => {
            let names: Vec<PathBuf> = names();
            names.iter().map(|name| directory.join(name)).collect()
        }
    }
}

/// Returns `name`, numbered if it is taken: `cat.png`, `cat-2.png`. `taken` has the next number of each name.
fn free_name(name: PathBuf, taken: &mut HashMap<String, usize>) -> PathBuf {
    let key = |name: &Path| name.to_string_lossy().to_lowercase();
    let Some(mut number) = taken.get(&key(&name)).copied() else {
        taken.insert(key(&name), 2);
        return name;
    };
    let mut free = with_number(&name, number);
    while taken.contains_key(&key(&free)) {
        number += 1;
        free = with_number(&name, number);
    }
    taken.extend([(key(&name), number + 1), (key(&free), 2)]);
    free
}

/// Returns `cat.png` for one image, and `cat-1.png`, `cat-2.png` for several.
pub fn numbered(file: &Path, count: usize) -> Vec<PathBuf> {
    if count <= 1 {
        return vec![file.to_owned()];
    }
    (1..=count).map(|number| with_number(file, number)).collect()
}

fn with_number(file: &Path, number: usize) -> PathBuf {
    let mut name = file.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    if let Some(extension) = file.extension() {
        name.push(".");
        name.push(extension);
    }
    file.with_file_name(name)
}

/// Returns the path of the metadata beside an image: `cat.png.xmp`.
pub(super) fn metadata_path(image: &Path) -> PathBuf {
    let mut path = OsString::from(image);
    path.push(".xmp");
    path.into()
}

/// Refuses an export that would replace existing files, or write over or into the library.
pub(super) fn check(plan: &ExportPlan, paths: &[PathBuf]) -> Result<(), ExportError> {
    let targets: Vec<PathBuf> = match &plan.target {
        ExportTarget::Archive(file) => vec![file.clone()],
        _ if plan.options.xmp => paths.iter().flat_map(|path| [path.clone(), metadata_path(path)]).collect(),
        _ => paths.to_vec(),
    };
    let data_dir = resolve_links(&plan.data_dir);
    if let Some(path) = targets.iter().find(|path| is_within_library(&data_dir, path)) {
        return Err(ExportError::BelongsToLibrary { path: path.clone(), data_dir });
    }
    if plan.overwrite {
        return Ok(());
    }
    let mut taken = targets.into_iter().filter(|path| is_taken(path));
    let first: Vec<PathBuf> = taken.by_ref().take(NAMED_FILES).collect();
    let count = first.len() + taken.count();
    if count == 0 { Ok(()) } else { Err(ExportError::Exists { first, count }) }
}

fn is_taken(file: &Path) -> bool {
    fs::symlink_metadata(file).is_ok() && !is_special(file)
}

/// Returns whether the file is a device or a pipe, which is written to but never replaced.
pub fn is_special(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Returns whether `target` is one of the library's own files, or in one of its directories.
pub fn belongs_to_library(data_dir: &Path, target: &Path) -> bool {
    is_within_library(&resolve_links(data_dir), target)
}

fn is_within_library(data_dir: &Path, target: &Path) -> bool {
    let target = resolve_links(target);
    let Ok(below) = target.strip_prefix(data_dir) else { return false };
    let first = below.components().next().map(|first| first.as_os_str().to_string_lossy());
    first.is_none_or(|first| first.starts_with("library.") || LIBRARY_ENTRIES.contains(&first.as_ref()))
}

/// Resolves the links of a path, as far as it exists.
fn resolve_links(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = path.ancestors().find_map(|there| Some((there, fs::canonicalize(there).ok()?)));
    match there.map(|(there, real)| (path.strip_prefix(there), real)) {
        Some((Ok(rest), real)) if rest.as_os_str().is_empty() => real,
        Some((Ok(rest), real)) => real.join(rest),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_images_are_numbered() {
        assert_eq!(numbered(Path::new("a/cat.png"), 1), [Path::new("a/cat.png")]);
        assert_eq!(numbered(Path::new("a/cat.png"), 2), [Path::new("a/cat-1.png"), Path::new("a/cat-2.png")]);
        assert_eq!(numbered(Path::new("cat"), 2), [Path::new("cat-1"), Path::new("cat-2")]);
    }

    #[test]
    fn names_are_unique_regardless_of_case() {
        let mut taken = HashMap::new();
        let names = ["a.png", "A.png", "a.png", "a-2.png", "b.png"].map(|name| free_name(name.into(), &mut taken));
        assert_eq!(names.map(|name| name.display().to_string()), ["a.png", "A-2.png", "a-3.png", "a-2-2.png", "b.png"]);
    }

    #[test]
    fn library_owns_its_entries_of_the_data_directory_only() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path();
        for own in ["images/a.png", "library.db", "trash", "", "images/../images/x", "ballots/new/deeper.png"] {
            assert!(belongs_to_library(data, &data.join(own)), "{own}");
        }
        for other in ["a.png", "exports/a.png", "../a.png"] {
            assert!(!belongs_to_library(data, &data.join(other)), "{other}");
        }
    }
}

//! The library from its files alone: every sidecar below `images/` and `trash/` is read, and what is missing is added.
//! What is there is left as it is; running it twice changes nothing.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use crate::{
    atomic::FileError,
    id::Id,
    library::{LibraryError, Record, State, compared, places::Places, sidecar, write},
};

/// What a rebuild came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// How many jobs the sidecars tell of.
    pub found: u64,
    /// How many of them were missing and are back.
    pub added: u64,
    /// What looked like a sidecar and could not be used, a line each.
    pub skipped: Vec<String>,
}

impl Rebuilt {
    /// What to tell the user, if there is something to tell.
    pub(super) fn notice(&self, what: &str) -> Option<String> {
        let skipped = match self.skipped.len() {
            0 => String::new(),
            count => format!("; {count} sidecars could not be read"),
        };
        (self.added > 0 || !self.skipped.is_empty())
            .then(|| format!("{what} was rebuilt from the sidecars of {} jobs{skipped}", self.added))
    }
}

/// Adds every job whose sidecars are there and whose row is not.
pub(super) fn rebuild(connection: &mut Connection, places: &Places) -> Result<Rebuilt, LibraryError> {
    let mut skipped = Vec::new();
    let mut jobs: BTreeMap<Id, Record> = BTreeMap::new();
    for deleted in [true, false] {
        for path in sidecars(&places.shelf(deleted))? {
            match sidecar::read(&path) {
                Ok(record) if record.images.is_empty() => {}
                Ok(record) => merge(&mut jobs, Record { deleted, state: State::Saved, ..record }),
                Err(error) => skipped.push(format!("`{}`: {error}", path.display())),
            }
        }
    }
    let records: Vec<Record> = jobs.into_values().map(once_each).collect();
    let added = write::transact(connection, places, |transaction, places| {
        compared::restore(transaction, places, &mut skipped)?;
        write::add_missing(transaction, places, &records)
    })?;
    Ok(Rebuilt { found: records.len() as u64, added, skipped })
}

/// The sidecars of one job tell the same; a later one adds images that an earlier one did not find.
/// Where some lie in the trash and some do not, the job is not in the trash.
fn merge(jobs: &mut BTreeMap<Id, Record>, record: Record) {
    match jobs.get_mut(&record.id) {
        Some(known) if known.deleted == record.deleted => {
            let missing = record.images.into_iter().filter(|image| !known.images.iter().any(|it| it.id == image.id));
            let missing: Vec<_> = missing.collect();
            known.images.extend(missing);
        }
        _ => drop(jobs.insert(record.id, record)),
    }
}

fn once_each(mut record: Record) -> Record {
    let mut seen = HashSet::new();
    record.images.retain(|image| seen.insert(image.id));
    record
}

/// Every `.json` file below a folder. Links to folders are not followed.
fn sidecars(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |error| FileError::new("read", &folder, error);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let path = entry.path();
            if entry.file_type().map_err(failed)?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                found.push(path);
            }
        }
    }
    Ok(found)
}

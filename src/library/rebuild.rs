//! Rebuild of the library from its files alone: the sidecars below `images/` and `trash/`, the ballots, the ledger.
//!
//! Missing rows are added. A row that is damaged or differs from an intact sidecar is replaced from that sidecar. A
//! sidecar that fails its checksum changes no intact row. The rebuild is idempotent.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, Transaction};

use crate::{
    atomic_file::FileError,
    confined::{self, MAX_JSON},
    id::Id,
    interleaving,
    library::{
        JobState, LibraryError, Record,
        checksum::ChecksumStatus,
        codec, comparisons, file_moves, ledger,
        paths::LibraryPaths,
        reconcile::{self, RowChange, SidecarJob},
        sidecar, spending,
        writer::{self, TransactionError},
    },
};

/// Result of a rebuild.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RebuildReport {
    /// Number of distinct jobs that the sidecars describe.
    pub found: u64,
    /// Number of those jobs that were missing and are back.
    pub added: u64,
    /// Number of those jobs whose row was damaged or different.
    pub repaired: u64,
    /// Number of charges that were corrected from the ledger.
    pub charges: u64,
    /// Sidecars and charges that were unusable or doubtful, one line each.
    pub skipped: Vec<String>,
    /// Paths of the image files that no longer exist.
    pub missing: Vec<PathBuf>,
}

impl RebuildReport {
    /// Returns a one-line summary, empty if nothing was done.
    pub fn summary(&self) -> String {
        let jobs = |count: u64| if count == 1 { "1 job".to_owned() } else { format!("{count} jobs") };
        let counted =
            |count: u64, one: &str, many: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {many}") };
        let parts = [
            (self.added > 0).then(|| {
                format!("restored {} from {} sidecars", jobs(self.added), if self.added == 1 { "its" } else { "their" })
            }),
            (self.repaired > 0).then(|| format!("repaired {}", jobs(self.repaired))),
            (self.charges > 0)
                .then(|| format!("restored {} from the ledger", counted(self.charges, "charge", "charges"))),
            (!self.skipped.is_empty())
                .then(|| format!("{} could not be read", counted(self.skipped.len() as u64, "record", "records"))),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    /// Returns a one-line notice for the user, or `None` if there is nothing to report.
    pub(super) fn notice(&self, what: &str) -> Option<String> {
        let words = self.summary();
        (!words.is_empty()).then(|| format!("{what}: {words}"))
    }
}

/// Adds and repairs rows from the files. The files are read under the lock that is needed to move them, so that no job
/// is added whose files have disappeared in the meantime.
pub(super) fn rebuild(connection: &mut Connection, places: &LibraryPaths) -> Result<RebuildReport, LibraryError> {
    let mut rebuilt = writer::transact(connection, places, |transaction, places| {
        let (mut rebuilt, mut unread) = (RebuildReport::default(), Vec::new());
        for job in file_moves::pending_moves(transaction)? {
            if let Err(error) = file_moves::finish_move(transaction, places, job) {
                tracing::warn!(%job, %error, "an interrupted move was not completed");
            }
        }
        let jobs = collect_sidecars(places, &mut rebuilt, &mut unread)?;
        comparisons::restore(transaction, places, &mut rebuilt.skipped)?;
        reconcile_all(transaction, places, &jobs, &mut rebuilt)?;
        rebuilt.charges = charges(transaction, places, &mut rebuilt.skipped)?;
        rewrite(transaction, places, &unread)?;
        Ok(rebuilt)
    })?;
    rebuilt.missing =
        missing_files(connection, places).map_err(|error| LibraryError::from_sqlite(error, &places.database()))?;
    Ok(rebuilt)
}

/// Collects what the sidecars know about each job.
fn collect_sidecars(
    places: &LibraryPaths,
    rebuilt: &mut RebuildReport,
    unread: &mut Vec<PathBuf>,
) -> Result<BTreeMap<Id, SidecarJob>, LibraryError> {
    let mut jobs: BTreeMap<Id, SidecarJob> = BTreeMap::new();
    for deleted in [true, false] {
        for path in sidecars(&places.images_or_trash(deleted))? {
            match sidecar::read_sealed(places.data(), &path) {
                Ok((record, _)) if record.images.is_empty() => {}
                Ok((record, seal)) => {
                    if seal == ChecksumStatus::Broken {
                        rebuilt.skipped.push(format!("`{}`: it was modified after it was written", path.display()));
                        unread.push(path.clone());
                    }
                    merge(
                        &mut jobs,
                        SidecarJob { record: Record { deleted, state: JobState::Saved, ..record }, seal, path },
                    );
                }
                Err(error) => {
                    rebuilt.skipped.push(format!("`{}`: {error}", path.display()));
                    unread.push(path);
                }
            }
        }
    }
    jobs.values_mut().for_each(dedup_images);
    rebuilt.found = jobs.len() as u64;
    Ok(jobs)
}

/// Updates the row of every job to match its files.
fn reconcile_all(
    transaction: &Transaction<'_>,
    places: &LibraryPaths,
    jobs: &BTreeMap<Id, SidecarJob>,
    rebuilt: &mut RebuildReport,
) -> Result<(), TransactionError> {
    let mut was_damaged = false;
    // Jobs with a changed sidecar come last: it may refer to the images of another job.
    let (sound, changed): (Vec<_>, Vec<_>) = jobs.values().partition(|told| told.seal != ChecksumStatus::Broken);
    for told in sound.into_iter().chain(changed) {
        match reconcile::reconcile_job(transaction, places, told)? {
            RowChange::Added => {
                rebuilt.added += 1;
                // The row may name a different shelf than its files, which may be on both.
                file_moves::request_move(transaction, told.record.id)?;
                file_moves::finish_move_and_read(transaction, places, told.record.id)?;
            }
            RowChange::Repaired { damage } => {
                rebuilt.repaired += 1;
                was_damaged |= damage;
            }
            RowChange::None => {}
        }
    }
    if was_damaged {
        // The index removes entries by the text of a row, which differs from the text that was indexed.
        transaction.execute("INSERT INTO search (search) VALUES ('rebuild')", [])?;
    }
    Ok(())
}

/// Merges the sidecars of one job. They agree, except that a later one may add images that an earlier one lacks. If
/// some are in the trash and some are not, the job is not in the trash. An intact sidecar takes precedence.
fn merge(jobs: &mut BTreeMap<Id, SidecarJob>, mut told: SidecarJob) {
    match jobs.get_mut(&told.record.id) {
        Some(known) if known.record.deleted == told.record.deleted => {
            if told.seal == ChecksumStatus::Intact && known.seal != ChecksumStatus::Intact {
                std::mem::swap(known, &mut told);
            }
            let is_new = |image: &Id| !known.record.images.iter().any(|it| it.id == *image);
            // An intact first sidecar lists all images.
            let more: Vec<_> = told.record.images.into_iter().filter(|image| is_new(&image.id)).collect();
            if known.seal != ChecksumStatus::Intact {
                known.record.images.extend(more);
            }
        }
        _ => drop(jobs.insert(told.record.id, told)),
    }
}

fn dedup_images(told: &mut SidecarJob) {
    let mut seen = HashSet::new();
    told.record.images.retain(|image| seen.insert(image.id));
    if told.seal == ChecksumStatus::Broken {
        told.record.notes.push("restored from a sidecar that was modified after it was written".to_owned());
    }
}

/// Returns every `.json` file below a folder. Links to folders are not followed.
fn sidecars(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        interleaving::step();
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

/// Stores the charges from the ledger, and those of jobs that were in flight and still have a folder. Returns the
/// number of changed charges.
fn charges(
    transaction: &Transaction<'_>,
    places: &LibraryPaths,
    skipped: &mut Vec<String>,
) -> Result<u64, TransactionError> {
    let mut expenses = ledger::read(places, skipped);
    for record in sent_jobs(places) {
        if spending::find_charge(transaction, record.id)?.is_none() {
            expenses.entry(record.id).or_insert_with(|| spending::expense(&record, spending::budget_charge(&record)));
        }
    }
    let mut changed = 0;
    for expense in expenses.values() {
        let known = spending::find_charge(transaction, expense.id)?;
        if known.map(|known| known.charge).unwrap_or_default() != spending::capped(expense.charge) {
            spending::store_charge(transaction, expense)?;
            changed += 1;
        }
    }
    Ok(changed)
}

/// Returns the jobs whose folders show that they were sent.
fn sent_jobs(places: &LibraryPaths) -> Vec<Record> {
    let folders = fs::read_dir(places.spool()).into_iter().flatten().flatten();
    let remembered = folders.map(|folder| folder.path().join(LibraryPaths::JOB));
    remembered
        .filter(|path| fs::symlink_metadata(path).is_ok_and(|found| found.is_file()))
        .filter_map(|path| serde_json::from_slice(&confined::read(places.data(), &path, MAX_JSON).ok()?).ok())
        .collect()
}

/// Rewrites the sidecars of every job that has a damaged one.
fn rewrite(connection: &Connection, places: &LibraryPaths, damaged: &[PathBuf]) -> Result<(), LibraryError> {
    for path in damaged {
        let names: Vec<String> = ["png", "jpg", "webp", "gif", "svg"]
            .into_iter()
            .filter_map(|extension| places.name(&path.with_extension(extension)).ok())
            .collect();
        for name in names {
            let condition = "key = (SELECT job FROM images WHERE name = ?1)";
            let job = codec::find_one(connection, places, condition, &name)
                .map_err(|error| LibraryError::from_sqlite(error, &places.database()))?;
            if let Some(job) = job.filter(|job| job.images.iter().any(|image| sidecar::path_of(&image.path) == *path)) {
                sidecar::write_all(places, &job)?;
            }
        }
    }
    Ok(())
}

/// Returns the images whose files are missing, except those in the trash.
pub(super) fn missing_files(connection: &Connection, places: &LibraryPaths) -> rusqlite::Result<Vec<PathBuf>> {
    let sql =
        "SELECT name FROM images JOIN jobs ON jobs.key = images.job WHERE deleted = 0 ORDER BY jobs.key DESC, place";
    let mut statement = connection.prepare(sql)?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut missing = Vec::new();
    for name in names {
        let name = name?;
        if codec::is_missing(places, &name, false) {
            missing.push(places.path(&name, false));
        }
    }
    Ok(missing)
}

//! Comparison of one job's row with its files.
//!
//! Files are written first, so an intact sidecar is never older than the row.

use std::path::PathBuf;

use rusqlite::{OptionalExtension as _, Transaction};

use crate::{
    confined::is_file,
    library::{
        ImageRecord, JobState, Labels, Record, checksum::ChecksumStatus, codec, paths::LibraryPaths, sidecar,
        sidecar_updates, writer, writer::TransactionError,
    },
};

/// Job as described by its sidecars.
pub(super) struct SidecarJob {
    pub(super) record: Record,
    pub(super) seal: ChecksumStatus,
    /// Path of the sidecar that describes the job.
    pub(super) path: PathBuf,
}

/// The change to a row after it was compared with its files.
pub(super) enum RowChange {
    /// The row needed no change.
    None,
    /// The row was missing, or had the job as unfinished.
    Added,
    /// The row was replaced or corrected.
    Repaired {
        /// True if the search index may hold different text than the row had.
        damage: bool,
    },
}

/// Updates the row of a job to match its files.
pub(super) fn reconcile_job(
    transaction: &Transaction<'_>,
    places: &LibraryPaths,
    told: &SidecarJob,
) -> Result<RowChange, TransactionError> {
    match read_row(transaction, places, told)? {
        // A changed sidecar claims the images of another job, which are already in the library.
        RowState::Absent if has_known_image(transaction, &told.record)? => Ok(RowChange::None),
        RowState::Absent => {
            writer::upsert_record(transaction, places, &told.record)?;
            Ok(RowChange::Added)
        }
        RowState::Sound { record, .. } if codec::is_open(record.state) => {
            writer::upsert_record(transaction, places, &told.record)?;
            Ok(RowChange::Added)
        }
        RowState::Damaged { key } if told.seal != ChecksumStatus::Broken => {
            replace(transaction, places, key, &told.record)?;
            Ok(RowChange::Repaired { damage: true })
        }
        RowState::Damaged { .. } => Ok(RowChange::None),
        RowState::Sound { key, record, is_moving } => {
            let (mut changed, mut damage) = (false, false);
            if record.state == JobState::Saved && told.seal == ChecksumStatus::Intact && differs(&record, &told.record)
            {
                let told = Record { labels: record.labels.clone(), deleted: record.deleted, ..told.record.clone() };
                replace(transaction, places, key, &told)?;
                damage = searched(&record) != searched(&told);
                changed = true;
            }
            changed |= sync_labels(transaction, places, key, &record, told)?;
            changed |= !is_moving && sync_trash(transaction, places, key, &record)?;
            Ok(if changed { RowChange::Repaired { damage } } else { RowChange::None })
        }
    }
}

enum RowState {
    Absent,
    Damaged { key: i64 },
    Sound { key: i64, record: Box<Record>, is_moving: bool },
}

fn read_row(
    transaction: &Transaction<'_>,
    places: &LibraryPaths,
    told: &SidecarJob,
) -> Result<RowState, TransactionError> {
    let id = codec::id_hex(told.record.id);
    let sql = "SELECT key, moving FROM jobs WHERE id = ?1";
    let found: Option<(i64, bool)> =
        transaction.prepare_cached(sql)?.query_row([&id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((key, is_moving)) = found else { return Ok(RowState::Absent) };
    match codec::find_one(transaction, places, "key = ?1", &key) {
        Ok(Some(record)) => Ok(RowState::Sound { key, record: Box::new(record), is_moving }),
        Ok(None) => Ok(RowState::Absent),
        Err(error)
            if matches!(error, rusqlite::Error::FromSqlConversionFailure(..))
                || error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseCorrupt) =>
        {
            tracing::warn!(%id, %error, "a damaged row is replaced by its sidecar");
            Ok(RowState::Damaged { key })
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns whether a row differs from a sidecar. Labels and the trash are compared separately.
fn differs(row: &Record, told: &Record) -> bool {
    let plain =
        |record: &Record| Record { images: Vec::new(), labels: Labels::default(), deleted: false, ..record.clone() };
    let facts = |image: &ImageRecord| {
        (
            image.id,
            image.width,
            image.height,
            image.format,
            image.bytes,
            image.sha256.clone(),
            image.path.file_name().map(ToOwned::to_owned),
        )
    };
    let unknown = |image: &ImageRecord| !row.images.iter().any(|known| facts(known) == facts(image));
    plain(row) != plain(told) || told.images.iter().any(unknown)
}

/// Returns the text that the search index covers.
fn searched(record: &Record) -> [&str; 3] {
    [&record.prompt, &record.backend, &record.model]
}

/// Returns whether the library already has one of a job's images.
pub(super) fn has_known_image(transaction: &Transaction<'_>, record: &Record) -> Result<bool, TransactionError> {
    let mut known = transaction.prepare_cached("SELECT 1 FROM images WHERE id = ?1")?;
    for image in &record.images {
        if known.exists([codec::id_hex(image.id)])? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn replace(
    transaction: &Transaction<'_>,
    places: &LibraryPaths,
    key: i64,
    record: &Record,
) -> Result<(), TransactionError> {
    let lacks_labels = sidecar_updates::is_pending(transaction, key)?;
    transaction.prepare_cached("DELETE FROM jobs WHERE key = ?1")?.execute([key])?;
    writer::upsert_record(transaction, places, record)?;
    if lacks_labels {
        sidecar_updates::request(transaction, record.id)?;
    }
    Ok(())
}

/// Labels a job like its sidecar, unless the labels of the row are still to be written there. The sidecar is read again,
/// because it may have been written since.
fn sync_labels(
    transaction: &Transaction<'_>,
    places: &LibraryPaths,
    key: i64,
    row: &Record,
    told: &SidecarJob,
) -> Result<bool, TransactionError> {
    if told.seal != ChecksumStatus::Intact
        || told.record.labels == row.labels
        || sidecar_updates::is_pending(transaction, key)?
    {
        return Ok(false);
    }
    let now = sidecar::read_sealed(places.data(), &told.path).ok().filter(|(_, seal)| *seal == ChecksumStatus::Intact);
    let Some(labels) = now.map(|(record, _)| record.labels).filter(|labels| *labels != row.labels) else {
        return Ok(false);
    };
    let sql = "UPDATE jobs SET labels = ?2 WHERE key = ?1";
    transaction.prepare_cached(sql)?.execute((key, codec::labels_json(&labels)?))?;
    Ok(true)
}

/// Moves a job to the shelf that holds all its files. No other process moves them while this transaction is open.
fn sync_trash(
    transaction: &Transaction<'_>,
    places: &LibraryPaths,
    key: i64,
    row: &Record,
) -> Result<bool, TransactionError> {
    let is_elsewhere = |image: &ImageRecord| {
        let other = places.name(&image.path).map(|name| places.path(&name, !row.deleted));
        !is_file(&image.path) && other.is_ok_and(|other| is_file(&other))
    };
    if row.images.is_empty() || !row.images.iter().all(is_elsewhere) {
        return Ok(false);
    }
    transaction.prepare_cached("UPDATE jobs SET deleted = ?2 WHERE key = ?1")?.execute((key, !row.deleted))?;
    Ok(true)
}

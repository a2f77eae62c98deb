//! Conversion between records and database rows.
//!
//! The columns exist for searching; the record itself is stored whole, as JSON, in one of them.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Row, Statement, types::Type};
use tintype_backends::Format;

use crate::{
    confined,
    id::Id,
    library::{ImageRecord, JobState, Labels, LibraryError, Record, checksum, paths::LibraryPaths},
};

/// Columns that [`record`] reads. The last one is whether the row is intact.
pub(super) const COLUMNS: &str = "key, facts, state, labels, deleted, checksum IS row_checksum(key, id, parent, \
     backend, model, prompt, state, labels, deleted, moving, ticket, facts)";

/// Formats an id as the database stores it: 32 hexadecimal digits.
pub(super) fn id_hex(id: Id) -> String {
    id.to_string().replace('-', "")
}

/// Returns the sort key of a job: its time, then a piece of its id.
pub(super) fn sort_key(record: &Record) -> i64 {
    let limit = i64::MAX >> 11;
    let micros = record.created.as_microsecond().clamp(-limit, limit);
    let digits = id_hex(record.id);
    let tie = i64::from_str_radix(&digits[digits.len() - 3..], 16).unwrap_or_default() & 0x3ff;
    (micros << 10) | tie
}

/// Serializes the record without the facts that other columns and tables hold.
pub(super) fn record_json(record: &Record) -> rusqlite::Result<String> {
    to_json(&Record { images: Vec::new(), labels: Labels::default(), ..record.clone() })
}

/// Serializes labels as their column holds them.
pub(super) fn labels_json(labels: &Labels) -> rusqlite::Result<String> {
    to_json(labels)
}

fn to_json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// Reads labels from a column.
pub(super) fn labels(row: &Row<'_>, column: usize) -> rusqlite::Result<Labels> {
    let text = row.get_ref(column)?.as_str().map_err(|error| conversion_error(column, error))?;
    serde_json::from_str(text).map_err(|error| conversion_error(column, error))
}

/// Reads a record from a row of [`COLUMNS`], with its images.
pub(super) fn record(row: &Row<'_>, images: &mut Statement<'_>, places: &LibraryPaths) -> rusqlite::Result<Record> {
    if !row.get::<_, bool>(5)? {
        return Err(checksum::damaged_row_error());
    }
    let facts = row.get_ref(1)?.as_str().map_err(|error| conversion_error(1, error))?;
    let mut record: Record = serde_json::from_str(facts).map_err(|error| conversion_error(1, error))?;
    record.state = json_enum(row, 2)?;
    record.labels = labels(row, 3)?;
    record.deleted = row.get(4)?;
    record.images = job_images(images, row.get(0)?, record.deleted, places)?;
    Ok(record)
}

/// Reads the images of the job with the given key.
pub(super) fn job_images(
    images: &mut Statement<'_>,
    job: i64,
    deleted: bool,
    places: &LibraryPaths,
) -> rusqlite::Result<Vec<ImageRecord>> {
    images.query_map([job], |row| image(row, deleted, places))?.collect()
}

/// Prepares the statement that reads the images of a job.
pub(super) fn images(connection: &Connection) -> rusqlite::Result<rusqlite::CachedStatement<'_>> {
    connection.prepare_cached(&format!(
        "SELECT id, name, svg, width, height, format, bytes, sha256, {} FROM images WHERE job = ?1 ORDER BY place",
        checksum::is_intact(checksum::IMAGES)
    ))
}

fn image(row: &Row<'_>, deleted: bool, places: &LibraryPaths) -> rusqlite::Result<ImageRecord> {
    if !row.get::<_, bool>(8)? {
        return Err(checksum::damaged_row_error());
    }
    // The database may come from an untrusted source: a name that leads out of the library is invalid.
    let path = |name: String| {
        let is_plain = confined::stays_below(Path::new(&name));
        is_plain
            .then(|| places.path(&name, deleted))
            .ok_or_else(|| conversion_error(1, LibraryError::OutsideDataDir(name.into())))
    };
    let format: Format = json_enum(row, 5)?;
    let name: String = row.get(1)?;
    Ok(ImageRecord {
        id: id(row, 0)?,
        missing: is_missing(places, &name, deleted),
        path: path(name)?,
        svg: row.get::<_, Option<String>>(2)?.map(path).transpose()?,
        width: row.get(3)?,
        height: row.get(4)?,
        format,
        bytes: row.get::<_, i64>(6)?.cast_unsigned(),
        sha256: row.get(7)?,
    })
}

/// Returns whether an image has no file. One that is just moving to the trash or back does have a file.
pub(super) fn is_missing(places: &LibraryPaths, name: &str, deleted: bool) -> bool {
    !places.path(name, deleted).is_file() && !places.path(name, !deleted).is_file()
}

/// Reads an id from a column.
pub(super) fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<Id> {
    let text = row.get_ref(column)?.as_str().map_err(|error| conversion_error(column, error))?;
    text.parse().map_err(|error| conversion_error(column, error))
}

/// Reads one of our enums by its JSON name.
pub(super) fn json_enum<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_value(serde_json::Value::String(text)).map_err(|error| conversion_error(column, error))
}

pub(super) fn conversion_error(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

/// Reads the one record that `condition` selects.
pub(super) fn find_one(
    connection: &Connection,
    places: &LibraryPaths,
    condition: &str,
    value: &dyn rusqlite::ToSql,
) -> rusqlite::Result<Option<Record>> {
    let mut jobs = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM jobs WHERE {condition}"))?;
    let mut images = images(connection)?;
    jobs.query_row([value], |row| record(row, &mut images, places)).optional()
}

/// Returns the state as the database stores it.
pub(super) const fn state(record: &Record) -> &'static str {
    record.state.name()
}

/// Returns whether a job in this state may still change, or has an unknown outcome.
pub(super) const fn is_open(state: JobState) -> bool {
    !matches!(state, JobState::Saved | JobState::Failed | JobState::Cancelled)
}
